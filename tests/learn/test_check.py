"""Every claim of a goal, judged on state: what passes, what fails, and what is said then."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from redislab.learn.attempt import Attempt
from redislab.learn.load import read_yaml
from redislab.learn.schema import Step
from redislab.learn.schema_goal import Check


def misses(check: str, *lines: str, setup: tuple[str, ...] = ()) -> list[str]:
    """What a check, written in YAML, says after these lines."""
    claim = msgspec.convert(read_yaml("check", check).data, Check, strict=False)
    attempt = Attempt(Step(id="test", title="t", kind="do", say="s", setup=list(setup), goal=[claim]))
    for line in lines:
        attempt.send(line)
    return [miss.sentence for miss in attempt.judge().misses]


STRING, LIST = "SET k hello EX 60", "RPUSH l a b a"
SET, ZSET, HASH = "SADD s a b c", "ZADD z 1 a 2.5 b", "HSET h name ann age 30"
STATES = [
    # (check, lines, does it hold)
    ("{key: k}", [STRING], True),
    ("{key: k}", [], False),
    ("{key: k, is: {type: string, value: hello}}", [STRING], True),
    ("{key: k, is: {value: Hello}}", [STRING], False),
    ("{key: k, is: {value: hell}}", [STRING], False),
    ("{key: n, is: {value: 60}}", ["SET n 60"], True),
    ("{key: n, is: {value: '060'}}", ["SET n 60"], False),
    ("{key: n, is: {value: 1.50}}", ["SET n 1.50"], True),
    ("{key: n, is: {value: 1.50}}", ["SET n 1.5"], False),
    ("{key: n, is: {value: ''}}", ["SET n ''"], True),
    ("{key: k, is: {value: [hello]}}", [STRING], False),
    ("{key: k, is: {type: none}}", [], True),
    ("{key: k, is: {type: none}}", [STRING], False),
    ("{key: k, is: {contains: ell}}", [STRING], True),
    ("{key: k, is: {contains: elk}}", [STRING], False),
    ("{key: k, is: {lacks: elk}}", [STRING], True),
    ("{key: k, is: {length: 5}}", [STRING], True),
    ("{key: k, is: {length: [6, null]}}", [STRING], False),
    ("{key: n, is: {between: [59.5, 60]}}", ["SET n 60"], True),
    ("{key: n, is: {between: [61, null]}}", ["SET n 60"], False),
    ("{key: n, is: {between: [0, 1]}}", ["SET n x"], False),
    ("{key: j, is: {json: {a: [1, 2]}}}", ["SET j '{ \"a\":[1,2] }'"], True),
    ("{key: j, is: {json: {a: [1, true]}}}", ["SET j '{\"a\":[1,1]}'"], False),
    ("{key: j, is: {json: {}}}", ["SET j {"], False),
    ("{key: k, is: {ttl: [1, 60]}}", [STRING], True),
    ("{key: k, is: {ttl: [61, 100]}}", [STRING], False),
    ("{key: k, is: {ttl: some}}", [STRING], True),
    ("{key: k, is: {ttl: none}}", [STRING], False),
    ("{key: k, is: {ttl: none}}", ["SET k 1"], True),
    ("{key: k, is: {encoding: embstr}}", [STRING], True),
    ("{key: k, is: {encoding: [int, raw]}}", [STRING], False),
    ("{key: l, is: {type: list, value: [a, b, a]}}", [LIST], True),
    ("{key: l, is: {value: [a, a, b]}}", [LIST], False),
    ("{key: l, is: {value: [a, a, b], unordered: true}}", [LIST], True),
    ("{key: l, is: {value: [a, b], unordered: true}}", [LIST], False),
    ("{key: l, is: {contains: [a, a]}}", [LIST], True),
    ("{key: l, is: {contains: [b, b]}}", [LIST], False),
    ("{key: l, is: {lacks: [c]}}", [LIST], True),
    ("{key: l, is: {lacks: b}}", [LIST], False),
    ("{key: s, is: {type: set, value: [c, a, b]}}", [SET], True),
    ("{key: s, is: {value: [a, b]}}", [SET], False),
    ("{key: s, is: {contains: a, length: 3}}", [SET], True),
    ("{key: s, is: {type: list}}", [SET], False),
    ("{key: h, is: {value: {name: ann, age: 30}}}", [HASH], True),
    ("{key: h, is: {value: {name: ann}}}", [HASH], False),
    ("{key: h, is: {contains: {age: 30}}}", [HASH], True),
    ("{key: h, is: {contains: {age: 31}}}", [HASH], False),
    ("{key: h, is: {contains: [name, age]}}", [HASH], True),
    ("{key: h, is: {lacks: [name]}}", [HASH], False),
    ("{key: h, is: {value: {a: b}}}", [SET], False),
    ("{key: s, is: {value: {a: b}}}", [SET], False),
    ("{absent: [k, x]}", [], True),
    ("{absent: k}", [STRING], False),
    ("{exists: k}", [STRING], True),
    ("{keys: [k, l]}", [STRING, LIST], True),
    ("{keys: [k]}", [STRING, LIST], False),
    ("{keys: []}", [], True),
    ("{key: k, is: {value: x}, db: 3}", ["SELECT 3", "SET k x", "SELECT 0"], True),
    ("{same: [GET n, LLEN l]}", [LIST, "SET n 3"], True),
    ("{same: [GET n, LLEN l]}", [LIST, "SET n 2"], False),
    ("{same: [NOSUCH, NOSUCH]}", [], False),
    ("{same: [SMEMBERS s, SMEMBERS t], unordered: true}", [SET, "SADD t c b a"], True),
    ("{reply: {equals: 3}}", [LIST], True),
    ("{reply: {equals: '3'}}", [LIST], False),
    ("{reply: {of: GET, equals: null}}", ["GET none", LIST], True),
    ("{reply: {of: GET, equals: hello}}", [STRING, "get k", LIST], True),
    ("{reply: {of: GET, equals: hello}}", [STRING], False),
    ("{reply: {equals: [a, b, a]}}", [LIST, "LRANGE l 0 -1"], True),
    ("{reply: {equals: [a, a, b]}}", [LIST, "LRANGE l 0 -1"], False),
    ("{reply: {equals: [a, a, b], unordered: true}}", [LIST, "LRANGE l 0 -1"], True),
    ("{reply: {equals: {name: ann, age: '30'}}}", [HASH, "HGETALL h"], True),
    ("{reply: {equals: OK, kind: status}}", [STRING], True),
    ("{reply: {error: WRONGTYPE}}", [LIST, "GET l"], True),
    ("{reply: {error: WRONG}}", [LIST, "GET l"], False),
    ("{reply: {error: ERR syntax error}}", ["SET k v XX YY"], True),
    ("{reply: {error: ERR syntax}}", ["SET k v XX YY"], False),
    ("{reply: {kind: nil}}", ["GET none"], True),
    ("{reply: {length: 2, contains: b}}", [LIST, "LRANGE l 0 1"], True),
    ("{reply: {between: [1, 60]}}", [STRING, "TTL k"], True),
    ("{reply: {between: [1, 5]}}", [STRING, "TTL k"], False),
    ("{reply: {of: LLEN, same_as: LLEN l}}", [LIST, "LLEN l"], True),
    ("{reply: {of: LLEN, same_as: LLEN l}}", [LIST, "LLEN l", "RPUSH l c"], False),
    ("{used: [SET EX, get]}", [STRING, "GET k"], True),
    ("{used: SET PX}", [STRING], False),
    ("{used: GET}", [LIST, "GET l"], False),
    ("{not_used: SET}", [STRING], False),
    ("{not_used: SET NX}", [STRING], True),
    ("{max_commands: 1}", [STRING, "GET k"], False),
    ("{max_writes: 1}", [STRING, "GET k"], True),
    ("{max_writes: 1}", [STRING, "DEL k"], False),
    ("{all: [{key: k}, {absent: l}]}", [STRING], True),
    ("{any: [{key: l}, {key: k}]}", [STRING], True),
    ("{any: [{key: l}, {key: m}]}", [STRING], False),
    ("{not: {key: k}}", [STRING], False),
    ("{not: {key: k}}", [], True),
]


@pytest.mark.parametrize(("check", "lines", "holds"), STATES)
def test_a_claim_is_judged_precisely(check: str, lines: list[str], holds: bool) -> None:
    assert (misses(check, *lines) == []) is holds


@pytest.mark.parametrize(
    ("check", "lines", "sentence"),
    [
        ("{key: k, is: {type: list}}", [STRING], 'Expected `k` to be a list; found a string "hello". See `TYPE k`.'),
        ("{key: k, is: {value: bye}}", [STRING], 'Expected `k` to hold "bye"; found "hello". See `GET k`.'),
        (
            "{key: l, is: {value: [b, a, a]}}",
            [LIST],
            "Expected `l` to hold [b, a, a] from head to tail; found the same elements in another order, [a, b, a]."
            " See `LRANGE l 0 -1`.",
        ),
        (
            "{key: s, is: {value: [a, b, d]}}",
            [SET],
            "Expected `s` to hold [a, b, d] in any order; found `d` missing, `c` too many. See `SMEMBERS s`.",
        ),
        (
            "{key: h, is: {value: {name: bob, city: x}}}",
            [HASH],
            'Expected `h` to hold exactly {name: bob, city: x}; found fields `city` missing, `name` is "ann", `age`'
            " too many. See `HGETALL h`.",
        ),
        (
            "{key: k, is: {ttl: none}}",
            ["SET k v PX 1500"],
            "Expected `k` to stay, without a time to live; found 1.5 seconds left. See `TTL k`.",
        ),
        ("{key: 'a b', is: {value: x}}", [], 'Expected `"a b"` to exist; found no such key. See `EXISTS "a b"`.'),
        (
            "{reply: {of: LLEN, equals: 3}}",
            ["LLEN l"],
            "Expected the reply to `LLEN l` to be (integer) 3; found (integer) 0.",
        ),
        ("{reply: {of: LLEN, equals: 3}}", [], "Expected `LLEN` to be used."),
        ("{max_commands: 1}", [STRING, "GET k"], "Expected 1 command at most; found 2; `:reset` begins the step anew."),
        ("{absent: k, say: Away with it.}", [STRING], "Away with it."),
        (
            "{any: [{absent: k}, {key: l}]}",
            [STRING],
            "Expected one of these: `k` not to exist; or `l` to exist; it is there; no such key.",
        ),
    ],
)
def test_one_sentence_says_expected_found_and_where(check: str, lines: list[str], sentence: str) -> None:
    assert misses(check, *lines) == [sentence]


def test_a_sorted_set(require: Any) -> None:
    require("ZADD", "ZRANGE")
    assert misses("{key: z, is: {value: {a: 1, b: 2.5}}}", ZSET) == []
    assert misses("{key: z, is: {value: [a, b]}}", ZSET) == []
    assert misses("{key: z, is: {value: [b, a], unordered: true}}", ZSET) == []
    assert misses("{key: z, is: {scores: {b: [2, 3]}, contains: {a: 1}}}", ZSET) == []
    assert misses("{key: z, is: {scores: {b: 2}}}", ZSET) == [
        "Expected `b` in `z` to have the score 2; found 2.5. See `ZSCORE z b`."
    ]
    assert misses("{key: z, is: {value: [b, a]}}", ZSET) != []


def test_a_stream_and_its_groups(require: Any) -> None:
    require("XADD", "XREADGROUP", "XPENDING", "XINFO")
    lines = ("XADD s 1-1 a 1", "XADD s 1-2 b 2", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann COUNT 1 STREAMS s >")
    assert misses("{key: s, is: {type: stream, value: [{a: 1}, {b: 2}], groups: [g]}}", *lines) == []
    assert misses("{key: s, is: {value: [{id: 1-1, fields: {a: 1}}, {b: 2}]}}", *lines) == []
    assert misses("{key: s, is: {contains: [{b: 2}]}}", *lines) == []
    assert misses("{key: s, is: {value: [{b: 2}, {a: 1}]}}", *lines) != []
    assert misses("{pending: {key: s, group: g, consumer: ann, ids: [1-1]}}", *lines) == []
    assert misses("{pending: {key: s, group: g, consumer: bob}}", *lines) != []
    assert "NOGROUP" in misses("{pending: {key: s, group: h}}", *lines)[0]


def test_unchanged_keys(require: Any) -> None:
    setup = ("SET k v EX 100", "RPUSH l a")
    assert misses("{unchanged: [k, l]}", "GET k", "SET other 1", setup=setup) == []
    assert misses("{unchanged: k}", "SET k v KEEPTTL", setup=setup) == []
    assert "another time to live" in misses("{unchanged: k}", "PERSIST k", setup=setup)[0]
    assert "another value" in misses("{unchanged: l}", "RPUSH l b", setup=setup)[0]
    assert "it is gone" in misses("{unchanged: l}", "DEL l", setup=setup)[0]
    assert misses("{changes_only: [k]}", "SET k x", setup=setup) == []
    assert misses("{changes_only: []}", "GET k", setup=setup) == []
    assert "`l`" in misses("{changes_only: [k]}", "SET k x", "LPOP l", setup=setup)[0]
    require("INFO")
    assert "in database 2" in misses("{changes_only: [k]}", "SELECT 2", "SET x 1", setup=setup)[0]


def test_published_messages(require: Any) -> None:
    require("PUBLISH", "SUBSCRIBE")
    check = "{published: {channel: news, message: hi, times: 1}}"
    assert misses(check, "PUBLISH news hi") == []
    assert misses(check, "PUBLISH news hello") != []
    assert misses(check, "PUBLISH news hi", "PUBLISH news hi") != []
    assert misses(check, "PUBLISH news hi", setup=("@bob SUBSCRIBE news",)) == []
    assert misses(check, "MULTI", "PUBLISH news hi") != []
    assert misses(check, "MULTI", "PUBLISH news hi", "EXEC") == []


def test_clients_and_config(require: Any) -> None:
    require("CLIENT", "CONFIG")
    assert misses("{clients: {main: {db: 2, in_multi: true, queued: 1}}}", "SELECT 2", "MULTI", "GET a") == []
    assert misses("{clients: {main: {db: 2}}}") == [
        "Expected the client `main` to have db 2; found 0. See `CLIENT LIST`."
    ]
    assert misses("{clients: {bob: {blocked: true}}}", "@bob BLPOP q 0") == []
    assert misses("{clients: {bob: {connected: false}}}") == []
    name = "hash-max-listpack-entries"
    assert misses("{config: {hash-max-listpack-entries: 64}}", f"CONFIG SET {name} 64") == []
    assert misses("{config: {hash-max-listpack-entries: 63}}", f"CONFIG SET {name} 64") == [
        f'Expected `{name}` to be set to "63"; found "64". See `CONFIG GET {name}`.'
    ]


def test_looking_leaves_no_trace() -> None:
    claim = msgspec.convert({"key": "k"}, Check)
    attempt = Attempt(Step(id="test", title="t", kind="do", say="s", goal=[claim], setup=["SET k 1"]))
    attempt.send("INCR k")
    before = attempt.world.lab.position, attempt.world.lab.last_change
    attempt.judge()
    assert (attempt.world.lab.position, attempt.world.lab.last_change) == before


def test_the_reply_that_came_late_is_judged() -> None:
    claim = msgspec.convert({"reply": {"of": "BLPOP", "equals": ["q", "job"]}}, Check)
    step = Step(id="test", title="t", kind="do", say="s", goal=[claim], when_blocked=["@bob RPUSH q job"])
    attempt = Attempt(step)
    attempt.send("BLPOP q 0")
    assert attempt.judge().solved


def test_what_a_reply_should_equal_is_not_given_away() -> None:
    assert misses("{reply: {same_as: LRANGE l 0 0}}", LIST, "LLEN l") == [
        "Expected another reply to `LLEN l`; found (integer) 3."
    ]


@pytest.mark.parametrize("check", ["{max_writes: 0}", "{not_used: SET}"])
def test_what_failed_was_not_done(check: str) -> None:
    assert misses(check, "SET k", "SET k v XX EX") == []
    assert misses(check, "SET k v") != []
