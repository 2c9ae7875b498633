"""The words after the value of SET and after the key of GETEX: conditions and times to live.

Owns which of them exclude each other, and how an amount of time becomes a deadline. It must never touch the
keyspace.
"""

from __future__ import annotations

from redislab.engine.arguments import integer
from redislab.engine.errors import invalid_expire_time, syntax_error
from redislab.values.numbers import INT64_MAX

__all__ = ["GETEX_OPTIONS", "SET_OPTIONS", "deadline", "deadline_of", "parse"]

UNITS = (b"EX", b"PX", b"EXAT", b"PXAT")
SECONDS = (b"EX", b"EXAT")
FROM_NOW = (b"EX", b"PX")

TIMES = frozenset((*UNITS, b"KEEPTTL", b"PERSIST"))
"""Only one of these may be given, though the same one may be repeated."""

SET_OPTIONS = frozenset((b"NX", b"XX", b"GET", b"KEEPTTL", *UNITS))
GETEX_OPTIONS = frozenset((b"PERSIST", *UNITS))

EXCLUDED = {
    b"NX": frozenset((b"XX",)),
    b"XX": frozenset((b"NX",)),
    b"GET": frozenset(),
    **{word: TIMES - {word} for word in TIMES},
}


def parse(words: tuple[bytes, ...], allowed: frozenset[bytes]) -> dict[bytes, bytes]:
    """The options given, each in capitals with its amount (empty where it takes none). Raises a syntax error.

    Amounts are not looked at: a number that is none is told later than a wrong word.
    """
    options: dict[bytes, bytes] = {}
    rest = iter(words)
    for word in rest:
        # The server compares C strings: what follows a NUL does not count.
        option = word.partition(b"\0")[0].upper()
        if option not in allowed or not EXCLUDED[option].isdisjoint(options):
            raise syntax_error()
        amount = b""
        if option in UNITS:
            following = next(rest, None)
            if following is None:
                raise syntax_error()
            amount = following
        options[option] = amount
    return options


def deadline_of(options: dict[bytes, bytes], now_ms: int, name: str) -> int | None:
    """When the key is to expire by these options, in ms since 1970; None if they set no time."""
    for unit in UNITS:
        if unit in options:
            return deadline(options[unit], unit, now_ms, name)
    return None


def deadline(amount: bytes, unit: bytes, now_ms: int, name: str) -> int:
    """The moment, in ms since 1970, that an amount of time names; it may lie in the past for EXAT and PXAT.

    Raises an error that tells the command by its `name` where the amount is not positive or does not fit 64 bits.
    """
    time = integer(amount)
    if time <= 0:
        raise invalid_expire_time(name)
    if unit in SECONDS:
        time *= 1000
    if unit in FROM_NOW:
        time += now_ms
    if time > INT64_MAX:
        raise invalid_expire_time(name)
    return time
