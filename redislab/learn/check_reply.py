"""Judges what is claimed of a reply, and compares replies with what a lesson says of them.

Owns how a reply stands in YAML: an integer is a number, a bulk or status a text, nil null, an array a list, a map a
mapping. Integers and texts are kept apart: `3` is not "3". It sends nothing, except for `same_as`, through the client
it is handed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from redislab.learn.state import Reader, text_of
from redislab.learn.verdict import Verdict, as_bytes, in_range, listing, range_text
from redislab.resp.seen import as_seen
from redislab.resp.types import BLOCKED, NO_REPLY, Map, NullArray, ReplyError, Simple
from redislab.resp.words import join, split

if TYPE_CHECKING:
    from redislab.learn.schema_goal import ReplyIs

__all__ = ["judge_reply", "loosely_equal", "on_the_wire", "shown"]

KIND_WORDS = {
    "integer": "an integer",
    "text": "a text",
    "status": "a status such as OK",
    "nil": "nil",
    "array": "an array",
    "error": "an error",
    "double": "a double",
}


def on_the_wire(reply: Any, protocol: int = 2) -> Any:
    """The reply as a client of that protocol reads it: in RESP2 a map is a flat list, a double a text."""
    return reply if reply is BLOCKED or reply is NO_REPLY else _one_null(as_seen(reply, protocol))


def shown(reply: Any, protocol: int = 2, argv: Sequence[bytes] = ()) -> str:
    """The reply as redis-cli prints it on a terminal, without the final line break; `argv` is what was asked."""
    if reply is BLOCKED or reply is NO_REPLY:
        return "(waiting)" if reply is BLOCKED else "(no reply)"
    from redislab.shell.show import printed

    return printed(reply, protocol, argv=argv).decode("utf-8", "backslashreplace").removesuffix("\n")


def judge_reply(call: Reader, claim: ReplyIs, reply: Any, protocol: int, line: str) -> list[Verdict]:
    """One verdict for each thing claimed of `reply`, the answer to `line`."""
    judge = _Reply(on_the_wire(reply, protocol), shown(reply, protocol), line)
    return list(judge.verdicts(call, claim))


def loosely_equal(first: Any, second: Any, unordered: bool = False) -> bool:
    """Do two replies say the same? Integer 3 and text "3" do; for `same`, where one is kept and one is counted."""
    first, second = _loose(first), _loose(second)
    if unordered and isinstance(first, list) and isinstance(second, list):
        return sorted(map(repr, first)) == sorted(map(repr, second))
    return bool(first == second)


class _Reply:
    """One reply, its printed form and the line it answers."""

    def __init__(self, reply: Any, printed: str, line: str) -> None:
        self.reply = reply
        self.printed = printed.replace("\n", "  ")
        self.line = line
        self.name = f"the reply to `{line}`"

    def verdicts(self, call: Reader, claim: ReplyIs) -> Iterator[Verdict]:
        from msgspec import UNSET

        if claim.error is not None:
            whole = " " in claim.error
            ok = isinstance(self.reply, ReplyError) and claim.error == (self.reply.text if whole else self.reply.code)
            yield self._say(ok, f"to be the error {claim.error}")
        if claim.kind is not None:
            yield self._say(kind_of(self.reply) == claim.kind, f"to be {KIND_WORDS[claim.kind]}")
        if claim.equals is not UNSET:
            ok = _equals(claim.equals, self.reply, claim.unordered)
            yield self._say(ok, f"to be {_in_words(claim.equals)}")
        if claim.length is not None:
            length = len(self.reply) if isinstance(self.reply, (bytes, list, dict)) else None
            ok = length is not None and in_range(length, claim.length)
            yield self._say(ok, f"to have a length of {range_text(claim.length)}")
        if claim.between is not None:
            number = _number(self.reply)
            yield self._say(
                number is not None and in_range(number, claim.between), f"to be {range_text(claim.between)}"
            )
        if claim.contains is not None:
            yield self._contains(claim.contains)
        if claim.same_as is not None:
            ok = loosely_equal(self.reply, on_the_wire(call(*split(claim.same_as))), claim.unordered)
            # The command to compare with is as good as the solution, so it is not named.
            yield Verdict(ok, f"another reply to `{self.line}`" if not ok else f"{self.name} to be right", self._found)

    def _say(self, ok: bool, expected: str) -> Verdict:
        return Verdict(ok, f"{self.name} {expected}", self._found)

    @property
    def _found(self) -> str:
        return self.printed if len(self.printed) < 160 else self.printed[:159] + "…"

    def _contains(self, wanted: Any) -> Verdict:
        pieces = wanted if isinstance(wanted, list) else [wanted]
        claim = f"to contain {listing(pieces)}"
        if isinstance(self.reply, (list, dict)):
            items = (
                [item for pair in self.reply.items() for item in pair] if isinstance(self.reply, dict) else self.reply
            )
            return self._say(all(any(_equals(piece, item, False) for item in items) for piece in pieces), claim)
        text = self.reply if isinstance(self.reply, bytes) else str(self.reply).encode()
        return self._say(self.reply is not None and all(as_bytes(piece) in text for piece in pieces), claim)


def kind_of(reply: Any) -> str:
    """The reply's kind in the words of `ReplyIs.kind`; "map", "boolean" "waiting" or "silence" for others."""
    if reply is None:
        return "nil"
    if isinstance(reply, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "double"), (ReplyError, "error"), (Simple, "status"), (bytes, "text")):
        if isinstance(reply, kind):
            return name
    if reply is BLOCKED or reply is NO_REPLY:
        return "waiting" if reply is BLOCKED else "silence"
    return "map" if isinstance(reply, dict) else "array"


def _equals(wanted: Any, reply: Any, unordered: bool) -> bool:
    if wanted is None or isinstance(wanted, bool):
        return bool(reply is wanted)
    if isinstance(wanted, dict):
        return bool(_mapping(reply) == {as_bytes(key): _comparable(value) for key, value in wanted.items()})
    if isinstance(wanted, list):
        if not isinstance(reply, list) or len(reply) != len(wanted):
            return False
        if unordered:
            return Counter(map(repr, map(_comparable, wanted))) == Counter(map(repr, map(_comparable, reply)))
        return all(_equals(one, other, False) for one, other in zip(wanted, reply, strict=True))
    return bool(_comparable(wanted) == _comparable(reply))


def _comparable(value: Any) -> Any:
    """Texts as bytes whatever they are in, integers tagged so that 3 is not 3.0 and True is not 1."""
    if isinstance(value, ReplyError):
        return ("error", value.text)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, dict):
        return {_comparable(key): _comparable(item) for key, item in value.items()}
    if isinstance(value, float):
        # RESP2 has no doubles: a score comes as text, and 1.5 in a lesson means either.
        return value
    return ("integer", value) if isinstance(value, int) and not isinstance(value, bool) else value


def _mapping(reply: Any) -> Any:
    if isinstance(reply, list) and len(reply) % 2 == 0 and all(isinstance(field, bytes) for field in reply[::2]):
        return {field: _comparable(value) for field, value in zip(reply[::2], reply[1::2], strict=True)}
    return {key: _comparable(value) for key, value in reply.items()} if isinstance(reply, dict) else None


def _loose(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return b"%.17g" % value if isinstance(value, float) else b"%d" % value
    if isinstance(value, ReplyError):
        return ("error", value.text)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, list):
        return [_loose(item) for item in value]
    return {_loose(key): _loose(item) for key, item in value.items()} if isinstance(value, dict) else value


def _one_null(reply: Any) -> Any:
    """Plain Python from what the reader gives: one sort of null, plain lists."""
    if isinstance(reply, NullArray):
        return None
    if isinstance(reply, Map) and all(isinstance(key, (bytes, str, int, float)) for key, _ in reply):
        return {key: _one_null(value) for key, value in reply}
    if isinstance(reply, list):
        return [_one_null(list(item) if isinstance(item, tuple) else item) for item in reply]
    return {key: _one_null(value) for key, value in reply.items()} if isinstance(reply, dict) else reply


def _number(reply: Any) -> float | None:
    if isinstance(reply, (int, float)) and not isinstance(reply, bool):
        return reply
    try:
        return float(reply) if isinstance(reply, bytes) else None
    except ValueError:
        return None


def _in_words(wanted: Any) -> str:
    """What a lesson expects, as redis-cli would print it."""
    if wanted is None:
        return "(nil)"
    if isinstance(wanted, bool):
        return str(wanted).lower()
    if isinstance(wanted, int):
        return f"(integer) {wanted}"
    if isinstance(wanted, list):
        return "[" + ", ".join(map(_in_words, wanted)) + "]"
    if isinstance(wanted, dict):
        return "{" + ", ".join(f"{key}: {_in_words(value)}" for key, value in wanted.items()) + "}"
    return join([as_bytes(wanted)]) if isinstance(wanted, float) else '"' + text_of(as_bytes(wanted)) + '"'
