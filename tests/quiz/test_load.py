"""Quiz files: what is refused, on which line, and finding items by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from redislab.quiz.load import NoSuchTopic, choose_items, load_all, parse_bank
from redislab.yamlfile import ContentError

HEAD = "topic: t\ntitle: T\nchapter: c\nitems:\n"
GOOD = """\
- id: one
  kind: choice
  ask: Which?
  choices:
    - {text: this, right: true}
    - {text: that, feedback: Not that.}
  explain: Because.
  source: "Redis manual: X"
"""


def refused(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse_bank("q.yaml", text)
    return [str(problem) for problem in caught.value.problems]


def test_good_file() -> None:
    bank = parse_bank("q.yaml", HEAD + GOOD).bank
    assert bank.items[0].topic == "t" and bank.items[0].kind == "choice"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("ask: Which?", "question: Which?", 7, "there is no field `question`"),
        ("explain: Because.", "explian: Because.", 11, "did you mean `explain`?"),
        ("kind: choice", "kind: chioce", 6, "chioce"),
        ("  explain: Because.\n", "", 5, "explain"),
        (", right: true", "", 9, "no choice is marked"),
        (", feedback: Not that.", "", 10, "a wrong choice needs `feedback`"),
        ("{text: that, feedback: Not that.}", "{text: that, right: true}", 9, "say `many: true`"),
        ("text: that", "text: This", 9, "two choices have the same text"),
        ("id: one", "id: One two", 5, "one"),
        ("ask: Which?", "ask: Which?\n  difficulty: 4", 8, "<= 3"),
        ("ask: Which?", "ask: Which?\n  ask: What?", 8, "given twice"),
        ("ask: Which?", "ask: [", 9, "not YAML"),
    ],
)
def test_refused_with_its_line(old: str, new: str, line: int, said: str) -> None:
    found = refused(HEAD + GOOD.replace(old, new))
    assert any(problem.startswith(f"q.yaml:{line}: ") for problem in found), found
    assert any(said.lower() in problem.lower() for problem in found), found


def test_every_bad_item_is_reported() -> None:
    text = HEAD + GOOD.replace("ask: Which?", "x: 1") + GOOD.replace("id: one", "id: two").replace("source", "sauce")
    assert len(refused(text)) == 2


def test_ids_differ() -> None:
    assert "another item has this id" in refused(HEAD + GOOD + GOOD)[0]


def test_ids_differ_between_files(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(HEAD + GOOD)
    with pytest.raises(ContentError, match=r"b.yaml:5: one: another item has this id"):
        load_all(tmp_path)


def test_words_are_regular_expressions() -> None:
    item = """\
- id: two
  kind: open
  ask: What?
  points:
    - {text: a point, words: [fine]}
    - {text: another, words: ["broken("]}
  short: s
  long: l
  explain: e
  source: s
"""
    assert "q.yaml:10: two: `broken(` is no regular expression" in refused(HEAD + item)[0]


@pytest.mark.parametrize("text", ["", "- a", "items: 3", "topic: t"])
def test_no_quiz_file(text: str) -> None:
    assert refused(text)


def test_missing_file_and_empty_folder(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ContentError):
            load_all(place)


def test_finding_items() -> None:
    files = load_all()
    assert {item.topic for item in choose_items(files, "locks")} == {"locks"}
    assert len(choose_items(files, "interview-prep")) > 40
    assert [item.id for item in choose_items(files, "cache-stampede")] == ["cache-stampede"]
    assert len(choose_items(files, None)) == sum(len(file.bank.items) for file in files)
    with pytest.raises(NoSuchTopic, match="did you mean `replication`"):
        choose_items(files, "replicaton")
