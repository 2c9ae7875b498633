"""What is loaded from whole, cut and damaged files, and what is refused, as the real server does; recorded from it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from persist.loading import CASES, RECORDED, lay_out, log_lines
from redislab.commands.table import TABLE
from redislab.engine.clock import SystemClock
from redislab.engine.config_file import apply_directives, directives, options_text
from redislab.engine.engine import Engine
from redislab.persist.keeper import CannotLoad, Keeper

RECORD = json.loads(RECORDED.read_text())
SAFER = {
    "cut transaction": "Redis leaves MULTI at the end, and loses what is appended after it",
    "cut timestamp": "Redis leaves the half line, and loses the command that is appended to it",
    "word without an end": "Redis skips any two bytes",
    "truncated, not the last": "Redis cuts the file before it gives up",
    "wrong number of arguments": "Redis crashes",
}
"""Cases that are handled otherwise than Redis does, and what Redis does."""
TOLD_OTHERWISE = {"base is cut", "base of an unknown type", "RDB with an unknown type", "RDB with a damaged value"}
"""Refusals for which Redis names a place in its own source."""


class Outcome:
    """What our keeper does with a case."""

    def __init__(self, name: str, place: Path, *, prepared: bool = False) -> None:
        options = CASES[name][1] if prepared else lay_out(name, place)
        before = contents(place)
        self.log: list[str] = []
        self.engine = Engine(TABLE, SystemClock(), Random(1))
        self.engine.config.values["dir"] = str(place)
        apply_directives(self.engine, directives(options_text([*options, "--save", ""]), None))  # type: ignore[arg-type]
        keeper = Keeper(self.engine, lambda level, text: self.log.extend(text.splitlines()))
        self.keys: list[str] | None
        self.numbers: list[int] = []
        try:
            keeper.load()
            self.keys = sorted(key.decode() for key in self.engine.databases[0].values)
            fields = keeper.fields()
            self.numbers = [int(fields[name]) for name in NUMBERS if name in fields]
        except CannotLoad as error:
            self.keys = None
            self.log += str(error).splitlines()
        keeper.end()
        self.log = log_lines(self.log, place)
        self.untouched = contents(place) == before


NUMBERS = ("rdb_changes_since_last_save", "rdb_last_load_keys_loaded", "aof_current_size", "aof_base_size")


def contents(place: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [name for name in CASES if name not in SAFER])
def test_as_recorded(name: str, tmp_path: Path) -> None:
    ours, theirs = Outcome(name, tmp_path), RECORD[name]
    assert ours.keys == theirs["keys"]
    if theirs["keys"] is None:
        assert ours.untouched or name == "old file is rubbish"
    else:
        cut = "truncated" in name or "open" in name or "file is cut" in name
        compare_numbers(ours.numbers, theirs["numbers"], cut=cut)
    if name not in TOLD_OTHERWISE:
        compare_logs(ours.log, theirs["log"])


def compare_numbers(ours: list[int], theirs: list[int], *, cut: bool) -> None:
    """Where something was cut off Redis still counts it."""
    if cut:
        ours, theirs = ours[:2], theirs[:2]
    assert ours[: len(theirs)] == theirs


def compare_logs(ours: list[str], theirs: list[str]) -> None:
    """The lines are the same, but ours may say more in the last one."""
    theirs = [line for line in theirs if not line.startswith(("Internal error", "Terminating", "Fatal error loading"))]
    assert [mine[: len(line)] for mine, line in zip(ours, theirs, strict=False)] == theirs
    assert len(ours) == len(theirs)


@pytest.mark.parametrize("name", SAFER)
def test_safer_than_redis(name: str, tmp_path: Path) -> None:
    ours = Outcome(name, tmp_path)
    assert ours.keys in (None, ["a", "base"])
    assert ours.untouched == (ours.keys is None)


@pytest.mark.parametrize("name", [name for name in CASES if RECORD[name]["keys"] is not None])
def test_loaded_again(name: str, tmp_path: Path) -> None:
    """What was loaded once, and put right where it was cut, is loaded again without a complaint."""
    first = Outcome(name, tmp_path)
    if first.keys is not None:
        again = Outcome(name, tmp_path, prepared=True)
        assert again.keys == first.keys
        assert not [line for line in again.log if "Truncating" in line or "Revert" in line]


def test_recorded_all() -> None:
    assert list(RECORD) == list(CASES)


def test_a_refusal_is_one_of_words(tmp_path: Path) -> None:
    """Nothing that is refused is refused with a traceback."""
    refused: list[Any] = []
    for number, name in enumerate(CASES):
        place = tmp_path / str(number)
        place.mkdir()
        outcome = Outcome(name, place)
        if outcome.keys is None:
            refused.append(outcome.log[-1])
    assert len(refused) > 20
    assert all(line and "Traceback" not in line for line in refused)
