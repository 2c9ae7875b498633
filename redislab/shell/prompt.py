"""The text in front of the input line: database, transaction, subscriptions, client, clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.shell.console import MAIN
from redislab.shell.options import tag
from redislab.shell.spans import offset_text

if TYPE_CHECKING:
    from redislab.shell.console import Console

__all__ = ["prompt_pieces"]


def prompt_pieces(console: Console) -> list[tuple[str, str]]:
    """`redislab[1](TX)+61s> ` as pieces with styles; what is as usual is not shown."""
    session, lab = console.session, console.lab
    pieces = [("class:prompt", f"redislab{tag(lab.version)}")]
    if console.current != MAIN or len(console.clients) > 1:
        pieces.append(("class:client", f"@{console.current}"))
    if session.db_index:
        pieces.append(("class:prompt.db", f"[{session.db_index}]"))
    if session.in_multi:
        pieces.append(("class:prompt.state", "(TX)"))
    if session.subscriptions and session.protocol == 2:
        pieces.append(("class:prompt.state", "(subscribed)"))
    if session.monitoring:
        pieces.append(("class:prompt.state", "(monitor)"))
    clock = offset_text(lab.clock_offset)
    if lab.clock_rate != 1:
        clock += " frozen" if lab.clock_rate == 0 else f" x{lab.clock_rate:g}"
    if clock:
        pieces.append(("class:prompt.clock", f" {clock.strip()}"))
    return [*pieces, ("class:prompt", "> ")]
