"""Lengths of time as people write and read them: `+1h30m`, `2 min ago`. Nothing else."""

from __future__ import annotations

import re

__all__ = ["ago", "clock_text", "offset_text", "seconds_of"]

PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(text: str) -> float | None:
    """`1h30m`, `+250ms`, `-5m` in seconds; None for what is no length of time."""
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    parts = PART.findall(digits)
    if not parts or "".join(number + unit for number, unit in parts) != digits:
        return None
    return sign * sum(float(number) * SECONDS[unit] for number, unit in parts)


def offset_text(seconds: float) -> str:
    """How far a clock is ahead, briefly: `+61s`, `-5m`, `+1d2h`; nothing when it is not."""
    whole = round(abs(seconds))
    if not whole:
        return ""
    parts = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        if size == 60 and whole < 120:
            continue
        if whole >= size:
            parts.append(f"{whole // size}{unit}")
            whole %= size
    return ("-" if seconds < 0 else "+") + "".join(parts[:2])


def ago(milliseconds: int) -> str:
    """How long ago something was, in words."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return "just now"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def clock_text(now_ms: int) -> str:
    """An instant on the local calendar."""
    import time

    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now_ms / 1000))
    except (OverflowError, ValueError, OSError):
        return f"{now_ms} ms since 1970"
