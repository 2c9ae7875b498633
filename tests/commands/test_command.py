"""COMMAND beside the real server, for all commands that there are."""

from __future__ import annotations

import pytest

from redislab import Lab
from redislab.commands.spec import Command
from redislab.commands.table import all_commands
from redislab.resp.encode import encode
from redislab.resp.types import Map

KEYLESS = "ERR The command has no key arguments"


def plain(reply: object) -> object:
    """A reply as RESP2 clients see it: maps flat, statuses and texts as bytes."""
    if isinstance(reply, dict | Map):
        pairs = reply.items() if isinstance(reply, dict) else reply
        return [plain(part) for pair in pairs for part in pair]
    if isinstance(reply, list | tuple):
        return [plain(item) for item in reply]
    return reply.encode() if isinstance(reply, str) else reply


def without_notes(reply: object) -> object:
    """Key specifications may carry a note in prose, which is the server's own; that there is one is compared."""
    if isinstance(reply, list):
        if reply[:1] == [b"notes"]:
            reply = [b"notes", b"", *reply[2:]]
        return [without_notes(item) for item in reply]
    return reply


@pytest.mark.parametrize("command", all_commands(), ids=lambda command: command.name)
def test_info_is_the_server_s(command: Command, ask) -> None:
    ours = without_notes(plain(Lab().session().call("COMMAND", "INFO", command.name)))
    theirs = without_notes(ask("COMMAND", "INFO", command.name))
    # The subcommands that are built are fewer; each is asked for by itself.
    assert [each[:9] for each in ours] == [each[:9] for each in theirs]


def test_all_replies_can_be_sent_in_both_protocols() -> None:
    alice = Lab().session()
    for line in ("COMMAND", "COMMAND DOCS", "COMMAND LIST", "COMMAND INFO"):
        reply = alice.run(line)
        for protocol in (2, 3):
            assert len(encode(reply, protocol)) > 1000


def test_count_and_list_are_of_the_table() -> None:
    lab = Lab()
    alice = lab.session()
    assert alice.run("COMMAND COUNT") == len(lab.commands)
    assert {name.decode() for name in alice.run("COMMAND LIST")} == {each.name for each in all_commands()}
    assert alice.run("COMMAND LIST FILTERBY PATTERN object*") == [b"object", b"object|encoding", b"object|freq",
        b"object|idletime", b"object|refcount", b"object|help"]  # fmt: skip
