"""The in-process API: clients, arguments, the clock, undo, redo, goto and forks."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.lab import UndoError


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual", seed=1)


def test_arguments_may_be_bytes_text_or_numbers(lab: Lab) -> None:
    session = lab.session()
    assert session.call(b"SET", "clé", 12) == "OK"
    assert session.call("GET", "clé".encode()) == b"12"
    session.call("ZADD", "z", 1.5, "a")
    assert session.call("ZSCORE", "z", "a") == 1.5


@pytest.mark.parametrize("argument", [None, ["a"], True, object()])
def test_other_arguments_are_refused_with_what_to_pass(lab: Lab, argument: object) -> None:
    with pytest.raises(TypeError, match="must be bytes, str, int or float"):
        lab.session().call("SET", "k", argument)  # type: ignore[arg-type]


def test_errors_are_raised(lab: Lab) -> None:
    with pytest.raises(ReplyError, match=r"^ERR wrong number of arguments for 'get' command$") as caught:
        lab.session().run("GET")
    assert caught.value.code == "ERR"


def test_sessions_share_data_but_not_their_database(lab: Lab) -> None:
    alice, bob = lab.session("alice"), lab.session("bob")
    alice.run("SET tea green")
    bob.run("SELECT 1")
    assert bob.run("GET tea") is None
    assert lab.session().run("GET tea") == b"green"


def test_a_key_expires_when_the_clock_is_moved_and_undo_brings_it_back(lab: Lab) -> None:
    session = lab.session()
    session.run("SET greeting hello EX 60")
    lab.advance(61)
    assert session.run("GET greeting") is None
    assert lab.undo().label == ":clock +61s"
    assert (session.run("GET greeting"), session.run("TTL greeting")) == (b"hello", 60)
    lab.redo()
    assert session.run("GET greeting") is None


def test_a_key_found_expired_comes_back_alive() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET greeting hello PX 100")
    lab.clock.below.advance(5)  # type: ignore[attr-defined]
    assert session.run("GET greeting") is None
    assert lab.undo().label == "GET greeting"
    assert session.run("GET greeting") == b"hello"


def test_flushall_is_one_step(lab: Lab) -> None:
    session = lab.session()
    session.run("MSET a 1 b 2")
    session.run("EXPIRE a 100")
    session.run("FLUSHALL")
    assert session.run("DBSIZE") == 0
    lab.undo()
    assert (session.run("DBSIZE"), session.run("TTL a")) == (2, 100)
    lab.redo()
    assert session.run("DBSIZE") == 0


def test_a_transaction_is_one_step(lab: Lab) -> None:
    session = lab.session()
    for line in ("SET n 1", "MULTI", "INCR n", "FLUSHALL", "SET n 5", "INCR n", "EXEC"):
        session.run(line)
    assert session.run("GET n") == b"6"
    lab.undo()
    assert session.run("GET n") == b"1"
    lab.redo()
    assert session.run("GET n") == b"6"


def test_only_what_changed_something_counts(lab: Lab) -> None:
    session = lab.session()
    session.run("SADD s a")
    for line in ("GET nothing", "SADD s a", "DEL nothing", "SISMEMBER s a", "EXPIRE nothing 10", "PING"):
        session.run(line)
        assert lab.last_change is None, line
    assert lab.position == 1


def test_goto_reaches_every_kept_state(lab: Lab) -> None:
    session = lab.session()
    for number in range(5):
        session.run(f"SET n {number}")
    for number in (2, 5, 0, 3):
        lab.goto(number)
        assert session.run("GET n") == (None if number == 0 else b"%d" % (number - 1))
        assert lab.position == number
    with pytest.raises(UndoError, match="steps 0 to 5 can be reached"):
        lab.goto(6)


def test_undo_at_the_beginning_says_so(lab: Lab) -> None:
    with pytest.raises(UndoError, match="no command has changed anything yet"):
        lab.undo()
    with pytest.raises(UndoError, match="nothing to redo"):
        lab.redo()


def test_configuration_comes_back_too(lab: Lab) -> None:
    session = lab.session()
    session.run("CONFIG SET hash-max-listpack-entries 2")
    session.run("HSET h a 1 b 2 c 3")
    assert session.run("OBJECT ENCODING h") == b"hashtable"
    lab.goto(0)
    session.run("HSET h a 1 b 2 c 3")
    assert session.run("OBJECT ENCODING h") == b"listpack"


def test_a_new_change_forgets_what_was_undone(lab: Lab) -> None:
    session = lab.session()
    session.run("SET a 1")
    session.run("SET a 2")
    lab.undo()
    session.run("SET a 3")
    with pytest.raises(UndoError):
        lab.redo()
    lab.undo()
    assert session.run("GET a") == b"1"


def test_a_fork_shares_nothing(lab: Lab) -> None:
    session = lab.session()
    session.run("RPUSH l a b")
    session.run("EXPIRE l 50")
    fork = lab.fork()
    other = fork.session()
    other.run("RPUSH l c")
    assert session.run("LRANGE l 0 -1") == [b"a", b"b"]
    assert other.run("TTL l") == 50
    fork.advance(60)
    assert (other.run("EXISTS l"), session.run("EXISTS l")) == (0, 1)


def test_a_blocked_session_is_served_in_the_step_of_the_push(lab: Lab) -> None:
    alice, bob = lab.session("alice"), lab.session("bob")
    bob.call("BLPOP", "queue", 0)
    assert bob.blocked
    alice.call("RPUSH", "queue", "x")
    assert bob.outbox.popleft() == [b"queue", b"x"]
    assert not bob.blocked
    assert lab.last_change is None, "pushed and popped in one step: nothing is left changed"


def test_a_frozen_clock_and_a_fast_one() -> None:
    lab = Lab(clock="manual")
    base = lab.clock.below
    lab.freeze()
    before = lab.now_ms
    base.advance(10)  # type: ignore[attr-defined]
    assert lab.now_ms == before
    lab.scale(60)
    base.advance(1)  # type: ignore[attr-defined]
    assert lab.now_ms == before + 60_000
    with pytest.raises(ValueError, match="between 0 and"):
        lab.scale(-1)


def test_a_waiting_session_takes_no_command(lab: Lab) -> None:
    session = lab.session()
    session.call("BLPOP", "queue", 0)
    with pytest.raises(RuntimeError, match=r"call cancel\(\) first"):
        session.call("PING")
    assert session.cancel()
    assert session.call("PING") == "PONG"


def test_what_changed_is_told_in_words(lab: Lab) -> None:
    session = lab.session()
    session.run("SET greeting hello EX 60")
    assert [str(change) for change in lab.what_changed()] == ['+ greeting string "hello", ttl 60 s']
    session.run("GET greeting")
    assert lab.what_changed() == []
