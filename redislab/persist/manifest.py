"""The list of the files that make up an append only file: a base, what was appended since, and what may be deleted.

    file appendonly.aof.2.base.rdb seq 2 type b
    file appendonly.aof.5.incr.aof seq 5 type i

Pure text; whoever owns the folder reads and writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from redislab.resp.words import UnbalancedQuotes, quote, split

__all__ = ["BASE", "BadManifest", "File", "Manifest"]

BASE, INCREMENT, HISTORY = "b", "i", "h"
LONGEST_LINE = 1022
TOO_LONG = "The AOF manifest file contains too long line"
"""What Redis also says of a last line that does not end."""


class BadManifest(ValueError):
    """A manifest that cannot be read; the text says what is wrong, in Redis' words."""


class File(NamedTuple):
    """One file of the folder."""

    name: str
    sequence: int
    kind: str

    def line(self) -> str:
        plain = all(33 <= ord(mark) < 127 and mark not in "\"'\\" for mark in self.name)
        name = self.name if plain else quote(self.name.encode("utf-8", "surrogateescape"))
        return f"file {name} seq {self.sequence} type {self.kind}\n"


class Manifest:
    """The files of one append only file, whose name is the stem of theirs."""

    def __init__(
        self,
        stem: str,
        base: File | None = None,
        increments: Sequence[File] = (),
        history: Sequence[File] = (),
        base_sequence: int = 0,
        increment_sequence: int = 0,
    ) -> None:
        self.stem, self.base = stem, base
        self.increments, self.history = list(increments), list(history)
        self.base_sequence, self.increment_sequence = base_sequence, increment_sequence

    @classmethod
    def parse(cls, stem: str, text: str) -> Manifest:
        """Read a manifest. Raises BadManifest."""
        found = cls(stem)
        if not text:
            raise BadManifest("Found an empty AOF manifest")
        for number, line in enumerate(text.split("\n")[:-1], 1):
            if line.startswith("#"):
                continue
            if len(line) > LONGEST_LINE:
                raise BadManifest(TOO_LONG)
            try:
                found.add(parsed(line))
            except BadManifest as error:
                raise BadManifest(f"Reading the manifest file, at line {number}\n>>> '{line}'\n{error}") from None
        if not text.endswith("\n"):
            raise BadManifest(TOO_LONG)
        return found

    def add(self, file: File) -> None:
        if file.kind == BASE:
            if self.base is not None:
                raise BadManifest("Found duplicate base file information")
            self.base, self.base_sequence = file, file.sequence
        elif file.kind == HISTORY:
            self.history.append(file)
        else:
            if self.increments and file.sequence <= self.increments[-1].sequence:
                raise BadManifest("Found a non-monotonic sequence number")
            self.increments.append(file)
            self.increment_sequence = file.sequence

    def text(self) -> str:
        """The manifest as it is written."""
        files = [self.base] if self.base is not None else []
        return "".join(file.line() for file in (*files, *self.history, *self.increments))

    def next_base(self, *, rdb: bool) -> File:
        """A base that is to take the place of the present one."""
        number = self.base_sequence + 1
        return File(f"{self.stem}.{number}.base.{'rdb' if rdb else 'aof'}", number, BASE)

    def next_increment(self) -> File:
        """A file to append to, after the present ones."""
        number = self.increment_sequence + 1
        return File(f"{self.stem}.{number}.incr.aof", number, INCREMENT)

    def with_increment(self, file: File) -> Manifest:
        """The same with one more file at the end."""
        increments = [*self.increments, file]
        return Manifest(self.stem, self.base, increments, self.history, self.base_sequence, file.sequence)

    def with_base(self, file: File, since: int) -> Manifest:
        """The same with another base, which holds what all increments before the one number `since` hold."""
        old = [self.base] if self.base is not None else []
        old += [each for each in self.increments if each.sequence < since]
        return Manifest(
            self.stem,
            base=file,
            base_sequence=file.sequence,
            increments=[each for each in self.increments if each.sequence >= since],
            increment_sequence=self.increment_sequence,
            history=[*self.history, *(each._replace(kind=HISTORY) for each in old)],
        )


def parsed(line: str) -> File:
    """One line. Raises BadManifest."""
    try:
        words = [word.decode("utf-8", "surrogateescape") for word in split(line)]
    except UnbalancedQuotes:
        raise BadManifest("Invalid AOF manifest file format") from None
    facts = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) < 6 or len(words) % 2 or not {"file", "seq", "type"} <= set(facts):
        raise BadManifest("Invalid AOF manifest file format")
    if not facts["seq"].isdigit() or facts["type"] not in (BASE, INCREMENT, HISTORY):
        raise BadManifest("Unknown AOF file type" if facts["seq"].isdigit() else "Invalid AOF manifest file format")
    if not int(facts["seq"]):
        raise BadManifest("Invalid AOF manifest file format")
    if "/" in facts["file"] or not facts["file"]:
        raise BadManifest("File can't be a path, just a filename")
    return File(facts["file"], int(facts["seq"]), facts["type"])
