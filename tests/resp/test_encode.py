"""The bytes of each reply shape, as DEBUG PROTOCOL, EVAL and EXEC of a real 7.0.15 send them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redislab.resp.encode import encode, encode_all, encode_into, format_double
from redislab.resp.types import (
    BLOCKED,
    NO_REPLY,
    NULL_ARRAY,
    OK,
    BigNumber,
    Bulks,
    LongDouble,
    Map,
    Members,
    Pairs,
    Push,
    ReplyError,
    Simple,
    Verbatim,
)

BOTH: list[tuple[Any, bytes]] = [
    (OK, b"+OK\r\n"),
    (Simple("OK"), b"+OK\r\n"),
    (Simple("a\r\nb\udcff"), b"+a  b\xff\r\n"),
    (ReplyError("ERR unknown command 'A  B\udcff', x \r\ny\r\n"), b"-ERR unknown command 'A  B\xff', x   y\r\n"),
    (0, b":0\r\n"),
    (1023, b":1023\r\n"),
    (1024, b":1024\r\n"),
    (-1, b":-1\r\n"),
    (-(2**63), b":-9223372036854775808\r\n"),
    (b"", b"$0\r\n\r\n"),
    (b"x" * 255, b"$255\r\n" + b"x" * 255 + b"\r\n"),
    (b"x" * 256, b"$256\r\n" + b"x" * 256 + b"\r\n"),
    (b"a\r\nb", b"$4\r\na\r\nb\r\n"),
    ([], b"*0\r\n"),
    ([1, [b"x", []], (2,)], b"*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n*1\r\n:2\r\n"),
    ([ReplyError("ERR no"), OK], b"*2\r\n-ERR no\r\n+OK\r\n"),
    (Bulks(), b"*0\r\n"),
    (Bulks([b"a\r\nb", b""]), b"*2\r\n$4\r\na\r\nb\r\n$0\r\n\r\n"),
    ([b"ab"] * 8, b"*8\r\n" + b"$2\r\nab\r\n" * 8),
    ([b"x" * 256, b"y"] * 4, b"*8\r\n" + (b"$256\r\n" + b"x" * 256 + b"\r\n$1\r\ny\r\n") * 4),
]
EACH: list[tuple[Any, bytes, bytes]] = [
    (None, b"$-1\r\n", b"_\r\n"),
    (NULL_ARRAY, b"*-1\r\n", b"_\r\n"),
    (True, b":1\r\n", b"#t\r\n"),
    (False, b":0\r\n", b"#f\r\n"),
    (3.141, b"$5\r\n3.141\r\n", b",3.141\r\n"),
    (float("-inf"), b"$4\r\n-inf\r\n", b",-inf\r\n"),
    (LongDouble(b"0.1"), b"$3\r\n0.1\r\n", b",0.1\r\n"),
    (BigNumber(1234567999999999999999999999999999999),
     b"$37\r\n1234567999999999999999999999999999999\r\n", b"(1234567999999999999999999999999999999\r\n"),
    (Verbatim(b"This is a verbatim\nstring"),
     b"$25\r\nThis is a verbatim\nstring\r\n", b"=29\r\ntxt:This is a verbatim\nstring\r\n"),
    ({0: False, 1: True}, b"*4\r\n:0\r\n:0\r\n:1\r\n:1\r\n", b"%2\r\n:0\r\n#f\r\n:1\r\n#t\r\n"),
    ({}, b"*0\r\n", b"%0\r\n"),
    (Map([(b"s", 1), (b"s", 2)]),
     b"*4\r\n$1\r\ns\r\n:1\r\n$1\r\ns\r\n:2\r\n", b"%2\r\n$1\r\ns\r\n:1\r\n$1\r\ns\r\n:2\r\n"),
    (Members([0, 1]), b"*2\r\n:0\r\n:1\r\n", b"~2\r\n:0\r\n:1\r\n"),
    (Push([b"m", 42]), b"*2\r\n$1\r\nm\r\n:42\r\n", b">2\r\n$1\r\nm\r\n:42\r\n"),
    (Pairs([(b"m", 1.5), (b"n", 2.0)]),
     b"*4\r\n$1\r\nm\r\n$3\r\n1.5\r\n$1\r\nn\r\n$1\r\n2\r\n",
     b"*2\r\n*2\r\n$1\r\nm\r\n,1.5\r\n*2\r\n$1\r\nn\r\n,2\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "wire"), BOTH)
def test_shapes_that_are_the_same_in_both_protocols(reply: Any, wire: bytes) -> None:
    assert encode(reply, 2) == encode(reply, 3) == wire


@pytest.mark.parametrize(("reply", "resp2", "resp3"), EACH)
def test_shapes_that_differ(reply: Any, resp2: bytes, resp3: bytes) -> None:
    assert encode(reply, 2) == resp2
    assert encode(reply, 3) == resp3
    assert encode([reply], 3) == b"*1\r\n" + resp3


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, b"0.10000000000000001"),
        (-0.0, b"-0"),
        (3.0, b"3"),
        (1e21, b"1e+21"),
        (1e17, b"1e+17"),
        (1e-7, b"9.9999999999999995e-08"),
        (float("inf"), b"inf"),
        (float("-inf"), b"-inf"),
        (float("nan"), b"nan"),
        (-float("nan"), b"-nan"),
    ],
)
def test_format_double(number: float, text: bytes) -> None:
    assert format_double(number) == text


def test_encode_into_appends_or_leaves_the_buffer() -> None:
    buffer = bytearray(b"+a\r\n")
    encode_into(buffer, [1], 2)
    assert buffer == b"+a\r\n*1\r\n:1\r\n"
    with pytest.raises(TypeError):
        encode_into(buffer, [1, object()], 2)
    assert buffer == b"+a\r\n*1\r\n:1\r\n"


def test_a_subclass_is_written_as_its_base() -> None:
    class WrongType(ReplyError):
        pass

    assert encode(WrongType("WRONGTYPE x"), 3) == b"-WRONGTYPE x\r\n"


@pytest.mark.parametrize("reply", [BLOCKED, NO_REPLY, "text", object(), {1, 2}])
def test_what_is_no_reply(reply: Any) -> None:
    with pytest.raises(TypeError, match="not a reply"):
        encode(reply, 2)


REPLIES: list[list[Any]] = [
    [OK] * 5,
    [OK] * 4 + [Simple("OK")],
    [b"ab", b"cd", b"ef", b"gh"],
    [b"ab", b"", b"x" * 300, b"gh"],
    [1, -5, 2**63 - 1, 0],
    [1, True, 0, False],
    [1, None, b"x", OK, ReplyError("ERR no"), [1, 2]],
    [Verbatim(b"text"), b"text", b"text", b"text"],
    [1],
]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("replies", REPLIES)
def test_several_replies_are_each_one_after_the_other(replies: list[Any], protocol: int) -> None:
    assert encode_all(replies, protocol) == b"".join(encode(reply, protocol) for reply in replies)


@st.composite
def texts_mostly_of_one_length(draw: st.DrawFn) -> list[bytes]:
    length, count = draw(st.sampled_from([0, 1, 3, 255, 256])), draw(st.integers(1, 60))
    texts = [draw(st.sampled_from([b"x", b"\0"])) * length for _ in range(count)]
    for _ in range(draw(st.integers(0, 3))):  # Now and then some are longer or shorter, and together as long.
        place, other = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        shift = draw(st.integers(0, min(2, len(texts[place]))))
        texts[place] = texts[place][shift:]
        texts[other] += b"\0" * shift if draw(st.booleans()) else b"y" * shift
    return texts


@given(texts_mostly_of_one_length())
def test_many_texts_are_each_one_after_the_other(texts: list[bytes]) -> None:
    written = b"".join(b"$%d\r\n%b\r\n" % (len(text), text) for text in texts)
    assert encode(texts, 2) == encode(Bulks(texts), 2) == b"*%d\r\n%b" % (len(texts), written)
    assert encode_all(texts, 2) == written
