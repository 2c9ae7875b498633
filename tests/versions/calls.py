"""Random calls in which later versions differ: fields that expire, encodings of lists and sets, scores, bits.

Times are far away or past, so that the moment of a call does not matter.
"""

from __future__ import annotations

from random import Random

__all__ = ["GROUPS", "Call", "words"]

Call = list[object]

FIELDS = ["a", "b", "c", "d", ""]
MOMENTS = [4102444800, 4102444801, 1, 0, -1, "x", 70368744177, 70368744178]
MOMENTS_MS = [4102444800000, 4102444801000, 1, 0, -1, "x", (1 << 46) - 1, 1 << 46]
TIMES = [0, -1, "x", "9223372036854775807", (1 << 46) - 1, "", " 5", "1.5"]
ELEMENTS = ["a", "b", "1", "2", "300", "x" * 64, "y" * 65, "-5", "hello", "z" * 200]
SCORES = ["1", "2.5", "3.1", "0.1", "1e20", "-0", "inf", "-inf", "1e-7", "12345678.9", "nan", "x"]


def words(call: Call) -> list[bytes]:
    """A call as bytes."""
    return [word if isinstance(word, bytes) else str(word).encode() for word in call]


def _fields(dice: Random) -> Call:
    count = dice.choice([1, 1, 1, 2, 2, 3, 0, "x", -1])
    right = isinstance(count, int) and count > 0 and dice.random() < 0.9
    given = count if right and isinstance(count, int) else dice.randint(0, 4)
    return ["FIELDS" if dice.random() < 0.97 else "FIELD", count, *dice.choices(FIELDS, k=given)]


def _condition(dice: Random) -> Call:
    return [dice.choice(["NX", "XX", "GT", "LT", "nx"])] if dice.random() < 0.4 else []


def _getex(dice: Random, key: str) -> Call:
    at, at_ms = dice.choice(MOMENTS), dice.choice(MOMENTS_MS)
    options: list[Call] = [[], ["EXAT", at], ["PXAT", at_ms], ["PERSIST"], ["EX"], ["EX", "-1"], ["NX"]]
    return ["HGETEX", key, *dice.choice(options), *_fields(dice)]


def _setex(dice: Random, key: str) -> Call:
    at_ms = dice.choice(MOMENTS_MS)
    options: list[Call] = [["PXAT", at_ms], ["KEEPTTL"], ["FNX"], ["FXX"], ["EX", "x"], ["PX"], ["NO"]]
    chosen = [word for option in dice.choices(options, k=dice.choice([0, 0, 1, 1, 2])) for word in option]
    count = dice.choice([1, 1, 2, 0, "x", -1])
    given = count if isinstance(count, int) and count > 0 and dice.random() < 0.9 else dice.randint(0, 3)
    pairs = [word for _ in range(given) for word in (dice.choice(FIELDS), dice.choice(["1", "two"]))]
    return ["HSETEX", key, *chosen, "FIELDS", count, *pairs]


def fields(dice: Random) -> Call:
    """A call about fields of hashes and their times."""
    key = dice.choice(["h", "h", "h2", "s", "none"])
    field = dice.choice(FIELDS)
    calls: list[Call] = [
        ["HSET", "h", field, "1", dice.choice(FIELDS), "two"],
        ["HSET", key, field, "3.5"],
        ["HEXPIREAT", key, dice.choice(MOMENTS), *_condition(dice), *_fields(dice)],
        ["HPEXPIREAT", key, dice.choice(MOMENTS_MS), *_condition(dice), *_fields(dice)],
        ["HPEXPIREAT", key, dice.choice(MOMENTS_MS), *_condition(dice), *_fields(dice)],
        ["HEXPIRE", key, dice.choice(TIMES), *_condition(dice), *_fields(dice)],
        ["HPEXPIRE", key, dice.choice(TIMES), *_condition(dice), *_fields(dice)],
        [dice.choice(["HTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST", "HGETDEL"]), key, *_fields(dice)],
        _getex(dice, key),
        _setex(dice, key),
        dice.choice([["HGETALL", key], ["HKEYS", key], ["HVALS", key], ["HLEN", key], ["HSCAN", key, 0]]),
        dice.choice([["HDEL", key, field], ["HGET", key, field], ["HEXISTS", key, field], ["HMGET", key, field]]),
        dice.choice([["HINCRBY", key, field, 2], ["HINCRBYFLOAT", key, field, 1.5], ["HSETNX", key, field, 7]]),
        dice.choice([["COPY", "h", "h2", "REPLACE"], ["RENAME", "h", "h2"], ["DEL", "h2"], ["SET", "s", "x"]]),
        dice.choice([["OBJECT", "ENCODING", key], ["TYPE", key], ["EXISTS", key], ["HSCAN", key, 0, "NOVALUES"]]),
    ]
    return dice.choice(calls)


def encodings(dice: Random) -> Call:
    """A call that makes lists and sets grow and shrink, or asks how they are kept.

    Lists do not shrink by and by: when a quicklist of several nodes is a listpack again depends on its nodes, which are
    not kept here. For the like reason there is no SDIFFSTORE, which may pass through more members than it leaves.
    """
    names = [*ELEMENTS, str(dice.randint(0, 400)), f"m{dice.randint(0, 300)}"]
    some = dice.choices(names, k=dice.choice([1, 1, 2, 3, 6, 30, 140]))
    key, other = dice.choice(["s1", "s2"]), dice.choice(["l1", "l2"])
    calls: list[Call] = [
        ["RPUSH", other, *some],
        ["LPOP", other, dice.choice([1, 2, 2000])],
        ["LSET", other, dice.choice([-2, -1, 0, 1, 1 << 32, (1 << 63) - 1]), dice.choice(names)],
        ["LINSERT", other, "BEFORE", dice.choice(names), dice.choice(names)],
        ["OBJECT", "ENCODING", other],
        ["SADD", key, *some],
        ["SADD", key, *(dice.randint(0, 600) for _ in range(dice.choice([1, 5, 130, 200])))],
        ["SREM", key, *some],
        ["OBJECT", "ENCODING", dice.choice([key, "s3"])],
        [dice.choice(["SINTERSTORE", "SUNIONSTORE"]), "s3", "s1", "s2"],
        dice.choice([["DEL", key], ["DEL", other], ["COPY", key, "s3", "REPLACE"], ["SMOVE", "s1", "s2", some[0]]]),
    ]
    return dice.choice(calls)


def scores(dice: Random) -> Call:
    """A call about sorted sets, places on the map and bits."""
    key, member = dice.choice(["z", "y", "none"]), dice.choice("abcd")
    calls: list[Call] = [
        ["ZADD", key, dice.choice(SCORES), member],
        ["ZINCRBY", key, dice.choice(SCORES), member],
        ["ZSCORE", key, member],
        ["ZRANGE", key, 0, -1, "WITHSCORES"],
        ["ZSCAN", key, dice.choice(["0", "", " 1", "-1", "+5"])],
        [dice.choice(["ZRANK", "ZREVRANK"]), key, member, *dice.choice([[], ["WITHSCORE"], ["x"], ["WITHSCORE", "x"]])],
        ["ZCOUNT", key, dice.choice([" 1", "1", "x", "(", ""]), "9"],
        ["EVAL", "return redis.call('zscore', KEYS[1], 'a')", 1, key],
        ["GEOADD", "g", dice.choice(["13.361389", "15.087269"]), "38.115556", member],
        ["GEOPOS", "g", "a", "b", "zz"],
        ["SET", f"b{member}", bytes(dice.choices(range(256), k=dice.choice([0, 1, 3, 8])))],
        ["BITOP", dice.choice(["DIFF", "diff1", "ANDOR", "ONE", "AND", "x"]), "b", *dice.choices(["ba", "bb"], k=3)],
        ["GET", "b"],
        ["BLPOP", "nolist", dice.choice(["inf", "-inf", "1e300", "-1", "x"])],
    ]
    return dice.choice(calls)


GROUPS = {"fields": fields, "encodings": encodings, "scores": scores}
