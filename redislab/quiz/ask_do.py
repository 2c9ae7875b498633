"""Tasks: commands are typed until the keyspace is as the item asks.

Owns the words of a task (:check, :reset, :cancel) and what is told after each command; judging is `learn.check`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.learn.draw import columns
from redislab.learn.events import failed_events, moved_text
from redislab.learn.play import BadLine
from redislab.learn.tries import is_look
from redislab.quiz.asked import Asked, attempt_of, transcript
from redislab.quiz.replies import shown
from redislab.quiz.said import Result, Said, Turn
from redislab.resp.types import BLOCKED

if TYPE_CHECKING:
    from redislab.quiz.questions import Do

__all__ = ["AskedDo"]


class AskedDo(Asked):
    """A task on a keyspace of its own; each line is a command, and the state is judged after each."""

    item: Do
    prompt = "redis> "

    def __init__(self, item: Do, seed: str) -> None:
        super().__init__(item, seed)
        self.attempt = attempt_of(item)
        self.lines: list[str] = []
        self.held = self.attempt.progress()[0]

    def opening(self) -> list[Said]:
        how = "Type commands. :check tells what is missing, :reset begins anew."
        return [*super().opening(), *transcript(self.item.setup), Said("info", how)]

    def feed(self, line: str) -> Turn:
        word = line.strip()
        if word.lower().startswith("help "):
            return Turn([Said("info", self.command_help(word.split()[1:]))])
        if not word:
            return Turn([Said("info", "Type a command; :check tells what is missing, :hint helps.")])
        if word == ":check":
            return Turn([Said("info", miss.sentence) for miss in self.attempt.judge(variants=False).misses])
        if word == ":reset":
            self.attempt.renew()
            self.lines.clear()
            self.held = self.attempt.progress()[0]
            return Turn([Said("info", "The data is as it was at the beginning."), *transcript(self.item.setup)])
        if word == ":cancel":
            return Turn([Said("info", "Given up." if self.cancel() else "No command of yours is waiting.")])
        return self._run(line)

    def cancel(self) -> bool:
        """Give up a command that waits, as Ctrl-C does; False if none does."""
        client = self.attempt.world.client()
        return bool(client.blocked and (self.attempt.send(":cancel"), True))

    def _run(self, line: str) -> Turn:
        try:
            sent = self.attempt.send(line)
        except BadLine as error:
            return Turn([Said("info", f"{str(error)[:1].upper()}{str(error)[1:]}.")])
        self.lines.append(line.strip())
        said = [] if sent is None else [Said("reply", _reply_text(sent.reply))]
        if self.attempt.judge(variants=False).solved:
            return Turn(
                [*said, Said("right", ""), *self._routes()], Result(True, "; ".join(self.lines), self.expected, 1.0)
            )
        if sent is not None and sent.failed:
            advice = (event.text for event in failed_events(self.attempt.table, sent, self.attempt.step))
            return Turn([*said, *(Said("info", text) for text in advice if ":why" not in text)])
        if sent is None or is_look(self.attempt, sent):
            return Turn(said or [Said("info", moved_text(line.strip(), self.attempt.world))])
        return Turn([*said, Said("info", self._standing())])

    def command_help(self, words: list[str]) -> str:
        """The shell's page of a command."""
        from redislab.shell.help import help_lines
        from redislab.shell.theme import plain

        return "\n".join(plain(line) for line in help_lines(self.attempt.table, words, columns()))

    def _standing(self) -> str:
        """How many conditions hold; what is missing only when asked for, or when this line has broken something."""
        before, (self.held, all_of_it) = self.held, self.attempt.progress()
        if self.held < before:
            told = self.attempt.judge(variants=False).told
            return told if ":reset" in told else f"{told} (:reset begins anew)"
        return f"{self.held} of {all_of_it} conditions hold; :check tells what is missing."

    def _routes(self) -> list[Said]:
        said: list[Said] = []
        for number, route in enumerate(self.item.solution):
            said += [Said("note", route.note or ("Another way:" if number else "")), *transcript(route.commands)]
        return said

    @property
    def expected(self) -> str:
        return "; ".join(self.item.solution[0].commands)

    def close(self) -> None:
        self.attempt.world.close()


def _reply_text(reply: Any) -> str:
    return "(waiting; Ctrl-C gives up)" if reply is BLOCKED else shown(reply)
