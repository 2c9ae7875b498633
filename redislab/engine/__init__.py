"""The rules of Redis: sessions, the keyspace and its gate, transactions, blocking, expiry, undo. No I/O."""
