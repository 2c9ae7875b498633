"""Recorded changes are the real changes: random commands, each compared with a full look before and after.

For every command: the keys that the step names are exactly the keys whose state differs (value, encoding, time to
live); undo restores the state before to the last detail, redo the state after. That catches a handler that changes a
value it only viewed, one that forgets to say that it changed something, and one that says it without doing it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands_strategy import random_commands
from redislab import Lab, ReplyError
from redislab.engine.changes import FlushEntry, KeyEntry, SwapEntry
from redislab.rdb.stream_form import stream_body
from redislab.resp.types import BLOCKED

Look = dict[tuple[int, bytes], tuple[Any, ...]]


def look(lab: Lab) -> Look:
    """Everything in the keyspace that a client could tell apart."""
    found: Look = {}
    for db in lab.engine.databases:
        for key, value in db.values.items():
            found[db.index, key] = (value.type, value.encoding(), content(value), db.expires.get(key))
    return found


def content(value: Any) -> Any:
    if value.type == "string":
        return value.get()
    if value.type == "list":
        return tuple(value.range(0, -1))
    if value.type == "hash":
        return tuple(value.items()) if value.encoding() == "listpack" else frozenset(value.items())
    if value.type == "set":
        return frozenset(value.members())
    if value.type == "stream":
        return stream_body(value)
    return tuple((member, score, str(score)) for member, score in value.pairs())


def named_keys(lab: Lab, before: Look, after: Look) -> set[tuple[int, bytes]]:
    """The keys that the last step says it changed."""
    step = lab.last_change
    named: set[tuple[int, bytes]] = set()
    for entry in step.entries if step else []:
        if isinstance(entry, KeyEntry):
            named.add((entry.database, entry.key))
        elif isinstance(entry, FlushEntry):
            named |= {name for name in before if name[0] == entry.database}
        elif isinstance(entry, SwapEntry):
            named |= {name for name in (*before, *after) if name[0] in (entry.first, entry.second)}
    return named


def play(lab: Lab, session: Any, argv: list[bytes]) -> None:
    try:
        if session.call(*argv) is BLOCKED:
            session.cancel()
    except ReplyError:
        pass


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands=random_commands(min_size=1, max_size=40), transaction=st.booleans())
def test_steps_name_what_changed_and_undo_restores_it(commands: list[list[bytes]], transaction: bool) -> None:
    lab = Lab(clock="manual", seed=7)
    session = lab.session()
    states = [look(lab)]
    for number, argv in enumerate(commands):
        lab.clock.below.advance(0.4)  # type: ignore[attr-defined]
        before = look(lab)
        position = lab.position
        if transaction and number % 5 == 0:
            play(lab, session, [b"MULTI"])
            play(lab, session, argv)
            play(lab, session, commands[number // 2])
            play(lab, session, [b"EXEC"])
        else:
            play(lab, session, argv)
        after = look(lab)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        named = named_keys(lab, before, after)
        assert changed <= named, f"{argv}: not recorded: {changed - named}"
        if changed:
            assert lab.position == position + 1
            states.append(after)
        elif lab.position != position:
            states.append(after)
    assert lab.position == len(states) - 1
    for state in reversed(states[:-1]):
        lab.undo()
        assert look(lab) == state
    for state in states[1:]:
        lab.redo()
        assert look(lab) == state
