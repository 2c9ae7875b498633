"""A small chapter with a step of every kind, and a runner fed with lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redislab.learn.load import ChapterFile, parse_chapter
from redislab.learn.progress import Progress
from redislab.learn.run import Runner
from tests.learn.demo_chapter import CHAPTER


@pytest.fixture
def chapter() -> ChapterFile:
    return parse_chapter("01-demo.yaml", CHAPTER)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REDISLAB_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def start(chapter: ChapterFile, home: Path) -> Callable[..., Runner]:
    """Begin the chapter at a step, or where it was left."""

    def begin(step: str | None = None, **keywords: Any) -> Runner:
        position = chapter.step_position(step) if step else None
        runner = Runner(chapter, Progress("test"), start=position, **keywords)
        runner.begin()
        return runner

    return begin


@pytest.fixture
def require() -> Callable[..., None]:
    """Skip where the engine lacks a command, which the declaration tests of the engine forbid for a release."""

    def check(*names: str) -> None:
        from redislab import Lab

        missing = [name for name in names if name.lower() not in Lab(clock="manual").commands]
        if missing:
            pytest.skip(f"the engine has no {', '.join(missing)}")

    return check
