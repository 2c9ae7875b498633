"""The Redis protocol as pure functions and feeders: reply shapes, RESP2 and RESP3 bytes, typed lines.

Nothing here opens a socket, reads a clock, or knows a command, a session or a value of the keyspace.
Import what you need from its module: `types`, `encode`, `seen`, `requests`, `replies`, `words`.
"""
