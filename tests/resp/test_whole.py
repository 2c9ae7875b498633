"""The quick ways to read requests give what the careful one gives, and leave it whatever is not plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redislab.resp.alike import requests_alike
from redislab.resp.requests import RequestReader
from redislab.resp.types import ProtocolError
from redislab.resp.whole import single_request


def packed(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def carefully(stream: bytes) -> tuple[list[list[bytes]], str]:
    reader = RequestReader()
    reader.feed(stream)
    found = []
    try:
        while (argv := reader.next()) is not None:
            found.append(argv)
    except ProtocolError as problem:
        return found, str(problem)
    return found, ""


def at_once(stream: bytes, cuts: list[int]) -> tuple[list[list[bytes]], str]:
    reader = RequestReader()
    found: list[list[bytes]] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += map(list, reader.take(stream[start:end]))
    return found, str(reader.failure or "")


words = st.binary(max_size=6) | st.sampled_from([b"\r\n*", b"a\r\n", b"$3", b"*2\r\n$1\r\na\r\n", b"", b"x" * 1200])
shapes = st.lists(st.integers(0, 8), min_size=1, max_size=4)


@st.composite
def pipelines(draw: st.DrawFn) -> bytes:
    """Requests that are mostly alike, now and then with another or a damaged byte among them."""
    lengths = draw(shapes)
    count = draw(st.integers(2, 12))
    name = draw(st.sampled_from([b"GET", b"SET", b"x"]))
    requests = [
        packed(name, *(draw(st.binary(min_size=length, max_size=length)) for length in lengths)) for _ in range(count)
    ]
    if draw(st.booleans()):
        requests[draw(st.integers(0, count - 1))] = packed(*draw(st.lists(words, min_size=1, max_size=4)))
    stream = bytearray(b"".join(requests))
    if draw(st.booleans()):
        stream[draw(st.integers(0, len(stream) - 1))] = draw(st.integers(0, 255))
    return bytes(stream)


@given(pipelines(), st.data())
def test_a_pipeline_is_read_as_the_careful_way_reads_it(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=2)))
    assert at_once(stream, cuts) == carefully(stream)


@given(pipelines())
def test_requests_alike_are_all_or_none(stream: bytes) -> None:
    found, end = requests_alike(stream)
    careful, _ = carefully(stream)
    assert [list(argv) for argv in found] == careful[: len(found)]
    assert stream[:end] == b"".join(packed(*argv) for argv in found)


@given(pipelines())
def test_a_single_request_is_one_or_none(stream: bytes) -> None:
    found = single_request(stream.split(b"\r\n"))
    assert found is None or [found] == carefully(stream)[0]


def test_what_the_quick_way_is_for_is_read_that_way() -> None:
    requests = [(b"SET", b"key:%04d" % number, b"v%d" % (number % 10)) for number in range(100)]
    stream = b"".join(packed(*argv) for argv in requests)
    assert requests_alike(stream + b"*3\r\n$3\r\nSET\r\n$8\r\nkey:") == (requests, len(stream))


@pytest.mark.parametrize(
    "damage", [(b"$8", b"$7"), (b"\r\n$2", b"\r\n:2"), (b"SET", b"GET"), (b"\r\n*3", b"\r*\n3"), (b"*3", b"*2")]
)
def test_one_odd_request_sends_all_to_the_careful_way(damage: tuple[bytes, bytes]) -> None:
    one = packed(b"SET", b"key:0000", b"v1")
    for place in range(1, 7):
        stream = one * place + (one + one).replace(*damage, 1) + one * (7 - place)
        assert requests_alike(stream)[1] == 0
        assert at_once(stream, []) == carefully(stream)
