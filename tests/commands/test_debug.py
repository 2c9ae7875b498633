"""DEBUG where a transcript cannot show it: lengths and digests beside the real server, waiting, what is refused."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from real import RealClient, emptied
from redislab import Lab, ReplyError
from redislab.commands.debug_hashtable import chain_lengths, table_size
from redislab.commands.debug_table import SUBCOMMANDS, UNSUPPORTED
from redislab.rdb.listpack import backward_length
from redislab.rdb.lzf import compress
from redislab.resp.encode import encode
from redislab.resp.seen import as_seen
from redislab.resp.types import BLOCKED, OK, Push

WORDS = st.one_of(
    st.sampled_from([b"", b"tea", b"0", b"127", b"128", b"-1", b"4095", b"-4097", b"32768", b"8388608", b"2147483648"]),
    st.integers(-(1 << 63), (1 << 63) - 1).map(lambda number: b"%d" % number),
    st.binary(max_size=70),
    st.builds(lambda part, times: part * times, st.binary(min_size=1, max_size=8), st.integers(1, 700)),
    st.text("ab ", max_size=300).map(str.encode),
)
SCORES = st.one_of(
    st.sampled_from([b"inf", b"-inf", b"-0", b"4.6e18", b"4.7e18", b"1e300", b"0.1", b"4611686018427387904"]),
    st.integers(-(1 << 40), 1 << 40).map(lambda number: b"%d" % number),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: repr(number).encode()),
)
FILLED = st.one_of(
    WORDS.map(lambda word: [b"SET", b"k", word]),
    st.lists(WORDS, min_size=1, max_size=30).map(lambda words: [b"RPUSH", b"k", *words]),
    st.lists(WORDS, min_size=1, max_size=30).map(lambda words: [b"SADD", b"k", *words]),
    st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=1, max_size=30).map(
        lambda numbers: [b"SADD", b"k", *(b"%d" % number for number in numbers)]),
    st.lists(WORDS, min_size=1, max_size=15).map(lambda words: [b"HSET", b"k", *words, *words]),
    st.lists(st.tuples(SCORES, WORDS), min_size=1, max_size=30).map(
        lambda pairs: [b"ZADD", b"k", *(part for pair in pairs for part in pair)]),
)  # fmt: skip


def lines_without_luck(reply: Any) -> str:
    """DEBUG OBJECT's line without the address and the times."""
    return re.sub(r"Value at:\S+|lru\w*:\d+", "", str(reply))


def test_lengths_and_digests_are_the_real_ones(oracle: tuple[str, int]) -> None:
    emptied(oracle)
    real = RealClient(oracle)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FILLED)
    def compare(filling: list[bytes]) -> None:
        session = Lab(record=False).session()
        real.call([b"FLUSHALL"])
        assert session.call(*filling) == real.call(filling)
        for ask in ([b"DEBUG", b"OBJECT", b"k"], [b"DEBUG", b"DIGEST-VALUE", b"k"], [b"DEBUG", b"DIGEST"]):
            try:
                reply = session.call(*ask)
            except ReplyError as error:
                assert "nodes of a quicklist" in error.text
                assert b"RPUSH" in filling and sum(map(len, filling)) > 8000
                continue
            assert lines_without_luck(reply) == lines_without_luck(real.call(ask))

    try:
        compare()
    finally:
        real.close()


def node_of(session: Any, *elements: str) -> str:
    session.call("DEL", "k")
    session.call("RPUSH", "k", *elements)
    return str(session.call("DEBUG", "OBJECT", "k"))


def test_a_list_of_several_nodes_is_refused_and_not_guessed() -> None:
    session = Lab().session()
    assert "ql_nodes:1 ql_avg_node:2.00" in node_of(session, "a", "b")
    session.call("CONFIG", "SET", "list-max-listpack-size", 2)
    assert "ql_listpack_max:2" in node_of(session, "a", "b")
    with pytest.raises(ReplyError, match="does not keep the nodes"):
        node_of(session, "a", "b", "c")
    session.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "5b")
    with pytest.raises(ReplyError, match="does not keep the nodes"):
        node_of(session, "a", "bbbbb")
    assert "ql_uncompressed_size:5" in node_of(session, "bbbbb")
    session.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0")
    assert "ql_nodes:1 ql_avg_node:2.00" in node_of(session, "a", "bbbbb")


def test_object_tells_the_time_of_the_last_access() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.call("SET", "tea", "green")
    lab.advance(7)
    assert "lru_seconds_idle:7" in session.call("DEBUG", "OBJECT", "tea")
    session.call("GET", "tea")
    assert "lru_seconds_idle:0" in session.call("DEBUG", "OBJECT", "tea")


def test_object_digest_and_htstats_see_keys_whose_time_is_over() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.call("SET", "tea", "green", "PX", 10)
    session.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    digest = session.call("DEBUG", "DIGEST-VALUE", "tea")
    lab.advance(1)
    assert session.call("DEBUG", "DIGEST-VALUE", "tea") == digest
    assert "encoding:embstr" in session.call("DEBUG", "OBJECT", "tea")
    assert b"[Expires HT]\nHash table 0 stats (main hash table):\n table size: 4" in session.call("DEBUG", "HTSTATS", 0)
    session.call("DEBUG", "SET-ACTIVE-EXPIRE", 1)
    lab.tick()
    with pytest.raises(ReplyError, match="no such key"):
        session.call("DEBUG", "OBJECT", "tea")


def test_sleep_waits_for_the_virtual_clock() -> None:
    lab = Lab(clock="manual")
    session, other = lab.session(), lab.session()
    assert session.call("DEBUG", "SLEEP", "0.5") is BLOCKED
    assert lab.next_deadline() == 500
    assert other.call("PING") == "PONG"
    lab.advance(0.499)
    assert session.blocked and not session.outbox
    lab.advance(0.001)
    assert list(session.outbox) == [OK] and not session.blocked


@pytest.mark.parametrize("word", ["0", "-1", "x", "", "inf", "nan", "1e300"])
def test_sleep_answers_at_once_for_no_time(word: str) -> None:
    assert Lab().session().call("DEBUG", "SLEEP", word) == OK


def test_sleep_does_not_wait_within_a_transaction() -> None:
    session = Lab().session()
    session.call("MULTI")
    session.call("DEBUG", "SLEEP", 5)
    assert session.call("EXEC") == [OK]


def test_populate_can_be_undone_in_one_step() -> None:
    lab = Lab()
    session = lab.session()
    session.call("DEBUG", "POPULATE", 50)
    assert session.call("DBSIZE") == 50
    lab.undo()
    assert session.call("DBSIZE") == 0


def test_the_replication_id_changes() -> None:
    lab = Lab(seed=1)
    before = lab.engine.replication_id
    lab.session().call("DEBUG", "CHANGE-REPL-ID")
    assert lab.engine.replication_id != before and len(lab.engine.replication_id) == 40


def test_a_push_comes_before_the_reply() -> None:
    session = Lab().session(protocol=3)
    assert session.call("DEBUG", "PROTOCOL", "push") == b"Some real reply following the push reply"
    assert list(session.outbox) == [[b"server-cpu-usage", 42]]
    assert isinstance(session.outbox[0], Push)


def test_attributes_stand_before_the_reply_in_resp3() -> None:
    reply = Lab().session(protocol=3).call("DEBUG", "PROTOCOL", "attrib")
    assert encode(reply, 3) == (
        b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
        b"$39\r\nSome real reply following the attribute\r\n"
    )
    assert encode(reply, 2) == b"$39\r\nSome real reply following the attribute\r\n"
    assert as_seen(reply, 2) == as_seen(reply, 3) == b"Some real reply following the attribute"


@pytest.mark.parametrize("word", sorted(UNSUPPORTED))
def test_what_is_not_built_says_so(word: str) -> None:
    with pytest.raises(ReplyError, match=f"^ERR redislab does not support DEBUG {word.upper()}$"):
        Lab().session().call("DEBUG", word)


def test_debug_can_be_forbidden() -> None:
    lab = Lab()
    lab.engine.enable_debug = False
    with pytest.raises(ReplyError, match=r"^ERR DEBUG command not allowed"):
        lab.session().call("DEBUG", "DIGEST")


def test_help_lists_every_word() -> None:
    lines = Lab().session().call("DEBUG", "HELP")
    assert [line.split()[0].lower() for line in lines[1::2]] == [*sorted(set(SUBCOMMANDS) - {"help"}), "help"]
    assert lines[-1] == "    Prints this help." and all(line.endswith(".") for line in lines[2::2])


@pytest.mark.parametrize(("count", "size"), [(1, 4), (4, 4), (5, 8), (8, 8), (9, 16), (1000, 1024), (1025, 2048)])
def test_a_table_grows_to_the_power_of_two_that_holds_it(count: int, size: int) -> None:
    assert table_size(count) == size


def test_a_paused_cron_expires_nothing() -> None:
    lab = Lab(clock="manual")
    session = lab.session()
    session.run("SET tea green PX 10")
    session.run("DEBUG PAUSE-CRON 1")
    assert lab.next_deadline() is None
    lab.advance(1)
    assert session.run("DBSIZE") == 1
    session.run("DEBUG PAUSE-CRON 0")
    lab.tick()
    assert session.run("DBSIZE") == 0


def test_what_is_not_for_scripts_may_be_called_while_it_is_switched_on() -> None:
    session = Lab().session()
    for _ in range(2):
        with pytest.raises(ReplyError, match="not allowed from script"):
            session.run("EVAL \"return redis.call('role')\" 0")
        session.run("DEBUG SET-DISABLE-DENY-SCRIPTS 1")
        assert session.run("EVAL \"return redis.call('role')\" 0") == [b"master", 0, []]
        session.run("DEBUG SET-DISABLE-DENY-SCRIPTS 0")


def test_checksums_are_looked_at_unless_told_otherwise() -> None:
    session = Lab().session()
    session.run("SET tea green")
    payload = session.run("DUMP tea")[:-8] + b"12345678"
    with pytest.raises(ReplyError, match="checksum"):
        session.call("RESTORE", "coffee", 0, payload)
    session.run("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
    assert session.call("RESTORE", "coffee", 0, payload) == OK


def test_the_log_is_the_hosts() -> None:
    lab = Lab()
    lines = []
    lab.engine.host.log = lambda level, text: lines.append((level, text))  # type: ignore[method-assign]
    lab.session().run("DEBUG LOG 'the kettle is on'")
    assert lines == [("warning", "DEBUG LOG: the kettle is on")]


def test_chains_hold_every_element_once() -> None:
    lengths = chain_lengths([b"%d" % number for number in range(1000)], 1024)
    assert sum(lengths.values()) == 1024
    assert sum(length * slots for length, slots in lengths.items()) == 1000


def expanded(data: bytes) -> bytes:
    """LZF read back."""
    text, at = bytearray(), 0
    while at < len(data):
        head, at = data[at], at + 1
        if head < 32:
            text += data[at : at + head + 1]
            at += head + 1
            continue
        size = head >> 5
        if size == 7:
            size, at = size + data[at], at + 1
        start = len(text) - ((head & 31) << 8 | data[at]) - 1
        at += 1
        for place in range(start, start + size + 2):
            text.append(text[place])
    return bytes(text)


@given(st.integers(0, 1 << 32), st.integers(1, 4), st.integers(3, 3000))
def test_what_is_compressed_can_be_read_back(seed: int, letters: int, size: int) -> None:
    text = bytes(Random(seed).choices(b"abcd"[:letters], k=size))
    small = compress(text, size * 2 + 8)
    assert small is not None and expanded(small) == text


def test_no_room_no_compression() -> None:
    assert compress(bytes(range(100)), 96) is None
    assert compress(b"a" * 100, 96) is not None


@pytest.mark.parametrize("size", [1, 127, 128, 16382, 16383, 2097150, 2097151])
def test_backward_lengths_are_read_from_their_end(size: int) -> None:
    value = 0
    groups = backward_length(size)
    for place, group in enumerate(reversed(groups)):
        value |= (group & 127) << (7 * place)
        assert (group & 128 != 0) == (place < len(groups) - 1)
    assert value == size


def test_rewriting_everything_needs_a_file() -> None:
    with pytest.raises(ReplyError, match=r"^ERR CONFIG-REWRITE-FORCE-ALL failed: Bad address$"):
        Lab().session().run("DEBUG CONFIG-REWRITE-FORCE-ALL")
