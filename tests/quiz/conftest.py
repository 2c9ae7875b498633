"""A small bank that needs few commands, and a home for answers that is not the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from redislab.quiz.load import BankFile, parse_bank

SMALL = """\
topic: small
title: A small bank
chapter: data-types
items:
- id: capital
  kind: choice
  topic: choices
  ask: Which command stores a string?
  choices:
    - {text: SET, right: true}
    - {text: GET, feedback: GET reads.}
    - {text: DEL, feedback: DEL removes.}
  explain: SET stores.
  source: "Redis manual: SET"
  step: data-types
- id: both
  kind: choice
  topic: choices
  many: true
  ask: Which two read?
  choices:
    - {text: GET, right: true}
    - {text: MGET, right: true}
    - {text: SET, feedback: SET writes.}
  explain: They read.
  source: "Redis manual: GET"
- id: count
  kind: predict
  topic: replies
  setup: [SET n 4]
  command: INCR n
  distractors:
    - {text: '"5"', feedback: INCR replies a number.}
  explain: It adds one.
  source: "Redis manual: INCR"
- id: offered
  kind: predict
  topic: replies
  offer: true
  setup: [SET n 4]
  command: GET n
  distractors:
    - {text: (integer) 4, feedback: GET replies a string.}
    - {text: (nil), feedback: It is there.}
  explain: A string.
  source: "Redis manual: GET"
- id: task
  kind: do
  topic: tasks
  setup: [SET n 4]
  ask: Make n 6.
  goal:
    - {key: n, is: {value: 6}}
    - {not_used: SET}
  hints: [There is a command that adds.]
  solution:
    - {commands: [INCR n, INCR n], note: Step by step.}
    - {commands: [INCRBY n 2], note: At once.}
  explain: Both add.
  source: "Redis manual: INCR"
- id: interview
  kind: open
  topic: talk
  ask: Why is Redis fast?
  points:
    - {text: It keeps data in memory, words: [memory, '\\bram\\b']}
    - {text: One thread without locks, words: [thread]}
    - {text: Good data structures, words: [structures?]}
  short: Memory and one thread.
  long: Memory, one thread, and good structures.
  follow_ups: [And when is it slow?]
  explain: Three things.
  source: "Redis manual: introduction"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that answers are saved in."""
    monkeypatch.setenv("REDISLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def small() -> BankFile:
    return parse_bank("small.yaml", SMALL)


@pytest.fixture(scope="session")
def items(small: BankFile) -> dict[str, Any]:
    """The items of the small bank by id."""
    return {item.id: item for item in small.bank.items}


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_text() -> str:
    return SMALL
