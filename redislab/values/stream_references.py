"""What becomes of entries of a stream that groups still refer to, when they are to go.

A group refers to an entry that it has pending, and to every one that it has not been given yet. KEEPREF removes the
entry and leaves what is pending; DELREF takes it off all pending lists as well; ACKED removes only what no group refers
to. Ids are numbers, as in the stream.
"""

from __future__ import annotations

from redislab.values.stream import Stream

__all__ = ["ACKED", "DELREF", "KEEPREF", "LOOKS_AT_EACH", "POLICIES", "forget", "may_go", "referred", "trim_with"]

KEEPREF, DELREF, ACKED = b"KEEPREF", b"DELREF", b"ACKED"
POLICIES = frozenset((KEEPREF, DELREF, ACKED))
LOOKS_AT_EACH = frozenset((DELREF, ACKED))
"""Those for which an entry does not just go with its node."""


def referred(value: Stream, entry_id: int) -> bool:
    """Whether a group has an entry pending, or has still to be given it."""
    groups = value.groups_as_kept()
    if not groups:
        return False
    if value.least_read is None:
        value.least_read = min(group.last_id for group in groups)
    return entry_id > value.least_read or any(entry_id in group.pending.held for group in groups)


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
    return value.trim_each(lambda entry_id: may_go(value, policy, entry_id), most, below or 0)
