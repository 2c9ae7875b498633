"""Judges what is claimed of one key (`is`) against what the key is.

Owns the claims about type, length, scores, bits, time to live and encoding; those about the value are in
`check_value.py`. It reads through the client it is handed and never writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.check_value import TYPE_WORDS, ValueClaims, same_elements, what
from redislab.learn.state import Reader, image, pairs_of, text_of
from redislab.learn.verdict import Verdict, as_bytes, in_range, listing, range_text, show
from redislab.resp.types import ReplyError
from redislab.resp.words import join

if TYPE_CHECKING:
    from redislab.learn.schema_goal import KeyState

__all__ = ["judge_key"]

LENGTH = {"string": "STRLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "hash": "HLEN", "stream": "XLEN"}
POSITION_TOLERANCE = 0.0001
"""Degrees; Redis keeps positions in 52 bits, so what comes back differs a little from what was given."""


def judge_key(call: Reader, key: str, state: KeyState | None) -> list[Verdict]:
    """One verdict for each claim; the first alone when the key is missing or of another type."""
    name = join([key.encode()])
    now = image(call, key)
    wanted = state.type if state else None
    if wanted == "none":
        return [Verdict(now is None, f"`{name}` not to exist", what(now), f"TYPE {name}")]
    kind = TYPE_WORDS[wanted] if wanted else "a key"
    if now is None:
        return [
            Verdict(
                False, f"`{name}` to be {kind}" if wanted else f"`{name}` to exist", "no such key", f"EXISTS {name}"
            )
        ]
    found = Verdict(wanted in (None, now.type), f"`{name}` to be {kind}", what(now), f"TYPE {name}")
    if state is None or not found.ok:
        return [found]
    return [found, *_Key(call, key, name, now).judge(state)]


class _Key(ValueClaims):
    """One key and its claims. Each method named after a field of KeyState yields verdicts for it."""

    def judge(self, state: KeyState) -> Iterator[Verdict]:
        for field in state.__struct_fields__:
            wanted = getattr(state, field)
            if wanted is not None and field not in ("type", "unordered"):
                judged = getattr(self, field)
                yield from judged(wanted, state.unordered) if field == "value" else judged(wanted)

    def length(self, wanted: Any) -> Iterator[Verdict]:
        command = LENGTH.get(self.now.type, "STRLEN")
        yield self._count(self.call(command, self.key), wanted, "a length of", f"{command} {self.name}")

    def between(self, wanted: Any) -> Iterator[Verdict]:
        number = _number(self.now.value) if self.now.type == "string" else None
        ok = number is not None and in_range(number, wanted)
        yield self._verdict(ok, f"`{self.name}` to be a number, {range_text(wanted)}")

    def json(self, wanted: Any) -> Iterator[Verdict]:
        claim = f"`{self.name}` to hold JSON equal to {json.dumps(wanted, ensure_ascii=False)}"
        try:
            there = json.loads(self.now.value) if self.now.type == "string" else self.now
        except ValueError as error:
            yield self._verdict(False, claim, f"{show(self.now.value)}, which is not JSON ({error})")
            return
        yield self._verdict(_same_json(there, wanted), claim)

    def scores(self, wanted: dict[str, Any]) -> Iterator[Verdict]:
        if self.now.type != "zset":
            yield self._unfit(f"scores of {listing(wanted)}", "a sorted set")
            return
        there = dict(self.now.value)
        for member, bounds in wanted.items():
            score = there.get(as_bytes(member))
            claim = f"`{member}` in `{self.name}` to have the score {range_text(bounds)}"
            look = f"ZSCORE {self.name} {join([as_bytes(member)])}"
            ok = score is not None and in_range(score, bounds)
            yield self._verdict(ok, claim, "no such member" if score is None else show(score), look)

    def positions(self, wanted: dict[str, list[float]]) -> Iterator[Verdict]:
        for member, place in wanted.items():
            reply = self.call("GEOPOS", self.key, member)
            there = None if isinstance(reply, ReplyError) or not reply[0] else [float(part) for part in reply[0]]
            ok = there is not None and all(abs(a - b) <= POSITION_TOLERANCE for a, b in zip(there, place, strict=True))
            claim = f"`{member}` in `{self.name}` to be at longitude {place[0]}, latitude {place[1]}"
            found = "no position" if there is None else f"longitude {there[0]:.4f}, latitude {there[1]:.4f}"
            yield self._verdict(ok, claim, found, f"GEOPOS {self.name} {join([as_bytes(member)])}")

    def bits(self, wanted: dict[str, int]) -> Iterator[Verdict]:
        for offset, bit in wanted.items():
            there = self.call("GETBIT", self.key, offset)
            claim = f"bit {offset} of `{self.name}` to be {bit}"
            yield self._verdict(there == bit, claim, _reply_words(there), f"GETBIT {self.name} {offset}")

    def bit_count(self, wanted: Any) -> Iterator[Verdict]:
        yield self._count(self.call("BITCOUNT", self.key), wanted, "set bits numbering", f"BITCOUNT {self.name}")

    def cardinality(self, wanted: Any) -> Iterator[Verdict]:
        yield self._count(self.call("PFCOUNT", self.key), wanted, "a PFCOUNT of", f"PFCOUNT {self.name}")

    def groups(self, wanted: list[str]) -> Iterator[Verdict]:
        reply = self.call("XINFO", "GROUPS", self.key)
        if isinstance(reply, ReplyError):
            yield self._unfit(f"the groups {listing(wanted)}", "a stream")
            return
        names = [dict(pairs_of(group))[b"name"] for group in reply]
        difference = same_elements([as_bytes(name) for name in wanted], names)
        yield self._verdict(
            not difference,
            f"`{self.name}` to have the groups {listing(wanted) or 'none'}",
            difference,
            f"XINFO GROUPS {self.name}",
        )

    # Beside the value

    def ttl(self, wanted: Any) -> Iterator[Verdict]:
        left = self.call("PTTL", self.key)
        found = "no time to live" if left < 0 else f"{left / 1000:g} seconds left"
        look = f"TTL {self.name}"
        if wanted == "none":
            yield self._verdict(left == -1, f"`{self.name}` to stay, without a time to live", found, look)
        elif wanted == "some":
            yield self._verdict(left >= 0, f"`{self.name}` to have a time to live", found, look)
        else:
            ok = left >= 0 and in_range(left / 1000, wanted)
            yield self._verdict(ok, f"`{self.name}` to expire in {range_text(wanted)} seconds", found, look)

    def encoding(self, wanted: str | list[str]) -> Iterator[Verdict]:
        names = wanted if isinstance(wanted, list) else [wanted]
        there = text_of(self.call("OBJECT", "ENCODING", self.key))
        claim = f"`{self.name}` to be encoded as {' or '.join(names)}"
        yield self._verdict(there in names, claim, there, f"OBJECT ENCODING {self.name}")

    def _count(self, reply: Any, wanted: Any, words: str, look: str) -> Verdict:
        ok = not isinstance(reply, ReplyError) and in_range(reply, wanted)
        return self._verdict(ok, f"`{self.name}` to have {words} {range_text(wanted)}", _reply_words(reply), look)


def _reply_words(reply: Any) -> str:
    return f"the error {reply}" if isinstance(reply, ReplyError) else str(reply)


def _number(value: bytes) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _same_json(first: Any, second: Any) -> bool:
    """Equal, and true is not 1."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True) or (
        isinstance(first, (int, float))
        and not isinstance(first, bool)
        and isinstance(second, (int, float))
        and not isinstance(second, bool)
        and first == second
    )
