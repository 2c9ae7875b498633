"""Compares the engine with a real server on everything a course does: each reply and each end state.

Owns what is compared and what cannot be: replies that differ by nature (random picks, times, ids made from the time)
are compared by kind, replies without an order are sorted, and steps that move the clock are left out, because a real
server's clock stands in nobody's hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.learn.attempt import SetupFailed
from redislab.learn.check import databases_in_use
from redislab.learn.check_reply import kind_of, on_the_wire, shown
from redislab.learn.play import BadLine, Sent, command_of, play
from redislab.learn.state import Image, dump
from redislab.learn.world import LocalWorld
from redislab.resp.types import BLOCKED
from redislab.yamlfile import Problem

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.remote import RemoteServer
    from redislab.learn.schema import Step

__all__ = ["compare_step", "moves_clock", "scripts_of"]

TIME_TOLERANCE_MS = 5000
"""Two servers are asked one after the other; what is left of a time to live differs by that much at most."""
TIME_REPLIES = {"ttl", "pttl", "expiretime", "pexpiretime", "time", "lastsave", "object|idletime"}
UNLIKE = {
    "info",
    "client|list",
    "client|info",
    "client|id",
    "config|get",
    "memory|usage",
    "memory|stats",
    "memory|doctor",
    "command",
    "command|docs",
    "command|info",
    "command|list",
    "command|count",
    "hello",
    "slowlog|get",
    "object|help",
    "latency|doctor",
    "debug|object",
    "dump",
    "role",
    "lolwut",
    "randomkey",
    "acl|log",
    "xinfo|consumers",
    "xpending",
    "cluster|myid",
    "acl|genpass",
    "memory|malloc-stats",
}
"""Replies that speak of the machine, the process or idle times: compared by kind."""
ID = re.compile(rb"^\d{12,}-\d+$")


def scripts_of(step: Step) -> list[tuple[str, list[str]]]:
    """Everything a step makes a server do, as (name, lines): routes, wrong ways, the command, options."""
    found = [(f"solution {n}", route.commands) for n, route in enumerate(step.solution, 1) if route.commands]
    found += [(f"wrong {n}", wrong.commands) for n, wrong in enumerate(step.wrong, 1) if wrong.commands]
    found += [(f"option {n}", option.run) for n, option in enumerate(step.options, 1) if option.run]
    if step.kind == "fill" and step.template:
        from redislab.learn.answers import filled

        found += [
            (f"solution {n}", [filled(step.template, route.answer or "")]) for n, route in enumerate(step.solution, 1)
        ]
    for name, lines in (
        ("command", [step.command] if step.command else []),
        ("lines", step.lines),
        ("show", step.show),
        ("broken", step.broken),
    ):
        if lines:
            found.append((name, lines))
    return found or ([("setup", [])] if step.setup else [])


def moves_clock(step: Step) -> bool:
    """Is there a `:clock` in the step?"""
    lines = [*step.setup, *step.when_blocked, *(line for _, script in scripts_of(step) for line in script)]
    return any(line.lstrip("?").startswith(":clock") for line in lines)


def compare_step(loaded: ChapterFile, step: Step, server: RemoteServer) -> Iterator[Problem]:
    """Each difference between the engine and the server, with the line of the step."""
    if moves_clock(step):
        return
    for name, lines in scripts_of(step):
        try:
            yield from _compare(loaded, step, name, lines, server)
        except (BadLine, SetupFailed) as error:
            yield loaded.problem(f"{name}: {error}", step)


def _compare(loaded: ChapterFile, step: Step, name: str, lines: list[str], server: RemoteServer) -> Iterator[Problem]:
    real = server.make(step.id, None, step.protocol)
    engine = LocalWorld(step.id, real.now_ms, step.protocol)
    table = engine.lab.commands
    try:
        for line in [*step.setup, *lines]:
            there, here = list(play(real, [line])), list(play(engine, [line]))
            for world in (real, engine):
                if any(sent.reply is BLOCKED for sent in (there if world is real else here)) and step.when_blocked:
                    list(play(world, step.when_blocked))
            for ours, theirs in zip(here, there, strict=True):
                if not _same(table, ours, theirs):
                    yield loaded.problem(
                        f"{name}, `{line}`: the engine replies {shown(ours.reply, ours.protocol)!r}, a real"
                        f" server {shown(theirs.reply, theirs.protocol)!r}",
                        step,
                    )
                    return
        difference = _state_difference(engine, real)
        if difference:
            yield loaded.problem(f"{name}: afterwards {difference}", step)
    finally:
        engine.close()
        real.close()


def _same(table: Any, ours: Sent, theirs: Sent) -> bool:
    command = command_of(table, ours.argv)
    first, second = on_the_wire(ours.reply, ours.protocol), on_the_wire(theirs.reply, theirs.protocol)
    if kind_of(first) != kind_of(second):
        return False
    name = command.name if command is not None else ""
    tips = command.tips if command is not None else ()
    if kind_of(first) != "error" and (
        name in UNLIKE or ("nondeterministic_output" in tips and name not in TIME_REPLIES)
    ):
        return True
    if name in TIME_REPLIES and isinstance(first, int):
        return _near(first, second)
    if name in ("eval", "evalsha", "fcall", "exec"):
        return bool(_without_times(first) == _without_times(second))
    if "nondeterministic_output_order" in tips and isinstance(first, list):
        return sorted(map(repr, first)) == sorted(map(repr, second))
    return bool(_without_times(first) == _without_times(second))


def _near(first: int, second: int) -> bool:
    return first == second or (first >= 0 and second >= 0 and abs(first - second) <= TIME_TOLERANCE_MS)


def _without_times(reply: Any) -> Any:
    """Ids made from the time are replaced, so that what stands beside them is still compared."""
    if isinstance(reply, bytes) and ID.match(reply):
        return b"(id)"
    if isinstance(reply, list):
        return [_without_times(item) for item in reply]
    if isinstance(reply, dict):
        return {key: _without_times(value) for key, value in reply.items()}
    return reply


def _state_difference(engine: Any, real: Any) -> str:
    ours, theirs = _state(engine), _state(real)
    for place in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(place), theirs.get(place)
        if one is None or other is None or not _alike(one, other):
            name = place[1].decode("utf-8", "backslashreplace")
            return f"`{name}` is {_brief(one)} in the engine and {_brief(other)} on a real server"
    return ""


def _state(world: Any) -> dict[tuple[int, bytes], Image]:
    reader = world.reader()
    return dump(reader, databases_in_use(reader, {}))


def _alike(one: Image, other: Image) -> bool:
    if one.type != other.type or (one.expires_ms is None) != (other.expires_ms is None):
        return False
    if one.expires_ms is not None and abs(one.expires_ms - (other.expires_ms or 0)) > TIME_TOLERANCE_MS:
        return False
    if one.type == "stream":
        return [(_clean_id(i), fields) for i, fields in one.value] == [
            (_clean_id(i), fields) for i, fields in other.value
        ]
    return bool(one.value == other.value)


def _clean_id(entry_id: str) -> str:
    return "(id)" if ID.match(entry_id.encode()) else entry_id


def _brief(image: Image | None) -> str:
    return "absent" if image is None else f"{image.type} {image.value!r}"[:120]
