"""Every recorded call of every command that is built gets the recorded reply, word for word, in RESP2 and RESP3."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.commands.table import TABLE, all_commands
from redislab.resp.types import BLOCKED, NO_REPLY
from redislab.resp.words import split
from reference.recorded import comparable, load, ordered, to_json
from reference.replayed import loaded_lab, reply_of

ERRORS = load("errors")
COMMANDS = load("commands")["table"]
BUILT = {command.name: command for command in all_commands()}
# These tell of the server itself: its port, its clients, how many commands it has, or help in its own words.
OWN_STATE = {"client|list", "client|info", "command", "command|docs", "command|list", "command|count", "command|info"}
DEBUGGER = [["SCRIPT", "DEBUG", "YES"], ["SCRIPT", "DEBUG", "SYNC"]]
# The recording opened a new connection after this line.
RECONNECTS = {"requirepass": "CONFIG SET requirepass secret"}


def known(call: list[str]) -> bool:
    """Whether the command of a call is built."""
    name = call[0].lower()
    if name not in TABLE:
        return False
    if [word.upper() for word in call] in DEBUGGER:
        return False  # there is none without a server, and it says so
    if [word.upper() for word in call[:2]] == ["COMMAND", "GETKEYS"] and len(call) > 2:
        return known(call[2:])
    if [word.upper() for word in call[:2]] == ["COMMAND", "LIST"]:
        return False  # which commands there are, not how they are told
    return not TABLE[name].subcommands or len(call) < 2 or f"{name}|{call[1].lower()}" in BUILT or call[1] == "NOSUCH"


def problems(rows: list[dict[str, Any]], name: str) -> list[str]:
    found = []
    for row in rows:
        call = row["call"]
        if call == ["ACL", "LOG", "RESET"]:
            continue  # recorded with the kind that ACL LOG has
        command = BUILT.get(f"{call[0]}|{call[1]}".lower() if len(call) > 1 else "") or TABLE.get(call[0].lower())
        tips = command.tips if command else []
        for protocol, field in ((2, "reply"), (3, "resp3")):
            if field not in row:
                continue
            got = comparable(reply_of(loaded_lab(), call, protocol), row[field], tips)
            wanted = ordered(row[field]) if "nondeterministic_output_order" in tips else row[field]
            if got != wanted:
                found.append(f"{name} RESP{protocol} {call}\n    recorded {row[field]}\n    got      {got}")
    return found


NAMES = sorted(
    name
    for name, rows in ERRORS["commands"].items()
    if rows and name in BUILT and name not in OWN_STATE and not name.endswith("|help")
)


@pytest.mark.parametrize("name", NAMES)
def test_calls_of_a_command(name: str) -> None:
    rows = [row for row in ERRORS["commands"][name] if known(row["call"])]
    assert rows
    assert "\n".join(problems(rows, name)) == ""


EXTRA = {}
for row in ERRORS["extra"]:
    if known(row["call"]):
        EXTRA.setdefault(row["call"][0].lower(), []).append(row)


@pytest.mark.parametrize("name", sorted(EXTRA))
def test_corner_calls_of_a_command(name: str) -> None:
    assert "\n".join(problems(EXTRA[name], name)) == ""


def as_words(line: str) -> list[str]:
    return [word.decode() for word in split(line)]


def playable(lines: list[dict[str, Any]]) -> bool:
    """Whether every command of a sequence is built."""
    return all(line["call"].startswith("<") or known(as_words(line["call"])) for line in lines)


SEQUENCES = [name for name, lines in ERRORS["sequences"].items() if playable(lines)]


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequence(name: str) -> None:
    play_sequence(name, ERRORS["sequences"][name], loaded_lab())


def play_sequence(name: str, lines: list[dict[str, Any]], lab: Lab) -> None:
    """Make the calls of a sequence. Raises AssertionError at the first reply that is not as recorded."""
    session = lab.session()
    for line in lines:
        wanted = line["reply"]
        got = next_reply(session, line["call"])
        if got == {"timeout": True} != wanted:  # the recording waited until the time of the call was over
            lab.advance(1.0)
            got = to_json(session.outbox.popleft(), session.protocol)
        if line["call"] == "FUNCTION LIST":
            got, wanted = ordered(got), ordered(wanted)
        if "<version>" not in str(wanted):  # HELLO tells of the server itself
            assert comparable(got, wanted, []) == wanted, f"{name}: {line['call']}"
        if RECONNECTS.get(name) == line["call"]:
            session = lab.session()


def next_reply(session: Any, line: str) -> Any:
    """The next reply after sending a line; `<` sends nothing. What came by itself stands before the line's reply."""
    if line != "<":
        try:
            reply = session.run(line)
        except ReplyError as error:
            reply = error
        if reply is BLOCKED:
            return {"timeout": True}
        if reply is not NO_REPLY:
            session.outbox.append(reply)
    return to_json(session.outbox.popleft(), session.protocol) if session.outbox else {"none": True}
