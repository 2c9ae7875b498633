"""The engine on a port: asyncio listeners, connections, the cron, and what a server tells about itself."""
