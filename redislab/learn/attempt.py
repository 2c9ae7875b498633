"""One step being done: its world, what the learner sent, and whether it is solved.

Owns the judging of steps whose goal is a state (do, fix) and the replay on other data; steps that are answered are in
`answers.py`. It shows nothing and knows no other step. What happened is a list of timed lines (`lines`), from which the
same state can be built again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from redislab.learn.check import Judge, databases_in_use
from redislab.learn.check_reply import shown
from redislab.learn.play import BadLine, Log, Message, Sent, play, run_line
from redislab.learn.shape_rules import claims_of
from redislab.learn.state import dump
from redislab.learn.verdict import Verdict
from redislab.learn.world import MAIN, LocalWorld
from redislab.resp.types import BLOCKED

if TYPE_CHECKING:
    from redislab.learn.schema import Step, Variant
    from redislab.learn.schema_goal import Check

__all__ = ["Attempt", "Outcome", "SetupFailed", "WorldMaker", "command_table", "travel"]

WorldMaker = Callable[..., Any]
"""Makes an empty world: (seed, start_ms, protocol)."""


class SetupFailed(Exception):
    """A step's own setup went wrong: the content is at fault, not the learner. `line` is the command."""

    def __init__(self, line: str, reason: str) -> None:
        super().__init__(f"the setup of this step fails at `{line}`: {reason}")
        self.line = line


@dataclass(frozen=True)
class Standing:
    """Which checks of the goal hold at a moment, and which foreseen mistakes, by their place in the step."""

    held: frozenset[int]
    mistaken: frozenset[int]


@dataclass
class Outcome:
    """How it stands. Unless `solved`, one of `mistake` and `misses` says why not."""

    solved: bool
    misses: list[Verdict] = field(default_factory=list)
    mistake: str = ""
    """What a foreseen mistake says."""
    mistaken: list[Check] = field(default_factory=list)
    """When that mistake is told: its own checks."""
    elsewhere: bool = False
    """Right on this data, wrong on other data; `mistake` says so."""
    note: str = ""
    """A remark beside it: feedback of options, what was loose in a right answer."""
    ran: list[Sent] = field(default_factory=list)
    """Commands that were run to judge the answer, to be shown."""

    @property
    def told(self) -> str:
        """All that the learner is told, as one text."""
        parts = [self.mistake or " ".join(miss.sentence for miss in self.misses), self.note]
        return "\n".join(part for part in parts if part)


class Attempt:
    """A step from its setup on. Making one builds the starting data; raises SetupFailed."""

    def __init__(
        self, step: Step, make: WorldMaker = LocalWorld, start_ms: int | None = None, variant: Variant | None = None
    ) -> None:
        self.step = step
        self.make = make
        self.variant = variant
        self.log = Log()
        self.latest: Sent | None = None
        """The command of the last line; None if that was a move of the clock."""
        self.was: Standing | None = None
        """How it stood before the last line."""
        self.helped: list[tuple[str, Sent | None]] = []
        """What the step's other clients did when the last line began to wait: lines, and commands with replies."""
        self.remarked: set[str] = set()
        """Remarks made in passing, each once."""
        self.lines: list[tuple[int, str]] = []
        """(instant in ms, line) of all the learner did; `replay` takes it."""
        self.answered = ""
        self.is_answer: Callable[[str], bool] = lambda text: False
        self.world = self._built(start_ms)
        self.start_ms = self.world.now_ms if start_ms is None else start_ms
        self.before = self._photograph()
        self._floor = self._position()
        self._helped = False

    # Building the data

    def _built(self, start_ms: int | None) -> Any:
        world = self.make(self.step.id, start_ms, self.step.protocol)
        lines = [*self.step.setup, *(self.variant.setup if self.variant else ())]
        try:
            for line in lines:
                for sent in play(world, [line]):
                    _check_setup(line, sent)
        except BadLine as error:
            raise SetupFailed(line, str(error)) from error
        for _ in world.arrived():
            pass
        return world

    def renew(self) -> None:
        """Begin the step anew: its data, and nothing sent yet. The time goes on."""
        now = self.world.now_ms
        self.world.close()
        self.log, self.lines, self._helped = Log(), [], False
        self.latest, self.was, self.remarked = None, None, set()
        self.world, self.start_ms = self._built(now), now
        self.before = self._photograph()
        self._floor = self._position()

    def replay(self, lines: list[tuple[int, str]]) -> None:
        """Do again what was done, at the same instants."""
        for now_ms, line in lines:
            self.world.pin(now_ms)
            self.send(line, ticking=False)

    def _photograph(self) -> dict[Any, Any]:
        """The state before the first command, kept only where a check asks for it."""
        goals = [*self.step.goal, *((self.variant.goal or ()) if self.variant else ())]
        whens = [check for mistake in self.step.mistakes for check in _checks(mistake.when)]
        if not claims_of([*goals, *whens]) & {"unchanged", "changes_only"}:
            return {}
        reader = self.world.reader()
        return dump(reader, databases_in_use(reader, {}))

    # What the learner does

    def send(self, line: str, ticking: bool = True) -> Sent | None:
        """Run a line of the learner's. None for moves of the clock and `:undo`. Raises BadLine; such a line leaves no
        trace."""
        if ticking:
            self.world.tick()
        now, was = self.world.now_ms, self._standing()
        if line.strip() in (":undo", ":redo"):
            self._undo(line.strip())
            sent = None
        elif line.strip() == ":cancel":
            self._cancel()
            sent = None
        else:
            sent = run_line(self.world, line)
        self.was, self.latest = was, sent
        self.lines.append((now, line))
        if sent is not None:
            self.log.sent.append(sent)
        self._help_blocked()
        self.collect()
        return sent

    def _cancel(self) -> None:
        """Give the waiting command up. Whoever waits anew after that is helped anew."""
        client = self.world.client(MAIN)
        if not client.blocked:
            raise BadLine("no command of yours is waiting")
        client.cancel()
        self._helped = False

    def _undo(self, word: str) -> None:
        lab = getattr(self.world, "lab", None)
        if lab is None:
            raise BadLine("a real server cannot take a command back")
        if word == ":undo" and self._position() <= self._floor:
            raise BadLine("there is nothing of yours to undo")
        travel(lab, word)
        last = next((n for n in reversed(range(len(self.log.sent))) if self.log.sent[n].changed), None)
        if word == ":undo" and last is not None:
            del self.log.sent[last]

    def _position(self) -> int:
        """How many steps the lab has recorded; those of the setup are not the learner's to undo."""
        lab = getattr(self.world, "lab", None)
        return lab.position if lab is not None else 0

    def _help_blocked(self) -> None:
        """Once the learner's client waits, the step's other clients act."""
        self.helped = []
        if self.step.when_blocked and not self._helped and self.world.client(MAIN).blocked:
            self._helped = True
            for line in self.step.when_blocked:
                self.helped.append((line, next(play(self.world, [line]), None)))

    def collect(self) -> list[Message]:
        """Messages and late replies since the last call; a late reply becomes the reply of its command."""
        found = [Message(name, reply) for name, reply in self.world.arrived()]
        self.log.messages += found
        for message in found:
            for sent in reversed(self.log.sent):
                if (
                    sent.client == message.client
                    and sent.reply is BLOCKED
                    and not self.world.client(sent.client).blocked
                ):
                    sent.reply, message.answers = message.reply, sent
                    sent.changed = message.reply is not None
                    break
        return found

    # Judging

    def judge(self, variants: bool = True) -> Outcome:
        """Does the goal hold now, and with `variants` also on the other data?"""
        judge = self.judge_now()
        goal = self.variant.goal if self.variant and self.variant.goal is not None else self.step.goal
        missed = judge.misses(goal)
        if missed:
            outcome = Outcome(False, missed)
            self.look_for_mistake(outcome, judge)
            return outcome
        wanted = variants and self.variant is None and self.step.variants
        return self._judge_variants() if wanted else Outcome(True)

    def judge_now(self) -> Judge:
        """A judge of the state as it is now."""
        world = self.world
        return Judge(
            world.reader(),
            world.watcher(),
            self.table,
            self.log,
            self.before,
            lambda text: self.is_answer(text),
            world.client_ids(),
        )

    def look_for_mistake(self, outcome: Outcome, judge: Judge) -> None:
        """Put the first foreseen mistake that fits into the outcome.

        One that was there before the last line fits only if that line has to do with it: else it would be told again
        after each line that follows.
        """
        from redislab.learn.tries import applies

        for place, mistake in enumerate(self.step.mistakes):
            checks = _checks(mistake.when)
            is_new = place not in self.was.mistaken if self.was is not None else self.variant is None
            if (is_new or applies(self, checks, self.latest)) and judge.all_hold(checks):
                outcome.mistake, outcome.mistaken = mistake.say, checks
                return

    def _standing(self) -> Standing | None:
        """How it stands now; None where nobody asks (steps that are answered, variants)."""
        if self.variant is not None or self.step.kind not in ("do", "fix"):
            return None
        judge = self.judge_now()
        held = frozenset(n for n, check in enumerate(self.step.goal) if judge.all_hold([check]))
        mistakes = enumerate(self.step.mistakes)
        return Standing(held, frozenset(n for n, one in mistakes if judge.all_hold(_checks(one.when))))

    def has_advanced(self) -> bool:
        """Does more of the goal hold than before the last line, and all that held before?"""
        now = self._standing()
        return self.was is not None and now is not None and self.was.held < now.held

    @property
    def table(self) -> Any:
        """The commands and their flags."""
        return command_table(self.world)

    def _judge_variants(self) -> Outcome:
        try:
            return self._on_variants()
        finally:
            self.regain()

    def regain(self) -> None:
        """A real server holds one world at a time: after another was looked at, this one's data is built again."""
        if not self.world.local:
            log, lines, was, latest = self.log, self.lines, self.was, self.latest
            self.renew()
            self.replay(lines)
            self.log, self.lines, self.was, self.latest = log, lines, was, latest

    def _on_variants(self) -> Outcome:
        for variant in self.step.variants:
            other = Attempt(self.step, self.make, self.start_ms, variant)
            try:
                other.replay(self.lines)
                outcome = other.judge(variants=False)
            except BadLine as error:
                outcome = Outcome(False, mistake=str(error))
            other.world.close()
            if not outcome.solved:
                return Outcome(False, mistake=_variant_message(variant, outcome), elsewhere=True)
        return Outcome(True)

    def progress(self) -> tuple[int, int]:
        """How many of the goal's checks hold, and how many there are."""
        judge = self.judge_now()
        return sum(judge.all_hold([check]) for check in self.step.goal), len(self.step.goal)


def travel(lab: Any, word: str) -> None:
    """`:undo` or `:redo`. Raises BadLine when there is nothing to take back."""
    from redislab.lab import UndoError

    try:
        lab.undo() if word == ":undo" else lab.redo()
    except UndoError as error:
        raise BadLine(str(error)) from error


def command_table(world: Any) -> Any:
    """The commands and their flags; a real server is described by the engine's own table."""
    lab = getattr(world, "lab", None)
    if lab is None:
        from redislab.lab import Lab

        lab = Lab(clock="manual")
    return lab.commands


def _variant_message(variant: Variant, outcome: Outcome) -> str:
    lead = variant.note or "Right for this data, but the same commands must fit other data too."
    # Where to look is left out: the learner's own data is not this.
    misses = " ".join(replace(miss, look="").sentence for miss in outcome.misses)
    return f"{lead} Beginning with `{'`, `'.join(variant.setup)}`: {outcome.mistake or misses}"


def _check_setup(line: str, sent: Sent) -> None:
    if sent.failed and not line.startswith("?"):
        raise SetupFailed(line, shown(sent.reply))


def _checks(when: Check | list[Check]) -> list[Check]:
    return when if isinstance(when, list) else [when]
