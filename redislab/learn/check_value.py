"""Judges what is claimed of a value itself: all of it, what it contains, what it lacks.

Owns the comparison by type, byte for byte: a list with its order, a set without, scores as numbers. It reads nothing;
the key's state is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from redislab.learn.state import Image, Reader, text_of
from redislab.learn.verdict import Verdict, as_bytes, listing, show

__all__ = ["TYPE_WORDS", "ValueClaims", "plain", "same_elements", "what"]

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


def same_elements(expected: list[bytes], found: list[bytes]) -> str:
    """What is missing and what is too many, without regard to order; "" when nothing."""
    missing, spare = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    parts = [f"{listing(missing.elements())} missing"] if missing else []
    parts += [f"{listing(spare.elements())} too many"] if spare else []
    return ", ".join(parts)


def what(now: Image | None) -> str:
    if now is None:
        return "no such key"
    return f"{TYPE_WORDS.get(now.type, now.type)} {show(plain(now))}"


def plain(now: Image) -> Any:
    """The value in the form in which lessons write it."""
    if now.type == "zset":
        return dict(now.value)
    if now.type == "stream":
        return [{"id": entry_id, **{text_of(name): value for name, value in fields}} for entry_id, fields in now.value]
    return now.value


class ValueClaims:
    """One key as it is, and the claims about its value."""

    def __init__(self, call: Reader, key: str, name: str, now: Image) -> None:
        self.call = call
        self.key = key
        self.name = name
        self.now = now
        self.look = LOOK.get(now.type, "TYPE {}").format(name)

    def _verdict(self, ok: bool, expected: str, found: str = "", look: str | None = None) -> Verdict:
        return Verdict(ok, expected, found or show(plain(self.now)), self.look if look is None else look)

    def _unfit(self, claim: str, kinds: str) -> Verdict:
        """A claim that the type cannot meet, e.g. a mapping for a string."""
        return self._verdict(False, f"`{self.name}` to be {kinds}, with {claim}", what(self.now), f"TYPE {self.name}")

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
            ok, claim, "" if missing or rest or ok else f"them in another order, {show(plain(self.now))}"
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
            f"{listing(missing)} missing in {show(plain(self.now))}",
        )

    def lacks(self, wanted: Any) -> Iterator[Verdict]:
        items = [as_bytes(item) for item in (wanted if isinstance(wanted, list) else [wanted])]
        there = self.now.value if self.now.type in ("hash", "string") else self._members()
        spare = [item for item in items if item in there]
        yield self._verdict(not spare, f"`{self.name}` not to contain {listing(items)}", f"{listing(spare)} in it")


def _is_entry(wanted: Any, there: tuple[str, list[tuple[bytes, bytes]]]) -> bool:
    if set(wanted) == {"id", "fields"}:
        return wanted["id"] == there[0] and _is_entry(wanted["fields"], there)
    return [(as_bytes(name), as_bytes(value)) for name, value in wanted.items()] == list(there[1])
