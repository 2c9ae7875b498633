"""Decides what a learner is told after a line that has not solved the step.

The rule, for every step that is done with commands:

- A command that changed the data, or could have, is a **try**: a foreseen mistake or the general message is told. So is
  a reading command that the goal or a solution names, because its reply may have been meant as the answer
  (but not while the data is still to be changed).
- A command that **failed** is told its foreseen mistake; else how it is written, or that `:why` explains.
- A try that is **on the way** (part of a known solution, or one thing of the goal more holds than before) is no miss.
  A foreseen mistake that fits is told as a remark, e.g. "Now count its riders".
- Everything else is **looking around**, which is free: only a foreseen mistake about this very command is told, as a
  remark and once. After a move of the clock the same goes for foreseen mistakes about the state. `:undo` is silent.

Owns that rule; it never decides whether a step is solved, and words nothing itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redislab.learn.check_done import is_write, names_of
from redislab.learn.play import CLIENT_LINE, Sent, command_of
from redislab.learn.shape_rules import checks_within
from redislab.resp.words import UnbalancedQuotes, split

if TYPE_CHECKING:
    from redislab.learn.attempt import Attempt, Outcome
    from redislab.learn.schema import Step
    from redislab.learn.schema_goal import Check

__all__ = ["applies", "counted", "is_look", "telling"]


def telling(attempt: Attempt, line: str, sent: Sent | None, outcome: Outcome) -> str:
    """How to answer this line (`sent` is None for a move of the clock and the like), which solved nothing.

    "miss": as a miss. "remark": the foreseen mistake in passing. "failed": the error, and how it is written. "onward":
    so far so good. "": not at all.
    """
    if sent is None:
        return "remark" if line.startswith(":clock") and outcome.mistake and not _names(outcome.mistaken) else ""
    if sent.queued:
        return ""
    if sent.failed and not _wants_error(attempt.step):
        return "miss" if outcome.mistake else "failed"
    if is_look(attempt, sent) or _is_early(attempt, sent):
        return "remark" if outcome.mistake and _is_about(outcome, sent) else ""
    on_route = _is_on_route(attempt)
    if outcome.elsewhere or not (on_route or attempt.has_advanced()):
        return "miss"
    if outcome.mistake:
        return "remark"
    # A look that comes too early also fulfils something, and would be praised too early.
    return "onward" if sent.changed and not on_route else ""


def counted(attempt: Attempt) -> int:
    """How many commands the learner took, without looking around and without those that failed."""
    return len(_working(attempt))


def applies(attempt: Attempt, when: list[Check], sent: Sent | None) -> bool:
    """May a foreseen mistake be told after this command? Not if it speaks of another one, sent earlier, unless that
    one is forbidden and so stays wrong."""
    names = set(_names(when))
    if not names or sent is None:
        return not names
    forbidden = {name for check in attempt.step.goal for one in checks_within(check) for name in names_of(one.not_used)}
    return any(name == "" or _begins(sent, name) for name in names) or bool(names & forbidden)


def is_look(attempt: Attempt, sent: Sent) -> bool:
    """Did this command only look around?"""
    command = command_of(attempt.table, sent.argv)
    if sent.changed or sent.failed or is_write(command):
        return False
    return not any(_begins(sent, name) for name in _answering(attempt.step))


def _is_early(attempt: Attempt, sent: Sent) -> bool:
    """Is this a reply that the goal asks for, while the data is not yet as it should be? It is taken for a look."""
    if sent.changed or sent.failed or is_write(command_of(attempt.table, sent.argv)):
        return False
    judge = attempt.judge_now()
    about_data = [check for check in attempt.step.goal if not any(one.reply for one in checks_within(check))]
    return not judge.all_hold(about_data)


def _answering(step: Step) -> set[str]:
    """The commands whose replies may be an answer: those the goal names, and if it asks for a reply the solutions'."""
    checks = [one for check in step.goal for one in checks_within(check)]
    names = {name for check in checks for name in [*names_of(check.used), *names_of(check.not_used)]}
    names |= {check.reply.of for check in checks if check.reply and check.reply.of}
    if any(check.reply and not check.reply.of for check in checks):
        names |= {words[0].decode() for route in _routes(step) for words in route if words}
    return names


def _is_about(outcome: Outcome, sent: Sent) -> bool:
    """Does the foreseen mistake speak of this very command, or of exactly this reply?"""
    for check in _within(outcome.mistaken):
        if check.reply and (_begins(sent, check.reply.of) if check.reply.of else check.reply.same_as):
            return True
        if any(_begins(sent, name) for name in names_of(check.used)):
            return True
    return False


def _names(when: list[Check]) -> list[str]:
    """The commands a mistake speaks of; "" stands for the last one, whatever it was. Denials do not count."""
    found: list[str] = []
    for check in _within(when):
        found += [(check.reply.of or "")] if check.reply else []
        found += names_of(check.used)
    return found


def _within(checks: list[Check]) -> Iterator[Check]:
    """These checks and those inside `all` and `any`."""
    for check in checks:
        yield check
        yield from _within([*(check.all_ or ()), *(check.any_ or ())])


def _wants_error(step: Step) -> bool:
    replies = [one.reply for check in step.goal for one in checks_within(check) if one.reply]
    return any(reply.error or reply.kind == "error" for reply in replies)


def _begins(sent: Sent, name: str) -> bool:
    words = name.split()
    given = [word.decode("utf-8", "replace").upper() for word in sent.argv]
    return bool(words) and given[:1] == [words[0].upper()] and all(word.upper() in given[1:] for word in words[1:])


# Known solutions


def _is_on_route(attempt: Attempt) -> bool:
    """Are these commands a part of one route, in whatever order, with more to come?"""
    done = Counter(tuple(_folded(sent.argv)) for sent in _working(attempt))
    routes = [Counter(tuple(words) for words in route) for route in _routes(attempt.step)]
    return any(done < route for route in routes)


def _working(attempt: Attempt) -> list[Sent]:
    """What was sent and ran, without looks that are no part of a route."""
    part = {tuple(words) for route in _routes(attempt.step) for words in route}
    ran = [sent for sent in attempt.log.sent if not sent.failed or _wants_error(attempt.step)]
    return [sent for sent in ran if tuple(_folded(sent.argv)) in part or not is_look(attempt, sent)]


def _routes(step: Step) -> list[list[list[bytes]]]:
    return [[_words(line) for line in route.commands or () if not line.startswith(":")] for route in step.solution]


def _words(line: str) -> list[bytes]:
    found = CLIENT_LINE.match(line.strip())
    try:
        return _folded(split(found[2] if found else line))
    except UnbalancedQuotes:
        return []


def _folded(argv: list[bytes]) -> list[bytes]:
    """A command's name may be in any case."""
    return [argv[0].upper(), *argv[1:]] if argv else []


