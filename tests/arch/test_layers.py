"""Imports go downward only; read from the syntax tree, so that an import inside a function counts too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import redislab

ROOT = Path(redislab.__file__).parent

# What each part may import of ours, besides itself.
MAY_IMPORT = {
    "values": set(),
    "resp": set(),
    "rdb": {"values"},
    "engine": {"values", "resp", "rdb"},
    "commands": {"engine", "values", "resp", "rdb"},
    "persist": {"engine", "values", "resp", "rdb"},
    "server": {"commands", "engine", "values", "resp", "rdb", "persist", "lab"},
    "lab": {"commands", "engine", "values", "resp", "changes_view", "process", "persist"},
}
# The front ends see the lab, the protocol's shapes and the metadata of commands, never the engine inside.
FRONT_ENDS = ("shell", "learn", "quiz")
FORBIDDEN_TO_FRONT_ENDS = ("redislab.engine", "redislab.values")
NOT_IN_THE_CORE = {"time", "socket", "asyncio", "threading", "subprocess", "random", "os", "sys"}
MAY_READ_TIME = {"engine/clock.py"}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> list[tuple[str, bool]]:
    """The modules a file imports, each with whether that is for type checking only."""
    tree = ast.parse(path.read_text())
    checking = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in checking) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found += [(module, id(node) in checking)]
            found += [(f"{module}.{alias.name}", id(node) in checking) for alias in node.names if module == "redislab"]
    return found


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downward(path: Path) -> None:
    part = part_of(path)
    for name, typing_only in imports(path):
        if not name.startswith("redislab."):
            continue
        target = name.split(".")[1]
        if part in MAY_IMPORT and target != part and not typing_only:
            assert target in MAY_IMPORT[part], f"{part} must not import {name}"
        if part in FRONT_ENDS and not typing_only:
            assert not name.startswith(FORBIDDEN_TO_FRONT_ENDS), f"{part} must not import {name}"


CORE = [path for path in modules() if part_of(path) in ("values", "resp", "rdb", "engine", "commands")]


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_has_no_io_no_clock_no_dice(path: Path) -> None:
    for name, typing_only in imports(path):
        allowed = typing_only or str(path.relative_to(ROOT)) in MAY_READ_TIME
        top = name.split(".")[0]
        # `Random`, the class, is handed in and used as a type; the module's own functions are dice.
        assert top not in NOT_IN_THE_CORE or allowed or (top == "random" and only_random_class(path)), f"imports {name}"


def only_random_class(path: Path) -> bool:
    return all(
        [alias.name for alias in node.names] == ["Random"]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "random"
    )


def test_every_file_says_what_it_owns() -> None:
    texts = {str(path): path.read_text() for path in modules()}
    silent = [path for path, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == []
