"""How a quiz looks and where its lines come from: a terminal, plain text, or JSON lines.

Owns all drawing and reading of the quiz; what is said and when is decided in `run.py`. Nothing is told by colour alone.
Ctrl-C cancels the line and never an answer; Ctrl-D leaves, and the score so far is shown.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from redislab.quiz.run import Quiz
from redislab.quiz.said import Said, Turn

__all__ = ["JsonScreen", "PlainScreen", "TerminalScreen", "interact", "run_script"]

WIDEST = 100
"""Columns of running text, however wide the terminal is; longer lines are hard to read."""
CODE = re.compile(r"`([^`]+)`")
STYLES = {
    "title": "bold",
    "heading": "underline",
    "ask": "bold",
    "command": "cyan",
    "reply": "green",
    "right": "bold green",
    "wrong": "bold red",
    "partly": "bold yellow",
    "source": "dim",
    "step": "dim",
    "hint": "yellow",
    "info": "dim",
    "choice": "",
    "score": "",
    "note": "",
    "explain": "",
}
LEADS = {"right": "Right.", "wrong": "Wrong.", "partly": "Not enough yet."}
SPACED = ("title", "heading")
"""Kinds with an empty line before them."""
NEXT_PROMPT = "Enter for the next> "
LAST_PROMPT = "Enter for the score> "


def worded(said: Said) -> tuple[str, str]:
    """(indent with mark, text) of a paragraph: everything that tells its kind without colour."""
    match said.kind:
        case "command":
            return f"  {said.mark}> ", said.text
        case "choice":
            return f"  {said.mark}) ", said.text
        case "reply":
            return "  ", said.text
        case "right" | "wrong" | "partly":
            return "", f"{LEADS[said.kind]} {said.text}".rstrip()
        case "note":
            return f"  {said.mark}) " if said.mark else "  ", said.text
        case "source" | "hint":
            return "", f"{said.kind.capitalize()}: {said.text}"
        case "step":
            return "", f"Learn it: redislab lesson {said.text}"
        case "score":
            return "  ", said.text
    return "", said.text


class PlainScreen:
    """Lines of text in order, nothing redrawn: for screen readers, pipes and files. `width` None leaves lines whole."""

    def __init__(self, out: TextIO | None = None, width: int | None = None) -> None:
        self.out = out or sys.stdout
        self.width = width

    def write(self, said: Iterable[Said]) -> None:
        """Print paragraphs."""
        for one in said:
            if one.kind in SPACED:
                self.out.write("\n")
            for line in self._lines(one):
                self.out.write(line.rstrip() + "\n")
        self.out.flush()

    def read(self, prompt: str) -> str:
        """A line from the terminal. Raises EOFError, KeyboardInterrupt."""
        return input(prompt)

    def cancelled(self) -> None:
        """Ctrl-C was pressed."""
        self.out.write("\n")

    def _lines(self, said: Said) -> Iterator[str]:
        mark, text = worded(said)
        rest = " " * len(mark)
        for number, line in enumerate(text.splitlines() or [""]):
            first = rest if number else mark
            if self.width is None:
                yield first + line
            else:
                yield from textwrap.wrap(
                    line, max(self.width, 20), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
                ) or [first]


class TerminalScreen(PlainScreen):
    """Colours by rich and line editing by prompt_toolkit. NO_COLOR is honoured by both."""

    def __init__(self, width: int | None = None) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory
        from rich.console import Console

        super().__init__(sys.stdout)
        self.console = Console(width=width, highlight=False, soft_wrap=False)
        self.session: Any = PromptSession(history=InMemoryHistory())

    def write(self, said: Iterable[Said]) -> None:
        from rich.text import Text

        for one in said:
            if one.kind in SPACED:
                self.console.print()
            mark, words = worded(one)
            width = max(min(self.console.width, WIDEST) - len(mark), 20)
            for number, line in enumerate(words.splitlines() or [""]):
                text = Text(line, style=STYLES[one.kind])
                if one.kind not in ("command", "reply"):
                    text.highlight_regex(CODE, "cyan")
                for piece, part in enumerate(text.wrap(self.console, width)):
                    self.console.print(Text(" " * len(mark) if number or piece else mark) + part, soft_wrap=True)

    def read(self, prompt: str) -> str:
        line: str = self.session.prompt(prompt)
        return line

    def cancelled(self) -> None:
        """prompt_toolkit has ended the line already."""


class JsonScreen:
    """One JSON object a line: `question`, `said` (hints, replies on the way), `answer` and `summary`."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout

    def question(self, quiz: Quiz, said: list[Said]) -> None:
        """A question as it is asked."""
        item = quiz.item
        choices = {one.mark: one.text for one in said if one.kind == "choice"}
        commands = [f"@{one.mark} {one.text}" if one.mark else one.text for one in said if one.kind == "command"]
        self._put(
            event="question",
            number=quiz.position + 1,
            of=len(quiz.items),
            id=item.id,
            kind=item.kind,
            topic=item.topic,
            difficulty=item.difficulty,
            ask=item.ask,
            commands=commands,
            choices=choices,
        )

    def turn(self, quiz: Quiz, line: str, turn: Turn) -> None:
        """What a line led to."""
        said = [{"kind": one.kind, "text": one.text, **({"mark": one.mark} if one.mark else {})} for one in turn.said]
        if turn.result is None:
            self._put(event="said", id=quiz.item.id, line=line, said=said)
            return
        result = turn.result
        self._put(
            event="answer",
            id=quiz.item.id,
            topic=quiz.item.topic,
            right=result.right,
            share=round(result.share, 3),
            skipped=result.skipped,
            answer=result.answer,
            expected=result.expected,
            source=quiz.item.source,
            step=quiz.item.step,
            said=said,
        )

    def summary(self, quiz: Quiz) -> None:
        """The score."""
        from redislab.quiz.report import weak_topics

        scores = quiz.scores()
        self._put(
            event="summary",
            right=sum(good for good, _ in scores.values()),
            answered=len(quiz.answers),
            asked=len(quiz.items),
            seed=quiz.seed,
            weak=weak_topics(scores),
            topics={topic: {"right": good, "answered": total} for topic, (good, total) in scores.items()},
        )

    def _put(self, **event: Any) -> None:
        self.out.write(json.dumps(event, ensure_ascii=False) + "\n")
        self.out.flush()


def interact(quiz: Quiz, screen: PlainScreen) -> None:
    """Ask and listen at a terminal until the end or Ctrl-D; then the score."""
    screen.write(quiz.begin())
    while not quiz.finished:
        prompt = quiz.prompt
        if quiz.between:
            prompt = LAST_PROMPT if quiz.position == len(quiz.items) - 1 else NEXT_PROMPT
        try:
            line = screen.read(prompt)
        except KeyboardInterrupt:
            screen.cancelled()
            if quiz.asked is not None and quiz.asked.cancel():
                screen.write([Said("info", "The waiting command was given up.")])
            continue
        except (EOFError, OSError):
            quiz.leave()
            break
        if not quiz.between:
            screen.write(quiz.feed(line).said)
        elif line.strip().lower() in (":quit", ":q", ":exit"):
            quiz.leave()
        else:
            screen.write(quiz.advance())
    screen.write(quiz.summary())


def run_script(quiz: Quiz, lines: Iterable[str], screen: PlainScreen | JsonScreen) -> bool:
    """Answer from lines, without waiting between questions. True if every item was answered rightly."""
    _ask(quiz, screen, quiz.begin())
    for raw in lines:
        if quiz.finished:
            break
        line = raw.rstrip("\r\n")
        prompt = quiz.prompt
        turn = quiz.feed(line)
        if isinstance(screen, JsonScreen):
            screen.turn(quiz, line, turn)
        else:
            screen.out.write(f"{prompt}{line}\n")
            screen.write(turn.said)
        if turn.result:
            _ask(quiz, screen, quiz.advance())
    if not quiz.finished:
        quiz.leave()
    screen.summary(quiz) if isinstance(screen, JsonScreen) else screen.write(quiz.summary())
    return quiz.all_right


def _ask(quiz: Quiz, screen: PlainScreen | JsonScreen, said: list[Said]) -> None:
    if not said:
        return
    if isinstance(screen, JsonScreen):
        screen.question(quiz, said)
    else:
        screen.write(said)
