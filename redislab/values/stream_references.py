"""What becomes of entries of a stream that groups still refer to, when they are to go.

A group refers to an entry that it has pending, and to every one that it has not been given yet. KEEPREF removes the
entry and leaves what is pending; DELREF takes it off all pending lists as well; ACKED removes only what no group refers
to. Ids are numbers, as in the stream.
"""

from __future__ import annotations

from redislab.values.stream import MAX_ID, Stream

__all__ = ["ACKED", "DELREF", "KEEPREF", "LOOKS_AT_EACH", "POLICIES", "forget", "may_go", "referred", "trim_with"]

KEEPREF, DELREF, ACKED = b"KEEPREF", b"DELREF", b"ACKED"
POLICIES = frozenset((KEEPREF, DELREF, ACKED))
LOOKS_AT_EACH = frozenset((DELREF, ACKED))
"""Those for which an entry does not just go with its node."""


def referred(value: Stream, entry_id: int) -> bool:
    """Whether a group has an entry pending, or has still to be given it."""
    return any(entry_id > group.last_id or entry_id in group.pending.held for group in value.groups_as_kept())


def forget(value: Stream, entry_id: int) -> None:
    """Take an entry off the pending ones of every group."""
    if any(entry_id in group.pending.held for group in value.groups_as_kept()):
        for group in value.edit_groups():
            group.acknowledge(entry_id)


def may_go(value: Stream, policy: bytes, entry_id: int) -> bool:
    """Whether an entry may be removed; with DELREF nobody has it pending any more."""
    if policy == DELREF:
        forget(value, entry_id)
    return policy != ACKED or not referred(value, entry_id)


def trim_with(value: Stream, policy: bytes, most: int | None, below: int | None) -> int:
    """Remove the oldest entries, as far as they may go, until `most` are left or those below an id are gone."""
    gone, start, end = 0, 0, MAX_ID if below is None else below - 1
    excess = len(value) if most is None else len(value) - most
    while gone < excess and (ids := _next_stretch(value, start, end)):
        for entry_id in ids:
            if gone < excess and may_go(value, policy, entry_id):
                gone += value.remove(entry_id)
        start = ids[-1] + 1
    if gone:
        value.settle_first()
    return gone


def _next_stretch(value: Stream, start: int, end: int) -> list[int]:
    """The ids of the first node that has some from one id to another; none, if there is no such node."""
    return next((ids for ids, _ in value.stretches(start, end, MAX_ID) if ids), [])
