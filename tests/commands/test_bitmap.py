"""Bitmaps: announcements, undo, growth, and BITFIELD's all-or-nothing reading of its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.announced import on_the_engine, on_the_server
from redislab import Lab, ReplyError, Session

LINES = [
    "SETBIT watched 10 0",
    "SETBIT watched 10 0",
    "SETBIT watched 10 1",
    "SETBIT watched 100 0",
    "SETBIT watched 1 2",
    "GETBIT missing 1",
    "BITCOUNT missing",
    "BITPOS missing 1",
    "BITFIELD missing GET u8 0",
    "BITFIELD_RO missing GET u8 0",
    "BITFIELD watched GET u8 0",
    "BITFIELD watched SET u8 0 0",
    "BITFIELD watched SET u8 0 1 SET u8 0 0",
    "BITFIELD watched SET u8 #30 0",
    "BITFIELD watched OVERFLOW FAIL INCRBY u8 0 300",
    "BITFIELD watched OVERFLOW FAIL INCRBY u8 1000 300",
    "BITFIELD failed OVERFLOW FAIL INCRBY u8 0 300",
    "EXISTS failed",
    "BITFIELD made SET u8 0 0",
    "BITOP NOT other watched",
    "BITOP OR watched missing other",
    "BITOP AND watched missing",
    "BITOP AND watched missing missing",
    "RPUSH watched x",
    "BITOP OR out missing watched",
    "SETBIT watched 0 1",
    "BITOP NOT watched other",
]


def test_announcements_are_those_of_the_server(oracle: tuple[str, int]) -> None:
    assert on_the_engine(LINES) == on_the_server(oracle, LINES)


@pytest.fixture
def session() -> Session:
    return Lab(clock="manual").session()


def test_looking_for_a_bit_to_set_makes_the_string_raw_even_if_nothing_changes(session: Session) -> None:
    session.run("SET k 12")
    session.run("SETBIT k 0 0")
    assert session.run("OBJECT ENCODING k") == b"raw"


def test_an_error_in_the_last_operation_keeps_the_first_from_happening(session: Session) -> None:
    session.run("BITFIELD k SET u8 0 7")
    for line in ("BITFIELD k SET u8 0 9 GET u99 0", "BITFIELD k SET u8 0 9 foo", "BITFIELD k SET u8 0 9 SET u8 0 x"):
        with pytest.raises(ReplyError):
            session.run(line)
    assert session.run("BITFIELD k GET u8 0") == [7]


def test_what_fails_still_makes_the_key_and_that_can_be_undone() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    assert session.run("BITFIELD k OVERFLOW FAIL SET u8 8 300") == [None]
    assert session.run("GET k") == b"\0\0"
    session.run("BITFIELD k OVERFLOW FAIL SET u8 8 300")
    lab.undo()
    assert session.run("EXISTS k") == 0


def test_offsets_end_where_the_longest_string_does(session: Session) -> None:
    session.run("CONFIG SET proto-max-bulk-len 1mb")
    assert session.run("GETBIT k 8388607") == 0
    for line in ("GETBIT k 8388608", "SETBIT k 8388608 1", "BITFIELD k GET u8 8388608", "BITFIELD k GET u8 #1048576"):
        with pytest.raises(ReplyError, match="bit offset is not an integer or out of range"):
            session.run(line)


def test_the_source_of_bitop_may_be_its_destination_and_loses_its_time(session: Session) -> None:
    session.run("SET k ab EX 100")
    assert session.run("BITOP NOT k k") == 2
    assert (session.run("GET k"), session.run("TTL k")) == (b"\x9e\x9d", -1)


@given(texts=st.lists(st.binary(max_size=12), min_size=1, max_size=4))
def test_bitop_byte_by_byte(texts: list[bytes]) -> None:
    session = Lab(record=False).session()
    for number, text in enumerate(texts):
        session.call("SET", number, text)
    size = max(map(len, texts))
    padded = [text.ljust(size, b"\0") for text in texts]
    for name, combine in (("AND", int.__and__), ("OR", int.__or__), ("XOR", int.__xor__)):
        wanted = padded[0]
        for text in padded[1:]:
            wanted = bytes(map(combine, wanted, text))
        assert session.call("BITOP", name, "out", *range(len(texts))) == size
        assert session.call("GET", "out") == (wanted or None)


@given(text=st.binary(max_size=6), start=st.integers(-60, 60), end=st.integers(-60, 60))
def test_counting_a_range_of_bits_equals_looking_at_each(text: bytes, start: int, end: int) -> None:
    session = Lab(record=False).session()
    session.call("SET", "k", text)
    size = len(text) * 8
    first = max(0, start + size) if start < 0 else start
    last = min(size - 1, max(0, end + size) if end < 0 else end)
    empty = start < 0 and end < 0 and start > end
    wanted = 0 if empty else sum(session.call("GETBIT", "k", place) for place in range(first, last + 1))
    assert session.call("BITCOUNT", "k", start, end, "BIT") == wanted


@pytest.mark.parametrize(
    "line", ["SETBIT k 3 1", "SETBIT k 100 0", "BITFIELD k SET u8 0 1 INCRBY u4 4 2", "BITOP NOT k k"]
)
def test_every_change_can_be_undone(line: str) -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET k ab EX 100")
    session.run(line)
    after = session.run("GET k")
    assert after != b"ab"
    lab.undo()
    assert (session.run("GET k"), session.run("TTL k"), session.run("OBJECT ENCODING k")) == (b"ab", 100, b"embstr")
    lab.redo()
    assert session.run("GET k") == after
