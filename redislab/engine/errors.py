"""Every error text that more than one place uses, word for word as Redis 7.0.15 says it.

`ReplyError` (in `resp.types`) is the only exception that reaches a client; any other is a bug.
"""

from __future__ import annotations

from redislab.resp.types import ReplyError

__all__ = ["ReplyError", "invalid_expire_time", "syntax_error", "wrong_arity", "wrong_type"]

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_FLOAT = "ERR value is not a valid float"
NO_SUCH_KEY = "ERR no such key"
INDEX_OUT_OF_RANGE = "ERR index out of range"
OUT_OF_RANGE = "ERR value is out of range"
NOT_POSITIVE = "ERR value is out of range, must be positive"
SAME_OBJECT = "ERR source and destination objects are the same"
EXECUTION_ABORTED = "EXECABORT Transaction discarded because of previous errors."
NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL."
NO_AUTH = "NOAUTH Authentication required."
OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'."
STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
INCREMENT_OVERFLOW = "ERR increment or decrement would overflow"
INCREMENT_NAN = "ERR increment would produce NaN or Infinity"
INVALID_CURSOR = "ERR invalid cursor"
HASH_NOT_AN_INTEGER = "ERR hash value is not an integer"
HASH_NOT_A_FLOAT = "ERR hash value is not a float"
MIN_MAX_NOT_A_FLOAT = "ERR min or max is not a float"
MIN_MAX_NOT_A_RANGE = "ERR min or max not valid string range item"
NUMKEYS_NOT_POSITIVE = "ERR numkeys should be greater than 0"
TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args"
KEYS_NEGATIVE = "ERR Number of keys can't be negative"
COUNT_NOT_POSITIVE = "ERR count should be greater than 0"
LIMIT_NEGATIVE = "ERR LIMIT can't be negative"
BAD_PAYLOAD = "ERR DUMP payload version or checksum are wrong"
TIMEOUT_NOT_AN_INTEGER = "ERR timeout is not an integer or out of range"
TIMEOUT_NOT_A_FLOAT = "ERR timeout is not a float or out of range"
TIMEOUT_NEGATIVE = "ERR timeout is negative"
TIMEOUT_OUT_OF_RANGE = "ERR timeout is out of range"
DATABASE_OUT_OF_RANGE = "ERR DB index is out of range"


def wrong_type() -> ReplyError:
    return ReplyError(WRONG_TYPE)


def syntax_error() -> ReplyError:
    return ReplyError(SYNTAX)


def wrong_arity(name: str) -> ReplyError:
    """For a command's own name: `set`, `config|get`."""
    return ReplyError(f"ERR wrong number of arguments for '{name}' command")


def invalid_expire_time(name: str) -> ReplyError:
    """For a command's own name, as above."""
    return ReplyError(f"ERR invalid expire time in '{name}' command")


def shown(word: bytes, limit: int | None = None) -> str:
    """A client's word within an error text: up to its first NUL, because it is printed as a C string."""
    return word.partition(b"\0")[0][:limit].decode("utf-8", "surrogateescape")


def subcommand_syntax(container: str, word: bytes) -> ReplyError:
    """For arguments that a subcommand (its name as typed) does not take, where it checks their number itself."""
    return ReplyError(
        f"ERR unknown subcommand or wrong number of arguments for '{shown(word, 128)}'. Try {container} HELP."
    )
