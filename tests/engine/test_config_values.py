"""Values of parameters: each one as recorded, and a heap of odd ones as a live server takes them."""

from __future__ import annotations

from typing import Any

import pytest

from real import RealClient
from redislab import Lab, ReplyError
from redislab.engine.config_parameters import BY_NAME, NAMES, PARAMETERS, Parameter
from reference.recorded import load, to_json

RECORDED = load("config")
TABLE = RECORDED["table"]
# A lab is started with DEBUG allowed, and its folder is not the recording server's.
OWN = {"dir", "enable-debug-command"}

ODD = [
    "", " ", "0", "1", "-1", "+1", "01", "1 ", " 1", "1.5", "0x10", "1e3", "2147483647", "2147483648", "-2147483648",
    "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "18446744073709551610", "9223372036854775807kb", "17179869184gb", "5k", "5KB", "kb", "b",
    "5kbb", "5 kb", "-5%", "0%", "50%", "100%", "101%", "%", "yes", "YES", "no", "No", "maybe", "a b", "a\0b", "1\x001",
    "yes\0x", "1 2", "1 2 3", "1 2 3 4", "1  2", "900 1 300 10", "900 1 ", "0 1", "1 -1", "99999999999999999999 1",
    "1 4294967297", "50 99 99.9", "99.123456789 1e1", "100.1", "nan", "inf", "-0", "5.", "-2000 0 2000", "0 0 2001",
    "replica 1mb 1k 5", "slave 0 0 -1", "pubsub 1 x 1", "master 0 0 0", "replica 1 1 1 slave 2 2 2", "replica 1 1",
    "KEA", "g$lshzxetd", "KnmQ", "{title}", "x {port}", "{nope}", "{{x", "{", "a/b", "caf\u00e9", "a_b", "a.b-c",
    "save nosave", "save now", "default", "default force", "always", "allkeys-lru", "Warning", "ip", "clients",
    "relative", "swapdb", "allchannels", "optional", "panic", "\\x41", '"quoted"', "x" * 300,
]  # fmt: skip
# What would take the server's ear or voice away, or make it write files, is left to other tests.
UNTOUCHED = {"bind", "port", "replicaof", "appendonly"}
TOO_SMALL = {"maxmemory-clients", "maxclients"}
LIVE = [each for each in PARAMETERS if each.live and not each.protected and each.name not in UNTOUCHED]


def answer(session: Any, *words: Any) -> Any:
    try:
        reply = session.call(*words)
    except ReplyError as error:
        reply = error
    return to_json(reply, 2)


def test_every_name_is_recorded_and_the_other_way_round() -> None:
    assert list(NAMES) == sorted(TABLE)


def test_the_values_at_the_start_are_those_recorded() -> None:
    shown = Lab().session().call("CONFIG", "GET", "*")
    assert [name.decode() for name in shown] == sorted(TABLE)
    for name in TABLE.keys() - OWN:
        assert shown[name.encode()].decode() == TABLE[name]["default"], name


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_value_is_refused_as_recorded(name: str) -> None:
    row = TABLE[name]
    session = Lab(record=False).session()
    wanted = row["set_same_value"]
    assert answer(session, "CONFIG", "SET", name, row["default"]) == (
        {"simple": "OK"} if wanted == "OK" else {"error": wanted}
    )
    for text, said in row.get("refusals", {}).items():
        session = Lab(record=False).session()
        got = answer(session, "CONFIG", "SET", name, text)
        if said.startswith("OK, then"):
            assert got == {"simple": "OK"}
            assert f"OK, then CONFIG GET answers '{answer(session, 'CONFIG', 'GET', name)[1]}'" == said
        else:
            assert got == {"error": said}


def test_the_recorded_calls_of_config() -> None:
    session = Lab().session()
    for row in RECORDED["calls"]:
        got = answer(session, *row["call"])
        if "map" in row["reply"]:  # recorded as unordered pairs
            pairs = [sorted(pair) for pair in zip(got[::2], got[1::2], strict=True)]
            got = {"map": sorted(pairs)}
        assert got == row["reply"], row["call"]


def odd_values(parameter: Parameter) -> list[str]:
    if parameter.name in TOO_SMALL:
        return [text for text in ODD if not text[:1].isdigit() or text in ("0", "01", "5.", "0x10")]
    return ODD


def test_odd_values_are_taken_as_the_server_takes_them(oracle: tuple[str, int]) -> None:
    real, ours = RealClient(oracle), Lab(record=False).session()
    problems = []
    for parameter in LIVE:
        name = parameter.name.encode()
        default = parameter.kind.show(parameter.default).encode()
        texts = [text.encode() for text in odd_values(parameter)]
        for text in texts:
            calls = [[b"CONFIG", b"SET", name, text], [b"CONFIG", b"GET", name], [b"CONFIG", b"SET", name, default]]
            theirs = [to_json(reply, 2) for reply in real.many(calls)]
            got = [answer(ours, *call) for call in calls]
            if got != theirs:
                problems.append(f"{parameter.name} {text!r}\n    real {theirs}\n    ours {got}")
    real.close()
    assert "\n".join(problems) == ""


def test_each_alias_names_its_parameter() -> None:
    for name, parameter in BY_NAME.items():
        assert name in (parameter.name, parameter.alias)


def test_every_parameter_is_described() -> None:
    for parameter in PARAMETERS:
        assert parameter.help and not parameter.help.endswith(".")


def test_a_parameter_without_effect_says_so() -> None:
    assert BY_NAME["io-threads"].effect
    assert not BY_NAME["hash-max-listpack-entries"].effect
