"""Explains a reply from the data as it is: why nil, why 0, why WRONGTYPE, and which step made it so.

Owns the reasoning. What a reply means in general comes from the command's declaration, what happened to a key from the
recorded steps. It never runs a command and touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from redislab.changes_view import key_history, shown
from redislab.lab import Lab, Step
from redislab.resp.types import BLOCKED, NullArray, ReplyError, Simple
from redislab.resp.words import join, word
from redislab.shell.grammar import locate
from redislab.shell.inspect_key import UNITS, amount, encoding_sentences, size
from redislab.shell.spans import ago, clock_text
from redislab.shell.suggest import KINDS

if TYPE_CHECKING:
    from redislab.shell.outcome import Outcome

__all__ = ["explain"]

MOST_COMPARED = 2000


def explain(lab: Lab, outcome: Outcome) -> list[str]:
    """Sentences about the last reply of a client, most telling first; each is a paragraph."""
    reply = outcome.reply
    if reply is BLOCKED:
        return [f"{join(outcome.argv)} waits: none of its keys has anything for it yet."]
    found = list(of_error(lab, outcome) if isinstance(reply, ReplyError) else of_reply(lab, outcome))
    return found or ["There is nothing more to say about that reply."]


# --- errors


def of_error(lab: Lab, outcome: Outcome) -> Iterator[str]:
    text = str(outcome.reply)
    if text.startswith("WRONGTYPE"):
        yield from wrong_type(lab, outcome)
    elif "not an integer" in text or "not a valid float" in text or "not a float" in text:
        yield from no_number(lab, outcome)
    elif "no such key" in text:
        yield from absent_keys(lab, outcome)
    elif text.startswith("EXECABORT"):
        yield "A command was refused while the transaction was being queued, so EXEC ran none of them."
    elif outcome.command is not None and ("wrong number of arguments" in text or "syntax error" in text):
        yield f"Usage: {outcome.command.usage}"
        yield from misplaced(lab, outcome)
    elif text.startswith(("ERR unknown command", "ERR unknown subcommand")):
        from redislab.shell.help import advice

        yield f"{text.split(',')[0].removeprefix('ERR ').capitalize()}. {advice(lab.commands, outcome)}".strip()
    elif reasons := of_streams(lab, outcome):
        yield from reasons
    elif outcome.command is not None:
        yield f"Usage: {outcome.command.usage}"


def of_streams(lab: Lab, outcome: Outcome) -> list[str]:
    """What there is to say about the streams that a call of their group names."""
    if outcome.command is None or outcome.command.group != "stream":
        return []
    from redislab.shell.why_stream import stream_reasons

    held = {key: present(lab, outcome.db, key) for key in keys_of(outcome)}
    streams = {key: value for key, value in held.items() if value is not None and value.type == "stream"}
    return list(stream_reasons(lab, outcome, streams))


def wrong_type(lab: Lab, outcome: Outcome) -> Iterator[str]:
    wanted = KINDS.get(outcome.command.group, "") if outcome.command is not None else ""
    for key in keys_of(outcome):
        value = present(lab, outcome.db, key)
        if value is None or value.type == wanted:
            continue
        name = outcome.argv[0].decode("latin-1").upper()
        wants = f", and {name} works on {article(wanted)}" if wanted else ""
        yield f"{word(key)} holds {article(value.type)}{wants}."
        yield origin(lab, outcome.db, key, value.type)
        group = next((group for group, kind in KINDS.items() if kind == value.type), value.type)
        yield f"`help @{group}` lists the commands for it; `:peek {word(key)}` shows it."
        return


def no_number(lab: Lab, outcome: Outcome) -> Iterator[str]:
    for key in keys_of(outcome):
        value = present(lab, outcome.db, key)
        if value is not None and value.type == "string" and not numeric(value.get()):
            yield f"{word(key)} holds {shown(value.data)}, which is no number in the way Redis reads one."
            yield origin(lab, outcome.db, key, "")
            return
        if value is not None and value.type == "hash" and len(outcome.argv) > 2:
            content = value.get(outcome.argv[2])
            if content is not None and not numeric(content):
                yield f"The field {word(outcome.argv[2])} of {word(key)} holds {shown(content)}, which is no number."
                return
    yield from misplaced(lab, outcome)
    if outcome.command is not None:
        yield f"Usage: {outcome.command.usage}"


def misplaced(lab: Lab, outcome: Outcome) -> Iterator[str]:
    """The first word that the usage line has no place for."""
    place = locate(lab.commands, outcome.argv)
    if place is not None and None in place.taken:
        at = place.taken.index(None)
        yield f"{shown(outcome.argv[place.offset + at])} is the first word that does not fit there."


def numeric(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()


# --- replies


def of_reply(lab: Lab, outcome: Outcome) -> Iterator[str]:
    reply, command = outcome.reply, outcome.command
    if isinstance(reply, Simple) and reply == "QUEUED":
        yield "The client is inside MULTI: the command runs at EXEC."
        return
    empty = (
        reply is None
        or isinstance(reply, NullArray)
        or (isinstance(reply, int | list | dict) and not reply)
        or reply == -2
    )
    meaning = meanings(outcome)
    if meaning:
        yield meaning
    if command is not None and command.name == "object|encoding" and isinstance(reply, bytes):
        value = present(lab, outcome.db, outcome.argv[2])
        if value is not None:
            yield from encoding_sentences(lab, value)
    if command is not None and command.name == "exec" and isinstance(reply, NullArray):
        yield "A watched key was changed after WATCH, so EXEC ran nothing. Read again and try again."
    elif empty:
        yield from absent_keys(lab, outcome)
        yield from missing_element(lab, outcome)
        yield from of_streams(lab, outcome)


def meanings(outcome: Outcome) -> str:
    """What the command's declaration says of a reply like this."""
    shape = outcome.command.reply if outcome.command is not None else None
    if shape is None:
        return ""
    shapes: Iterable[Any] = getattr(shape, "shapes", (shape,))
    texts = [one.meaning for one in shapes if one.accepts(outcome.reply) and one.meaning]
    name = outcome.command.full_name if outcome.command is not None else ""
    return f"{name} answers {short(outcome.reply)}: {'; or '.join(texts)}." if texts else ""


def short(reply: Any) -> str:
    match reply:
        case None | NullArray():
            return "nil"
        case bytes():
            return shown(reply, 30)
        case list() | dict():
            return "an empty list" if not reply else amount(len(reply), "item")
    return str(reply)


def absent_keys(lab: Lab, outcome: Outcome) -> Iterator[str]:
    for key in keys_of(outcome)[:5]:
        if present(lab, outcome.db, key) is not None:
            continue
        yield f"There is no key {word(key)} in database {outcome.db}. {fate(lab, outcome.db, key)}".rstrip()
        others = [str(db.index) for db in lab.engine.databases if key in db.values and db.index != outcome.db]
        if others:
            yield f"Database {' and '.join(others)} has one (SELECT {others[0]})."
        similar = alike(lab, outcome.db, key)
        if similar:
            yield f"There is {similar}."


def alike(lab: Lab, database: int, key: bytes) -> str:
    """A key with almost the same name, if there are few enough to look through."""
    values = lab.engine.databases[database].values
    if len(values) > MOST_COMPARED:
        return ""
    from difflib import get_close_matches

    names = {name.decode("utf-8", "replace").lower(): name for name in values}
    found = get_close_matches(key.decode("utf-8", "replace").lower(), names, 1, 0.8)
    return word(names[found[0]]) if found else ""


def missing_element(lab: Lab, outcome: Outcome) -> Iterator[str]:
    """The field or member that is not in the key, or is in it already."""
    place = locate(lab.commands, outcome.argv)
    keys = keys_of(outcome)
    value = present(lab, outcome.db, keys[0]) if keys else None
    if place is None or value is None or value.type not in ("hash", "set", "zset", "list"):
        return
    if value.type == "list":
        yield f"{word(keys[0])} is a list of {amount(len(value), 'element')}."
        return
    named = [
        given
        for given, taken in zip(outcome.argv[place.offset :], place.taken, strict=True)
        if taken is not None and taken.name in ("field", "member")
    ]
    has = [word(one) for one in named if one in value]
    lacks = [word(one) for one in named if one not in value]
    unit = UNITS[value.type]
    if lacks:
        yield f"{word(keys[0])} has {amount(size(value), unit)}, and {', '.join(lacks[:5])} is not among them."
    elif has:
        yield f"{', '.join(has[:5])} {'is' if len(has) == 1 else 'are'} in {word(keys[0])}."


# --- what happened to a key


def keys_of(outcome: Outcome) -> list[bytes]:
    """The keys that a command names."""
    if outcome.command is None:
        return []
    places = outcome.command.key_positions(outcome.argv) or []
    return [outcome.argv[place] for place in places]


def present(lab: Lab, database: int, key: bytes) -> Any:
    """The value of a key whose time is not over, untouched."""
    db = lab.engine.databases[database]
    ends = db.expires.get(key)
    return None if ends is not None and ends <= lab.now_ms else db.values.get(key)


def origin(lab: Lab, database: int, key: bytes, kind: str) -> str:
    """Which step made a key what it is."""
    for step, before, _, _ in key_history(lab, database, key):
        if before is None or (kind and before.type != kind) or not kind:
            return f"{told(lab, step)} made it so."
    return "It was so before this shell began." if lab.engine.changes is not None else ""


def fate(lab: Lab, database: int, key: bytes) -> str:
    """What became of a key that is not there."""
    db = lab.engine.databases[database]
    ends = db.expires.get(key)
    if key in db.values and ends is not None:
        return f"Its time to live was over at {clock_text(ends)}."
    for step, before, after, expired in key_history(lab, database, key):
        if before is not None and after is None:
            if expired:
                return f"Its time to live was over: it expired {ago(lab.now_ms - step.at_ms)}."
            return f"{told(lab, step)} removed it."
    return "No step of this shell has made one."


def told(lab: Lab, step: Step) -> str:
    text = step.label
    return f"Step {step.number}, {ago(lab.now_ms - step.at_ms)} ({text if len(text) <= 60 else text[:59] + '…'}),"


def article(kind: str) -> str:
    names = {"zset": "a sorted set", "string": "a string", "": "another type"}
    return names.get(kind, f"a {kind}")
