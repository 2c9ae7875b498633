"""How what a step changed is drawn: styled lines. The comparison itself is in redislab.changes_view."""

from __future__ import annotations

from redislab.changes_view import changes_in_short
from redislab.lab import Lab, Step
from redislab.shell.theme import Line, wide

__all__ = ["change_lines"]

STYLES = {"+": "added", "~": "changed", "-": "gone"}
MOST_LINES = 40


def change_lines(lab: Lab, step: Step, width: int, *, clock: bool = True) -> list[Line]:
    """The changes of a step, one line each or a few; the sign in front says what the colour says.

    Without `clock` it is not told that the clock was moved.
    """
    changes = [change for change in changes_in_short(lab, step) if clock or change.kind != "clock"]
    texts = [text for change in changes for text in change.lines()]
    lines: list[Line] = []
    style = ""
    for text in texts[:MOST_LINES]:
        style = STYLES.get(text[:1], style)
        lines.append([(style, cut(text, width))])
    if len(texts) > MOST_LINES:
        lines.append([("dim", f"… and {len(texts) - MOST_LINES:,} more lines")])
    return lines


def cut(text: str, width: int) -> str:
    """A text that fits into two lines of the terminal."""
    room = 2 * width - 2
    return text if wide(text) <= room else text[: room - 1] + "…"
