"""Begins items: from an item of a file to the one on the screen, by its kind. Owns that choice and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redislab.quiz.ask_do import AskedDo
from redislab.quiz.ask_lettered import AskedChoice, AskedPredict, AskedPredictOffered
from redislab.quiz.ask_open import AskedOpen
from redislab.quiz.asked import Asked

__all__ = ["Asked", "ask"]

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
