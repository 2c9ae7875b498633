"""Values from what Redis saved, in the forms of 7.0 and of all versions before it.

Encodings are decided as Redis decides them when it loads: by the limits that hold now, not by those of the saving
server. Whatever is not as it must be raises RdbError; nothing is believed that the bytes do not show.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from redislab.rdb.listpack import is_integer_text, read_intset, read_listpack
from redislab.rdb.old_forms import read_ziplist, read_zipmap
from redislab.rdb.stream_form import load_stream
from redislab.rdb.strings import RdbError, Source
from redislab.values.base import Limits, Value
from redislab.values.hash import Hash
from redislab.values.list import List
from redislab.values.numbers import parse_float, parse_int64
from redislab.values.set import Set
from redislab.values.sorted_set import SortedSet
from redislab.values.string import String

__all__ = ["EmptyValue", "loaded_value"]

DOUBLE = Struct("<d").unpack
PLAIN_NODE, PACKED_NODE = 1, 2
STREAM_FORMS = (15, 19)


class EmptyValue(RdbError):
    """A collection without elements: no such key can be. A file's other keys are fine."""


def loaded_value(kind: int, source: Source, limits: Limits) -> Value:
    """Read a value whose type has this number. Raises RdbError."""
    if kind in STREAM_FORMS:
        return load_stream(source, kind)
    read = READERS.get(kind)
    if read is None and (later := LATER_READERS.get(kind)) is not None and limits.rdb_version >= later[0]:
        read = later[1]
    if read is None:
        raise RdbError(f"a value has the type {kind}, which Redis 7.0 does not know")
    value = read(source, limits)
    if value.is_empty():
        raise EmptyValue("a collection is empty")
    return value


def load_string(source: Source, limits: Limits) -> String:
    return String(source.string())


# -- lists -------------------------------------------------------------------------------------------------------


def load_list(source: Source, limits: Limits) -> List:
    return List.from_elements([source.string() for _ in range(source.length())])


def load_list_ziplist(source: Source, limits: Limits) -> List:
    return List.from_elements(read_ziplist(source.string()))


def load_quicklist_of_ziplists(source: Source, limits: Limits) -> List:
    return List.from_elements([each for _ in range(source.length()) for each in read_ziplist(source.string())])


def load_quicklist(source: Source, limits: Limits) -> List:
    elements: list[bytes] = []
    counts: list[int] = []
    sizes: list[int] = []
    for _ in range(source.length()):
        kind, text = source.length(), source.string()
        if kind not in (PACKED_NODE, PLAIN_NODE):
            raise RdbError("a node of a quicklist is of no known form")
        found = read_listpack(text) if kind == PACKED_NODE else [text]
        elements += found
        counts.append(len(found))
        sizes.append(len(text))
    return List.from_nodes(elements, counts, sizes, limits.list_max_listpack_size)


# -- sets --------------------------------------------------------------------------------------------------------


def load_set(source: Source, limits: Limits) -> Set:
    count = source.length()
    members = [source.string() for _ in range(count)]
    return as_set(members, intset=count <= limits.set_max_intset_entries and all(map(is_integer_text, members)))


def load_set_listpack(source: Source, limits: Limits) -> Set:
    return as_set(read_listpack(source.string()), intset=False)


def load_intset(source: Source, limits: Limits) -> Set:
    members = read_intset(source.string())
    return as_set(members, intset=len(members) <= limits.set_max_intset_entries)


def as_set(members: list[bytes], *, intset: bool) -> Set:
    found = Set.restored(members, intset=intset)
    if len(found) != len(members):
        raise RdbError("a set has a member twice")
    return found


# -- hashes ------------------------------------------------------------------------------------------------------


def load_hash(source: Source, limits: Limits) -> Hash:
    return as_hash([source.string() for _ in range(2 * source.length())], limits, by_length=True)


def load_hash_listpack(source: Source, limits: Limits) -> Hash:
    return as_hash(read_listpack(source.string()), limits)


def load_hash_ziplist(source: Source, limits: Limits) -> Hash:
    return as_hash(read_ziplist(source.string()), limits)


def load_hash_zipmap(source: Source, limits: Limits) -> Hash:
    return as_hash(read_zipmap(source.string()), limits, by_length=True)


def as_hash(flat: list[bytes], limits: Limits, *, by_length: bool = False) -> Hash:
    """A hash of fields and values in turn. Only some forms are looked through for long ones, as Redis does."""
    if len(flat) % 2:
        raise RdbError("a hash has a field without a value")
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    if 2 * len(fields) != len(flat):
        raise RdbError("a hash has a field twice")
    small = len(fields) <= limits.hash_max_listpack_entries
    if small and by_length:
        small = max(map(len, flat), default=0) <= limits.hash_max_listpack_value
    return Hash.restored(fields, listpack=small)


def load_expiring_hash(source: Source, limits: Limits) -> Hash:
    soonest = int.from_bytes(source.take(8), "little")
    count = source.length()
    triples = [(source.length(), source.string(), source.string()) for _ in range(count)]
    return as_expiring_hash([(f, v, soonest + ttl - 1 if ttl else 0) for ttl, f, v in triples], limits)


def load_expiring_hash_listpack(source: Source, limits: Limits) -> Hash:
    source.take(8)  # the soonest time, which the fields tell as well
    flat = read_listpack(source.string())
    if len(flat) % 3:
        raise RdbError("a hash has a field without a value or a time")
    times = [parse_int64(text) for text in flat[2::3]]
    triples = [(f, v, t) for f, v, t in zip(flat[::3], flat[1::3], times, strict=True) if t is not None and t >= 0]
    if len(triples) < len(times):
        raise RdbError("a time of a hash's field is no number")
    return as_expiring_hash(triples, limits)


def as_expiring_hash(triples: list[tuple[bytes, bytes, int]], limits: Limits) -> Hash:
    """A hash of fields, values and times in ms since 1970, 0 for none."""
    from redislab.values.hash_expiring import ExpiringHash  # only later versions have such hashes

    flat = [part for field, value, _ in triples for part in (field, value)]
    found = ExpiringHash.of(as_hash(flat, limits, by_length=True))
    for field, _, when in triples:
        if when:
            found.expire(field, when)
    return found


# -- sorted sets -------------------------------------------------------------------------------------------------


def load_sorted_set(source: Source, limits: Limits) -> SortedSet:
    names, scores = [], []
    for _ in range(source.length()):
        names.append(source.string())
        scores.append(DOUBLE(source.take(8))[0])
    return as_sorted_set(names, scores, limits, by_length=True)


def load_old_sorted_set(source: Source, limits: Limits) -> SortedSet:
    names, scores = [], []
    for _ in range(source.length()):
        names.append(source.string())
        scores.append(old_score(source))
    return as_sorted_set(names, scores, limits, by_length=True)


def old_score(source: Source) -> float:
    """A score as text, with a byte for its length or for what is no number of digits."""
    size = source.byte()
    if size >= 253:
        return {253: float("nan"), 254: float("inf"), 255: float("-inf")}[size]
    return score_of(source.take(size))


def load_sorted_set_listpack(source: Source, limits: Limits) -> SortedSet:
    return sorted_set_of_flat(read_listpack(source.string()), limits)


def load_sorted_set_ziplist(source: Source, limits: Limits) -> SortedSet:
    return sorted_set_of_flat(read_ziplist(source.string()), limits)


def sorted_set_of_flat(flat: list[bytes], limits: Limits) -> SortedSet:
    if len(flat) % 2:
        raise RdbError("a sorted set has a member without a score")
    return as_sorted_set(flat[::2], list(map(score_of, flat[1::2])), limits)


def score_of(text: bytes) -> float:
    score = parse_float(text)
    if score is None:
        raise RdbError("a score is no number")
    return score


def as_sorted_set(names: list[bytes], scores: list[float], limits: Limits, *, by_length: bool = False) -> SortedSet:
    """A sorted set of members in any order."""
    if any(score != score for score in scores):
        raise RdbError("a score is not a number")
    small = len(names) <= limits.zset_max_listpack_entries
    if small and by_length:
        small = max(map(len, names), default=0) <= limits.zset_max_listpack_value
    pairs = sorted(zip(scores, names, strict=True))
    found = SortedSet.restored([name for _, name in pairs], [score for score, _ in pairs], listpack=small)
    if len(found) != len(names):
        raise RdbError("a sorted set has a member twice")
    return found


READERS: dict[int, Callable[[Source, Limits], Value]] = {
    0: load_string,
    1: load_list,
    2: load_set,
    3: load_old_sorted_set,
    4: load_hash,
    5: load_sorted_set,
    9: load_hash_zipmap,
    10: load_list_ziplist,
    11: load_intset,
    12: load_sorted_set_ziplist,
    13: load_hash_ziplist,
    14: load_quicklist_of_ziplists,
    16: load_hash_listpack,
    17: load_sorted_set_listpack,
    18: load_quicklist,
}
LATER_READERS: dict[int, tuple[int, Callable[[Source, Limits], Value]]] = {
    20: (11, load_set_listpack),
    21: (11, lambda source, limits: load_stream(source, 21)),
    24: (12, load_expiring_hash),
    25: (12, load_expiring_hash_listpack),
}
"""What came after 7.0, with the version of the format."""
