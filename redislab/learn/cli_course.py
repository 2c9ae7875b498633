"""The verb `course`: begin a course, prove it, play its solutions, print the schema for editors.

Owns the verb's options, its report and exit codes: 0 all proved, 1 something does not hold, 2 usage, 3 a file cannot be
read as a chapter, 4 no server.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["add_arguments", "main", "run"]

EXAMPLES = """\
Examples:
  redislab course new my-course          a folder with a chapter to change
  redislab course check my-course        try everything that the course claims
  redislab course check --url redis://127.0.0.1:6390    and compare with that (empty) server
  redislab course demo my-course         play every step with its solution
  redislab course schema > lesson.schema.json           for editors that check YAML

usage: redislab course new FOLDER | check [PATH] | demo [PATH] | schema
"""


def add_arguments(subparsers: Any) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "course",
        help="write a course: new, check, demo, schema",
        usage=argparse.SUPPRESS,
        description=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(
        prog="redislab course", dest="action", required=True, metavar="new|check|demo|schema"
    )
    new = actions.add_parser("new", help="a folder with a chapter to change")
    new.add_argument("path", metavar="FOLDER")
    check = actions.add_parser("check", help="try everything that a course claims")
    check.add_argument(
        "path", nargs="?", metavar="PATH", help="a folder, zip or chapter file; redislab's own if left out"
    )
    check.add_argument("--url", metavar="URL", help="compare with this real, empty server")
    check.add_argument("--flush", action="store_true", help="with --url: the server may hold data, and it may all go")
    check.add_argument(
        "--no-server", action="store_true", help="do not start a redis-server of this machine to compare with"
    )
    check.add_argument("--step", metavar="CHAPTER[:STEP]", help="only this chapter or step")
    demo = actions.add_parser("demo", help="play every step with its solution")
    demo.add_argument("path", nargs="?", metavar="PATH")
    demo.add_argument("--step", metavar="CHAPTER[:STEP]", help="only this chapter or step")
    schema = actions.add_parser("schema", help="the JSON Schema of a chapter")
    for action in (new, check, demo, schema):
        action.add_argument("--json", action="store_true", help="one JSON object a finding")
        action.add_argument("--plain", action="store_true", help="plain lines (they always are here)")
    parser.set_defaults(run=run)


def main(arguments: list[str]) -> int:
    """Run the verb by itself."""
    parser = argparse.ArgumentParser(prog="redislab")
    add_arguments(parser.add_subparsers(required=True))
    return run(parser.parse_args(["course", *arguments]))


def run(namespace: argparse.Namespace) -> int:
    """Do what was asked; the exit code."""
    from redislab.learn.courses import NoSuchChapter
    from redislab.learn.world import NoServer
    from redislab.yamlfile import ContentError

    try:
        return ACTIONS[namespace.action](namespace)
    except NoSuchChapter as error:
        return _fail(str(error), 2)
    except ContentError as error:
        return _fail(str(error), 3)
    except NoServer as error:
        return _fail(str(error), 4)
    except KeyboardInterrupt:
        return 130


def _new(namespace: argparse.Namespace) -> int:
    from redislab.learn.template import TEMPLATE

    folder = Path(namespace.path)
    if folder.exists() and any(folder.iterdir()):
        return _fail(f"{folder} exists and is not empty", 2)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "01-first-steps.yaml").write_text(TEMPLATE, encoding="utf-8")
    (folder / "lesson.schema.json").write_text(_schema_text(), encoding="utf-8")
    print(folder / "01-first-steps.yaml")
    print(f"Change it, then prove it: redislab course check {folder}", file=sys.stderr)
    return 0


def _schema(namespace: argparse.Namespace) -> int:
    print(_schema_text())
    return 0


def _schema_text() -> str:
    import json

    import msgspec

    from redislab.learn.schema import Chapter

    schema = msgspec.json.schema(Chapter)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1)


def _check(namespace: argparse.Namespace) -> int:
    import json

    from redislab.learn.courses import open_course

    course = open_course(namespace.path)
    chapters, unreadable = _chosen(course, namespace.step)
    count = failed = 0
    for problem in unreadable:
        _report(problem, namespace.json)
    for problem in _problems(course, chapters, namespace):
        failed += 1
        _report(problem, namespace.json)
    count = sum(len(steps) for _, steps in chapters)
    total = len(unreadable) + failed
    if namespace.json:
        print(json.dumps({"chapters": len(chapters), "steps": count, "problems": total}))
    else:
        counts = (_count(len(chapters), "chapter"), _count(count, "step"), _count(total, "problem"))
        print("{}, {}: {}".format(*counts))
    return 3 if unreadable else 1 if failed else 0


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def _chosen(course: Any, wanted: str | None) -> tuple[list[tuple[Any, list[Any]]], list[Any]]:
    """Chapters with the steps to prove, and what could not be read."""
    if not wanted:
        loaded, problems = course.load_all()
        return [(one, one.chapter.steps) for one in loaded], problems
    name, _, step = wanted.partition(":")
    one = course.load(course.find(name))
    steps = one.chapter.steps
    return [(one, [steps[course.find_step(one, step)]] if step else steps)], []


def _problems(course: Any, chapters: list[tuple[Any, list[Any]]], namespace: argparse.Namespace) -> Iterator[Any]:
    from redislab.learn.attempt import command_table
    from redislab.learn.prove import prove_step
    from redislab.learn.prove_order import prove_guide, prove_order
    from redislab.learn.world import LocalWorld

    for loaded, steps in chapters:
        for step in steps:
            yield from prove_step(loaded, step)
    if not namespace.step:
        files = [loaded for loaded, _ in chapters]
        whole = len(files) > 1 or all(one.chapter.number <= 1 for one in files)
        yield from prove_order(files, command_table(LocalWorld("table")), whole)
        yield from prove_guide(files, course.anchors())
        yield from _quiz_problems(course, namespace)
    yield from _differences(chapters, namespace)


def _quiz_problems(course: Any, namespace: argparse.Namespace) -> Iterator[Any]:
    """What is wrong with the quiz files of a course in a folder: those in `quiz` beside its chapters."""
    from pathlib import Path

    from redislab.quiz.check import problems

    chapter = next(iter(course.files.values()), None)
    if (namespace.path is None or Path(namespace.path).is_dir()) and isinstance(chapter, Path):
        quiz = chapter.parent / "quiz"
        yield from problems(quiz) if quiz.is_dir() else ()


def _differences(chapters: list[tuple[Any, list[Any]]], namespace: argparse.Namespace) -> Iterator[Any]:
    from redislab.learn.prove_real import compare_step, moves_clock

    if namespace.no_server:
        return
    with _server(namespace) as server:
        if server is None:
            print("redislab: no redis-server here, so nothing was compared with a real one", file=sys.stderr)
            return
        for loaded, steps in chapters:
            for step in steps:
                yield from compare_step(loaded, step, server)
    left_out = sum(moves_clock(step) for _, steps in chapters for step in steps)
    if left_out:
        print(f"redislab: {left_out} steps move the clock and were not compared with a real server", file=sys.stderr)


@contextlib.contextmanager
def _server(namespace: argparse.Namespace) -> Iterator[Any]:
    """The server to compare with: the one named, or a private one of this machine, or None."""
    from redislab.learn.remote import RemoteServer, local_server

    if not namespace.url:
        with local_server() as private:
            yield private
        return
    server = RemoteServer(namespace.url, namespace.flush)
    try:
        yield server
    finally:
        server.close()


def _report(problem: Any, as_json: bool) -> None:
    if as_json:
        import json

        print(
            json.dumps(
                {"file": problem.path, "line": problem.line, "where": problem.where, "message": problem.message},
                ensure_ascii=False,
            )
        )
    else:
        print(problem)


def _demo(namespace: argparse.Namespace) -> int:
    from redislab.learn.courses import open_course
    from redislab.learn.demo import play_demo

    chapters, unreadable = _chosen(open_course(namespace.path), namespace.step)
    for problem in unreadable:
        print(problem, file=sys.stderr)
    solved = all([play_demo(loaded, step, namespace.json) for loaded, steps in chapters for step in steps])
    return 3 if unreadable else 0 if solved else 1


def _fail(message: str, code: int) -> int:
    for line in message.splitlines():
        print(f"redislab: {line}", file=sys.stderr)
    return code


ACTIONS = {"new": _new, "check": _check, "demo": _demo, "schema": _schema}
