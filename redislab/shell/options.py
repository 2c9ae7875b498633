"""What was asked for on the command line, as the rest of the shell sees it. arguments.py reads it from the words."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Options"]


@dataclass
class Options:
    """What was asked for on the command line."""

    db: int = 0
    protocol: int = 2
    form: str = ""
    """A form of show.FORMS, "friendly", or "" for what suits where the output goes."""
    delimiter: bytes = b"\n"
    end: bytes = b"\n"
    repeat: int = 1
    """How often; -1 for ever."""
    interval: float = 0.0
    last_from_stdin: bool = False
    tag: str | None = None
    """The argument that stands for what comes from stdin."""
    memory: bool = False
    plain: bool = False
    completion: bool = True
    hints: bool = True
    warnings: bool = True
    pipes: bool = True
    command: list[str] = field(default_factory=list)
