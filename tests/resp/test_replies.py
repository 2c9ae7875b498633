"""Reading replies: what encode writes comes back, however the bytes are cut, and `as_seen` agrees."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redislab.resp.encode import encode, format_double
from redislab.resp.replies import ReplyReader
from redislab.resp.seen import as_seen
from redislab.resp.types import (
    NO_REPLY,
    NULL_ARRAY,
    OK,
    BigNumber,
    LongDouble,
    Map,
    Members,
    Pairs,
    ProtocolError,
    Push,
    ReplyError,
    Simple,
    Verbatim,
)


def exact(reply: Any) -> Any:
    """A reply with its types spelled out: Python holds 1, 1.0 and True, or a list and Members, for equal."""
    if isinstance(reply, list | tuple):
        return type(reply).__name__, [exact(item) for item in reply]
    if isinstance(reply, dict):
        return "dict", [exact(pair) for pair in reply.items()]
    if isinstance(reply, float):
        return "float", reply.text if isinstance(reply, LongDouble) else format_double(reply)
    if isinstance(reply, Verbatim):
        return "Verbatim", bytes(reply), reply.format
    return type(reply).__name__, reply


def read(*pieces: bytes) -> list[Any]:
    reader = ReplyReader()
    found = []
    for piece in pieces:
        reader.feed(piece)
        found += list(reader)
    return found


@pytest.mark.parametrize(
    ("wire", "reply"),
    [
        (b"+OK\r\n", OK),
        (b"+PONG \xff\r\n", Simple("PONG \udcff")),
        (b"-WRONGTYPE x\r\n", ReplyError("WRONGTYPE x")),
        (b":-9223372036854775808\r\n", -(2**63)),
        (b"$-1\r\n", None),
        (b"*-1\r\n", NULL_ARRAY),
        (b"_\r\n", None),
        (b"$4\r\na\r\nb\r\n", b"a\r\nb"),
        (b"*2\r\n*0\r\n*1\r\n$0\r\n\r\n", [[], [b""]]),
        (b"#t\r\n", True),
        (b"#f\r\n", False),
        (b",1.5\r\n", 1.5),
        (b",0.1\r\n", LongDouble(b"0.1")),
        (b",0.10000000000000001\r\n", 0.1),
        (b",-inf\r\n", float("-inf")),
        (b",1e5\r\n", LongDouble(b"1e5")),
        (b"(-12345678901234567890\r\n", BigNumber(-12345678901234567890)),
        (b"=7\r\nmkd:a\nb\r\n", Verbatim(b"a\nb", "mkd")),
        (b"!5\r\nERR x\r\n", ReplyError("ERR x")),
        (b"~2\r\n:1\r\n~0\r\n", Members([1, Members()])),
        (b">2\r\n+m\r\n:1\r\n", Push([Simple("m"), 1])),
        (b"%2\r\n+a\r\n:1\r\n$1\r\nb\r\n%0\r\n", {Simple("a"): 1, b"b": {}}),
        (b"%2\r\n$1\r\na\r\n:1\r\n$1\r\na\r\n:2\r\n", Map([(b"a", 1), (b"a", 2)])),
        (b"%1\r\n*1\r\n:1\r\n:2\r\n", Map([([1], 2)])),
        (b"%2\r\n:1\r\n:1\r\n#t\r\n:2\r\n", Map([(1, 1), (True, 2)])),
        (b"|1\r\n+ttl\r\n:1\r\n*2\r\n:1\r\n|1\r\n+a\r\n*0\r\n:2\r\n", [1, 2]),
        (b"*1\r\n|0\r\n:2\r\n", [2]),
    ],
)
def test_shapes(wire: bytes, reply: Any) -> None:
    single = [wire[place : place + 1] for place in range(len(wire))]
    for found in (read(wire), read(*single)):
        assert exact(found) == exact([reply])
    assert read(wire[:-1]) == []


def test_next_waits_for_the_rest() -> None:
    reader = ReplyReader()
    assert reader.next() is NO_REPLY
    reader.feed(b"*2\r\n$2\r\nab")
    assert reader.next() is NO_REPLY
    reader.feed(b"\r\n_\r\n+O")
    assert reader.next() == [b"ab", None]
    assert reader.next() is NO_REPLY
    reader.feed(b"K\r\n")
    assert reader.next() is OK


def test_an_unknown_type_is_refused_before_its_line_ends() -> None:
    reader = ReplyReader()
    reader.feed(b"*1\r\nHTTP/1.1")
    with pytest.raises(ProtocolError, match='got "H" as reply type byte'):
        reader.next()


def test_deep_nesting_needs_no_recursion() -> None:
    (reply,) = read(b"*1\r\n" * 50_000 + b":1\r\n")
    for _ in range(50_000):
        (reply,) = reply
    assert reply == 1


plain_text = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=8),
    plain_text.map(Simple),
    plain_text.map(ReplyError),
    st.just(NULL_ARRAY),
    st.binary(max_size=8).map(Verbatim),
    st.integers(2**63, 2**200).map(BigNumber),
    st.sampled_from([b"0.1", b"10.5", b"-3", b"inf"]).map(LongDouble),
)
keys = st.integers(0, 9) | st.binary(max_size=4) | plain_text.map(Simple)


def aggregates(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(items, max_size=4)
    pairs = st.lists(st.tuples(items, items), max_size=3)
    return st.one_of(
        lists, lists.map(Members), lists.map(Push), pairs.map(Map), pairs.map(Pairs),
        st.dictionaries(keys, items, max_size=3),
    )  # fmt: skip


replies = st.recursive(leaves, aggregates, max_leaves=12)


@given(replies, st.sampled_from([2, 3]))
def test_what_is_written_is_read_back(reply: Any, protocol: int) -> None:
    wire = encode(reply, protocol)
    (found,) = read(wire)
    assert encode(found, protocol) == wire
    assert exact(as_seen(found, protocol)) == exact(as_seen(reply, protocol))


@given(st.lists(replies, max_size=3), st.lists(st.integers(1, 20), max_size=20))
def test_any_cut_gives_the_same_replies(sent: list[Any], cuts: list[int]) -> None:
    wire = b"".join(encode(reply, 3) for reply in sent)
    places = [0, *(place for place in itertools.accumulate(cuts) if place < len(wire)), len(wire)]
    assert exact(read(*(wire[start:stop] for start, stop in itertools.pairwise(places)))) == exact(read(wire))


@given(st.lists(st.binary(max_size=6) | st.sampled_from([b"*1\r\n", b"%1\r\n", b"$1\r\n", b",1\r\n", b"\r\n"])))
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    try:
        found = read(*pieces)
    except ProtocolError:
        return
    assert all(reply is not NO_REPLY for reply in found)
