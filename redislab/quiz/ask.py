"""Items that are being asked: one class for each kind, fed with lines until the item is decided.

Owns what each kind shows, how its answer is judged, and its hints. Redis commands are run in a `learn.attempt.Attempt`,
an engine of its own for each item; the right reply of a `predict` item is what that engine says. No input is read here
and nothing is printed or saved.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redislab.learn.play import CLIENT_LINE, BadLine
from redislab.quiz.options import Lettered, OptionView, Unclear
from redislab.quiz.replies import compare, kind_of, one_line, reply_of, shown
from redislab.quiz.said import Result, Said, Turn
from redislab.resp.types import BLOCKED

if TYPE_CHECKING:
    from redislab.quiz.questions import Choice, Do, Open, Predict

__all__ = ["Asked", "ask", "attempt_of", "has_lesson", "mentioned", "predicted"]


class Asked:
    """An item on the screen. Subclasses give `opening`, `feed`, `hint` and `expected`."""

    prompt: str = "answer> "

    def __init__(self, item: Any, seed: str) -> None:
        self.item = item
        self.dice = random.Random(f"{seed}:{item.id}")
        self.hints = 0

    def opening(self) -> list[Said]:
        """The question."""
        return [Said("ask", self.item.ask)]

    def feed(self, line: str) -> Turn:
        """Take one line of the answer."""
        raise NotImplementedError

    @property
    def expected(self) -> str:
        """The right answer as one text."""
        raise NotImplementedError

    def hint(self) -> str:
        """The next hint; the last one again when there are no more."""
        hints = [*self.item.hints, *self.own_hints()]
        self.hints += 1
        return hints[min(self.hints, len(hints)) - 1] if hints else "There is no hint for this one."

    def own_hints(self) -> list[str]:
        """Hints that follow from the kind of item, after the author's."""
        return []

    def closing(self) -> list[Said]:
        """What is told after the answer, right or wrong."""
        said = [Said("explain", self.item.explain), Said("source", self.item.source)]
        return [*said, Said("step", self.item.step)] if has_lesson(self.item.step) else said

    def close(self) -> None:
        """Let go of the engine, if there is one."""


class AskedLettered(Asked):
    """What a choice item and a predict item with choices have in common."""

    lettered: Lettered

    def feed(self, line: str) -> Turn:
        try:
            return self.lettered.judge(line)
        except Unclear as error:
            return Turn([Said("info", str(error))])

    @property
    def expected(self) -> str:
        return self.lettered.named(self.lettered.right)

    def own_hints(self) -> list[str]:
        told = [self.lettered.narrowed(number) for number in range(len(self.lettered.options))]
        return [hint for hint in told if hint]


class AskedChoice(AskedLettered):
    """Choose one or more of written answers, shuffled."""

    item: Choice

    def __init__(self, item: Choice, seed: str) -> None:
        super().__init__(item, seed)
        options = [OptionView(choice.text, choice.right, choice.feedback or "") for choice in item.choices]
        self.dice.shuffle(options)
        self.lettered = Lettered(options, item.many)
        self.prompt = "letters> " if item.many else "letter> "

    def opening(self) -> list[Said]:
        return [*super().opening(), *_commands(self.item.setup), *self.lettered.shown()]


class AskedPredict(Asked):
    """Type the reply of the last command, which is run on an engine of this item's own."""

    item: Predict
    prompt = "reply> "

    def __init__(self, item: Predict, seed: str) -> None:
        super().__init__(item, seed)
        self.reply = predicted(item)

    def opening(self) -> list[Said]:
        return [*super().opening(), *_commands([*self.item.setup, self.item.command])]

    def feed(self, line: str) -> Turn:
        if not line.strip():
            return Turn([Said("info", 'Type the reply as redis-cli prints it: 1, "text", nil, WRONGTYPE, [a, b].')])
        verdict = compare(line, self.reply)
        said = [Said("right" if verdict.right else "wrong", "")]
        foreseen = [] if verdict.right else [one for one in self.item.distractors if _same_reply(line, one.text)]
        said += [Said("note", one.feedback) for one in foreseen[:1]]
        if verdict.note and not foreseen:
            said.append(Said("note", verdict.note))
        said += self.ran()
        return Turn(said, Result(verdict.right, line.strip(), self.expected, float(verdict.right)))

    def ran(self) -> list[Said]:
        """The command and its reply, as redis-cli shows them."""
        return [*_commands([self.item.command]), Said("reply", shown(self.reply))]

    @property
    def expected(self) -> str:
        return one_line(self.reply)

    def own_hints(self) -> list[str]:
        return [f"The reply is {kind_of(self.reply)}."]


class AskedPredictOffered(AskedLettered):
    """The same with choices: the distractors and the reply that running has given."""

    def __init__(self, item: Predict, seed: str) -> None:
        super().__init__(item, seed)
        self.typed = AskedPredict(item, seed)
        options = [OptionView(one.text, False, one.feedback) for one in item.distractors]
        options.append(OptionView(self.typed.expected, True))
        self.dice.shuffle(options)
        self.lettered = Lettered(options, many=False, same=_same_reply)
        self.prompt = "letter> "

    def opening(self) -> list[Said]:
        return [*self.typed.opening(), *self.lettered.shown()]

    def feed(self, line: str) -> Turn:
        turn = super().feed(line)
        if turn.result:
            turn.said += self.typed.ran()
        return turn


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
        return [*super().opening(), *_commands(self.item.setup), Said("info", how)]

    def feed(self, line: str) -> Turn:
        word = line.strip()
        if word in ("", ":check"):
            return Turn([Said("info", self.attempt.judge(variants=False).told or "Type a command.")])
        if word == ":reset":
            self.attempt.renew()
            self.lines.clear()
            self.held = self.attempt.progress()[0]
            return Turn([Said("info", "The data is as it was at the beginning."), *_commands(self.item.setup)])
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
            said += [Said("note", route.note or ("Another way:" if number else "")), *_commands(route.commands)]
        return said

    @property
    def expected(self) -> str:
        return "; ".join(self.item.solution[0].commands)

    def close(self) -> None:
        self.attempt.world.close()


class AskedOpen(Asked):
    """An interview question: answer it aloud or in writing, then rate yourself by the key points."""

    item: Open
    prompt = "your answer> "

    def __init__(self, item: Open, seed: str) -> None:
        super().__init__(item, seed)
        self.answer: str | None = None
        self.found: list[int] = []

    def opening(self) -> list[Said]:
        how = "Answer aloud or in writing, then press Enter. An empty line means that you have answered aloud."
        return [*super().opening(), Said("info", how)]

    def feed(self, line: str) -> Turn:
        if self.answer is None:
            return self._answered(line)
        chosen = self._rated(line)
        if chosen is None:
            count = len(self.item.points)
            return Turn([Said("info", f"Type the numbers of the points you made, 1 to {count}, or `all` or `none`.")])
        return self._decided(chosen)

    def _answered(self, line: str) -> Turn:
        self.answer = line.strip()
        self.found = mentioned(self.item, self.answer)
        said = [Said("heading", "Key points of a good answer:")]
        for number, point in enumerate(self.item.points):
            seen = "  (found in your answer)" if number in self.found else ""
            said.append(Said("choice", point.text + seen, str(number + 1)))
        said += [Said("heading", "In half a minute:"), Said("explain", self.item.short)]
        numbers = ", ".join(str(number + 1) for number in self.found) or "none"
        said.append(
            Said("info", f"Which points did you make? Numbers, `all` or `none`; Enter takes those found: {numbers}.")
        )
        self.prompt = "points> "
        return Turn(said)

    def _rated(self, line: str) -> list[int] | None:
        word = line.strip().lower()
        if not word:
            return self.found
        if word in ("all", "none", "0"):
            return list(range(len(self.item.points))) if word == "all" else []
        if not re.fullmatch(r"[\d\s,;]+", word):
            return None
        numbers = sorted({int(number) - 1 for number in re.findall(r"\d+", word)})
        return numbers if all(0 <= number < len(self.item.points) for number in numbers) else None

    def _decided(self, chosen: list[int]) -> Turn:
        count, right = len(self.item.points), len(chosen) >= self.item.needed
        missed = [point.text for number, point in enumerate(self.item.points) if number not in chosen]
        score = f"{len(chosen)} of {count} points; {self.item.needed} make a good answer."
        said = [Said("right" if right else "partly", score)]
        said += [Said("note", f"Not said: {text}") for text in missed]
        said += [Said("heading", "In two minutes:"), Said("explain", self.item.long)]
        said += [Said("note", f"They may go on: {question}") for question in self.item.follow_ups]
        return Turn(said, Result(right, self.answer or "(aloud)", self.expected, len(chosen) / count))

    @property
    def expected(self) -> str:
        return self.item.short

    def own_hints(self) -> list[str]:
        beginnings = [" ".join(point.text.split()[:3]) + " …" for point in self.item.points]
        return [f"There are {len(self.item.points)} key points.", *beginnings]


KINDS: dict[str, Callable[[Any, str], Asked]] = {
    "choice": AskedChoice,
    "do": AskedDo,
    "open": AskedOpen,
}


def ask(item: Any, seed: str) -> Asked:
    """Begin an item. `seed` decides the order of choices: the same seed and item, the same order.

    Raises learn.attempt.SetupFailed when the item's own setup goes wrong.
    """
    if item.kind == "predict":
        return AskedPredictOffered(item, seed) if item.offer else AskedPredict(item, seed)
    return KINDS[item.kind](item, seed)


def has_lesson(step: str | None) -> bool:
    """Is there a chapter for `CHAPTER` or `CHAPTER:STEP`? A link that leads nowhere is not shown."""
    from redislab.learn.courses import open_course

    return bool(step) and str(step).partition(":")[0] in open_course().ids


def attempt_of(item: Any, make: Any = None) -> Any:
    """An engine with the item's setup done, which can be judged by its goal; `make` makes another world for it."""
    from redislab.learn.attempt import Attempt
    from redislab.learn.schema import Step
    from redislab.learn.world import LocalWorld

    kind: Any = "predict" if item.kind == "predict" else "do"
    goal, command = getattr(item, "goal", []), getattr(item, "command", None)
    step = Step(id=item.id, title=item.id, kind=kind, say=item.ask, setup=item.setup, goal=goal, command=command)
    return Attempt(step, make or LocalWorld)


def predicted(item: Predict, make: Any = None) -> Any:
    """What the item's command replies after its setup, found by running both."""
    attempt = attempt_of(item, make)
    try:
        sent = attempt.send(item.command, ticking=False)
        return sent.reply
    finally:
        attempt.world.close()


def mentioned(item: Open, answer: str) -> list[int]:
    """The key points, by position, that a typed answer seems to make."""
    return [
        number
        for number, point in enumerate(item.points)
        if any(re.search(word, answer, re.IGNORECASE) for word in point.words)
    ]


def _commands(lines: list[str]) -> list[Said]:
    """Setup lines as a transcript: the client before the command if it is not the learner's."""
    said = []
    for line in lines:
        found = CLIENT_LINE.match(line)
        name, command = (found[1], found[2]) if found else ("", line.removeprefix("?"))
        said.append(Said("command", command, name))
    return said


def _same_reply(typed: str, text: str) -> bool:
    """Do two replies in redis-cli's notation say the same?"""
    return compare(typed, reply_of(text)).right


def _reply_text(reply: Any) -> str:
    return "(waiting; :cancel gives up)" if reply is BLOCKED else shown(reply)
