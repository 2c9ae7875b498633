"""What a chapter must obey beyond the types of its fields: which fields belong to which kind of step, and claims that
make no sense. Owns rules that can be told from the file alone; what has to be run to be known is in `prove.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redislab.yamlfile import Problem

if TYPE_CHECKING:
    from redislab.learn.load import ChapterFile
    from redislab.learn.schema import Step
    from redislab.learn.schema_goal import Check

__all__ = ["CLAIMS", "checks_within", "claim_of", "claims_of", "shape_problems"]

CLAIMS = (
    "key",
    "absent",
    "exists",
    "unchanged",
    "changes_only",
    "keys",
    "same",
    "reply",
    "answer",
    "published",
    "pending",
    "config",
    "clients",
    "used",
    "not_used",
    "max_commands",
    "max_writes",
    "all",
    "any",
    "not",
)
REQUIRED = {
    "read": (),
    "do": ("goal", "solution"),
    "predict": ("command",),
    "choose": ("options",),
    "fill": ("template", "goal", "solution"),
    "order": ("lines", "goal"),
    "match": ("pairs",),
    "fix": ("broken", "goal", "solution"),
}
COMMON = {
    "id",
    "title",
    "kind",
    "say",
    "setup",
    "why",
    "complexity",
    "teaches",
    "needs",
    "guide",
    "corrects",
    "protocol",
}
OWN = {
    "read": {"show"},
    "do": {"goal", "hints", "solution", "mistakes", "wrong", "variants", "par", "when_blocked"},
    "predict": {"command", "hints", "mistakes", "wrong"},
    "choose": {"options", "command", "goal", "hints", "mistakes", "wrong"},
    "fill": {"template", "goal", "hints", "solution", "mistakes", "wrong", "variants"},
    "order": {"lines", "goal", "hints", "mistakes", "wrong"},
    "match": {"pairs", "extra", "hints", "mistakes", "wrong"},
    "fix": {"broken", "goal", "hints", "solution", "mistakes", "wrong", "variants", "par", "when_blocked"},
}


def shape_problems(loaded: ChapterFile) -> Iterator[Problem]:
    """Every rule of this module broken in the chapter."""
    seen: set[str] = set()
    for step in loaded.chapter.steps:
        if step.id in seen:
            yield loaded.problem(
                f"another step is called `{step.id}`; progress is kept by id, so ids must differ", step
            )
        seen.add(step.id)
        yield from _field_problems(loaded, step)
        yield from _kind_problems(loaded, step)
        yield from _check_problems(loaded, step)


def claim_of(check: Check) -> str:
    """The claim a check makes; the first if it wrongly makes several, "" if none."""
    return next(iter(_claims(check)), "")


def checks_within(check: Check) -> Iterator[Check]:
    """The check itself and those inside its all, any and not."""
    yield check
    for inner in (*(check.all_ or ()), *(check.any_ or ()), *((check.not_,) if check.not_ else ())):
        yield from checks_within(inner)


def claims_of(checks: list[Check]) -> set[str]:
    """Every claim made in these checks, at any depth."""
    return {claim_of(inner) for check in checks for inner in checks_within(check)}


def _claims(check: Check) -> list[str]:
    return [name for name in CLAIMS if getattr(check, name + "_" * (name in ("all", "any", "not"))) is not None]


def _field_problems(loaded: ChapterFile, step: Step) -> Iterator[Problem]:
    given = _given(step)
    for name in sorted(given - COMMON - OWN[step.kind]):
        kinds = ", ".join(kind for kind, own in OWN.items() if name in own)
        yield loaded.problem(f"a {step.kind} step has no `{name}` (it belongs to: {kinds})", step, name)
    for name in REQUIRED[step.kind]:
        if name not in given:
            yield loaded.problem(f"a {step.kind} step needs `{name}`", step)


def _given(step: Step) -> set[str]:
    """The fields that hold something."""
    return {name for name in step.__struct_fields__ if getattr(step, name) not in (None, [], "")} - {"protocol"}


def _kind_problems(loaded: ChapterFile, step: Step) -> Iterator[Problem]:
    if step.kind == "choose":
        yield from _option_problems(loaded, step)
    if step.kind == "fill" and step.template and "__" not in step.template:
        yield loaded.problem("the template has no blank; write `__` where the learner types", step, "template")
    if step.kind == "order" and len(step.lines) < 3:
        yield loaded.problem("there must be three lines or more to put in order", step, "lines")
    if step.kind == "match":
        yield from _pair_problems(loaded, step)
    for position, route in enumerate(step.solution):
        wanted, other = ("answer", "commands") if step.kind == "fill" else ("commands", "answer")
        if getattr(route, wanted) is None or getattr(route, other) is not None:
            yield loaded.problem(
                f"a route of a {step.kind} step has `{wanted}`, not `{other}`", step, "solution", position
            )
    for position, wrong in enumerate(step.wrong):
        wanted, other = ("commands", "answer") if step.kind in ("do", "fix") else ("answer", "commands")
        if getattr(wrong, wanted) is None or getattr(wrong, other) is not None:
            yield loaded.problem(
                f"`wrong` of a {step.kind} step has `{wanted}`, not `{other}`", step, "wrong", position
            )


def _option_problems(loaded: ChapterFile, step: Step) -> Iterator[Problem]:
    if len(step.options) < 2:
        yield loaded.problem("there must be two options or more", step, "options")
    for position, option in enumerate(step.options):
        if option.right is None and not step.command and not (option.run and step.goal):
            advice = (
                "say `right: true` or `false`, or give the step a `command`, or the option `run` and the step a goal"
            )
            yield loaded.problem(f"nothing tells whether this option is right; {advice}", step, "options", position)


def _pair_problems(loaded: ChapterFile, step: Step) -> Iterator[Problem]:
    if len(step.pairs) < 2:
        yield loaded.problem("there must be two pairs or more", step, "pairs")
    rights = [pair.right for pair in step.pairs] + step.extra
    lefts = [pair.left for pair in step.pairs]
    if len(set(lefts)) < len(lefts) or set(step.extra) & {pair.right for pair in step.pairs}:
        yield loaded.problem("left sides must differ from each other, and extras from right sides", step, "pairs")
    if len(set(rights)) > 26:
        yield loaded.problem("at most 26 right sides, they are lettered a to z", step, "pairs")


def _check_problems(loaded: ChapterFile, step: Step) -> Iterator[Problem]:
    for path, check in _all_checks(step):
        for inner in checks_within(check):
            message = _check_problem(inner, path[0])
            if message:
                yield loaded.problem(message, step, *path)


def _all_checks(step: Step) -> Iterator[tuple[tuple[str | int, ...], Check]]:
    for position, check in enumerate(step.goal):
        yield ("goal", position), check
    for position, mistake in enumerate(step.mistakes):
        for check in mistake.when if isinstance(mistake.when, list) else [mistake.when]:
            yield ("mistakes", position, "when"), check
    for position, variant in enumerate(step.variants):
        for number, check in enumerate(variant.goal or ()):
            yield ("variants", position, "goal", number), check


def _check_problem(check: Check, place: str | int) -> str:
    claims = _claims(check)
    if len(claims) != 1:
        found = f"this one makes {len(claims)}: {', '.join(claims)}" if claims else "this one makes none"
        return f"a check makes one claim, {found}; write two list items for two claims"
    if check.is_ is not None and check.key is None:
        return "`is` stands beside `key`"
    if check.answer is not None and place != "mistakes":
        return "`answer` is for mistakes only; a goal is about state"
    return _state_problem(check) if check.is_ else _reply_problem(check)


def _state_problem(check: Check) -> str:
    state: Any = check.is_
    if all(getattr(state, name) is None for name in state.__struct_fields__ if name != "unordered"):
        return f"`is` of `{check.key}` says nothing"
    others = [
        name
        for name in state.__struct_fields__
        if name not in ("type", "unordered") and getattr(state, name) is not None
    ]
    if state.type == "none" and others:
        return f"a key of type none has no {', '.join(others)}"
    return ""


def _reply_problem(check: Check) -> str:
    from msgspec import UNSET

    reply: Any = check.reply
    if reply is None:
        return ""
    claims = [
        name
        for name in ("error", "kind", "length", "between", "contains", "same_as")
        if getattr(reply, name) is not None
    ]
    return "" if claims or reply.equals is not UNSET else "`reply` says nothing about the reply"
