"""`course check`: a sound chapter passes, and each fault of an unsound one is found."""

from __future__ import annotations

import pytest

from redislab.learn.attempt import command_table
from redislab.learn.load import ChapterFile, parse_chapter
from redislab.learn.prove import prove_step
from redislab.learn.prove_order import prove_guide, prove_order
from redislab.learn.world import LocalWorld
from tests.learn.demo_chapter import CHAPTER


def findings(loaded: ChapterFile) -> list[str]:
    return [str(problem) for step in loaded.chapter.steps for problem in prove_step(loaded, step)]


def test_a_sound_chapter_has_no_problems(chapter: ChapterFile) -> None:
    assert findings(chapter) == []
    assert list(prove_order([chapter], command_table(LocalWorld("t")), whole=True)) == []


FAULTS = [
    ("setup: [SET other 1]", "setup: [SET greeting hello EX 60]", "solved before the learner does anything"),
    ("setup: [SET other 1]", "setup: [SETT other 1]", "the setup fails"),
    ("commands: [SET greeting hello EX 60]", "commands: [SET greeting hello EX 600]", "does not solve the step"),
    ("commands: [SET greeting hello EX 60]", "commands: [SET greeting hello EX]", "`SET greeting hello EX` fails"),
    (
        "commands: [SET greeting hello, EXPIRE greeting 60]",
        "commands: [SETEX greeting 60 hello, GET greeting]",
        "solved after `SETEX greeting 60 hello` already",
    ),
    ('"`SET` takes options', '"`set Greeting hello EX 60` takes options', "this hint holds the solution"),
    (
        "says: thrown away",
        "says: something else",
        "is told 'You have thrown away what was there.', not 'something else'",
    ),
    ("commands: [SET greeting hi EX 60]", "commands: [SET greeting hello EX 30]", "this wrong answer solves the step"),
    ("  - {commands: [FLUSHALL], says: thrown away}\n", "", "no `wrong` leads to this message"),
    (
        "- {commands: [LMOVE orders done RIGHT RIGHT], says: the newest}",
        "- {commands: [DEL orders], says: orders}",
        "no `wrong` leads to this message",
    ),
    (
        "commands: [LMOVE orders done LEFT RIGHT]",
        "commands: [RPUSH done a, LPOP orders]",
        "does not solve the step: Would it",
    ),
    ("hints: [One command does both., ", "hints: [", "two hints or more"),
    ("command: RPUSH l c", "command: TIME", "the reply is not always the same"),
    ("{text: (nil), say: Counting", "{text: (nil), right: true, say: Counting", "but running says false"),
    ("command: LLEN nothing", "command: LLEN", "no option is right"),
    ("broken: [LPUSH queue one two]", "broken: [RPUSH queue one two]", "the broken commands solve the step"),
    (
        "lines: [SET a 1, INCR a, RENAME a b]\n  goal: [{key: b, is: {value: 2}}, {absent: a}]",
        "lines: [SET a 1, SET b 2, SET c 3]\n  goal: [{key: b}, {key: c}]",
        "in the order in which they are shown",
    ),
    (
        "goal: [{key: queue, is: {value: [one, two]}}]",
        "goal: [{key: queue, is: {value: [one, two]}}, {same: [LPOP queue, LPOP queue]}]",
        "must be a command that only reads",
    ),
    (
        "goal: [{key: queue, is: {value: [one, two]}}]",
        "goal: [{key: queue, is: {value: [one, two]}}, {not_used: LPUSHH}]",
        "there is no command `LPUSHH`",
    ),
    ("show: [SET door open, GET door]", "show: [GET]", "`GET` fails"),
]


@pytest.mark.parametrize(("old", "new", "told"), FAULTS)
def test_each_fault_is_found(old: str, new: str, told: str) -> None:
    assert CHAPTER.count(old) == 1
    found = findings(parse_chapter("01-demo.yaml", CHAPTER.replace(old, new)))
    assert any(told in text for text in found), found


def test_a_goal_must_look_at_state() -> None:
    start = CHAPTER.index("  goal:\n  - key: greeting")
    end = CHAPTER.index("  hints: [One command can do both.")
    text = CHAPTER[:start] + "  goal: [{used: SET EX}]\n" + CHAPTER[end:]
    assert any("looks only at what was typed" in found for found in findings(parse_chapter("01-demo.yaml", text)))


def test_nothing_is_used_before_it_is_taught() -> None:
    text = CHAPTER.replace("teaches: [LMOVE, LPOP]", "teaches: [LPOP]").replace(
        "teaches: [SET EX, EXPIRE]", "needs: [expiry]"
    )
    loaded = parse_chapter("01-demo.yaml", text)
    found = [str(problem) for problem in prove_order([loaded], command_table(LocalWorld("t")), whole=True)]
    assert any("LMOVE is used here and not taught before" in one for one in found)
    assert any("`expiry` is needed here and taught by no earlier step" in one for one in found)
    assert list(prove_order([loaded], command_table(LocalWorld("t")), whole=False)) == []


def test_the_guide_is_covered() -> None:
    text = CHAPTER.replace("  show: [SET", "  guide: demo/one/a\n  show: [SET")
    loaded = parse_chapter("01-demo.yaml", text)
    assert list(prove_guide([loaded], None)) == []
    assert list(prove_guide([loaded], ["demo/one/a", "other/b"])) == []
    (missing,) = prove_guide([loaded], ["demo/one/a", "demo/one/b"])
    assert str(missing).endswith("no step covers these anchors of the guide: demo/one/b")
    (unknown, _) = prove_guide([loaded], ["demo/one/aa"])
    assert "the guide has no anchor `demo/one/a`; did you mean `demo/one/aa`?" in str(unknown)
