"""CONFIG: settings that belong together, hooks that refuse, undo, copies, protection, and statistics."""

from __future__ import annotations

from random import Random

import pytest

from real import RealClient
from redislab import Lab, ReplyError
from redislab.engine.config import ConfigError
from redislab.lab import Session
from reference.recorded import to_json


def refusal(lab: Lab, line: str) -> str:
    with pytest.raises(ReplyError) as caught:
        lab.session().run(line)
    return caught.value.text


def test_every_parameter_of_the_server_is_there(ask) -> None:
    theirs = [name.decode() for name in ask("CONFIG", "GET", "*")[::2]]
    assert list(Lab().engine.config.names()) == sorted(theirs)


@pytest.mark.parametrize(
    "name",
    ["watchdog-period", "key-load-delay", "rdb-key-save-delay", "use-exit-on-panic",
     "loading-process-events-interval-bytes"],
)  # fmt: skip
def test_a_hidden_parameter_is_found_by_its_name_only(ask, name: str) -> None:
    alice = Lab().session()
    assert [list(pair) for pair in alice.call("CONFIG", "GET", name).items()] == [ask("CONFIG", "GET", name)]
    assert alice.call("CONFIG", "GET", name[:-1] + "?") == {}


def test_several_settings_are_made_together_or_not_at_all() -> None:
    lab = Lab()
    text = refusal(lab, "CONFIG SET maxmemory 5mb hz 20 timeout soon requirepass x")
    assert text == (
        "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer"
    )
    alice = lab.session()
    assert alice.run("CONFIG GET maxmemory hz requirepass") == {b"maxmemory": b"0", b"hz": b"10", b"requirepass": b""}
    assert lab.steps == []


def test_a_hook_that_refuses_takes_all_settings_back() -> None:
    lab = Lab()
    seen: list[tuple[str, object]] = []

    def refuse(port: int) -> None:
        seen.append(("port", port))
        if port == 1:
            raise ConfigError("Unable to listen on this port. Check server logs.")

    lab.engine.config.on_change("maxmemory", lambda value: seen.append(("maxmemory", value)))
    lab.engine.config.on_change("port", refuse)
    text = refusal(lab, "CONFIG SET maxmemory 1kb lfu-log-factor 3 port 1")
    assert text == (
        "ERR CONFIG SET failed (possibly related to argument 'port') - "
        "Unable to listen on this port. Check server logs."
    )
    assert seen == [("maxmemory", 1024), ("port", 1), ("maxmemory", 0), ("port", 6379)]
    assert lab.engine.lfu_log_factor == 10
    assert lab.steps == []


def test_a_hook_is_not_called_for_a_value_that_stays() -> None:
    lab = Lab()
    seen: list[int] = []
    lab.engine.config.on_change("timeout", seen.append)
    lab.session().run("CONFIG SET timeout 0")
    lab.session().run("CONFIG SET timeout 7")
    assert seen == [7]


def test_a_name_and_its_alias_may_be_set_at_once_as_on_the_server(ask) -> None:
    words = ("CONFIG", "SET", "replica-priority", "3", "slave-priority", "4")
    lab = Lab()
    alice = lab.session()
    assert alice.call(*words) == "OK" and ask(*words) == b"OK"
    assert list(alice.run("CONFIG GET *-priority").values()) == [b"4", b"4"]
    assert ask("CONFIG", "GET", "replica-priority")[1] == b"4"
    lab.undo()
    assert alice.run("CONFIG GET replica-priority") == {b"replica-priority": b"100"}


def test_undo_gives_every_letter_back() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("CONFIG SET notify-keyspace-events KEAn set-max-intset-entries 3")
    flags = lab.engine.notify_flags
    alice.run("CONFIG SET notify-keyspace-events g set-max-intset-entries 4")
    lab.undo()
    assert lab.engine.notify_flags == flags
    assert alice.run("CONFIG GET set-max-intset-entries") == {b"set-max-intset-entries": b"3"}


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("save", "60 1 5 2", ""),
        ("client-output-buffer-limit", "replica 1kb 1 1", "pubsub 5 4 3"),
        ("latency-tracking-info-percentiles", "99.123456789 1e-9", ""),
        ("maxmemory-clients", "5%", "1gb"),
        ("bind", "127.0.0.1 -::1", ""),
        ("shutdown-on-sigterm", "force save", "default"),
        ("masterauth", "a\0\udcffb", "c"),
        ("appendonly", "yes", "no"),
        ("oom-score-adj-values", "1 2 3", "4 5 6"),
    ],
)
def test_values_of_every_kind_are_undone_and_copied(name: str, first: str, second: str) -> None:
    lab = Lab()
    alice = lab.session()
    alice.call("CONFIG", "SET", name, first.encode("utf-8", "surrogateescape"))
    value = lab.engine.config[name]
    alice.call("CONFIG", "SET", name, second)
    assert lab.engine.config[name] != value
    lab.undo()
    assert lab.engine.config[name] == value
    assert lab.fork().engine.config[name] == value


def test_dir_is_protected_unless_the_start_allowed_it() -> None:
    lab = Lab()
    assert refusal(lab, "CONFIG SET dbfilename x.rdb") == (
        "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config"
    )
    lab.engine.config.put("enable-protected-configs", "local")
    assert lab.session().run("CONFIG SET dbfilename x.rdb") == "OK"
    stranger = lab.engine.connect(address="10.0.0.7:1234")
    with pytest.raises(ReplyError, match="can't set protected config"):
        stranger.run("CONFIG SET dbfilename y.rdb")


def test_resetstat_counts_from_zero() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("SET k v PX 1")
    lab.advance(1)
    assert lab.engine.expired_keys == 1
    alice.run("CONFIG RESETSTAT")
    assert lab.engine.expired_keys == 0


def test_a_sandbox_keeps_what_was_set_but_no_password_and_nothing_of_the_machine() -> None:
    from redislab.persist.sandbox_form import dump, load

    lab, twin = Lab(), Lab()
    lab.engine.config.start_with("dir", "/somewhere")
    lab.session().call(
        "CONFIG", "SET", "save", "", "maxmemory-clients", "7%", "port", "7000", "masterauth", "x", "bind", "1.2.3.4",
        "client-output-buffer-limit", "pubsub 1 2 3", "hz", "10",
    )  # fmt: skip
    load(twin, dump(lab))
    changed = {name for name, value in twin.engine.config.values.items() if value != Lab().engine.config[name]}
    assert changed == {"save", "maxmemory-clients", "client-output-buffer-limit"}
    assert all(twin.engine.config[name] == lab.engine.config[name] for name in changed)


def test_random_settings_together_leave_what_the_server_leaves(oracle: tuple[str, int]) -> None:
    """Several settings at once, good and bad ones: the same replies, and the same values after each call."""
    random = Random(7)
    real, ours = RealClient(oracle), Lab(record=False).session()
    ours.run('CONFIG SET save ""')
    for _ in range(400):
        words = [b"CONFIG", b"SET"]
        for name in random.sample(sorted(SOME), random.choice((1, 2, 2, 3, 4))):
            words += [name.upper() if random.random() < 0.1 else name, random.choice(SOME[name])]
        if random.random() < 0.1:
            words += words[2:4]
        if random.random() < 0.05:
            words += random.choice(([b"nosuch", b"1"], [b"daemonize", b"yes"], [b"dir", b"x"], [b"timeout"]))
        calls = [words, *([b"CONFIG", b"GET", name] for name in sorted(SOME))]
        theirs = [to_json(reply, 2) for reply in real.many(calls)]
        assert [to_json(answer(ours, call), 2) for call in calls] == theirs, words
    real.close()


SOME = {
    b"timeout": [b"0", b"7", b"-1", b"x"],
    b"hz": [b"20", b"0", b"9999", b"1.5"],
    b"maxmemory": [b"0", b"1gb", b"5tb"],
    b"save": [b"", b"900 1", b"60", b"5 6 7 8"],
    b"client-output-buffer-limit": [b"replica 1 2 3", b"pubsub 4 5 6 slave 7kb 8 9", b"normal 1"],
    b"shutdown-on-sigint": [b"default", b"save force", b"save nosave"],
    b"tls-port": [b"0", b"0", b"7"],
    b"repl-backlog-size": [b"1", b"1mb", b"0"],
    b"slave-priority": [b"1", b"2"],
    b"replica-priority": [b"3", b"4", b"x"],
    b"appendfsync": [b"always", b"NO", b"sometimes"],
}


def answer(session: Session, call: list[bytes]) -> object:
    try:
        return session.call(*call)
    except ReplyError as error:
        return error


@pytest.mark.parametrize("text", [b"\0", b"\0a", b"50\0a"])
def test_percentiles_are_not_c_strings(text: bytes) -> None:
    session = Lab().session()
    with pytest.raises(ReplyError, match="Invalid latency-tracking-info-percentiles parameters"):
        session.call("CONFIG", "SET", "latency-tracking-info-percentiles", text)
    assert session.call("CONFIG", "SET", "latency-tracking-info-percentiles", b"") == "OK"
