"""Judges what is claimed of one key (`is`) against what the key is.

Owns the comparison by type. Each claim is compared exactly: a value byte for byte, scores as numbers, a set without
order, a list with it. It reads through the client it is handed and never writes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.state import Image, Reader, image, text_of
from redislab.learn.verdict import Verdict, as_bytes, in_range, listing, range_text, show
from redislab.resp.types import ReplyError
from redislab.resp.words import join

if TYPE_CHECKING:
    from redislab.learn.schema_goal import KeyState

__all__ = ["judge_key", "same_elements"]

TYPE_WORDS = {
    "string": "a string",
    "list": "a list",
    "set": "a set",
    "zset": "a sorted set",
    "hash": "a hash",
    "stream": "a stream",
}
LOOK = {
    "string": "GET {}",
    "list": "LRANGE {} 0 -1",
    "set": "SMEMBERS {}",
    "zset": "ZRANGE {} 0 -1 WITHSCORES",
    "hash": "HGETALL {}",
    "stream": "XRANGE {} - +",
}
LENGTH = {"string": "STRLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "hash": "HLEN", "stream": "XLEN"}
POSITION_TOLERANCE = 0.0001
"""Degrees; Redis keeps positions in 52 bits, so what comes back differs a little from what was given."""


def judge_key(call: Reader, key: str, state: KeyState | None) -> list[Verdict]:
    """One verdict for each claim; the first alone when the key is missing or of another type."""
    name = join([key.encode()])
    now = image(call, key)
    wanted = state.type if state else None
    if wanted == "none":
        return [Verdict(now is None, f"`{name}` not to exist", _what(now), f"TYPE {name}")]
    kind = TYPE_WORDS[wanted] if wanted else "a key"
    if now is None:
        return [
            Verdict(
                False, f"`{name}` to be {kind}" if wanted else f"`{name}` to exist", "no such key", f"EXISTS {name}"
            )
        ]
    found = Verdict(wanted in (None, now.type), f"`{name}` to be {kind}", _what(now), f"TYPE {name}")
    if state is None or not found.ok:
        return [found]
    return [found, *_Key(call, key, name, now).judge(state)]


def same_elements(expected: list[bytes], found: list[bytes]) -> str:
    """What is missing and what is too many, without regard to order; "" when nothing."""
    missing, spare = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    parts = [f"{listing(missing.elements())} missing"] if missing else []
    parts += [f"{listing(spare.elements())} too many"] if spare else []
    return ", ".join(parts)


def _what(now: Image | None) -> str:
    if now is None:
        return "no such key"
    return f"{TYPE_WORDS.get(now.type, now.type)} {show(_plain(now))}"


def _plain(now: Image) -> Any:
    """The value in the form in which lessons write it."""
    if now.type == "zset":
        return dict(now.value)
    if now.type == "stream":
        return [{"id": entry_id, **{text_of(name): value for name, value in fields}} for entry_id, fields in now.value]
    return now.value


class _Key:
    """One key and its claims. Each method named after a field of KeyState yields verdicts for it."""

    def __init__(self, call: Reader, key: str, name: str, now: Image) -> None:
        self.call = call
        self.key = key
        self.name = name
        self.now = now
        self.look = LOOK.get(now.type, "TYPE {}").format(name)

    def judge(self, state: KeyState) -> Iterator[Verdict]:
        for field in state.__struct_fields__:
            wanted = getattr(state, field)
            if wanted is not None and field not in ("type", "unordered"):
                judged = getattr(self, field)
                yield from judged(wanted, state.unordered) if field == "value" else judged(wanted)

    def _verdict(self, ok: bool, expected: str, found: str = "", look: str | None = None) -> Verdict:
        return Verdict(ok, expected, found or show(_plain(self.now)), self.look if look is None else look)

    def _unfit(self, claim: str, kinds: str) -> Verdict:
        """A claim that the type cannot meet, e.g. a mapping for a string."""
        return self._verdict(False, f"`{self.name}` to be {kinds}, with {claim}", _what(self.now), f"TYPE {self.name}")

    # The whole value

    def value(self, wanted: Any, unordered: bool) -> Iterator[Verdict]:
        kind = self.now.type
        if isinstance(wanted, dict):
            if kind not in ("hash", "zset"):
                yield self._unfit(f"the value {show(wanted)}", "a hash or sorted set")
            else:
                yield self._mapping(wanted, whole=True)
        elif isinstance(wanted, list):
            yield (
                self._elements(wanted, unordered)
                if kind not in ("string", "hash")
                else self._unfit(f"the elements {show(wanted)}", "a collection")
            )
        elif kind != "string":
            yield self._unfit(f"the value {show(as_bytes(wanted))}", "a string")
        else:
            yield self._verdict(as_bytes(wanted) == self.now.value, f"`{self.name}` to hold {show(as_bytes(wanted))}")

    def _mapping(self, wanted: dict[str, Any], whole: bool) -> Verdict:
        """A hash, or the scores of a sorted set."""
        there = dict(self.now.value)
        convert = float if self.now.type == "zset" else as_bytes
        pairs = {as_bytes(field): convert(value) for field, value in wanted.items()}
        word = "members" if self.now.type == "zset" else "fields"
        missing = [field for field in pairs if field not in there]
        wrong = [field for field in pairs if field in there and there[field] != pairs[field]]
        spare = [field for field in there if field not in pairs] if whole else []
        parts = [f"{word} {listing(missing)} missing"] if missing else []
        parts += [f"`{text_of(field)}` is {show(there[field])}" for field in wrong]
        parts += [f"{listing(spare)} too many"] if spare else []
        verb = "hold exactly" if whole else "hold"
        return self._verdict(not parts, f"`{self.name}` to {verb} {show(wanted)}", ", ".join(parts))

    def _elements(self, wanted: list[Any], unordered: bool) -> Verdict:
        if self.now.type == "stream":
            return self._entries(wanted, whole=True, unordered=unordered)
        expected = [as_bytes(item) for item in wanted]
        there = self._members()
        if unordered or self.now.type == "set":
            difference = same_elements(expected, there)
            claim = f"`{self.name}` to hold {show(expected)} in any order"
            return self._verdict(not difference, claim, difference)
        difference = same_elements(expected, there)
        found = show(there) if difference else f"the same elements in another order, {show(there)}"
        order = "from head to tail" if self.now.type == "list" else "from the lowest score to the highest"
        return self._verdict(expected == there, f"`{self.name}` to hold {show(expected)} {order}", found)

    def _members(self) -> list[bytes]:
        if self.now.type == "zset":
            return [member for member, _ in self.now.value]
        return list(self.now.value)

    def _entries(self, wanted: list[Any], whole: bool, unordered: bool = False) -> Verdict:
        there = list(self.now.value)
        rest, missing = list(there), []
        for entry in wanted:
            match = next((one for one in rest if _is_entry(entry, one)), None)
            rest.remove(match) if match else missing.append(entry)
        ordered = unordered or not whole or all(_is_entry(*pair) for pair in zip(wanted, there, strict=False))
        ok = not missing and not (whole and rest) and ordered
        claim = f"`{self.name}` to {'hold exactly' if whole else 'contain'} the entries {show(wanted)}"
        return self._verdict(
            ok, claim, "" if missing or rest or ok else f"them in another order, {show(_plain(self.now))}"
        )

    # Parts of the value

    def contains(self, wanted: Any) -> Iterator[Verdict]:
        kind = self.now.type
        if isinstance(wanted, dict):
            yield (
                self._mapping(wanted, whole=False)
                if kind in ("hash", "zset")
                else self._unfit(show(wanted), "a hash or sorted set")
            )
        elif kind == "stream":
            yield self._entries(wanted if isinstance(wanted, list) else [wanted], whole=False)
        elif kind == "string":
            pieces = [as_bytes(item) for item in (wanted if isinstance(wanted, list) else [wanted])]
            missing = [piece for piece in pieces if piece not in self.now.value]
            yield self._verdict(not missing, f"`{self.name}` to contain {listing(pieces)}")
        else:
            yield self._has(wanted if isinstance(wanted, list) else [wanted])

    def _has(self, wanted: list[Any]) -> Verdict:
        there = Counter(list(self.now.value) if self.now.type == "hash" else self._members())
        missing = Counter(as_bytes(item) for item in wanted) - there
        return self._verdict(
            not missing,
            f"`{self.name}` to contain {listing(wanted)}",
            f"{listing(missing)} missing in {show(_plain(self.now))}",
        )

    def lacks(self, wanted: Any) -> Iterator[Verdict]:
        items = [as_bytes(item) for item in (wanted if isinstance(wanted, list) else [wanted])]
        there = self.now.value if self.now.type in ("hash", "string") else self._members()
        spare = [item for item in items if item in there]
        yield self._verdict(not spare, f"`{self.name}` not to contain {listing(items)}", f"{listing(spare)} in it")

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
        from redislab.learn.state import pairs_of

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


def _is_entry(wanted: Any, there: tuple[str, list[tuple[bytes, bytes]]]) -> bool:
    if set(wanted) == {"id", "fields"}:
        return wanted["id"] == there[0] and _is_entry(wanted["fields"], there)
    return [(as_bytes(name), as_bytes(value)) for name, value in wanted.items()] == list(there[1])


def _same_json(first: Any, second: Any) -> bool:
    """Equal, and true is not 1."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True) or (
        isinstance(first, (int, float))
        and not isinstance(first, bool)
        and isinstance(second, (int, float))
        and not isinstance(second, bool)
        and first == second
    )
