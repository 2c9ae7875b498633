"""LOLWUT: the version, and pictures."""

from __future__ import annotations

from redislab.commands.shapes import Text
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply, Verbatim
from redislab.values.numbers import parse_int64

GROUP = "server"

SCHOTTER = "\nGeorg Nees - schotter, plotter on paper, 1968."
SKYLINE = (
    "\nDedicated to the 8 bit game developers of past and present.\nOriginal 8 bit image from Plaguemon by hikikomori."
)


@command(
    "LOLWUT [VERSION version:int]",
    since="5.0.0",
    flags="readonly fast",
    reply=Text("a picture, if there is one, and the server's version"),
)
def lolwut(session: Session, *words: bytes) -> Reply:
    """Show the version, with a piece of computer art for some of them.

    VERSION 5 [columns [squares across [squares down]]] draws squares that fall into disorder, VERSION 6 [columns
    [rows]] a skyline in colours of the terminal. Version 7 has no picture of its own.

    > LOLWUT
    Redis ver. 7.0.15
    > LOLWUT VERSION 5
    …Georg Nees - schotter, plotter on paper, 1968. Redis ver. 7.0.15
    """
    from redislab.engine.lolwut import schotter, skyline

    version, sizes = 7, words
    if len(words) >= 2 and words[0].upper() == b"VERSION":
        version, sizes = _number(words[1]), words[2:]
    text = ""
    if version == 5:
        columns, across, down = _sizes(sizes, (66, 8, 12), (1000, 200, 200))
        text = schotter(session.engine.random, columns, across, down) + SCHOTTER + " "
    elif version == 6:
        columns, rows = _sizes(sizes, (80, 20), (1000, 1000))
        text = skyline(session.engine.random, columns, rows) + SKYLINE + " "
    return Verbatim(f"{text}Redis ver. {session.engine.redis_version}\n".encode())


def _sizes(words: tuple[bytes, ...], defaults: tuple[int, ...], most: tuple[int, ...]) -> list[int]:
    """The sizes that were asked for, within what can be drawn; the defaults for the others."""
    asked = [_number(word) for word in words[: len(defaults)]]
    sizes = [*asked, *defaults[len(asked) :]]
    return [min(max(size, 1), limit) for size, limit in zip(sizes, most, strict=True)]


def _number(word: bytes) -> int:
    value = parse_int64(word)
    if value is None:
        raise ReplyError(errors.NOT_AN_INTEGER)
    return value
