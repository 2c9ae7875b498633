"""What the README says is true: its Python runs, its verbs and files exist, its two commands are the ones CI runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})


def test_set_up_is_two_commands() -> None:
    assert [block.strip() for block in blocks("sh")] == [
        "pip install . && redislab lesson data-types",
        "pip install '.[test]' && pytest",
    ]


def test_the_tour_names_what_is_there() -> None:
    tour = README.partition("## A tour")[2]
    folders = re.findall(r"\*\*`(redislab/[\w/.]+|tests/)`\*\*", tour)
    assert len(folders) > 6
    for folder in folders:
        assert (ROOT / folder).exists(), folder
    named = set(re.findall(r"`(\w+\.py)`", tour))
    present = {path.name for path in (ROOT / "redislab").rglob("*.py")}
    assert named <= present, named - present


def test_every_verb_it_lists_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    from redislab.cli import main

    for verb in sorted(set(re.findall(r"\| `redislab (\w+)", README))):
        with pytest.raises(SystemExit) as stopped:
            raise SystemExit(main([verb, "--help"]))
        assert stopped.value.code in (0, None), verb
        assert f"redislab {verb}" in capsys.readouterr().out
