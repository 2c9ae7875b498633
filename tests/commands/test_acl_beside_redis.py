"""Random rules on the engine and on redis-server 7.0.15: the same users, and the same calls refused."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from acl_rules import any_call, rules

from commands_strategy import arguments_of, playable
from real import RealClient, emptied
from redislab import Lab, ReplyError
from redislab.engine.session import Session
from redislab.resp.types import BLOCKED
from reference.recorded import to_json

SOAK = os.environ.get("REDISLAB_SOAK") == "1"
OPTIONS: dict[str, Any] = {
    "deadline": None,
    "derandomize": not SOAK,  # the same rules each time; the soak looks for new ones
    "suppress_health_check": list(HealthCheck),
}
# Users of whose calls many are refused for a key or a channel and many are not.
LIMITED = [
    ["+@all", "%R~a", "%W~b", "~c"],
    ["+@all", "%R~*", "&x*"],
    ["+@all", "%W~*", "&x*", "&a*"],
    ["+@all", "~a", "(+@all", "%R~*)", "(+@write", "-@string", "~b", ")"],
    ["-@all", "~*", "&*", "+select|0", "+debug|object", "+@fast"],
]


# On the real server these reach beyond the data, or wait.
NOT_MADE = {"migrate", "restore-asking", "xread", "xreadgroup"}


@st.composite
def data_call(draw: st.DrawFn) -> list[bytes]:
    """A call of a command that works on keys."""
    command = draw(st.sampled_from([each for each in playable() if each.has_keys and each.name not in NOT_MADE]))
    return [*command.full_name.encode().split(), *draw(arguments_of(command))]


def told(session: Session, argv: list[bytes]) -> Any:
    """What the engine answers, errors among it."""
    try:
        return session.call(*argv)
    except ReplyError as error:
        return error


def set_user(name: bytes, words: list[str]) -> list[bytes]:
    return [b"ACL", b"SETUSER", name, *(word.encode() for word in words)]


def normal(reply: Any) -> Any:
    """A reply with the commands that rules name one by one in order: Redis has them in that of a hash table."""
    if isinstance(reply, dict):
        return {tag: normal(value) for tag, value in reply.items()}
    if isinstance(reply, list):
        return [normal(item) for item in reply]
    if isinstance(reply, str) and "@all" in reply:
        return [in_order(part.rstrip(")").split(" ")) for part in reply.split(" (")]
    return reply


def in_order(words: list[str]) -> list[str]:
    start = max(place for place, word in enumerate(words) if word in ("+@all", "-@all")) + 1
    single = [word for word in words[start:] if word[1] != "@"]
    return words[:start] + [word for word in words[start:] if word[1] == "@"] + sorted(single)


class Sides:
    """Engine and server, each with a RESP2 and a RESP3 client."""

    def __init__(self, address: tuple[str, int]) -> None:
        emptied(address)
        lab = Lab(record=False)
        self.ours = {protocol: lab.session(protocol=protocol) for protocol in (2, 3)}
        self.real = {protocol: RealClient(address, protocol) for protocol in (2, 3)}

    def close(self) -> None:
        for client in self.real.values():
            client.close()

    def both(self, argv: list[bytes], protocol: int = 2) -> tuple[Any, Any]:
        """What both answer, in a form to compare."""
        expected, got = self.real[protocol].call(argv), told(self.ours[protocol], argv)
        return normal(to_json(got, protocol)), normal(to_json(expected, protocol))


def test_rules_make_the_same_users(oracle: tuple[str, int]) -> None:
    sides = Sides(oracle)

    @settings(max_examples=5000 if SOAK else 150, **OPTIONS)
    @given(st.lists(st.lists(rules, min_size=1, max_size=6), min_size=1, max_size=4), st.lists(any_call(), max_size=5))
    def check(steps: list[list[str]], calls: list[list[bytes]]) -> None:
        sides.both([b"ACL", b"DELUSER", b"u"])
        for step in steps:
            got, expected = sides.both(set_user(b"u", step))
            assert got == expected, step
            for argv, protocol in (([b"ACL", b"LIST"], 2), ([b"ACL", b"GETUSER", b"u"], 3)):
                got, expected = sides.both(argv, protocol)
                assert got == expected, (step, argv)
        for call in calls:
            got, expected = sides.both([b"ACL", b"DRYRUN", b"u", *call])
            assert got == expected, call

    check()
    sides.close()


def test_the_same_calls_are_refused(oracle: tuple[str, int]) -> None:
    sides = Sides(oracle)
    for number, words in enumerate(LIMITED):
        sides.both(set_user(b"u%d" % number, words))

    @settings(max_examples=3000 if SOAK else 100, **OPTIONS)
    @given(st.sampled_from(range(len(LIMITED))), st.lists(any_call(), min_size=20, max_size=40))
    def check(number: int, calls: list[list[bytes]]) -> None:
        asked = [[b"ACL", b"DRYRUN", b"u%d" % number, *call] for call in calls]
        for argv, expected in zip(asked, sides.real[2].many(asked), strict=True):
            assert to_json(told(sides.ours[2], argv), 2) == to_json(expected, 2), argv

    check()
    sides.close()


def test_what_a_dry_run_refuses_is_refused(oracle: tuple[str, int]) -> None:
    """Calls really made as such a user: refused on both sides or on neither, and with the same words."""
    emptied(oracle)
    lab = Lab(record=False)
    admin, real = lab.session(), RealClient(oracle)
    users = []
    for number, words in enumerate(LIMITED):
        argv = set_user(b"u%d" % number, [*words, "on", "nopass"])
        assert told(admin, argv) == real.call(argv)
        ours, theirs = lab.session(), RealClient(oracle)
        assert told(ours, [b"AUTH", b"u%d" % number, b"x"]) == theirs.call([b"AUTH", b"u%d" % number, b"x"])
        users.append((ours, theirs))
    refused = 0

    @settings(max_examples=3000 if SOAK else 100, **OPTIONS)
    @given(st.sampled_from(range(len(LIMITED))), st.lists(data_call(), min_size=20, max_size=40))
    def check(number: int, calls: list[list[bytes]]) -> None:
        nonlocal refused
        ours, theirs = users[number]
        for argv, expected in zip(calls, theirs.many(calls), strict=True):
            got = told(ours, argv)
            assert got is not BLOCKED
            is_refused = isinstance(expected, ReplyError) and expected.code == "NOPERM"
            assert (isinstance(got, ReplyError) and got.code == "NOPERM") == is_refused, (argv, got, expected)
            if is_refused:
                assert got == expected
                refused += 1

    check()
    for _, theirs in users:
        theirs.close()
    real.close()
    assert refused > 100
