"""Random commands for hypothesis: every command of the table, from its argument tree, with few keys and nasty values.

Used by the property tests of the engine alone and by those that run beside the real server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha1

from hypothesis import strategies as st

from redislab.commands.spec import Command
from redislab.commands.table import DEFAULT, all_commands
from redislab.commands.usage import Argument

KEYS = [b"a", b"b", b"c", b"d"]
MEMBERS = [b"x", b"y", b"z", b"1", b"2", b"10", b"-3", b"3.5", b"", b"hello world", b"\xff\x00", b"x" * 70]
INTEGERS = [b"0", b"1", b"2", b"3", b"-1", b"-2", b"-100", b"5", b"7", b"10", b"100", b"64"]
ODD_INTEGERS = [b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b"1.5", b"x", b"", b"01"]
FLOATS = [b"0", b"1", b"-1", b"1.5", b"-2.25", b"3e2", b"inf", b"-inf", b"0.1", b"1e17", b"-0"]
ODD_FLOATS = [b"nan", b"x", b"", b"1e400", b"0x10", b"1_0"]
LIBRARIES = [
    b"#!lua name=one\nredis.register_function('f', function(keys, args) return {keys, args} end)",
    b"#!lua name=one\nredis.register_function('f', function(keys, args) return redis.call(unpack(args)) end)",
    b"#!lua name=two\nredis.register_function('g', function(keys, args) "
    b"return redis.call('SET', keys[1], args[1]) end)",
    b"#!lua name=two\nredis.register_function{function_name='h', callback=function(keys) "
    b"return redis.pcall('GET', keys[1]) end, flags={'no-writes'}}",
    b"#!lua name=three\nredis.register_function('F', function() return #nil end)",
    b"#!lua name=three\nlocal x =",
    b"return 1",
]
IDS = [b"1", b"1-1", b"1-2", b"2-1", b"3", b"4-0", b"5-1", b"7-2", b"12-0", b"20-1"]
MAX_ID = b"18446744073709551615-18446744073709551615"
ODD_IDS = [b"0", b"0-0", MAX_ID, b"x", b"-", b"+", b"$", b">", b"1-1-1", b"05-3", b"5-"]
ENDS = [b"-", b"+", b"(2-1", b"("]
GROUPS = [b"g", b"h"]
PATTERNS = [b"*", b"a*", b"?", b"[a-c]", b"nothing", b"#", b"w_*"]
SCRIPTS = [
    b"return redis.call(unpack(ARGV))",
    b"return redis.pcall(unpack(ARGV))",
    b"redis.setresp(3) return redis.call(unpack(ARGV))",
    b"return {KEYS, ARGV}",
    b"redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
    b"redis.call('LPUSH', KEYS[1], unpack(ARGV)) return redis.call('LRANGE', KEYS[1], 0, -1)",
    b"redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) redis.call('HSET', KEYS[1])",
    b"#!lua flags=no-writes\nreturn redis.pcall('DEL', KEYS[1])",
    b"return redis.error_reply(ARGV[1])",
    b"return #nil",
    b"return (",
]  # fmt: skip
DIGESTS = [sha1(script).hexdigest().encode() for script in SCRIPTS] + [b"0" * 40, b"x", b"F" * 40]
# What no random call is made of, with the reason. Where another test makes it, the reason tells where.
LEFT_OUT: dict[str, str] = {}
for reason, left_out in {
    "ends, opens or changes a session: the machine of small states": (
        "quit reset hello auth select monitor client"
    ),
    "the machines make transactions of their own": "multi exec discard watch unwatch",
    "waits, or is heard by others: the machine of several clients": (
        "subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe publish spublish pubsub wait "
        "blpop brpop blmove blmpop brpoplpush bzpopmin bzpopmax bzmpop"
    ),
    "tells or changes the server's own state: the machine of small states": (
        "config command info latency slowlog memory module acl"
    ),
    "needs another server": "replicaof slaveof failover psync sync replconf cluster migrate",
    "writes files or stops the server": "save bgsave bgrewriteaof lastsave shutdown",
    "tells the time, or takes long": "time pfselftest lolwut",
    "has debugging of its own, compared one by one": "debug",
    "makes the next script a dialogue: played in tests/server/test_ldb.py": "script|debug",
    "a rule of its own": "randomkey flushall flushdb swapdb",
    "tells in which order a hash table has the functions": "function|dump",
}.items():
    LEFT_OUT.update(dict.fromkeys(left_out.split(), reason))
# What these answer is a matter of luck, of the order of a hash table, or of how busy the server is.
BY_LUCK = frozenset({
    "spop", "srandmember", "hrandfield", "zrandmember", "scan", "sscan", "hscan", "zscan", "object|freq",
    "object|idletime", "dump",
})  # fmt: skip
SWEEPING = [[b"FLUSHALL"], [b"FLUSHDB", b"ASYNC"], [b"SWAPDB", b"0", b"1"], [b"SWAPDB", b"1", b"1"]]


@cache
def playable(version: tuple[int, int] = DEFAULT) -> list[Command]:
    """The commands of a version to play with; made once."""
    return [
        command
        for command in all_commands(version)
        if command.handler and command.name not in LEFT_OUT and command.name.split("|")[0] not in LEFT_OUT
        and not command.name.endswith("|help")
    ]  # fmt: skip


def words(argument: Argument) -> st.SearchStrategy[list[bytes]]:
    """The words an argument may become."""
    body = one(argument)
    if argument.token is not None and argument.type != "pure-token":
        token = argument.token.encode()
        body = body.map(lambda found: [token, *found])
    if argument.multiple:
        body = st.lists(body, min_size=1, max_size=3).map(lambda found: [word for part in found for word in part])
    if argument.optional:
        body = st.one_of(st.just([]), st.just([]), body)
    return body


def one(argument: Argument) -> st.SearchStrategy[list[bytes]]:
    if argument.type == "pure-token":
        return st.just([(argument.token or "").encode()])
    if argument.type == "oneof":
        return st.one_of([words(child) for child in argument.children])
    if argument.type == "block":
        return together(argument.children)
    return word(argument).map(lambda found: [found])


def together(arguments: Iterable[Argument]) -> st.SearchStrategy[list[bytes]]:
    return st.tuples(*map(words, arguments)).map(lambda found: [word for part in found for word in part])


def word(argument: Argument) -> st.SearchStrategy[bytes]:
    name = argument.name
    if argument.type == "key":
        return st.sampled_from(KEYS)
    if name == "numkeys":
        return weighted([b"1", b"2"], [b"3", b"0", b"-1", b"x"])
    if name in ("min", "max") and argument.type != "integer":
        return weighted([*FLOATS, b"(1", b"[x", b"-", b"+", b"(y", b"[b", b"(-inf"], ODD_FLOATS)
    if name in ("seconds", "milliseconds"):  # far off or over: what ends in between would be a race
        return weighted([b"100000", b"2000000", b"300000"], [b"0", b"-1", *ODD_INTEGERS])
    if name == "script":
        return st.sampled_from(SCRIPTS)
    if name == "sha1":
        return st.sampled_from(DIGESTS)
    if name == "function-code":
        return st.sampled_from(LIBRARIES)
    if name == "function":
        return weighted([b"f", b"g", b"h"], [b"F", b"nothing"])
    if name == "library-name":
        return st.sampled_from([b"one", b"two", b"three"])
    if argument.type == "string" and name in ("id", "last-id", "max_deleted_entry_id", "threshold", "start", "end"):
        return weighted([*IDS, *IDS, *ENDS] if name in ("start", "end") else IDS, ODD_IDS)
    if name in ("group", "groupname"):
        return st.sampled_from(GROUPS)
    if name == "min-idle-time":  # what lies in between would be a race
        return weighted([b"0", b"100000"], [b"-1", b"x"])
    if name == "cursor":
        return st.just(b"0")
    if name == "destination-db":
        return weighted([b"0", b"1"], [b"99", b"x"])
    if name in ("longitude", "latitude", "radius", "width", "height"):
        return weighted([b"13.3", b"15.08", b"37.5", b"38.1", b"200", b"-20", b"0"], ODD_FLOATS)
    if argument.type == "integer":
        return weighted(INTEGERS, ODD_INTEGERS)
    if argument.type == "unix-time":
        return weighted([b"1", b"33177117420", b"1704067260000", b"0", b"-5"], ODD_INTEGERS)
    if argument.type == "double":
        return weighted(FLOATS, ODD_FLOATS)
    if argument.type == "pattern":
        return st.sampled_from(PATTERNS)
    if name == "encoding":
        return weighted([b"u8", b"i8", b"u1", b"i64", b"u63", b"i5"], [b"u64", b"i65", b"x8", b"u0"])
    return st.sampled_from(MEMBERS)


def weighted(usual: list[bytes], odd: list[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly the usual, sometimes the odd."""
    return st.sampled_from(usual * 4 + odd)


@cache
def random_command(
    leave_out: frozenset[str] = frozenset(), version: tuple[int, int] = DEFAULT
) -> st.SearchStrategy[list[bytes]]:
    """One call of any playable command."""
    return st.sampled_from([each for each in playable(version) if each.name not in leave_out]).flatmap(call_of)


@cache
def call_of(command: Command) -> st.SearchStrategy[list[bytes]]:
    """One call of this command."""
    words = command.full_name.encode().split()
    return arguments_of(command).map(lambda found: [*words, *found])


@cache
def arguments_of(command: Command) -> st.SearchStrategy[list[bytes]]:
    return SPELT_OUT[command.name]() if command.name in SPELT_OUT else together(command.arguments)


def flat(*parts: st.SearchStrategy[list[bytes]]) -> st.SearchStrategy[list[bytes]]:
    return st.tuples(*parts).map(lambda found: [word for part in found for word in part])


def some(*choices: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    return st.sampled_from(choices)


def xadd_arguments() -> st.SearchStrategy[list[bytes]]:
    """An entry with an id that is no time; a good part of the ids can be added."""
    number = st.integers(1, 60)
    new_id = st.one_of(number.map(lambda ms: [b"%d-*" % ms]), number.map(lambda ms: [b"%d-%d" % (ms, ms % 3)]))
    trim = flat(
        some([b"MAXLEN"], [b"MINID"]), some([], [b"~"], [b"="]), some(*([each] for each in [*IDS[:5], b"0", b"2"])),
        some([], [], [b"LIMIT", b"0"], [b"LIMIT", b"2"]),
    )  # fmt: skip
    fields = st.one_of(
        st.sampled_from(MEMBERS).map(lambda value: [b"f", value]),
        st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=6),
    )
    return flat(
        some(*([key] for key in KEYS)), some([], [], [], [], [b"NOMKSTREAM"]), st.one_of(some([]), some([]), trim),
        new_id, fields,
    )  # fmt: skip


def streams(symbol: bytes) -> st.SearchStrategy[list[bytes]]:
    """STREAMS with one or two keys and their ids."""
    ids = weighted([symbol, symbol, b"0", *IDS], ODD_IDS)
    pairs = st.lists(st.tuples(st.sampled_from(KEYS), ids), min_size=1, max_size=2)
    return pairs.map(lambda found: [b"STREAMS", *(key for key, _ in found), *(each for _, each in found)])


def xread_arguments() -> st.SearchStrategy[list[bytes]]:
    return flat(some([], [], [b"COUNT", b"1"], [b"COUNT", b"0"], [b"COUNT", b"x"], [b"NOACK"]), streams(b"$"))


def xreadgroup_arguments() -> st.SearchStrategy[list[bytes]]:
    return flat(
        st.just([b"GROUP"]), some(*([each] for each in GROUPS)), some([b"x"], [b"y"]),
        some([], [], [b"COUNT", b"1"], [b"NOACK"]), streams(b">"),
    )  # fmt: skip


def script_arguments(what: list[bytes]) -> Callable[[], st.SearchStrategy[list[bytes]]]:
    """Keys and arguments in the right number; the arguments are a command, as some scripts take them for one."""
    def arguments() -> st.SearchStrategy[list[bytes]]:
        keys = st.lists(st.sampled_from(KEYS), max_size=2).map(lambda found: [b"%d" % len(found), *found])
        inner = st.sampled_from([each for each in playable() if in_scripts(each)])
        rest = st.one_of(inner.flatmap(call_of), st.lists(st.sampled_from(MEMBERS), max_size=3))
        return flat(some(*([each] for each in what)), st.one_of(keys, keys, keys, some([b"x"], [b"-1"], [b"9"])), rest)

    return arguments


def in_scripts(command: Command) -> bool:
    """Whether random scripts call it: what SORT makes of a set would depend on the order of a hash table."""
    return command.group in IN_SCRIPTS and command.name not in BY_LUCK | {"sort", "sort_ro"}


IN_SCRIPTS = {"string", "list", "hash", "set", "sorted-set", "stream", "generic", "geo", "bitmap", "hyperloglog"}
FUNCTIONS = [b"f", b"g", b"h", b"F", b"nothing"]
# Calls that the tree of arguments would give an id made from the time, or that would wait or mean nothing.
SPELT_OUT = {
    "xadd": xadd_arguments, "xread": xread_arguments, "xreadgroup": xreadgroup_arguments,
    "eval": script_arguments(SCRIPTS), "eval_ro": script_arguments(SCRIPTS),
    "evalsha": script_arguments(DIGESTS), "evalsha_ro": script_arguments(DIGESTS),
    "fcall": script_arguments(FUNCTIONS), "fcall_ro": script_arguments(FUNCTIONS),
}  # fmt: skip


@st.composite
def random_commands(
    draw: st.DrawFn, min_size: int = 1, max_size: int = 30, leave_out: frozenset[str] = frozenset()
) -> list[list[bytes]]:
    """Some calls one after the other; now and then one that sweeps a database away."""
    usual = random_command(leave_out)
    return draw(st.lists(st.one_of(*[usual] * 12, st.sampled_from(SWEEPING)), min_size=min_size, max_size=max_size))
