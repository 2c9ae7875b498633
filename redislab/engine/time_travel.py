"""Going back and forth over the steps that `changes` kept: undo, redo, and what the clock and others feel of it.

Undo exchanges kept and present state, newest entry first; redo does the same the other way round. Steps that nobody
asked for (expiry found by the cron) are passed through on the way to the last command somebody gave.
"""

from __future__ import annotations

from redislab.engine.changes import MAX_VALUE_BYTES, Changes, FlushEntry, KeyEntry, Step, UndoError
from redislab.engine.clock import VirtualClock

__all__ = ["redo", "undo"]


def undo(changes: Changes) -> Step:
    """Take back the last command that changed something. Raises UndoError when there is none."""
    step = _undo_one(changes)
    while step.automatic and changes.done:
        step = _undo_one(changes)
    return step


def redo(changes: Changes) -> Step:
    """Do again what was undone last. Raises UndoError when there is nothing."""
    if not changes.undone:
        raise UndoError("nothing to redo: no command has been undone since the last change")
    step = _redo_one(changes)
    while changes.undone and changes.undone[-1].automatic:
        step = _redo_one(changes)
    return step


def _undo_one(changes: Changes) -> Step:
    if not changes.done:
        what = "the oldest step kept has been reached" if changes.count else "no command has changed anything yet"
        raise UndoError(f"nothing to undo: {what}")
    step = changes.done[-1]
    if step.too_big is not None:
        raise UndoError(
            f"cannot undo step {step.number}: the value of {step.too_big.decode(errors='replace')!r} was larger "
            f"than {MAX_VALUE_BYTES >> 20} MB, so no copy was kept"
        )
    changes.done.pop()
    changes.bytes -= step.held
    _set_clock(changes, step, before=True)
    for entry in reversed(step.entries):
        entry.swap(changes.engine)
    changes.undone.append(step)
    _tell(changes, step)
    return step


def _redo_one(changes: Changes) -> Step:
    step = changes.undone.pop()
    _set_clock(changes, step, before=False)
    for entry in step.entries:
        entry.swap(changes.engine)
    changes.done.append(step)
    changes.bytes += step.held
    _tell(changes, step)
    return step


def _set_clock(changes: Changes, step: Step, *, before: bool) -> None:
    """Set a virtual clock as undo (or redo) of a step needs it.

    A moved clock goes back to where it was. A key that expired within the step can only come back to a time before
    its end, so the clock goes there.
    """
    clock = changes.engine.clock
    if not isinstance(clock, VirtualClock):
        return
    if step.clock_before is not None:
        if before:
            step.clock_after = clock.state
            clock.state = step.clock_before
        else:
            clock.state = step.clock_after
    keys = [entry for entry in step.entries if isinstance(entry, KeyEntry)]
    expired = [entry for entry in keys if entry.expired or entry.fields_expired]
    ends = [end for entry in expired if (end := entry.fields_expired or entry.expires)]
    if before and ends and min(ends) * 1_000_000 <= clock.now_ns():
        clock.set((min(ends) - 1) * 1_000_000)
    elif not before and expired:
        clock.set(max(clock.now_ns(), step.at_ms * 1_000_000))
    changes.engine.follow_clock()


def _tell(changes: Changes, step: Step) -> None:
    """Others feel it too: transactions that watch a key of the step are spoiled, waiting clients may be served.

    Clients that track keys are told, as of any change.
    """
    engine = changes.engine
    engine.fresh = None
    for db in engine.databases:
        db.refresh()
    for entry in step.entries:
        if isinstance(entry, KeyEntry):
            for session in engine.watchers.get((entry.database, entry.key), ()):
                session.spoiled = True
            if entry.key in engine.databases[entry.database].values:
                engine.blocking.key_ready(entry.database, entry.key)
            if engine.tracking.on:
                engine.tracking.key_changed(entry.key, by_itself=True)
        else:
            for watching in engine.watchers.values():
                for session in watching:
                    session.spoiled = True
            if isinstance(entry, FlushEntry):
                engine.tracking.flushed()
    engine.tracking.broadcast()
