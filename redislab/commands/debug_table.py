"""What DEBUG can do here: each of its words with the number of arguments it takes. The words themselves are elsewhere.

DEBUG is one command and no container: which word it is given, and whether it gets along with its arguments, it finds
out itself. A word with the wrong number of arguments is unknown to it, as on the server.
"""

from __future__ import annotations

from collections.abc import Callable

from redislab.engine.session import Session
from redislab.resp.types import Reply

__all__ = ["SUBCOMMANDS", "UNSUPPORTED", "Subcommand", "subcommand"]

Handler = Callable[..., Reply]
ANY_NUMBER = 1 << 30


class Subcommand:
    """One word of DEBUG. `usage` is how HELP writes it; `least` and `most` bound the arguments after the word."""

    __slots__ = ("handler", "least", "most", "usage")

    def __init__(self, usage: str, least: int, most: int, handler: Handler) -> None:
        self.usage, self.least, self.most = usage, least, most
        self.handler = handler

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]

    def run(self, session: Session, arguments: tuple[bytes, ...]) -> Reply:
        """Answer a call whose number of arguments is right."""
        return self.handler(session, *arguments)


SUBCOMMANDS: dict[str, Subcommand] = {}
"""The words that are built, in lower case."""

_SERVERS_ONLY = """
    assert crash-and-recover leak mallctl mallctl-str oom panic restart sdslen segfault structsize
"""
UNSUPPORTED = frozenset(_SERVERS_ONLY.split())
"""The words that a real server knows and that mean nothing to an engine in one process."""


def subcommand(usage: str, least: int, most: int = -1) -> Callable[[Handler], Handler]:
    """Declare a word of DEBUG; `most` is `least` unless given. The first line of the docstring is its help."""

    def declare(handler: Handler) -> Handler:
        SUBCOMMANDS[usage.split()[0].lower()] = Subcommand(usage, least, max(least, most), handler)
        return handler

    return declare
