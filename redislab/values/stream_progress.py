"""How far a group has come in a stream, as Redis reckons since 7.4; how 7.0 does stands in `Stream`.

A deleted entry that a group has still before it makes the number of entries read uncertain, from wherever it is seen.
Since 8.2 what was trimmed away counts as well. Ids are numbers, as in the stream.
"""

from __future__ import annotations

from redislab.values.stream import Stream
from redislab.values.stream_groups import Group

__all__ = ["advance", "lag"]


def has_gaps(stream: Stream, start: int) -> bool:
    """Whether XDEL has removed an entry from this id on."""
    return bool(len(stream) and stream.deleted_id and start <= stream.deleted_id)


def entries_up_to(stream: Stream, entry_id: int) -> int | None:
    """How many entries were ever added up to an id, as far as the counters tell: None if they do not."""
    behind_gap = 0 < entry_id < stream.deleted_id
    if stream.added and behind_gap and (len(stream) or entry_id > stream.last_id):
        return None
    return stream.entries_up_to(entry_id)


def lag(stream: Stream, group: Group, *, trims: bool) -> int | None:
    """How many entries a group has still to read, None if that cannot be told."""
    if not stream.added:
        return 0
    if trims:
        if not len(stream):
            return 0
        if group.last_id < stream.first_id and stream.deleted_id < stream.first_id:
            return len(stream)
    read = group.entries_read
    if read is None or has_gaps(stream, group.last_id):
        read = entries_up_to(stream, group.last_id)
    return None if read is None else stream.added - read


def advance(stream: Stream, group: Group, entry_id: int, *, trims: bool) -> None:
    """Note that a group was given an entry, if that is further on than it had come."""
    if entry_id <= group.last_id:
        return
    known = group.entries_read is not None and not has_gaps(stream, group.last_id)
    if known and not (trims and group.last_id < stream.first_id):
        group.entries_read = (group.entries_read or 0) + 1
    elif stream.added:
        group.entries_read = entries_up_to(stream, entry_id)
    stream.move_group(group, entry_id)
