"""RDB, the form in which Redis saves values: bytes from values and values from bytes, and nothing of files or keys."""
