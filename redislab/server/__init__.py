"""The engine on a port: listeners, connections, the cron, and what a server tells about itself."""
