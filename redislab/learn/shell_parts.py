"""Borrows completion, highlighting and helper words from the shell, where they are to be had.

Owns the seam between lessons and `redislab.shell`; a lesson works without any of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.learn.meta import META

if TYPE_CHECKING:
    from redislab.learn.run import Runner

__all__ = ["completer_for", "lexer_for"]

WORDS = (*META, ":undo", ":redo", ":clock")


def completer_for(runner: Runner) -> Any:
    """Completes the words of a lesson, step names after `:goto`, and command names."""
    from prompt_toolkit.completion import Completer, Completion

    class LessonCompleter(Completer):
        def get_completions(self, document: Any, complete_event: Any) -> Any:
            text = document.text_before_cursor
            for word in _candidates(runner, text):
                start = text.rpartition(" ")[2]
                yield Completion(word, start_position=-len(start))

    return LessonCompleter()


def lexer_for(runner: Runner) -> Any:
    """The shell's highlighter, or None."""
    return None


def _candidates(runner: Runner, text: str) -> list[str]:
    if text.startswith(":goto "):
        typed = text.removeprefix(":goto ").lstrip()
        return [step.id for step in runner.steps if step.id.startswith(typed)]
    if text.startswith(":"):
        return [word for word in WORDS if word.startswith(text)]
    if " " in text or not text:
        return []
    return _command_names(runner, text)


def _command_names(runner: Runner, text: str) -> list[str]:
    lab = getattr(runner.world, "lab", None)
    names = sorted(lab.commands) if lab is not None else []
    found = [name for name in names if name.startswith(text.lower())]
    return found if text.islower() else [name.upper() for name in found]
