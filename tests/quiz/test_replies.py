"""What counts as the same reply, and what is said where it is loose or nearly right."""

from __future__ import annotations

import pytest

from redislab.quiz.replies import compare, kind_of, one_line, reply_of, shown
from redislab.resp.types import NULL_ARRAY, OK, Members, Pairs, ReplyError, Simple

WRONGTYPE = ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value")
NOT_INTEGER = ReplyError("ERR value is not an integer or out of range")

RIGHT = [
    ("(integer) 1", 1),
    ("1", 1),
    ("-1", -1),
    ('"1"', b"1"),
    ("1", b"1"),
    ("(nil)", None),
    ("nil", None),
    ("NULL", NULL_ARRAY),
    ("nil", b"nil"),
    ("OK", OK),
    ("ok", OK),
    ('"OK"', OK),
    ("hello", b"hello"),
    ("hello you", b"hello you"),
    ('"hello you"', b"hello you"),
    ("'hello you'", b"hello you"),
    ('""', b""),
    ('"\\x00\\x00x"', b"\x00\x00x"),
    ('"\\xff\\n\\""', b'\xff\n"'),
    ('"Z\\xc3\\xbcrich"', "Zürich".encode()),
    ("Zürich", "Zürich".encode()),
    ("error", b"error"),
    ("(empty array)", []),
    ("[]", []),
    ("empty", []),
    ('1) "a" 2) "b"', [b"a", b"b"]),
    ('1) "a"\n2) "b"', [b"a", b"b"]),
    ("a b", [b"a", b"b"]),
    ("[a, b]", [b"a", b"b"]),
    ('["a", "b"]', [b"a", b"b"]),
    ('1) "a[1]" 2) "b, c"', [b"a[1]", b"b, c"]),
    ("b a", Members([b"a", b"b"])),
    ('1) "x" 2) (nil)', [b"x", None]),
    ('1) 1) "a" 2) "b" 2) (integer) 3', [[b"a", b"b"], 3]),
    ("ann 10 bob 20", Pairs([(b"ann", 10.0), (b"bob", 20.0)])),
    ("1.1000000000000001", 1.1),
    ("error", WRONGTYPE),
    ("(error)", WRONGTYPE),
    ("wrongtype", WRONGTYPE),
    (f"(error) {WRONGTYPE.text}", WRONGTYPE),
    ("(error) not an integer", NOT_INTEGER),
    ("1) OK 2) (error) WRONGTYPE Operation 3) (integer) 2", [OK, WRONGTYPE, 2]),
    ("OK error 2", [OK, WRONGTYPE, 2]),
]

WRONG = [
    ('"1"', 1),
    ("(integer) 1", b"1"),
    ("2", 1),
    ("10", b"1"),
    ("nil", b""),
    ("nil", []),
    ("empty", None),
    ("0", None),
    ("b a", [b"a", b"b"]),
    ("a", [b"a", b"b"]),
    ("a b c", [b"a", b"b"]),
    ("a a", Members([b"a", b"b"])),
    ("hello", WRONGTYPE),
    ("ERR", WRONGTYPE),
    ("(error) ERR no such key", WRONGTYPE),
    ("error", 1),
    ("(error) x", b"x"),
    ("QUEUED", OK),
    ("1) OK 2) (integer) 2", [OK, WRONGTYPE]),
]


@pytest.mark.parametrize(("typed", "reply"), RIGHT)
def test_right(typed: str, reply: object) -> None:
    assert compare(typed, reply).right


@pytest.mark.parametrize(("typed", "reply"), WRONG)
def test_wrong(typed: str, reply: object) -> None:
    assert not compare(typed, reply).right


@pytest.mark.parametrize(
    ("typed", "reply", "said"),
    [
        ("1", 1, "(integer) 1, a number and not a string"),
        ('"1"', 1, "the kind is not: this is (integer) 1"),
        ("(integer) 1", b"1", 'Redis replies a string, "1"'),
        ("1", b"1", 'a string, "1", though it looks like a number'),
        ("nil", [], "not the same as (nil)"),
        ("b a", [b"a", b"b"], "their order is not"),
        ("wrongtype", WRONGTYPE, "The whole text: WRONGTYPE Operation"),
        ("(error) ERR no such key", WRONGTYPE, "another one"),
        ("error", 1, "It is no error, the reply is an integer"),
    ],
)
def test_remarks(typed: str, reply: object, said: str) -> None:
    assert said in compare(typed, reply).note


def test_exact_answers_get_no_remark() -> None:
    for typed, reply in (("(integer) 1", 1), ('"1"', b"1"), ("(nil)", None), (f"(error) {WRONGTYPE.text}", WRONGTYPE)):
        assert compare(typed, reply).note == ""


@pytest.mark.parametrize(
    "reply",
    [1, b"x y", b"", b"\x00\xff", None, OK, [], [b"a", None, 3], [[b"1", b"2"], b"z"], WRONGTYPE, [OK, NOT_INTEGER]],
)
def test_what_redis_cli_prints_is_a_right_answer(reply: object) -> None:
    assert compare(shown(reply), reply).right
    assert compare(one_line(reply), reply).right


@pytest.mark.parametrize("reply", [1, b"x y", None, Simple("QUEUED"), [], [b"a", None, 3], WRONGTYPE])
def test_a_reply_can_be_read_back(reply: object) -> None:
    assert reply_of(shown(reply)) == reply


def test_resp3_notation() -> None:
    assert compare("(double) 1.5", 1.5, protocol=3).right
    assert compare("(true)", True, protocol=3).right
    assert compare('1# "a" => (integer) 1', {b"a": 1}, protocol=3).right
    assert not compare("(true)", True, protocol=2).right


def test_kinds_in_words() -> None:
    kinds = [kind_of(reply) for reply in (1, b"", None, OK, [], [1, 2], WRONGTYPE)]
    assert kinds == [
        "an integer",
        "a string",
        "nil, nothing",
        "a status",
        "an empty array",
        "an array of 2",
        "an error",
    ]
