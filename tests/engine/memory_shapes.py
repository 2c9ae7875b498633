"""Keys of every type and size, each as the commands that build it: what the table of measured memory is about.

Run as a program with the port of a real redis-server 7.0.15 of one's own, which it empties, this measures them all and
writes memory_usage.json: for each name the figures of MEMORY USAGE with SAMPLES 5 (the default) and SAMPLES 0.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from random import Random

TABLE = Path(__file__).with_name("memory_usage.json")
AT_ONCE = 100

Command = list[bytes]


def text(length: int, number: int = 0) -> bytes:
    """A text of a length that is no number, another one for each number."""
    return (b"%d:" % number + b"x" * length)[:length] if length > 7 else (b"x%d" % number).ljust(length, b"y")


def in_parts(words: list[Command], head: Command) -> Iterator[Command]:
    """The words of many elements behind the head of a command, a hundred elements a command."""
    for start in range(0, len(words), AT_ONCE):
        yield head + [word for element in words[start : start + AT_ONCE] for word in element]


def string(length: int, key: bytes = b"key") -> Iterator[Command]:
    yield [b"SET", key, text(length)]


def appended(times: int, length: int) -> Iterator[Command]:
    for _ in range(times):
        yield [b"APPEND", b"key", b"x" * length]


def list_of(count: int, length: int, word: bytes = b"RPUSH") -> Iterator[Command]:
    return in_parts([[text(length, number)] for number in range(count)], [word, b"key"])


def numbers(count: int, base: int, head: Command) -> Iterator[Command]:
    return in_parts([[b"%d" % (base + number)] for number in range(count)], head)


def set_of(count: int, length: int) -> Iterator[Command]:
    return in_parts([[text(length, number)] for number in range(count)], [b"SADD", b"key"])


def hash_of(count: int, field: int, value: int) -> Iterator[Command]:
    return in_parts([[text(field, number), text(value, number)] for number in range(count)], [b"HSET", b"key"])


def sorted_set_of(count: int, member: int, score: Callable[[int], bytes]) -> Iterator[Command]:
    return in_parts([[score(number), text(member, number)] for number in range(count)], [b"ZADD", b"key"])


def whole(number: int) -> bytes:
    return b"%d" % (number * 7)


def broken(number: int) -> bytes:
    return repr(Random(number).random() * 1000).encode()


def stream_of(count: int, fields: int, value: int) -> Iterator[Command]:
    for number in range(count):
        words = [word for field in range(fields) for word in (b"field%d" % field, text(value, number))]
        yield [b"XADD", b"key", b"%d-1" % (1_700_000_000_000 + number), *words]


def stream_with_groups(count: int, groups: int, consumers: int) -> Iterator[Command]:
    yield from stream_of(count, 1, 10)
    for group in range(groups):
        yield [b"XGROUP", b"CREATE", b"key", b"group%d" % group, b"0"]
        for consumer in range(consumers):
            words = [b"COUNT", b"%d" % (count // consumers), b"STREAMS", b"key", b">"]
            yield [b"XREADGROUP", b"GROUP", b"group%d" % group, b"consumer%d" % consumer, *words]


def without(built: Iterator[Command], names: list[bytes], word: bytes) -> Iterator[Command]:
    """What was built, and then some elements removed, one a command."""
    yield from built
    for name in names:
        yield [word, b"key", name]


def anew(built: Iterator[Command]) -> Iterator[Command]:
    """What was built, and then copied."""
    yield from built
    yield [b"COPY", b"key", b"twin"]
    yield [b"RENAME", b"twin", b"key"]


def names(count: int, length: int, start: int = 0) -> list[bytes]:
    return [text(length, number) for number in range(start, start + count)]


def strings_changed() -> Iterator[tuple[str, list[Command]]]:
    """Strings that were changed in place."""
    for length in (0, 10, 31, 32, 44, 100, 300):
        for added in (1, 30, 100):
            yield f"string of {length} bytes and {added} appended", [*string(length), [b"APPEND", b"key", b"x" * added]]
        yield f"string of {length} bytes written at 10", [*string(length), [b"SETRANGE", b"key", b"10", b"x" * 30]]
        yield f"string of {length} bytes with a bit", [*string(length), [b"SETBIT", b"key", b"900", b"1"]]
        yield f"string of {length} bytes changed in place", [*string(length), [b"SETRANGE", b"key", b"0", b"y"]]
        bits = [b"BITFIELD", b"key", b"SET", b"u8", b"600", b"7"]
        yield f"string of {length} bytes with a field, copied", list(anew(iter([*string(length), bits])))
    yield "string of 20 bytes written at once", [[b"SETRANGE", b"key", b"17", b"end"]]
    yield "string counted up from 9,999", [[b"SET", b"key", b"9999"], [b"INCR", b"key"]]


def tables_changed() -> Iterator[tuple[str, Iterator[Command]]]:
    """Sets, hashes and sorted sets that lost elements: how many they had, and how many are left."""
    for count, left in ((40, 20), (200, 30), (513, 256), (600, 590), (1000, 103), (1000, 101), (1000, 60), (3000, 500)):
        gone = names(count - left, 12)
        what = f"{count:,} of which {left} are left"
        yield f"set of {what}", without(set_of(count, 12), gone, b"SREM")
        yield f"hash of {what}", without(hash_of(count, 12, 12), gone, b"HDEL")
        yield f"sorted set of {what}", without(sorted_set_of(count, 12, whole), gone, b"ZREM")
        yield f"set of {what}, copied", anew(without(set_of(count, 12), gone, b"SREM"))
        yield f"hash of {what}, copied", anew(without(hash_of(count, 12, 12), gone, b"HDEL"))
        yield f"sorted set of {what}, copied", anew(without(sorted_set_of(count, 12, whole), gone, b"ZREM"))
        yield f"set of {what} after SMOVE", chain(set_of(count, 12), ([b"SMOVE", b"key", b"b", one] for one in gone))
        ranks = [b"ZREMRANGEBYRANK", b"key", b"0", b"%d" % (count - left - 1)]
        yield f"sorted set of {what} at once", chain(sorted_set_of(count, 12, whole), [ranks])
        pops = [[b"ZPOPMIN", b"key"]] * len(gone)
        yield f"sorted set of {what} after ZPOPMIN", chain(sorted_set_of(count, 12, whole), pops)
    yield "set of 1,000 that shrank and grew", chain(
        without(set_of(1000, 12), names(950, 12), b"SREM"), ([b"SADD", b"key", name] for name in names(300, 12, 2000))
    )
    yield "set of 300 integers and a word", chain(numbers(300, 0, [b"SADD", b"key"]), [[b"SADD", b"key", b"word"]])
    long = [[b"HSET", b"key", b"long", b"x" * 65]]
    yield "hash of 300 with a long value in the end", chain(hash_of(300, 10, 10), long)
    yield "hash of 513 with a long value in the middle", chain(hash_of(300, 10, 10), long, hash_of(512, 10, 10))


def lists_changed() -> Iterator[tuple[str, Iterator[Command]]]:
    """Lists whose middle was changed."""
    for count, length in ((100, 20), (60, 900), (500, 60), (1500, 30)):
        what = f"{count:,} elements of {length} bytes"
        some = Random(count).sample(names(count, length), count // 3)
        yield f"list of {what}, a third removed", chain(
            list_of(count, length), ([b"LREM", b"key", b"1", name] for name in some)
        )
        for number in (1, 30):
            around = some[:number]
            yield f"list of {what}, {number} inserted before", chain(
                list_of(count, length), ([b"LINSERT", b"key", b"BEFORE", name, b"n" * length] for name in around)
            )
            yield f"list of {what}, {number} inserted after", chain(
                list_of(count, length), ([b"LINSERT", b"key", b"AFTER", name, b"n" * length] for name in around)
            )
            places = range(count // 3, count // 3 + number)
            yield f"list of {what}, {number} made longer", chain(
                list_of(count, length), ([b"LSET", b"key", b"%d" % place, b"l" * 300] for place in places)
            )
        yield f"list of {what}, changed, cut and pushed to", chain(
            list_of(count, length),
            ([b"LINSERT", b"key", b"AFTER", name, b"n" * length] for name in some[:20]),
            [[b"LTRIM", b"key", b"%d" % (count // 10), b"-%d" % (count // 10)]],
            list_of(count // 5, length, b"LPUSH"),
            [[b"LPOP", b"key"], [b"RPOP", b"key"]] * (count // 10),
            list_of(count // 4, length),
        )


def streams_changed() -> Iterator[tuple[str, Iterator[Command]]]:
    """Streams that lost entries."""
    for count in (3, 40, 250):
        ids = [b"%d-1" % (1_700_000_000_000 + number) for number in range(0, count, 2)]
        yield f"stream of {count} of which every other was deleted", without(stream_of(count, 2, 10), ids, b"XDEL")
        yield f"stream of {count}, copied", anew(stream_of(count, 2, 10))
        yield f"stream of {count}, trimmed", chain(
            stream_of(count, 2, 10), [[b"XTRIM", b"key", b"MAXLEN", b"%d" % (count // 2)]]
        )


def shapes() -> dict[str, list[Command]]:
    """Every shape by its name."""
    found: dict[str, Iterator[Command]] = {}
    for name, commands in chain(strings_changed(), tables_changed(), lists_changed(), streams_changed()):
        found[name] = iter(commands)
    for length in (0, 1, 5, 12, 13, 31, 32, 44, 45, 60, 64, 100, 128, 255, 256, 500, 1000, 4096, 10_000, 40_000, 10**6):
        found[f"string of {length:,} bytes"] = string(length)
    for length in (1, 10, 30, 31, 40, 100, 300, 5000):
        found[f"key of {length:,} bytes"] = string(10, b"k" * length)
    for number in (7, 10_000, 1 << 62):
        found[f"string {number}"] = iter([[b"SET", b"key", b"%d" % number]])
    found["string counted up"] = iter([[b"INCR", b"key"]] * 10)
    found["string with a time to live"] = iter([[b"SET", b"key", b"value", b"EX", b"1000"]])
    for times, length in ((2, 10), (10, 10), (100, 100), (3, 100_000), (2, 10**6)):
        found[f"string of {times} times {length:,} bytes appended"] = appended(times, length)
    for bit in (7, 1000, 100_000, 10**6):
        found[f"bitmap of {bit:,} bits at once"] = iter([[b"SETBIT", b"key", b"%d" % bit, b"1"]])
    found["bitmap bit by bit"] = iter([[b"SETBIT", b"key", b"%d" % bit, b"1"] for bit in range(0, 50_000, 97)])
    found["string written at 1000"] = iter([[b"SETRANGE", b"key", b"1000", b"end"]])
    for count in (1, 10, 100, 1000, 50_000):
        found[f"HyperLogLog of {count:,}"] = numbers(count, 0, [b"PFADD", b"key"])
    for count in (1, 5, 20, 100, 128, 129, 1000, 10_000, 100_000):
        for length in (5, 20, 100):
            if count * length <= 2_000_000:
                found[f"list of {count:,} elements of {length} bytes"] = list_of(count, length)
        found[f"list of {count:,} numbers"] = numbers(count, 1000, [b"RPUSH", b"key"])
    found["list of 1,000 elements pushed left"] = list_of(1000, 20, b"LPUSH")
    found["list of 30 elements of 3,000 bytes"] = list_of(30, 3000)
    found["list of 20 elements of 10,000 bytes"] = list_of(20, 10_000)
    found["list of 3 elements of 100,000 bytes"] = list_of(3, 100_000)
    for count in (1, 10, 100, 512, 513, 1000, 20_000):
        found[f"set of {count:,} small integers"] = numbers(count, 0, [b"SADD", b"key"])
        found[f"set of {count:,} integers of 32 bits"] = numbers(count, 1 << 20, [b"SADD", b"key"])
        found[f"set of {count:,} integers of 64 bits"] = numbers(count, 1 << 50, [b"SADD", b"key"])
    for count in (1, 3, 4, 5, 8, 9, 16, 17, 20, 33, 64, 100, 128, 129, 150, 200, 600, 1000, 1100, 10_000, 100_000):
        found[f"set of {count:,} members of 12 bytes"] = set_of(count, 12)
    for length in (5, 30, 40, 200, 2000):
        found[f"set of 300 members of {length} bytes"] = set_of(300, length)
    for count in (1, 3, 10, 50, 128, 512, 513, 600, 700, 1000, 1024, 1025, 1200, 1500, 5000, 100_000):
        found[f"hash of {count:,} fields of 10 and 10 bytes"] = hash_of(count, 10, 10)
    for value in (1, 30, 64, 65, 100, 1000):
        found[f"hash of 20 fields of 8 and {value} bytes"] = hash_of(20, 8, value)
        found[f"hash of 2,000 fields of 8 and {value} bytes"] = hash_of(2000, 8, value)
    found["hash of a field of 100,000 bytes"] = hash_of(1, 8, 100_000)
    for count in (1, 5, 20, 64, 128, 129, 150, 200, 300, 1000, 1500, 5000, 100_000):
        found[f"sorted set of {count:,} with whole scores"] = sorted_set_of(count, 10, whole)
        found[f"sorted set of {count:,} with broken scores"] = sorted_set_of(count, 10, broken)
    for member in (3, 40, 65, 300):
        found[f"sorted set of 100 members of {member} bytes"] = sorted_set_of(100, member, whole)
    for count in (1, 5, 50, 100, 101, 250, 1000, 20_000):
        found[f"stream of {count:,} entries"] = stream_of(count, 2, 10)
    found["stream of 200 entries of 100 bytes"] = stream_of(200, 3, 100)
    found["stream of 10 entries of 3,000 bytes"] = stream_of(10, 1, 3000)
    found["stream of 5 entries with a group"] = stream_with_groups(5, 1, 1)
    found["stream of 1,000 entries with groups"] = stream_with_groups(1000, 2, 4)
    return {name: list(commands) for name, commands in found.items()}


def key_of(commands: list[Command]) -> bytes:
    """The key that a shape builds."""
    return commands[0][1]


def main(port: int) -> None:
    """Measure every shape on the real server that listens on a port, and write the table."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from real import RealClient

    table: dict[str, list[int]] = {}
    client = RealClient(("127.0.0.1", port))
    for name, commands in shapes().items():
        client.call([b"FLUSHALL", b"SYNC"])
        for start in range(0, len(commands), AT_ONCE):
            client.many(commands[start : start + AT_ONCE])
        key = key_of(commands)
        table[name] = [client.call([b"MEMORY", b"USAGE", key, b"SAMPLES", samples]) for samples in (b"5", b"0")]
    client.close()
    TABLE.write_text(json.dumps(table, indent=0).replace("[\n", "[").replace(",\n", ", ").replace("\n]", "]") + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
