"""A remark below a reply that could mislead: CONFIG SET answers OK also where the setting changes nothing here.

Owns these sentences, a rule a command. They are for people at a prompt only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from redislab.lab import Lab

if TYPE_CHECKING:
    from redislab.shell.outcome import Outcome

__all__ = ["remarks"]


def settings_without_effect(lab: Lab, outcome: Outcome) -> list[str]:
    """Which of the parameters that were set have no effect in a lab: a sentence for each reason."""
    known = lab.engine.config.parameters
    said: dict[str, list[str]] = {}
    for word in outcome.argv[2::2]:
        parameter = known.get(word.decode("latin-1").lower())
        if parameter is not None and parameter.effect:
            said.setdefault(parameter.effect, []).append(parameter.name)
    return [f"{', '.join(names)}: {effect}." for effect, names in said.items()]


RULES: dict[str, Callable[[Lab, Outcome], list[str]]] = {"config|set": settings_without_effect}


def remarks(lab: Lab, outcome: Outcome) -> list[str]:
    """What is to be said below the reply of a command that succeeded."""
    rule = RULES.get(outcome.command.name) if outcome.command is not None else None
    return rule(lab, outcome) if rule is not None and str(outcome.reply) == "OK" else []
