"""Chapters are read with the line of every mistake, and plain scalars stay what Redis would keep."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from redislab.learn.courses import NoSuchChapter, open_course
from redislab.learn.load import ContentError, parse_chapter, read_yaml
from redislab.learn.schema import Chapter

HEAD = "id: demo\nnumber: 1\ntitle: Demo\nintro: hello\nsteps:\n"
READ = "- id: hello\n  title: Hello\n  kind: read\n  say: Hi\n"


def problems(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse_chapter("demo.yaml", text)
    return [str(problem) for problem in caught.value.problems]


def test_a_chapter_is_read() -> None:
    loaded = parse_chapter("demo.yaml", HEAD + READ)
    assert isinstance(loaded.chapter, Chapter)
    assert loaded.chapter.steps[0].id == "hello"
    assert str(loaded.problem("odd", loaded.chapter.steps[0], "say")) == "demo.yaml:9: hello.say: odd"


def test_scalars_stay_as_they_are_written() -> None:
    data = read_yaml(
        "x", "[yes, on, 007, 1.50, 12:30, 2024-01-15, 60, 1.5, -3, null, ~, true, 1e3, 0x10, 0.00001]"
    ).data
    assert data == [
        "yes",
        "on",
        "007",
        "1.50",
        "12:30",
        "2024-01-15",
        60,
        1.5,
        -3,
        None,
        None,
        True,
        "1e3",
        "0x10",
        "0.00001",
    ]


def test_an_unknown_field_names_its_line_and_the_nearest() -> None:
    assert problems(HEAD + READ + "  settup: [PING]\n") == [
        "demo.yaml:10: hello: there is no field `settup` here; did you mean `setup`?"
    ]


def test_an_unknown_field_deep_in_a_goal() -> None:
    step = "- id: a\n  title: A\n  kind: do\n  say: s\n  solution: [{commands: [PING]}]\n"
    step += "  goal:\n  - key: k\n    is:\n      typ: list\n"
    assert problems(HEAD + step) == ["demo.yaml:14: a.goal.0.is: there is no field `typ` here; did you mean `type`?"]


def test_every_bad_step_is_reported() -> None:
    found = problems(HEAD + READ + "  kinds: x\n" + READ.replace("hello", "two").replace("read", "dance"))
    assert len(found) == 2
    assert found[0].startswith("demo.yaml:10: hello: there is no field `kinds`")
    assert found[1].startswith("demo.yaml:13: two.kind: invalid enum value 'dance'")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("  kind: do\n", "a do step needs `goal`"),
        ("  kind: predict\n  options: [{text: a, say: b}]\n", "a predict step has no `options`"),
        ("  kind: read\n  goal: [{key: a, absent: b}]\n", "a check makes one claim, this one makes 2: key, absent"),
        ("  kind: read\n  goal: [{say: b}]\n", "a check makes one claim, this one makes none"),
        ("  kind: read\n  goal: [{absent: b, is: {type: list}}]\n", "`is` stands beside `key`"),
        ("  kind: read\n  goal: [{key: b, is: {unordered: true}}]\n", "`is` of `b` says nothing"),
        ("  kind: read\n  goal: [{key: b, is: {type: none, value: 3}}]\n", "a key of type none has no value"),
        ("  kind: read\n  goal: [{reply: {of: GET}}]\n", "`reply` says nothing about the reply"),
        ("  kind: read\n  goal: [{answer: 3}]\n", "`answer` is for mistakes only"),
        (
            "  kind: choose\n  options: [{text: a, say: b}, {text: c, say: d}]\n",
            "nothing tells whether this option is right",
        ),
        ("  kind: fill\n  template: SET k v\n", "the template has no blank"),
        ("  kind: order\n  lines: [PING, ECHO a]\n", "there must be three lines or more"),
        ("  kind: read\n  id: a\n", "`id` is given twice here"),
        ("  kind: read\n  show: [@bob PING]\n", "must stand in quotes"),
    ],
)
def test_rules_of_a_step(fields: str, message: str) -> None:
    found = problems(HEAD + "- id: one\n  title: A\n  say: s\n" + fields)
    assert any(message in text for text in found), found


def test_ids_must_differ() -> None:
    assert any("another step is called `hello`" in text for text in problems(HEAD + READ + READ))


def test_a_course_in_a_folder_and_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "01-demo.yaml").write_text(HEAD + READ)
    (folder / "02-next.yaml").write_text((HEAD + READ).replace("id: demo\nnumber: 1", "id: next\nnumber: 2"))
    (folder / "notes.yaml").write_text("not: a chapter")
    with zipfile.ZipFile(tmp_path / "course.zip", "w") as archive:
        for file in folder.glob("0*"):
            archive.write(file, f"course/{file.name}")
    for place in (folder, tmp_path / "course.zip"):
        course = open_course(place)
        assert course.ids == ["demo", "next"]
        assert course.load("next").chapter.number == 2
        assert course.find("2") == "next"
        assert course.find("de") == "demo"
    assert open_course(folder).name != open_course(tmp_path / "course.zip").name


def test_a_name_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "01-demo.yaml").write_text(HEAD + READ)
    course = open_course(tmp_path)
    with pytest.raises(NoSuchChapter, match="did you mean `demo`"):
        course.find("dmeo")
    with pytest.raises(NoSuchChapter, match="did you mean `hello`"):
        course.find_step(course.load("demo"), "helo")


def test_file_name_and_id_agree(tmp_path: Path) -> None:
    (tmp_path / "02-demo.yaml").write_text(HEAD + READ)
    with pytest.raises(ContentError, match=r"for this id and number it is 01-demo\.yaml"):
        open_course(tmp_path).load("demo")


def test_what_is_no_course_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a/01-demo.yaml", HEAD + READ)
        archive.writestr("b/01-demo.yaml", HEAD + READ)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("01-demo.yaml", "#" * 5_000_000)
    places = {"notes.txt": "not a zip", "empty": "no chapter here", "twice.zip": "twice", "bomb.zip": "larger than"}
    for name, told in places.items():
        with pytest.raises(ContentError, match=told):
            open_course(tmp_path / name)


def test_a_yaml_tag_builds_nothing(tmp_path: Path) -> None:
    found = problems("id: !!python/object/apply:os.system [echo]\nnumber: 1\n")
    assert "not YAML" in found[0]
