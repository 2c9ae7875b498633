"""Where a command's keys are: key specifications, as COMMAND INFO has them, and the keys of one call.

A declaration gives the access flags of each specification in one line, parts separated by `;`:

    "RW access update"             where the keys are follows from the arguments
    "OW update @1 0/1"             begin at word 1; range: last key (from there), step, optional limit
    "RO access @2 num"             begin at word 2, which says how many keys follow
    "OW update @STORE>5 0/1"       begin after the word STORE, searched from word 5
    "RO access ?"                  cannot be told from the words alone
    "RW access # as it may change"  what follows the # is a note for people
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redislab.commands.usage import Argument
from redislab.values.numbers import parse_int64

__all__ = ["KeySpec", "derive", "legacy_range"]

_FLAGS = ("RW", "RO", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete", "variable_flags")


class KeySpec:
    """One specification. `index` or `keyword` (with `start`) says where to begin; then a range or a count.

    `last` below zero counts from the end of the call; `counted` means that the first word is the number of keys.
    """

    __slots__ = ("counted", "flags", "index", "keyword", "last", "limit", "note", "start", "step")

    def __init__(
        self,
        flags: tuple[str, ...],
        *,
        index: int | None = None,
        keyword: str | None = None,
        start: int = 0,
        last: int = 0,
        step: int = 1,
        limit: int = 0,
        counted: bool = False,
        note: str = "",
    ) -> None:
        self.flags, self.note = flags, note
        self.index, self.keyword, self.start = index, keyword, start
        self.last, self.step, self.limit, self.counted = last, step, limit, counted

    @property
    def known(self) -> bool:
        return self.index is not None or self.keyword is not None

    def positions(self, argv: Sequence[bytes]) -> list[int] | None:
        """The places of the keys in this call, or None where the call cannot be read that way."""
        first = self.index if self.index is not None else self._after_keyword(argv)
        if first is None or not self.known:
            return [] if self.known else None
        if self.counted:
            count = parse_int64(argv[first]) if first < len(argv) else None
            if count is None:
                return None
            last = first + 1 + (count - 1) * self.step
            return list(range(first + 1, last + 1, self.step)) if first < last < len(argv) else None
        last = first + self.last if self.last >= 0 else len(argv) + self.last
        if self.limit > 1:
            last = first + (last - first + 1) // self.limit - 1
        if first >= len(argv):
            return None
        return [place for place in range(first, last + 1, self.step) if place < len(argv)]

    def _after_keyword(self, argv: Sequence[bytes]) -> int | None:
        assert self.keyword is not None
        wanted = self.keyword.encode()
        places = range(self.start, len(argv)) if self.start > 0 else range(len(argv) + self.start, 0, -1)
        for place in places:
            if 0 < place < len(argv) - 1 and argv[place].upper() == wanted:
                return place + 1
        return None

    def describe(self) -> dict[str, Any]:
        """The specification in the shape and the words of COMMAND INFO."""
        if self.index is not None:
            begin: dict[str, Any] = {"type": "index", "spec": {"index": self.index}}
        elif self.keyword is not None:
            begin = {"type": "keyword", "spec": {"keyword": self.keyword, "startfrom": self.start}}
        else:
            begin = {"type": "unknown", "spec": {}}
        if self.counted:
            find: dict[str, Any] = {"type": "keynum", "spec": {"keynumidx": 0, "firstkey": 1, "keystep": self.step}}
        elif self.known:
            find = {"type": "range", "spec": {"lastkey": self.last, "keystep": self.step, "limit": self.limit}}
        else:
            find = {"type": "unknown", "spec": {}}
        return {"flags": list(self.flags), "begin_search": begin, "find_keys": find}


def derive(declared: str, arguments: list[Argument], first: int) -> tuple[KeySpec, ...]:
    """Read a declaration; parts that give no place take theirs from the arguments, which begin at word `first`."""
    found = _from_arguments(arguments, first)
    specs = []
    for number, part in enumerate(filter(None, (part.strip() for part in declared.split(";")))):
        rules, _, note = part.partition(" # ")
        words = rules.split()
        flags = tuple(word for word in words if word in _FLAGS)
        place = [word for word in words if word not in _FLAGS]
        if not place:
            if number >= len(found):
                raise ValueError(f"key specification {part!r}: no key argument to take its place from")
            specs.append(KeySpec(flags, note=note, **found[number]))
        else:
            specs.append(KeySpec(flags, note=note, **_explicit(place)))
    return tuple(specs)


def _explicit(place: list[str]) -> dict[str, Any]:
    if place == ["?"]:
        return {}
    begin, how = place[0][1:], place[1]
    where: dict[str, Any] = {"index": int(begin)} if begin.isdigit() else {}
    if not where:
        keyword, _, start = begin.partition(">")
        where = {"keyword": keyword, "start": int(start)}
    if how == "num":
        return where | {"counted": True}
    numbers = [int(number) for number in how.split("/")]
    return where | {"last": numbers[0], "step": numbers[1], "limit": numbers[2] if len(numbers) > 2 else 0}


def _from_arguments(arguments: list[Argument], first: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place = first
    for number, argument in enumerate(arguments):
        if argument.optional:
            break
        rest = sum(1 for later in arguments[number + 1 :] if not later.optional)
        if argument.name == "numkeys":
            found.append({"index": place, "counted": True})
            break
        if argument.type == "key":
            found.append({"index": place, "last": -1 - rest if argument.multiple else 0})
        elif argument.type == "block" and argument.children[0].type == "key":
            found.append({"index": place, "last": -1 if argument.multiple else 0, "step": len(argument.children)})
        if argument.multiple:
            break
        place += len(argument.children) if argument.type == "block" else 1
        place += 1 if argument.token and argument.type != "pure-token" else 0
    return found


def legacy_range(specs: Sequence[KeySpec]) -> tuple[int, int, int]:
    """First key, last key and step, as COMMAND answers them from the specifications that are plain ranges."""
    first, last, step = 0, 0, 0
    for spec in specs:
        if spec.index is None or spec.counted or spec.limit > 1:
            continue
        if first and (spec.index != last + 1 or spec.step != step or last < 0):
            continue
        end = spec.index + spec.last if spec.last >= 0 else spec.last
        first, last, step = first or spec.index, end, spec.step
    return first, last, step
