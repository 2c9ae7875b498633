"""Borrows completion, highlighting, hints and helper words from the shell.

Owns the seam between lessons and `redislab.shell`: `LessonConsole` shows the shell's parts what they ask of a console
(the lab, its clients, the settings), taken from the step at hand. While a question is to be answered with something
that is no command, all of them are silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.learn.answers import ANSWERED
from redislab.learn.meta import META
from redislab.learn.world import MAIN

if TYPE_CHECKING:
    from redislab.learn.run import Runner

__all__ = ["LessonConsole", "prompt_parts"]

WORDS = (*META, ":undo", ":redo", ":clock")


class LessonConsole:
    """What the shell's completer, lexer and hints need to know, for the step at hand."""

    def __init__(self, runner: Runner) -> None:
        from redislab.lab import Lab
        from redislab.shell.console import Settings

        self.runner = runner
        self.settings = Settings()
        self._bare = Lab(clock="manual")

    @property
    def lab(self) -> Any:
        """The lab of the step; on a real server an empty one, for its command table."""
        return getattr(self.runner.world, "lab", self._bare)

    @property
    def clients(self) -> dict[str, Any]:
        return dict(self.runner.world.clients)

    def client(self, name: str) -> Any:
        """An existing client, or the learner's own: completing a name connects nobody."""
        return self.clients.get(name) or self.session

    @property
    def session(self) -> Any:
        return self.runner.world.client(MAIN)

    @property
    def current(self) -> str:
        return MAIN

    @property
    def takes_commands(self) -> bool:
        """Is it commands that are typed now?"""
        runner = self.runner
        return runner.step.kind not in ANSWERED or runner.solved or runner.free is not None


def prompt_parts(runner: Runner) -> dict[str, Any]:
    """Keywords for prompt_toolkit's PromptSession."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition, is_done
    from prompt_toolkit.layout.processors import ConditionalProcessor
    from prompt_toolkit.lexers import DynamicLexer
    from prompt_toolkit.styles import Style

    from redislab.shell.hints import HintProcessor
    from redislab.shell.lexer import ShellLexer
    from redislab.shell.theme import PROMPT_STYLES

    console: Any = LessonConsole(runner)
    lexer = ShellLexer(console)
    hinted = Condition(lambda: bool(console.takes_commands) and not get_app().current_buffer.text.startswith(":"))
    return {
        "completer": _completer(runner, console),
        "lexer": DynamicLexer(lambda: lexer if console.takes_commands else None),
        "input_processors": [ConditionalProcessor(HintProcessor(console), hinted & ~is_done)],
        "style": Style.from_dict(PROMPT_STYLES),
    }


def _completer(runner: Runner, console: Any) -> Any:
    from prompt_toolkit.completion import Completer, Completion

    from redislab.shell.complete import ShellCompleter
    from redislab.shell.suggest import Suggester

    class LessonCompleter(Completer):
        """The words of a lesson after a colon, the shell's suggestions for commands."""

        def __init__(self) -> None:
            self.lab: Any = None
            self.inner: Any = None

        def get_completions(self, document: Any, complete_event: Any) -> Any:
            text = document.text_before_cursor
            if text.startswith(":"):
                typed = text.rpartition(" ")[2] if " " in text else text
                for word in _words(runner, text):
                    yield Completion(word, start_position=-len(typed))
            elif console.takes_commands and getattr(runner.world, "lab", None) is not None:
                yield from self._shell().get_completions(document, complete_event)

        def _shell(self) -> Any:
            """The shell's completer for the present lab; each step has a lab of its own."""
            if self.lab is not console.lab:
                self.lab = console.lab
                self.inner = ShellCompleter(Suggester(console))
            return self.inner

    return LessonCompleter()


def _words(runner: Runner, text: str) -> list[str]:
    if text.startswith(":goto "):
        typed = text.removeprefix(":goto ").lstrip()
        return [step.id for step in runner.steps if step.id.startswith(typed)]
    return [word for word in (*WORDS, *runner.helpers) if word.startswith(text)] if " " not in text else []
