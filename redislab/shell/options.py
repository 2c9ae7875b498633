"""What was asked for on the command line, as the rest of the shell sees it. arguments.py reads it from the words."""

from __future__ import annotations

from typing import Any

__all__ = ["Options", "tag"]


class Options:
    """What was asked for on the command line: `Options(db=1)`, all else as it stands here."""

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
    version: str = "7.0"
    """Of Redis."""
    plain: bool = False
    completion: bool = True
    hints: bool = True
    warnings: bool = True
    pipes: bool = True
    command: list[str]

    def __init__(self, **given: Any) -> None:
        unknown = given.keys() - self.__annotations__.keys()
        if unknown:
            raise TypeError(f"there are no such options: {', '.join(unknown)}")
        self.__dict__.update({"command": []}, **given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Options) and all(
            getattr(self, name) == getattr(other, name) for name in self.__annotations__
        )

    __hash__ = None  # type: ignore[assignment]


def tag(version: str) -> str:
    """What a prompt says of the version of Redis: nothing of the usual one."""
    return "" if version == "7.0" else f" {version}"
