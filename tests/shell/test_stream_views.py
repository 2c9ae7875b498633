"""Streams as the shell tells of them: what changed, :inspect and :why."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.changes_view import changes_of
from redislab.commands.table import TABLE
from redislab.resp.words import split
from redislab.shell.inspect_key import inspect_lines
from redislab.shell.outcome import Outcome
from redislab.shell.theme import plain
from redislab.shell.why import explain

STEPS = [
    ("XADD s 1-1 room kitchen celsius 21", '+ s stream entry 1-1 room "kitchen" celsius "21"'),
    ("XADD s 2-1 a b", '~ s + entry 2-1 a "b"'),
    ("XGROUP CREATE s g 0", "~ s + group g read up to 0-0"),
    ("XREADGROUP GROUP g ann COUNT 1 STREAMS s >",
     "~ s group g read up to 0-0 → 1-1, + group g consumer ann, + group g pending 1-1 ann"),
    ("XREADGROUP GROUP g ann STREAMS s 0", "~ s group g pending 1-1 ann → ann, delivered 2 times"),
    ("XACK s g 1-1", "~ s - group g pending 1-1 ann, delivered 2 times"),
    ("XDEL s 1-1", '~ s - entry 1-1 room "kitchen" celsius "21"'),
    ("XSETID s 9-9", "~ s last id 2-1 → 9-9"),
    ("XGROUP DELCONSUMER s g ann", "~ s - group g consumer ann"),
    ("XADD s MAXLEN 1 10-0 a " + "x" * 80, f'~ s - entry 2-1 a "b", + entry 10-0 a "{"x" * 60}…" (80 bytes)'),
    ("XGROUP DESTROY s g", "~ s - group g read up to 1-1"),
    ("DEL s", "- s (stream, was 1 entry)"),
]  # fmt: skip


def test_what_changed() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for line, expected in STEPS:
        session.run(line)
        assert lab.last_change is not None, line
        assert [str(change) for change in changes_of(lab, lab.last_change)] == [expected]
    for line, expected in STEPS:
        (change,) = changes_of(lab, next(step for step in lab.steps if step.label == line))
        assert str(change) == expected, "told later, from what was kept"


def test_inspect() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for number in range(1, 151):
        session.run(f"XADD s {number} a b")
    session.run("XGROUP CREATE s g 0")
    session.run("XREADGROUP GROUP g ann COUNT 2 STREAMS s >")
    text = " ".join(plain(line).strip() for line in inspect_lines(lab, 0, b"s", 200))
    assert "A radix tree by id of 2 nodes: listpacks of up to 100 entries (stream-node-max-entries)" in text
    assert "The last id is 150-0; 150 entries were ever added." in text
    assert "Group g: 1 consumer, 2 pending, 148 still to be read." in text


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("XADD s 4-1 a b", "The last id of s is 5-1, and ids only grow."),
        ("XREADGROUP GROUP g ann STREAMS s >", "was given all up to 5-1. 1 of its entries is not acknowledged."),
        ("XREADGROUP GROUP h ann STREAMS s >", "s has the group g."),
        ("XGROUP CREATE s g $", "A group of that name is there already."),
        ("XREAD STREAMS s 9", "The last entry of s has the id 5-1"),
        ("XREAD STREAMS e 0", "e has no entries now; its last id is 0-0"),
        ("XCLAIM e none ann 0 1-1", "e has the group g."),
    ],
)  # fmt: skip
def test_why(line: str, reason: str) -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    for before in ("XADD s 5-1 a b", "XGROUP CREATE s g 0", "XGROUP CREATE e g 0 MKSTREAM",
                   "XREADGROUP GROUP g ann STREAMS s >"):  # fmt: skip
        session.run(before)
    argv = split(line)
    command = TABLE[argv[0].decode().lower()]
    command = command.subcommands.get(argv[1].decode().lower(), command)
    reply: Any
    try:
        reply = session.run(line)
    except ReplyError as error:
        reply = error
    assert reason in " ".join(explain(lab, Outcome("main", argv, reply, 2, 0, command)))
