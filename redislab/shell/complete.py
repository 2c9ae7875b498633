"""Hands the suggestions for a line to prompt_toolkit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from redislab.shell.lines import last_line

if TYPE_CHECKING:
    from redislab.shell.suggest import Suggester

__all__ = ["ShellCompleter"]

LONGEST_META = 60


class ShellCompleter(Completer):
    """Completes the line the cursor is in."""

    def __init__(self, suggester: Suggester) -> None:
        self.suggester = suggester

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        settings = self.suggester.console.settings
        if not settings.complete and not complete_event.completion_requested:
            return
        line = last_line(document.text_before_cursor)
        for found in self.suggester.suggest(line):
            meta = found.meta if len(found.meta) <= LONGEST_META else found.meta[: LONGEST_META - 1] + "…"
            yield Completion(found.text, found.start - len(line), display_meta=meta)
