"""Tasks: commands are typed until the keyspace is as the item asks.

Owns the words of a task (:check, :reset, :cancel) and what is told after each command; judging is `learn.check`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.learn.play import BadLine
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
        if word in ("", ":check"):
            return Turn([Said("info", self.attempt.judge(variants=False).told or "Type a command.")])
        if word == ":reset":
            self.attempt.renew()
            self.lines.clear()
            self.held = self.attempt.progress()[0]
            return Turn([Said("info", "The data is as it was at the beginning."), *transcript(self.item.setup)])
        if word == ":cancel":
            self.attempt.world.client().cancel()
            return Turn([Said("info", "Nobody waits any more.")])
        return self._run(line)

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
        return Turn([*said, Said("info", self._standing())])

    def _standing(self) -> str:
        """How many conditions hold; what is missing only when asked for, or when this line has broken something."""
        before, (self.held, all_of_it) = self.held, self.attempt.progress()
        if self.held < before:
            return f"{self.attempt.judge(variants=False).told} (:reset begins anew)"
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
    return "(waiting; :cancel gives up)" if reply is BLOCKED else shown(reply)
