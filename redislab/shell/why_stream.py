"""Why a stream command found nothing or was refused: last ids, groups, and how far they have read.

Called by why.py for the commands of streams. It reads the streams that the call names, as they are now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redislab.lab import Lab
from redislab.resp.types import ReplyError
from redislab.resp.words import word
from redislab.shell.outcome import Outcome

__all__ = ["stream_reasons"]

SEQUENCE = (1 << 64) - 1


def stream_reasons(lab: Lab, outcome: Outcome, streams: dict[bytes, Any]) -> Iterator[str]:
    """Sentences about the streams of a call (those that exist, by key), for an error or an empty reply."""
    for key, value in streams.items():
        if isinstance(outcome.reply, ReplyError):
            yield from of_error(str(outcome.reply), key, value)
        elif outcome.argv[0].upper() == b"XREADGROUP":
            yield from of_group(outcome, key, value)
        elif outcome.argv[0].upper() == b"XREAD":
            yield f"{last(key, value)}; XREAD shows what comes after the id given."


def id_text(entry_id: int) -> str:
    return f"{entry_id >> 64}-{entry_id & SEQUENCE}"


def last(key: bytes, value: Any) -> str:
    if not len(value):
        return f"{word(key)} has no entries now; its last id is {id_text(value.last_id)}"
    return f"The last entry of {word(key)} has the id {id_text(value.greatest_id())}"


def of_error(text: str, key: bytes, value: Any) -> Iterator[str]:
    if "equal or smaller" in text:
        yield (
            f"The last id of {word(key)} is {id_text(value.last_id)}, and ids only grow. With * the server makes one"
            " that is greater."
        )
    elif text.startswith("NOGROUP"):
        names = [word(group.name) for group in value.groups()]
        some = f"the group{'s' if len(names) > 1 else ''} {', '.join(names)}"
        yield f"{word(key)} has {some if names else 'no groups yet; XGROUP CREATE makes one'}."
    elif text.startswith("BUSYGROUP"):
        yield "A group of that name is there already. XGROUP SETID moves it to another id, XGROUP DESTROY removes it."


def of_group(outcome: Outcome, key: bytes, value: Any) -> Iterator[str]:
    """A group that has nothing new, or a consumer that has nothing pending."""
    places = [place for place, each in enumerate(outcome.argv) if each.upper() == b"GROUP"]
    group = value.view_group(outcome.argv[places[0] + 1]) if places else None
    if group is None:
        return
    count = len(group.pending)
    yield (
        f"{last(key, value)}, and group {word(group.name)} was given all up to {id_text(group.last_id)}."
        f" {count:,} of its entries {'is' if count == 1 else 'are'} not acknowledged."
    )
