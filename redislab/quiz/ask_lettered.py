"""Items with a right answer to choose or to type: choice and predict.

Owns what they show and how an answer is judged. The right reply of a `predict` item is what running its command gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redislab.quiz.asked import Asked, predicted, transcript
from redislab.quiz.options import Lettered, OptionView, Unclear
from redislab.quiz.replies import compare, kind_of, one_line, reply_of, shown
from redislab.quiz.said import Result, Said, Turn

if TYPE_CHECKING:
    from redislab.quiz.questions import Choice, Predict

__all__ = ["AskedChoice", "AskedPredict", "AskedPredictOffered", "same_reply"]


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
        return [*super().opening(), *transcript(self.item.setup), *self.lettered.shown()]


class AskedPredict(Asked):
    """Type the reply of the last command, which is run on an engine of this item's own."""

    item: Predict
    prompt = "reply> "

    def __init__(self, item: Predict, seed: str) -> None:
        super().__init__(item, seed)
        self.reply = predicted(item)

    def opening(self) -> list[Said]:
        return [*super().opening(), *transcript([*self.item.setup, self.item.command])]

    def feed(self, line: str) -> Turn:
        if not line.strip():
            return Turn([Said("info", 'Type the reply as redis-cli prints it: 1, "text", nil, WRONGTYPE, [a, b].')])
        verdict = compare(line, self.reply)
        if not verdict.right and is_command(line):
            return Turn([Said("info", "That is a command. Type what Redis answers to the last one above.")])
        said = [Said("right" if verdict.right else "wrong", "")]
        foreseen = [] if verdict.right else [one for one in self.item.distractors if same_reply(line, one.text)]
        said += [Said("note", one.feedback) for one in foreseen[:1]]
        if verdict.note and not foreseen:
            said.append(Said("note", verdict.note))
        said += self.ran()
        return Turn(said, Result(verdict.right, line.strip(), self.expected, float(verdict.right)))

    def ran(self) -> list[Said]:
        """The command and its reply, as redis-cli shows them."""
        return [*transcript([self.item.command]), Said("reply", shown(self.reply))]

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
        self.lettered = Lettered(options, many=False, same=same_reply)
        self.prompt = "letter> "

    def opening(self) -> list[Said]:
        return [*self.typed.opening(), *self.lettered.shown()]

    def feed(self, line: str) -> Turn:
        turn = super().feed(line)
        if turn.result:
            turn.said += self.typed.ran()
        return turn


def is_command(line: str) -> bool:
    """Was a whole command typed in place of an answer?"""
    from redislab.commands.table import TABLE

    words = line.split()
    return len(words) > 1 and words[0].lower() in TABLE


def same_reply(typed: str, text: str) -> bool:
    """Do two replies in redis-cli's notation say the same?"""
    return compare(typed, reply_of(text)).right
