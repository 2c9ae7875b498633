"""The data types and the arithmetic they need. They know no key, session, reply or error text."""
