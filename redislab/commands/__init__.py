"""Every command, declared once: one module a Redis group."""
