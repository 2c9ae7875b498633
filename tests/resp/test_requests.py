"""Reading requests: the same words, errors and limits as the real server, however the bytes are cut."""

from __future__ import annotations

import itertools
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from real import RealClient
from redislab.resp.encode import line_bytes
from redislab.resp.requests import RequestReader
from redislab.resp.types import ProtocolError
from redislab.resp.words import UnbalancedQuotes, split

PING = [b"PING"]
GOOD: list[tuple[bytes, list[list[bytes]]]] = [
    (b"PING\r\n", [PING]),
    (b"PING\n", [PING]),
    (b"\r\n\n   \r\nPING\r\n", [PING]),
    (b"\rPING\r\r\n", [PING]),
    (b"ECHO 'a b'\nECHO \"\\x00\xff\"\r\n", [[b"ECHO", b"a b"], [b"ECHO", b"\x00\xff"]]),
    (b"*2\r\n$4\r\nECHO\r\n$3\r\na\r\n\r\n", [[b"ECHO", b"a\r\n"]]),
    (b"*0\r\n*-5\r\nPING\r\n", [PING]),
    (b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\nPING\r\n", [[b"ECHO", b""], PING]),
    (b"*1\rX$4\rXPINGXXPING\r\n", [PING, PING]),
    (b"*1\r\n$4\r\nPING\r\n" * 3, [PING, PING, PING]),
    (b"*2\r\n$4\r\nECHO\r\n$20000\r\n" + b"x" * 20000 + b"\r\n", [[b"ECHO", b"x" * 20000]]),
    (b"ECHO " + b"x" * 65530 + b"\r\n", [[b"ECHO", b"x" * 65530]]),
    (b"*1\r\n$4\r\nPIN", []),
    (b"PING \0\r\nPING\r\n", []),
    (b"*1\0\r\n", []),
    (b"*1\r\n\0\r\n", []),
    (b"x" * 65536, []),
    (b"*" + b"1" * 65535, []),
    (b"*1\r\n$" + b"1" * 65535, []),
]
BAD: list[tuple[bytes, str]] = [
    (b"*abc\r\n", "invalid multibulk length"),
    (b"*\r\n", "invalid multibulk length"),
    (b"*03\r\n", "invalid multibulk length"),
    (b"*+3\r\n", "invalid multibulk length"),
    (b"* 3\r\n", "invalid multibulk length"),
    (b"*-0\r\n", "invalid multibulk length"),
    (b"*2147483648\r\n", "invalid multibulk length"),
    (b"*1\r\nPING\r\n", "expected '$', got 'P'"),
    (b"*1\r\n\r\n", "expected '$', got '\r'"),
    (b"*1\r\n\xff\r\n", "expected '$', got '\udcff'"),
    (b"*1\r\n$-1\r\n", "invalid bulk length"),
    (b"*1\r\n$abc\r\n", "invalid bulk length"),
    (b"*1\r\n$536870913\r\n", "invalid bulk length"),
    (b"*1\r\n$99999999999999999999\r\n", "invalid bulk length"),
    (b'"abc\r\n', "unbalanced quotes in request"),
    (b"'a'b\r\n", "unbalanced quotes in request"),
    (b"x" * 65537, "too big inline request"),
    (b"\0" * 65537, "too big inline request"),
    (b"*" + b"1" * 65536, "too big mbulk count string"),
    (b"*1\r\n$" + b"1" * 65536, "too big bulk count string"),
    (b"*1\r\nx" + b"1" * 65536, "too big bulk count string"),
]


def read(*pieces: bytes) -> list[list[bytes]]:
    reader = RequestReader()
    found = []
    for piece in pieces:
        reader.feed(piece)
        found += list(reader)
    return found


@pytest.mark.parametrize(("stream", "requests"), GOOD)
def test_requests(stream: bytes, requests: list[list[bytes]]) -> None:
    assert read(stream) == requests
    assert read(*(stream[place : place + 1] for place in range(len(stream)))) == requests


@pytest.mark.parametrize(("stream", "problem"), BAD)
def test_protocol_errors_come_after_the_requests_before_them(stream: bytes, problem: str) -> None:
    reader = RequestReader()
    reader.feed(b"PING\r\n*1\r\n$4\r\nPING\r\n" + stream)
    assert [reader.next(), reader.next()] == [PING, PING]
    for _ in range(2):
        with pytest.raises(ProtocolError) as caught:
            reader.next()
        assert str(caught.value) == f"Protocol error: {problem}"
        reader.feed(b"PING\r\n")


def talk(address: tuple[str, int], stream: bytes) -> bytes:
    with socket.create_connection(address, timeout=5) as link:
        link.sendall(stream)
        heard = b""
        while not heard.endswith(b"+DONE\r\n") and (data := link.recv(65536)):
            heard += data
        return heard


@pytest.mark.parametrize(("stream", "problem"), BAD)
def test_the_real_server_says_the_same(stream: bytes, problem: str, oracle: tuple[str, int]) -> None:
    assert talk(oracle, b"PING\r\n" + stream) == b"+PONG\r\n-ERR Protocol error: %b\r\n" % line_bytes(problem)


@pytest.mark.parametrize(("stream", "requests"), [case for case in GOOD if case[1]])
def test_the_real_server_hears_the_same(
    stream: bytes, requests: list[list[bytes]], oracle: tuple[str, int]
) -> None:
    answers = b"".join(
        b"+PONG\r\n" if argv == PING else b"$%d\r\n%b\r\n" % (len(argv[1]), argv[1]) for argv in requests
    )
    end = b"*3\r\n$4\r\nEVAL\r\n$27\r\nreturn {ok = 'DONE'}       \r\n$1\r\n0\r\n"
    assert talk(oracle, stream + end) == answers + b"+DONE\r\n"


def test_limits_before_a_login() -> None:
    for stream, problem in (
        (b"*11\r\n", "unauthenticated multibulk length"),
        (b"*1\r\n$16385\r\n", "unauthenticated bulk length"),
    ):
        reader = RequestReader()
        reader.authenticated = False
        reader.feed(stream)
        with pytest.raises(ProtocolError, match=problem):
            reader.next()
    reader = RequestReader()
    reader.authenticated = False
    reader.feed(b"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n*11\r\n" + b"$1\r\na\r\n" * 11)
    assert reader.next() == [b"AUTH", b"x"]
    reader.authenticated = True
    assert reader.next() == [b"a"] * 11


def test_limits_are_parameters() -> None:
    for stream, problem in ((b"*3\r\n", "multibulk"), (b"*1\r\n$6\r\n", "bulk"), (b"x" * 11, "too big inline")):
        reader = RequestReader(bulk_limit=5, inline_limit=10, multibulk_limit=2)
        reader.feed(stream)
        with pytest.raises(ProtocolError, match=problem):
            reader.next()


def test_a_line_that_ends_far_beyond_the_limit_is_refused() -> None:
    reader = RequestReader()
    reader.feed(b"x" * 200000 + b"\r\n")
    with pytest.raises(ProtocolError, match="too big inline request"):
        reader.next()


words = st.lists(st.binary(max_size=30), min_size=1, max_size=5)


@given(st.lists(words, max_size=5), st.lists(st.integers(1, 40), max_size=30))
def test_any_cut_gives_the_same_requests(requests: list[list[bytes]], cuts: list[int]) -> None:
    stream = b"".join(
        b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv) for argv in requests
    )
    places = [0, *itertools.accumulate(cuts), len(stream)]
    pieces = [stream[start:stop] for start, stop in itertools.pairwise(places)]
    if places[-2] > len(stream):
        pieces.pop()
    assert read(*pieces) == requests


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"*1\r\n", b"$1\r\n", b"a\r\n", b"PING\r\n", b"'"])))
def test_any_bytes_cut_anywhere_give_the_same_requests_and_error(pieces: list[bytes]) -> None:
    def outcome(pieces: list[bytes]) -> tuple[list[list[bytes]], str]:
        reader, found = RequestReader(), []
        try:
            for piece in pieces:
                reader.feed(piece)
                found.extend(reader)
        except ProtocolError as error:
            return found, str(error)
        return found, ""

    stream = b"".join(pieces)
    single = [stream[place : place + 1] for place in range(len(stream))]
    assert outcome(pieces) == outcome([stream]) == outcome(single)


def taken(*pieces: bytes) -> tuple[list[list[bytes]], str]:
    """The requests and the error that `take` gives for these pieces."""
    reader = RequestReader()
    requests = [[*argv] for piece in pieces for argv in reader.take(piece)]
    return requests, str(reader.failure or "")


@pytest.mark.parametrize(("stream", "requests"), GOOD)
def test_taking_all_at_once_gives_the_same_requests(stream: bytes, requests: list[list[bytes]]) -> None:
    assert taken(stream) == (requests, "")
    assert taken(PONG_FIRST + stream) == ([PING, *requests], "")


@pytest.mark.parametrize(("stream", "problem"), BAD)
def test_taking_all_at_once_finds_the_same_errors(stream: bytes, problem: str) -> None:
    assert taken(PONG_FIRST + stream) == ([PING], f"Protocol error: {problem}")


PONG_FIRST = b"*1\r\n$4\r\nPING\r\n"


@given(st.lists(words, max_size=5), st.lists(st.integers(1, 40), max_size=30))
def test_taking_any_cut_gives_the_same_requests(requests: list[list[bytes]], cuts: list[int]) -> None:
    stream = b"".join(
        b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv) for argv in requests
    )
    places = [0, *(place for place in itertools.accumulate(cuts) if place < len(stream)), len(stream)]
    assert taken(*(stream[start:stop] for start, stop in itertools.pairwise(places))) == (requests, "")


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"*1\r\n", b"$1\r\n", b"a\r\n", b"PING\r\n", b"'"])))
def test_taking_any_bytes_gives_what_reading_one_by_one_gives(pieces: list[bytes]) -> None:
    reader = RequestReader()
    requests, problem = [], ""
    for piece in pieces:
        reader.feed(piece)
        try:
            requests.extend(reader)
        except ProtocolError as error:
            problem = str(error)
            break
    assert taken(*pieces) == (requests, problem)


@given(st.text("ab \t\r\v\f\"'\\\xff\x1c\x85\xa0", max_size=20).filter(lambda line: line[:1] != "*"))
def test_inline_lines_have_the_words_of_typed_ones(line: str) -> None:
    reader = RequestReader()
    reader.feed(line.encode("latin-1") + b"\r\n")
    try:
        expected = split(line, "latin-1")
    except UnbalancedQuotes:
        with pytest.raises(ProtocolError, match="unbalanced quotes"):
            reader.next()
    else:
        assert (reader.next() or []) == expected


def test_the_real_server_finds_the_same_words(oracle: tuple[str, int]) -> None:
    """What parts words, and what only does where a word has not begun."""
    lines = [b"ECHO a\vb", b"\v\fECHO \v\fa", b"ECHO \ta\t", b"\rECHO\ra\r", b"ECHO a\fb", b"ECHO a\xa0", b"ECHO a\\tb"]
    client = RealClient(oracle)
    for line in lines:
        reader = RequestReader()
        reader.feed(line + b"\n")
        client.socket.sendall(line + b"\n")
        assert reader.next() == [b"ECHO", client.later()], line
    client.close()
