"""The lessons that come with redislab: each chapter is proved, on the engine and beside the real server."""

from __future__ import annotations

import pytest

from redislab.learn.attempt import command_table
from redislab.learn.courses import open_course
from redislab.learn.heads import head_from
from redislab.learn.prove import prove_step
from redislab.learn.prove_order import prove_guide, prove_order
from redislab.learn.prove_real import compare_step
from redislab.learn.remote import RemoteServer
from redislab.learn.world import LocalWorld

COURSE = open_course()


@pytest.mark.parametrize("chapter", COURSE.ids)
def test_every_claim_of_the_chapter_holds(chapter: str) -> None:
    loaded = COURSE.load(chapter)
    assert [str(problem) for step in loaded.chapter.steps for problem in prove_step(loaded, step)] == []


@pytest.mark.parametrize("chapter", COURSE.ids)
def test_engine_and_server_agree(chapter: str, oracle: tuple[str, int]) -> None:
    loaded = COURSE.load(chapter)
    server = RemoteServer(f"redis://{oracle[0]}:{oracle[1]}", flush=True)
    try:
        found = [str(problem) for step in loaded.chapter.steps for problem in compare_step(loaded, step, server)]
    finally:
        server.close()
    assert found == []


@pytest.mark.parametrize("chapter", COURSE.ids)
def test_the_chapter_covers_its_part_of_the_guide(chapter: str) -> None:
    assert [str(problem) for problem in prove_guide([COURSE.load(chapter)], COURSE.anchors())] == []


def test_nothing_is_used_before_it_is_taught() -> None:
    chapters = [COURSE.load(chapter) for chapter in COURSE.ids]
    numbers = [loaded.chapter.number for loaded in chapters]
    whole = numbers == list(range(1, len(numbers) + 1))
    found = prove_order(chapters, command_table(LocalWorld("table")), whole)
    assert [str(problem) for problem in found] == []


def test_the_quick_look_at_a_chapter_is_right() -> None:
    heads, problems = COURSE.heads()
    assert problems == []
    assert heads == [head_from(COURSE.load(chapter).chapter) for chapter in COURSE.ids]
