"""Progress survives broken files, full disks and two processes at once."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from redislab.learn.progress import ChapterProgress, Progress, Resume


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    record = ChapterProgress(resume=Resume("two", 17, [[18, "SET k 'a b'"]], hints=1))
    record.step("one").status = "solved"
    Progress("c", tmp_path).save("lists", record)
    again = Progress("c", tmp_path).chapter("lists")
    assert again == record
    assert again.status("one") == "solved"


def test_a_broken_file_is_kept_aside_and_others_live_on(tmp_path: Path) -> None:
    progress = Progress("c", tmp_path)
    good = ChapterProgress()
    good.step("x").status = "solved"
    progress.save("lists", good)
    progress.save("sets", good)
    path = tmp_path / "c" / "lists.json"
    text = path.read_text()[:-10]
    path.write_text(text)
    assert progress.chapter("lists") == ChapterProgress()
    assert "could not be read" in progress.warnings[0]
    kept = list((tmp_path / "c").glob("lists.broken-*"))
    assert [file.read_text() for file in kept] == [text]
    assert progress.chapter("sets").status("x") == "solved"


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{}",
        '{"form": 99, "steps": {}, "resume": {}, "seen_at": ""}',
        '{"form": 1, "steps": {"a": {"status": "odd"}}, "resume": {}, "seen_at": ""}',
        "\x00",
    ],
)
def test_any_other_content_is_put_aside(tmp_path: Path, text: str) -> None:
    progress = Progress("c", tmp_path)
    progress.folder.mkdir(parents=True)
    (progress.folder / "lists.json").write_text(text)
    assert progress.chapter("lists") == ChapterProgress()
    assert len(progress.warnings) == 1


def test_what_another_process_solved_stays_solved(tmp_path: Path) -> None:
    first, second = ChapterProgress(), ChapterProgress()
    first.step("a").status = "solved"
    second.step("a").status = "skipped"
    second.step("b").status = "solved"
    Progress("c", tmp_path).save("lists", first)
    Progress("c", tmp_path).save("lists", second)
    record = Progress("c", tmp_path).chapter("lists")
    assert {name: step.status for name, step in record.steps.items()} == {"a": "solved", "b": "solved"}


def save_many(folder: Path, mark: str) -> None:
    progress = Progress("c", folder)
    record = ChapterProgress()
    for number in range(20):
        record.step(f"{mark}{number}").status = "solved"
        progress.save("lists", record)


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    workers = [multiprocessing.get_context("fork").Process(target=save_many, args=(tmp_path, mark)) for mark in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    data = json.loads((tmp_path / "c" / "lists.json").read_text())
    assert set(data["steps"]) == {f"{mark}{number}" for mark in "ab" for number in range(20)}
    assert not list((tmp_path / "c").glob("*.new"))


def test_a_disk_that_refuses_gives_a_warning_once(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    progress = Progress("c", tmp_path)
    progress.save("lists", ChapterProgress())
    progress.save("lists", ChapterProgress())
    assert len(progress.warnings) == 1
    assert "cannot be saved" in progress.warnings[0]


def test_redislab_home_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDISLAB_HOME", str(tmp_path))
    assert Progress("c").folder == tmp_path / "progress" / "c"
