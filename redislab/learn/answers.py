"""Judges steps that are answered rather than done: predict, choose, fill, order, match.

Owns how an answer is typed, and the shuffled order in which options, lines and right sides are shown (the same each
time for one step). Whatever can be run is run: the reply to predict, the filled command, the ordered lines.
"""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from redislab.learn.attempt import Attempt, Outcome
from redislab.learn.check_reply import shown
from redislab.learn.play import BadLine, Sent, command_of
from redislab.learn.verdict import Verdict
from redislab.resp.words import UnbalancedQuotes, join, split

if TYPE_CHECKING:
    from redislab.learn.schema import Step
    from redislab.quiz.replies import Word

__all__ = [
    "ANSWERED",
    "BadAnswer",
    "answer",
    "expected_reply",
    "right_answer",
    "right_options",
    "right_sides",
    "shuffled",
]

ANSWERED = ("predict", "choose", "fill", "order", "match")
BLANK = "__"
MOST_SAID = 2
"""Remarks on pairs that were missed; all of them at once would give the whole away."""
PAIR = re.compile(r"(\d+)\s*[-=:]?\s*([a-zA-Z])\b")


class BadAnswer(ValueError):
    """An answer that is not of the form asked for; `str` says how to write it. It counts as no try."""


def answer(attempt: Attempt, text: str, as_written: bool = False) -> Outcome:
    """Judge an answer. Numbers and letters are those on the screen, or with `as_written` those of the file.

    Raises BadAnswer. Afterwards the attempt's data is what the answer made of it.
    """
    judged: Outcome = JUDGES[attempt.step.kind](attempt, text.strip(), as_written)
    if not judged.solved and not judged.mistake:
        attempt.look_for_mistake(judged, attempt.judge_now())
    return judged


def right_answer(attempt: Attempt, as_written: bool = False) -> str:
    """The answer of the first route, as one would type it; for predict the reply that running the command gives."""
    step = attempt.step
    order = list(range(100)) if as_written else shuffled(step)
    if step.kind == "predict":
        return shown(expected_reply(attempt), step.protocol)
    if step.kind == "choose":
        return " ".join(str(order.index(option) + 1) for option in sorted(right_options(attempt), key=order.index))
    if step.kind == "order":
        return " ".join(str(order.index(line) + 1) for line in range(len(step.lines)))
    if step.kind == "match":
        rights = right_sides(step)
        letters = [chr(97 + order.index(rights.index(pair.right))) for pair in step.pairs]
        return " ".join(f"{number}{letter}" for number, letter in enumerate(letters, 1))
    return step.solution[0].answer or ""


def shuffled(step: Step) -> list[int]:
    """Positions in the file, in the order in which they are shown: options, lines or right sides."""
    count = {"choose": len(step.options), "order": len(step.lines), "match": len(right_sides(step))}.get(step.kind, 0)
    order = list(range(count))
    dice = random.Random(step.id)
    dice.shuffle(order)
    while step.kind == "order" and _gives_away(order):
        dice.shuffle(order)
    return order


def _gives_away(order: list[int]) -> bool:
    """Does the first line stand first, or a line right after the one it follows in the file?"""
    return order[:1] == [0] or any(later == line + 1 for line, later in pairwise(order))


def right_sides(step: Step) -> list[str]:
    """The right sides of a match step, each once, in the order of the file."""
    return list(dict.fromkeys([pair.right for pair in step.pairs] + step.extra))


def expected_reply(attempt: Attempt) -> Any:
    """What the command of a predict or choose step answers on fresh data. The attempt's own data stays."""
    other = Attempt(attempt.step, attempt.make, attempt.start_ms)
    sent: Any = other.send(attempt.step.command or "", ticking=False)
    other.world.close()
    attempt.regain()
    return sent.reply


def right_options(attempt: Attempt) -> set[int]:
    """Which options are right, from 0: as the file says, or found by running where it says nothing."""
    return {n for n in range(len(attempt.step.options)) if _is_right(attempt, n)}


def computed_right(attempt: Attempt, number: int) -> bool | None:
    """What running says of an option; None where nothing is to be run."""
    step, option = attempt.step, attempt.step.options[number]
    if step.command:
        from redislab.quiz.replies import compare

        return compare(option.text, expected_reply(attempt)).right
    if option.run and step.goal:
        other = Attempt(step, attempt.make, attempt.start_ms)
        for line in option.run:
            other.send(line, ticking=False)
        solved = other.judge(variants=False).solved
        other.world.close()
        attempt.regain()
        return solved
    return None


def _is_right(attempt: Attempt, number: int) -> bool:
    given = attempt.step.options[number].right
    return bool(computed_right(attempt, number)) if given is None else given


# One kind after another


def _predict(attempt: Attempt, text: str, as_written: bool) -> Outcome:
    from redislab.quiz.replies import compare, words_of

    if not text:
        raise BadAnswer(
            'Type the reply as redis-cli would print it, e.g. `(integer) 1`, `"text"`, `(nil)`, `(error) ERR`.'
        )
    attempt.is_answer = lambda other: other.strip() == text or _same_reply(words_of(other), words_of(text))
    reply = expected_reply(attempt)
    verdict = compare(text, reply)
    as_printed = shown(reply, attempt.step.protocol).split() == text.split()
    if not verdict.right and not as_printed and _is_command(attempt, text):
        raise BadAnswer("That is a command. Type what Redis answers; `:play` lets you try commands on a copy.")
    if not verdict.right and not as_printed:
        miss = Verdict(False, "", say=f"Redis does not answer `{text}`.")
        return Outcome(False, [miss], note=verdict.note)
    attempt.renew()
    ran = [attempt.send(attempt.step.command or "")]
    return Outcome(True, note=verdict.note if verdict.right else "", ran=[sent for sent in ran if sent])


def _same_reply(first: list[Word], second: list[Word]) -> bool:
    """Are these the same, where one may leave out quotation marks and the like?"""
    pairs = list(zip(first, second, strict=False))
    kinds = all(one.kind == other.kind or "bare" in (one.kind, other.kind) for one, other in pairs)
    texts = all(one.text == other.text or one.kind == other.kind == "nil" for one, other in pairs)
    return len(first) == len(second) and kinds and texts


def _is_command(attempt: Attempt, text: str) -> bool:
    """Was a whole command typed in place of an answer?"""
    words = text.split()
    return len(words) > 1 and command_of(attempt.table, [words[0].encode("utf-8", "replace")]) is not None


def _choose(attempt: Attempt, text: str, as_written: bool) -> Outcome:
    step = attempt.step
    right = right_options(attempt)
    chosen = _numbers(text, len(step.options), None if as_written else shuffled(step))
    attempt.is_answer = lambda other: set(_numbers(other, len(step.options), None)) == set(chosen)
    said = [step.options[number].say for number in chosen]
    solved = set(chosen) == right
    if not solved and set(chosen) < right:
        said.append(f"There is more to find: {len(right)} are right." if len(chosen) > 1 else "It is not the only one.")
    outcome = Outcome(solved, ran=_ran_by_options(attempt, chosen, solved))
    if not solved:
        attempt.look_for_mistake(outcome, attempt.judge_now())
        outcome.misses = [] if outcome.mistake else [Verdict(False, "", say=" ".join(said))]
    else:
        outcome.note = " ".join(said)
    return outcome


def _ran_by_options(attempt: Attempt, chosen: list[int], solved: bool) -> list[Sent]:
    """Run what the chosen options say, each on fresh data, and once it is solved the step's command."""
    ran: list[Sent] = []
    for number in chosen:
        lines = attempt.step.options[number].run or []
        if lines:
            attempt.renew()
            ran += [sent for sent in (attempt.send(line) for line in lines) if sent]
    if attempt.step.command and solved:
        attempt.renew()
        ran += [sent for sent in [attempt.send(attempt.step.command)] if sent]
    return ran


def _fill(attempt: Attempt, text: str, as_written: bool) -> Outcome:
    command = filled(attempt.step.template or "", text)
    attempt.is_answer = lambda other: (
        _same_words(other, text) or _same_words(filled(attempt.step.template or "", other), command)
    )
    attempt.renew()
    try:
        sent = attempt.send(command)
    except BadLine as error:
        raise BadAnswer(str(error)) from error
    outcome = attempt.judge()
    outcome.ran = [sent] if sent else []
    return outcome


def filled(template: str, text: str) -> str:
    """The template with its blanks filled from the words typed, or the whole command if that was typed.

    Raises BadAnswer when the number of words fits neither.
    """
    try:
        words, parts = split(text), split(template)
    except UnbalancedQuotes as error:
        raise BadAnswer("A quote is open; close it.") from error
    blanks = template.count(BLANK)
    if len(words) >= len(parts) and words[:1] and words[0].upper() == parts[0].upper():
        return text
    if len(words) != blanks:
        blank = "blank" if blanks == 1 else "blanks"
        raise BadAnswer(
            f"There {'is' if blanks == 1 else 'are'} {blanks} {blank} in `{template}`; type {blanks} word"
            f"{'' if blanks == 1 else 's'} (in quotes if there are spaces in it), or the whole command."
        )
    pieces = template.split(BLANK)
    return pieces[0] + "".join(join([word]) + piece for word, piece in zip(words, pieces[1:], strict=True))


def _order(attempt: Attempt, text: str, as_written: bool) -> Outcome:
    step = attempt.step
    numbers = _numbers(text, len(step.lines), None if as_written else shuffled(step))
    if sorted(numbers) != list(range(len(step.lines))):
        raise BadAnswer(f"Type every number from 1 to {len(step.lines)} once, in the order of your choice.")
    attempt.is_answer = lambda other: _numbers(other, len(step.lines), None) == numbers
    attempt.renew()
    try:
        ran = [sent for sent in (attempt.send(step.lines[number]) for number in numbers) if sent]
    except BadLine as error:
        return Outcome(False, mistake=str(error)[:1].upper() + str(error)[1:] + ".")
    outcome = attempt.judge(variants=False)
    outcome.ran = ran
    return outcome


def _match(attempt: Attempt, text: str, as_written: bool) -> Outcome:
    step, rights = attempt.step, right_sides(attempt.step)
    order = list(range(len(rights))) if as_written else shuffled(step)
    chosen = {left: order[right] for left, right in _pairs(text, len(step.pairs), len(rights)).items()}
    attempt.is_answer = lambda other: _pairs(other, len(step.pairs), len(rights)) == chosen
    wrong = [number for number, pair in enumerate(step.pairs) if rights[chosen[number]] != pair.right]
    if not wrong:
        return Outcome(True)
    said = [step.pairs[number].say for number in wrong if step.pairs[number].say][:MOST_SAID]
    count = len(step.pairs) - len(wrong)
    again = ", ".join(str(number + 1) for number in wrong)
    lead = f"{count} of {len(step.pairs)} {'is' if count == 1 else 'are'} right. Look again at {again}."
    return Outcome(False, [Verdict(False, "", say=" ".join([lead, *said]))])


JUDGES = {"predict": _predict, "choose": _choose, "fill": _fill, "order": _order, "match": _match}


def _numbers(text: str, count: int, order: list[int] | None) -> list[int]:
    """`1 3`, `1,3` -> positions in the file. Raises BadAnswer."""
    words = re.findall(r"\d+|[^\s,]+", text)
    if not words or not all(word.isdecimal() and 1 <= int(word) <= count for word in words):
        raise BadAnswer(f"Type numbers from 1 to {count}, with spaces between them.")
    numbers = list(dict.fromkeys(int(word) - 1 for word in words))
    return [order[number] for number in numbers] if order else numbers


def _pairs(text: str, lefts: int, rights: int) -> dict[int, int]:
    """`1b 2a` -> {0: 1, 1: 0}, letters as positions on the screen. Raises BadAnswer."""
    found = {int(number) - 1: ord(letter.lower()) - 97 for number, letter in PAIR.findall(text)}
    if sorted(found) != list(range(lefts)) or any(letter >= rights for letter in found.values()):
        last = chr(96 + rights)
        raise BadAnswer(f"Give every number from 1 to {lefts} a letter from a to {last}, like `1b 2a`.")
    return found


def _same_words(first: str, second: str) -> bool:
    try:
        return split(first) == split(second)
    except UnbalancedQuotes:
        return first == second
