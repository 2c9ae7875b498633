"""What the machines share: an engine and redis-server 7.0.15 that are told the same, and how their replies compare.

Every reply is compared as bytes would be, but for a few named rules (`excuse`): the order of a hash table, which is
nobody's promise, and times that tick between the two calls.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from real import RealClient, emptied
from redislab import Lab, ReplyError
from redislab.commands.spec import Command
from redislab.commands.table import TABLE
from redislab.resp.types import BLOCKED, NO_REPLY
from reference.recorded import ORDERLESS, ordered, to_json

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
SOAK_COMMANDS = int(os.environ.get("REDISLAB_SOAK_COMMANDS", "200000"))
NO_SHRINK = os.environ.get("REDISLAB_SOAK_SHRINK") == "0"

SPARED = ("which a server of Redis 7.0 does not survive", "redislab shows at most 200 levels of nested tables")
"""What the engine says where a real server crashes, or answers with thousands of arrays one within the other."""

LISTS_A_TABLE = {"hgetall", "hkeys", "hvals", "smembers", "sunion", "sdiff", "sinter", "keys", "sort", "sort_ro"}
TICKS = {"ttl", "pttl", "expiretime", "pexpiretime"}
IDLE: dict[Any, int | None] = {"idle": None, "inactive": -1}
"""What XINFO calls the time since something, with what it says where that never was."""
TICKING = re.compile(r"\b1[5-9]\d{11}\b")
CALLS_ANOTHER = {"eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro"}


def find(argv: Sequence[bytes]) -> Command | None:
    """The command or subcommand that a call names."""
    command = TABLE.get(argv[0].decode("latin-1").lower())
    if command is not None and len(argv) > 1:
        command = command.subcommands.get(argv[1].decode("latin-1").lower(), command)
    return command


class TwoSides(RuleBasedStateMachine):
    """Engine and server with clients of the same names, each told the same as its twin."""

    address: tuple[str, int]
    version = "7.0"
    """The version of Redis that the engine has, and the server."""
    made = 0
    """How many commands all sessions of this machine have made."""
    protocols: Mapping[Any, int] = {2: 2, 3: 3}
    """The clients there are from the beginning, and what they speak."""

    def __init__(self) -> None:
        super().__init__()
        emptied(self.address)
        self.lab = Lab(record=False, version=self.version)
        self.real: dict[Any, RealClient] = {}
        self.ours: dict[Any, Any] = {}
        self.played: list[str] = []
        for name, protocol in self.protocols.items():
            self.connect(name, protocol)

    def connect(self, name: Any, protocol: int) -> None:
        """Another client on both sides."""
        self.real[name] = RealClient(self.address, protocol)
        self.ours[name] = self.lab.session(protocol=protocol)

    def noted(self, argv: Sequence[bytes], who: Any) -> None:
        """Count a command, and keep it for who must find out what came before a difference."""
        type(self).made += 1
        self.played.append(f"{who}> {b' '.join(argv)!r}"[:1000])

    def both(self, argv: list[bytes], who: Any = 2) -> Any:
        """Tell both the same and compare what they say; returns it."""
        expected, got = self.ask(argv, who)
        self.compare(argv, who, expected, got)
        return expected

    def ask(self, argv: list[bytes], who: Any = 2) -> tuple[Any, Any]:
        """What server and engine answer, in the form of the recordings."""
        self.noted(argv, who)
        reply = self.ask_ours(argv, who)
        protocol = self.ours[who].protocol  # which HELLO may just have changed
        got = to_json(reply, protocol)
        if any(text in str(got) for text in SPARED):  # the server is not asked, and both begin anew
            if argv[0] == b"EXEC":
                self.real[who].call([b"DISCARD"])
            self.ask_ours([b"FLUSHALL"], 2)
            self.real[2].call([b"FLUSHALL"])
            return got, got
        expected = self.real[who].call(argv)
        if expected is BLOCKED:
            self.end_script()
            self.differ(f"{argv} of {who}: redis does not answer, redislab {got!r}")
        return to_json(expected, protocol), got

    def end_script(self) -> None:
        """Free the server from a script without an end, so that it can be told more."""
        client = RealClient(self.address)
        client.call([b"SCRIPT", b"KILL"])
        client.call([b"FUNCTION", b"KILL"])
        client.close()

    def ask_ours(self, argv: list[bytes], who: Any) -> Any:
        try:
            reply = self.ours[who].call(*argv)
        except ReplyError as error:
            return error
        assert reply is not BLOCKED
        return self.ours[who].outbox.popleft() if reply is NO_REPLY else reply

    def compare(self, argv: list[bytes], who: Any, expected: Any, got: Any) -> None:
        if got != expected and not excuse(argv, expected, got):
            self.differ(f"{argv} of {who}: redis {expected!r}, redislab {got!r}")

    def differ(self, told: str) -> NoReturn:
        """Fail, with what was said."""
        told = "\n".join([*self.played[-200:], told])
        print("\nDIFFERENCE\n" + told)  # what is not met again the second time would be lost otherwise
        raise AssertionError(told)

    def teardown(self) -> None:
        for client in self.real.values():
            client.close()


def excuse(argv: Sequence[bytes], expected: Any, got: Any) -> bool:
    """Whether a rule lets two replies to a call be called equal."""
    command = find(argv)
    name = argv[0].decode("latin-1").lower()
    if command is not None and (ORDERLESS in command.tips or name in LISTS_A_TABLE):
        return bool(ordered(got) == ordered(expected))
    if name in TICKS and isinstance(got, int) and isinstance(expected, int):
        return got >= 0 and expected >= 0 and abs(got - expected) <= 2_000
    if name in ("xinfo", "xpending"):
        return bool(without_times(got) == without_times(expected))
    if name in CALLS_ANOTHER:
        inner = argv[3 + int(argv[2]):] if argv[2:3] and argv[2].isdigit() else []
        return bool(inner) and excuse(inner, expected, got)
    return False


def without_times(reply: Any) -> Any:
    """What XINFO and XPENDING tell, without moments and the time since."""
    if isinstance(reply, list):
        if len(reply) == 4 and isinstance(reply[1], str) and isinstance(reply[2], int):  # a pending entry
            return [*reply[:2], "idle", reply[3]]
        places = [place for place, item in enumerate(reply[:-1]) if isinstance(item, str) and item in IDLE]
        idle = [place + 1 for place in places if reply[place + 1] != IDLE[reply[place]]]
        return [0 if place in idle else without_times(item) for place, item in enumerate(reply)]
    if isinstance(reply, dict):
        return {name: without_times(item) for name, item in reply.items()}
    return 0 if isinstance(reply, int) and reply > 10**12 else reply


def play(machine: Any, address: tuple[str, int], *, examples: int, steps: int = 50) -> None:
    """Some sessions of a machine, the same each time; or, for a soak, new ones until so many commands were made.

    The machine is a class that has `made` count its commands.
    """
    machine.address = address
    machine.made = 0
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    options = settings(
        max_examples=60 if SOAK else examples,  # more would be kept in memory all at once
        stateful_step_count=steps,
        deadline=None,
        derandomize=not SOAK,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=phases if NO_SHRINK else [*phases, Phase.shrink],
    )
    while machine.made < SOAK_COMMANDS:
        run_state_machine_as_test(machine, settings=options)
        if not SOAK:
            return
        print(f"{machine.__name__}: {machine.made} commands", flush=True)
