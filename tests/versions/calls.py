"""Random calls in which later versions differ: fields that expire, encodings, scores, bits, streams.

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


IDS = ["1", "1-1", "2", "3-0", "4-0", "5-1", "7-2", "12-0", "20-1", "0", "x", "9-*", "18446744073709551615-0"]
POLICIES = ["KEEPREF", "DELREF", "ACKED", "acked", "DELREF"]


def _policy(dice: Random) -> Call:
    return dice.choices(POLICIES, k=dice.choice([0, 1, 1, 1, 1, 1, 2]))


def _ids(dice: Random) -> Call:
    ids = dice.choices(IDS[:9] if dice.random() < 0.9 else IDS, k=dice.choice([1, 1, 2, 3, 5]))
    count = len(ids) if dice.random() < 0.9 else dice.choice([0, -1, 1, 2, "x", ""])
    parts: list[Call] = [["IDS" if dice.random() < 0.98 else "ID", count, *ids], _policy(dice)]
    if dice.random() < 0.9:
        parts.reverse()
    return [word for part in parts for word in part]


def _trimming(dice: Random) -> Call:
    strategy, threshold = dice.choice([("MAXLEN", dice.choice([0, 1, 2, 3, 5, -1])), ("MINID", dice.choice(IDS))])
    parts: list[Call] = [[strategy, *dice.choice([[], ["="], ["~"]]), threshold], _policy(dice)]
    if dice.random() < 0.15:
        parts.append(["LIMIT", dice.choice([0, 1, 3, 100, -1])])
    dice.shuffle(parts)
    return [word for part in parts for word in part]


def _xadd(dice: Random, key: str) -> Call:
    trimming = _trimming(dice) if dice.random() < 0.3 else _policy(dice)
    new = dice.choice([*IDS, *(f"{number}-{dice.choice('01*')}" for number in range(3, 30))])
    make = dice.choice([[], [], [], ["NOMKSTREAM"]])
    return ["XADD", key, *make, *trimming, new, "f", dice.choice("12"), *dice.choice([[], [], ["g", "1"], ["g"]])]


def _reading(dice: Random, key: str, group: str, one: str) -> Call:
    after = dice.choice([">", ">", ">", ">", "0", "3", "$", "+"])
    noack = ["NOACK"] if dice.random() < 0.1 else []
    count = dice.choice([[], ["COUNT", 1], ["COUNT", 2], ["COUNT", 0]])
    keys = [key] if dice.random() < 0.9 else ["q", "p"]
    return ["XREADGROUP", "GROUP", group, one, *count, *noack, "STREAMS", *keys, *(after for _ in keys)]


def _groups(dice: Random, key: str, group: str, one: str) -> Call:
    read = dice.choice([[], [], ["ENTRIESREAD", dice.choice([0, 2, -1, "x"])]])
    calls: list[Call] = [
        ["XGROUP", "CREATE", key, group, dice.choice([*IDS, "0", "$", "$"]), *read, *dice.choice([[], ["MKSTREAM"]])],
        ["XGROUP", "CREATE", key, group, "0"],
        ["XGROUP", "SETID", key, group, dice.choice([*IDS, "0", "$", "-"]), *read],
        ["XGROUP", "DESTROY", key, group],
        ["XGROUP", "CREATECONSUMER", key, group, one],
        ["XGROUP", "DELCONSUMER", key, group, one],
    ]
    return dice.choice(calls)


def _claiming(dice: Random, key: str, group: str, one: str) -> Call:
    idle, just = dice.choice([0, 0, 0, 100000, "x"]), dice.choice([[], [], ["JUSTID"]])
    count = dice.choice([[], ["COUNT", 1], ["COUNT", 0]])
    more = dice.choice([[], [], ["FORCE"], ["FORCE"], ["RETRYCOUNT", 7], ["LASTID", dice.choice(IDS)], ["TIME", 5]])
    if dice.random() < 0.4:
        return ["XAUTOCLAIM", key, group, one, idle, dice.choice(["0", "3", "(1"]), *count, *just]
    return ["XCLAIM", key, group, one, idle, *dice.choices(IDS[:9], k=2), *more, *just]


def streams(dice: Random) -> Call:
    """A call about streams and their groups: above all entries that go while groups refer to them."""
    key, group, one = dice.choice(["q", "q", "q", "q", "p", "s"]), dice.choice("ggh"), dice.choice("abc")
    told: list[Call] = [
        ["XINFO", "STREAM", key, "FULL"], ["XINFO", "STREAM", key], ["XINFO", "GROUPS", key],
        ["XINFO", "CONSUMERS", key, group], ["XPENDING", key, group], ["XPENDING", key, group, "-", "+", 10],
        ["XRANGE", key, "-", "+"], ["XREVRANGE", key, "+", "-"], ["XLEN", key], ["XREAD", "STREAMS", key, "2"],
    ]  # fmt: skip
    setid = ["XSETID", key, dice.choice(["30", "40-1", "2"]), *dice.choice([[], ["ENTRIESADDED", 50]])]
    rare: list[Call] = [
        setid, ["DEL", key], ["COPY", "q", "p", "REPLACE"], ["SET", "s", "x"],
        ["CONFIG", "SET", "stream-node-max-entries", dice.choice([2, 3, 100])],
    ]  # fmt: skip
    kinds: list[tuple[int, Call]] = [
        (8, _xadd(dice, key)),
        (4, ["XTRIM", key, *_trimming(dice)]),
        (6, ["XDELEX", key, *_ids(dice)]),
        (6, ["XACKDEL", key, group, *_ids(dice)]),
        (1, ["XDEL", key, *dice.choices(IDS[:9], k=2)]),
        (2, ["XACK", key, group, *dice.choices(IDS[:9], k=2)]),
        (6, _reading(dice, key, group, one)),
        (4, _groups(dice, key, group, one)),
        (3, _claiming(dice, key, group, one)),
        (8, dice.choice(told)),
        (1, dice.choice(rare)),
    ]
    return dice.choices([call for _, call in kinds], [weight for weight, _ in kinds])[0]


GROUPS = {"fields": fields, "encodings": encodings, "scores": scores, "streams": streams}
