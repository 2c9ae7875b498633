"""What a check found: one sentence made of what was expected, what is there, and where to look.

Owns the wording of values in such sentences. It reads no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from redislab.resp.words import join

__all__ = ["Verdict", "as_bytes", "in_range", "key_name", "listing", "number_text", "range_text", "show"]

LONGEST = 160
"""Characters of a value in a sentence; the rest is cut, the place to look shows it all."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of one claim. `expected` and `found` read on after "Expected" and "found"."""

    ok: bool
    expected: str
    found: str = ""
    look: str = ""
    say: str = ""

    @property
    def sentence(self) -> str:
        """What the learner is told when it does not hold."""
        return self.say or f"Expected {self.missing}"

    @property
    def missing(self) -> str:
        """The same as an item of a list of what is wanted."""
        if self.say:
            return self.say
        verb = "" if self.found.startswith("it ") else "found "
        found = f"; {verb}{self.found}" if self.found else ""
        look = f" See `{self.look}`." if self.look else ""
        return f"{self.expected}{found}.{look}"


def as_bytes(value: Any) -> bytes:
    """A text or number of a lesson as Redis keeps it."""
    if isinstance(value, bytes):
        return value
    return number_text(value).encode() if isinstance(value, float) else str(value).encode()


def number_text(number: float) -> str:
    """3.0 -> 3, 1.5 -> 1.5: as a score is written."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e17:
        return str(int(number))
    return repr(number) if isinstance(number, float) else str(number)


def key_name(key: str | bytes) -> str:
    """A key as it is typed in a command, in quotes where it needs them."""
    return join([as_bytes(key)])


def show(value: Any) -> str:
    """A value for a sentence: "text", [a, b], {field: value}, 3."""
    text = _show(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def listing(values: Iterable[Any]) -> str:
    """Some values after one another: `a`, `b`."""
    return ", ".join(f"`{_word(value)}`" for value in values)


def in_range(number: float, bounds: Any) -> bool:
    """Does the number lie in [least, most] (null: no limit), or equal it when one number is given?"""
    if isinstance(bounds, (int, float)):
        return number == bounds
    least, most = bounds
    return (least is None or number >= least) and (most is None or number <= most)


def range_text(bounds: Any) -> str:
    """[1, 60] -> 1 to 60; [1, null] -> 1 or more; 3 -> 3."""
    if isinstance(bounds, (int, float)):
        return number_text(bounds)
    least, most = bounds
    if least is None:
        return f"{number_text(most)} or less" if most is not None else "any number"
    if most is None:
        return f"{number_text(least)} or more"
    return number_text(least) if least == most else f"{number_text(least)} to {number_text(most)}"


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(key)}: {_word(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(_word(item) for item in value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_word(item) for item in value) + "]"
    if isinstance(value, (int, float)):
        return number_text(value)
    return '"' + (value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")) + '"'


def _word(value: Any) -> str:
    if isinstance(value, (bytes, str)):
        return join([as_bytes(value)])
    return _show(value)
