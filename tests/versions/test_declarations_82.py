"""COMMAND INFO and COMMAND DOCS of 8.2 beside those of the real Redis 8.2.3, but for prose, which is redislab's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from real import RealClient
from redislab import Lab
from redislab.commands.table import all_commands
from redislab.resp.encode import encode
from redislab.resp.replies import ReplyReader

NAMES = [command.name.encode() for command in all_commands((8, 2))]
OTHERWISE = {b"client|pause": "since"}
"""What 8.2 takes for the version that brought a command, though 7.0 knew better."""
FACTS = ("since", "group", "deprecated_since", "replaced_by")


@pytest.fixture(scope="module")
def sides(redis_82: tuple[str, int]) -> Iterator[tuple[RealClient, Any]]:
    real = RealClient(redis_82)
    yield real, Lab(version="8.2").session()
    real.close()


def asked(sides: tuple[RealClient, Any], *words: bytes) -> tuple[Any, Any]:
    real, session = sides
    reader = ReplyReader()
    reader.feed(encode(session.call(*words), 2))
    return real.call(words), reader.next()


def named(flat: list[Any]) -> dict[str, Any]:
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def alike(info: list[Any]) -> list[Any]:
    """COMMAND INFO without the order of flags, the notes of key specifications, and subcommands."""
    specs = [{**named(spec), "notes": None, "flags": set(named(spec)["flags"])} for spec in info[8]]
    return [*info[:2], set(info[2]), *info[3:6], set(info[6]), set(info[7]), specs]


def arguments(flat: list[Any]) -> dict[str, Any]:
    """A tree of arguments without the texts that are shown for them."""
    tree = named(flat)
    tree.pop("display_text", None)
    children = [arguments(child) for child in tree.get("arguments", [])]
    return {**tree, "flags": set(tree.get("flags", [])), "arguments": children}


def facts(name: bytes, flat: list[Any]) -> dict[str, Any]:
    document = named(flat)
    told: dict[str, Any] = {fact: document.get(fact) for fact in FACTS if OTHERWISE.get(name) != fact}
    told["history"] = {version for version, _ in document.get("history", [])}
    told["arguments"] = [arguments(each) for each in document.get("arguments", [])]
    return told


@pytest.mark.parametrize("name", NAMES, ids=bytes.decode)
def test_same_declaration(name: bytes, sides: tuple[RealClient, Any]) -> None:
    theirs, ours = asked(sides, b"COMMAND", b"INFO", name)
    assert alike(ours[0]) == alike(theirs[0])
    theirs, ours = asked(sides, b"COMMAND", b"DOCS", name)
    assert facts(name, ours[1]) == facts(name, theirs[1])
