"""Random Lua programs on the engine and on redis-server 7.0.15: as EVAL, by digest, as functions, in transactions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import count

import pytest

from differential.script_sessions import Call, session, shrunk
from differential.script_sides import Sides
from differential.sides import NO_SHRINK, SOAK, SOAK_COMMANDS

SESSIONS = 25
COMMANDS = 40
TOLD_EVERY = 10_000


def seeds() -> Iterator[int]:
    """Those of the sessions: the same each time, or for a soak new ones."""
    return count(time.time_ns() // 1000) if SOAK else iter(range(SESSIONS))


def test_random_programs_beside_redis(oracle: tuple[str, int]) -> None:
    made = 0
    for seed in seeds():
        calls = session(seed, COMMANDS)
        if told := Sides(oracle).difference(calls):
            pytest.fail(f"After {made} commands, session {seed}:\n{told}\n{smaller(calls, oracle)}", pytrace=False)
        made += len(calls)
        if SOAK and made // TOLD_EVERY != (made - len(calls)) // TOLD_EVERY:
            print(f"{made} commands", flush=True)
        if SOAK and made >= SOAK_COMMANDS:
            break


def smaller(calls: Sequence[Call], address: tuple[str, int]) -> str:
    """The least of a session that still differs, as far as it is to be looked for."""
    if NO_SHRINK:
        return ""
    try:
        least = shrunk(calls, lambda some: Sides(address).difference(some) is not None)
        return f"In short:\n{Sides(address).difference(least)}"
    except OSError as error:
        return f"What of it is enough cannot be told, for the server is gone: {error}"
