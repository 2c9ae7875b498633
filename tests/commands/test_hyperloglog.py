"""HyperLogLog: announcements, the estimate kept in the string, undo, and strings that are no sketch."""

from __future__ import annotations

import pytest
from redis import Redis

from commands.announced import on_the_engine, on_the_server
from redislab import Lab, ReplyError, Session

LINES = [
    "PFADD watched",
    "PFADD watched",
    "PFADD watched a b c",
    "PFADD watched a",
    "PFCOUNT watched",
    "PFCOUNT watched",
    "PFADD watched d",
    "PFCOUNT watched missing",
    "PFCOUNT missing",
    "PFMERGE other watched",
    "PFMERGE watched missing",
    "PFMERGE watched",
    "PFMERGE fresh missing missing2",
    "PFDEBUG DECODE missing",
    "PFDEBUG ENCODING watched",
    "PFDEBUG TODENSE watched",
    "PFDEBUG GETREG watched",
    "PFDEBUG foo watched",
    r'SET corrupt "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe"',
    "PFCOUNT corrupt missing",
    "PFCOUNT missing corrupt",
    "PFMERGE new corrupt missing",
    "PFCOUNT watched corrupt missing",
    "SET text abc",
    "PFMERGE watched missing text",
    "PFADD text a",
    "RPUSH list x",
    "PFCOUNT watched list",
]

STALE_EMPTY = b"HYLL\x01" + bytes(10) + b"\x80" + b"\x7f\xff"


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


def test_many_elements_leave_the_same_bytes_as_on_the_server(ask, oracle: tuple[str, int]) -> None:
    session = Lab(record=False).session()
    server = Redis(*oracle)
    for start in range(0, 3000, 250):
        elements = [f"element-{number}" for number in range(start, start + 250)]
        key = f"sketch-{start % 1000}"
        assert session.call("PFADD", key, *elements) == server.execute_command("PFADD", key, *elements)
        assert session.call("PFCOUNT", key) == server.execute_command("PFCOUNT", key)
        session.call("PFMERGE", "all", key)
        server.execute_command("PFMERGE", "all", key)
        for name in (key, "all"):
            assert session.call("GET", name) == server.get(name)
    server.close()
    assert session.call("PFDEBUG", "ENCODING", "all") == "dense"


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual").session()


def test_the_estimate_is_kept_until_the_next_change(session: Session) -> None:
    session.run("PFADD k a b c")
    stale = session.run("GET k")
    assert stale[15] == 0x80
    assert session.run("PFCOUNT k") == 3
    kept = session.run("GET k")
    assert kept[8:16] == (3).to_bytes(8, "little")
    session.run("PFADD k a")
    assert session.run("GET k") == kept
    # What is kept is believed, whatever it says.
    session.call("SETRANGE", "k", 8, b"\x2a")
    assert session.run("PFCOUNT k") == 42
    session.run("PFADD k d")
    assert session.run("PFCOUNT k") == 4


def test_counting_is_a_change_that_can_be_undone() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("PFADD k a")
    stale = session.run("GET k")
    session.run("PFCOUNT k")
    assert lab.last_change is not None
    session.run("PFCOUNT k")
    assert lab.last_change is None
    lab.undo()
    assert session.run("GET k") == stale
    lab.undo()
    assert session.run("EXISTS k") == 0


def test_a_sketch_without_elements(session: Session) -> None:
    assert session.run("PFADD k") == 1
    assert session.run("GET k") == STALE_EMPTY
    assert session.run("PFADD k") == 0
    assert session.run("OBJECT ENCODING k") == b"raw"


def test_a_string_that_looks_like_a_sketch_is_one(session: Session) -> None:
    session.call("SET", "k", STALE_EMPTY, "EX", 100)
    assert session.run("PFADD k a") == 1
    assert (session.run("PFCOUNT k"), session.run("TTL k")) == (1, 100)
    session.run("PFMERGE k k")
    assert (session.run("PFCOUNT k"), session.run("TTL k")) == (1, 100)


@pytest.mark.parametrize("text", [b"", b"HYLL", b"HYLX" + STALE_EMPTY[4:], b"HYLL\x02" + STALE_EMPTY[5:],
                                  b"HYLL\x00" + STALE_EMPTY[5:]])  # fmt: skip
def test_other_strings_are_refused_and_stay(session: Session, text: bytes) -> None:
    session.call("SET", "k", text)
    for line in ("PFADD k a", "PFCOUNT k", "PFCOUNT k k", "PFMERGE k k", "PFMERGE new k", "PFDEBUG DECODE k"):
        with pytest.raises(ReplyError, match="WRONGTYPE Key is not a valid HyperLogLog string value"):
            session.run(line)
    assert (session.run("GET k"), session.run("EXISTS new")) == (text, 0)


def test_the_size_at_which_a_sketch_becomes_dense_is_a_setting(session: Session) -> None:
    session.run("CONFIG SET hll-sparse-max-bytes 0")
    session.run("PFADD k a")
    assert session.run("PFDEBUG ENCODING k") == "dense"
    assert session.run("STRLEN k") == 12304


def test_merging_reads_the_destination_before_it_is_written(session: Session) -> None:
    session.run("PFADD one a b")
    session.run("PFADD two c")
    session.run("PFMERGE one two one")
    assert (session.run("PFCOUNT one"), session.run("PFCOUNT two")) == (3, 1)


def test_registers(session: Session) -> None:
    session.run("PFADD k a b c")
    registers = session.run("PFDEBUG GETREG k")
    assert len(registers) == 16384
    assert sum(1 for register in registers if register) == 3
    assert session.run("PFDEBUG ENCODING k") == "dense"
