"""The verb `lesson`: list the chapters, run one, continue, or judge answers from a pipe.

Owns the verb's options and exit codes (0 ok, 1 not solved, 2 usage, 3 bad content, 4 no connection, 130 interrupted).
Imports of weight stand inside the functions, so that other verbs do not pay for them.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redislab.learn.courses import Course
    from redislab.learn.progress import Progress

__all__ = ["add_arguments", "main", "run"]

OK, FAILED, USAGE, BAD_CONTENT, NO_CONNECTION, INTERRUPTED = 0, 1, 2, 3, 4, 130

EXAMPLES = """\
Examples:
  redislab lesson                            the chapters, and how far you are
  redislab lesson next                       go on where you left
  redislab lesson data-types                 a chapter (its name, number or beginning)
  redislab lesson data-types:first-set       one step of it
  redislab lesson data-types < answers.txt   judge answers from a file: exit code 0 if all is solved
  redislab lesson --course my-course.zip     somebody else's course

usage: redislab lesson [CHAPTER[:STEP]] [--course PATH] [--url URL [--flush]] [--fresh] [--json] [--plain]

Chapters with exercises that check what your commands did.
"""


def add_arguments(subparsers: Any) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "lesson",
        help="learn: chapters with exercises that check what your commands did",
        usage=argparse.SUPPRESS,
        description=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chapter", nargs="?", metavar="CHAPTER[:STEP]", help="a chapter, or `next`")
    parser.add_argument(
        "--course", metavar="PATH", help="a folder, zip or file with chapters, in place of redislab's own"
    )
    parser.add_argument(
        "--url", metavar="URL", help="do it on a real, empty server: redis://HOST:PORT, rediss://, unix://PATH"
    )
    parser.add_argument("--flush", action="store_true", help="with --url: the server may hold data, and it may all go")
    parser.add_argument("--fresh", action="store_true", help="begin the chapter anew; the old progress is kept aside")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a chapter, or a step when answers are piped in"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines: no boxes, no colour, no redrawing")
    parser.set_defaults(run=run)


def main(arguments: list[str]) -> int:
    """Run the verb by itself: `main(["data-types"])`."""
    parser = argparse.ArgumentParser(prog="redislab")
    add_arguments(parser.add_subparsers(required=True))
    return run(parser.parse_args(["lesson", *arguments]))


def run(namespace: argparse.Namespace) -> int:
    """Do what was asked; the exit code."""
    from redislab.learn.courses import NoSuchChapter, open_course
    from redislab.learn.world import NoServer
    from redislab.yamlfile import ContentError

    try:
        course = open_course(namespace.course)
        return _list(course, namespace) if namespace.chapter is None else _run_chapter(course, namespace)
    except NoSuchChapter as error:
        return _fail(str(error), USAGE)
    except ContentError as error:
        return _fail(str(error), BAD_CONTENT)
    except NoServer as error:
        return _fail(str(error), NO_CONNECTION)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


def status_rows(course: Course, progress: Progress) -> tuple[list[dict[str, Any]], list[Any]]:
    """A row a chapter with its counts and status (new, begun, done); and the problems of unreadable chapters."""
    heads, problems = course.heads()
    rows = []
    for head in heads:
        record = progress.chapter(head.id)
        states = [record.status(step) for step in head.steps]
        solved = states.count("solved")
        begun = record.steps or record.resume.step
        status = "done" if solved == len(states) else "begun" if begun else "new"
        rows.append(
            {
                "chapter": head.id,
                "number": head.number,
                "title": head.title,
                "status": status,
                "solved": solved,
                "skipped": states.count("skipped"),
                "of": len(states),
                "at": record.resume.step,
                "seen_at": record.seen_at,
            }
        )
    return rows, problems


def _list(course: Course, namespace: argparse.Namespace) -> int:
    import json

    from redislab.learn.progress import Progress

    progress = Progress(course.name)
    rows, problems = status_rows(course, progress)
    for text in [*progress.warnings, *map(str, problems)]:
        print(f"redislab: {text}", file=sys.stderr)
    if namespace.json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        print("\n".join(_row_text(row) for row in rows))
        print("\n`redislab lesson next` goes on; `redislab lesson NAME` takes a chapter.", file=sys.stderr)
    return BAD_CONTENT if problems else OK


def _row_text(row: dict[str, Any]) -> str:
    mark = {"done": "[x]", "begun": "[~]", "new": "[ ]"}[row["status"]]
    skipped = f", {row['skipped']} skipped" if row["skipped"] else ""
    return f"{mark} {row['number']:>2} {row['chapter']:<20} {row['solved']:>2}/{row['of']:<2} {row['title']}{skipped}"


def _run_chapter(course: Course, namespace: argparse.Namespace) -> int:
    from redislab.learn.progress import Progress
    from redislab.learn.run import Runner

    progress = Progress(course.name)
    name, _, step = namespace.chapter.partition(":")
    chapter = _next_chapter(course, progress) if name == "next" else course.find(name)
    loaded = course.load(chapter)
    start = course.find_step(loaded, step) if step else None
    if namespace.fresh:
        progress.forget(chapter)
    make, close = _world_maker(namespace)
    try:
        if not sys.stdin.isatty():
            from redislab.learn.script import run_script

            runner = Runner(loaded, progress, start=start or 0, **make)
            return run_script(runner, sys.stdin, namespace.json, only=bool(step))
        return _interactive(course, Runner(loaded, progress, start=start, **make), namespace)
    finally:
        close()


def _interactive(course: Course, runner: Any, namespace: argparse.Namespace) -> int:
    from redislab.learn.screen import run_lesson

    options = [f"--course {namespace.course}"] * bool(namespace.course) + [f"--url {namespace.url}"] * bool(
        namespace.url
    )
    runner.returning = " ".join(["redislab lesson", *options, runner.loaded.chapter.id])
    code = run_lesson(runner, plain=namespace.plain)
    if runner.at_end:
        ids = course.ids
        later = ids[ids.index(runner.loaded.chapter.id) + 1 :]
        if later:
            print(f"The next chapter: `{' '.join(['redislab lesson', *options, later[0]])}`.", file=sys.stderr)
    return code


def _world_maker(namespace: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """Keywords for Runner, and what to call at the end."""
    if not namespace.url:
        return {}, lambda: None
    from redislab.learn.remote import RemoteServer

    server = RemoteServer(namespace.url, flush=namespace.flush)
    return {"make": server.make}, server.close


def _next_chapter(course: Course, progress: Progress) -> str:
    """The chapter seen last if it is not done, else the first that is not done. Raises NoSuchChapter if all are."""
    from redislab.learn.courses import NoSuchChapter

    rows, _ = status_rows(course, progress)
    open_rows = [row for row in rows if row["status"] != "done"]
    if not open_rows:
        raise NoSuchChapter("every chapter is done; `redislab lesson NAME` opens one again")
    begun = [row for row in open_rows if row["status"] == "begun"]
    return str(max(begun, key=lambda row: row["seen_at"])["chapter"] if begun else open_rows[0]["chapter"])


def _fail(message: str, code: int) -> int:
    for line in message.splitlines():
        print(f"redislab: {line}", file=sys.stderr)
    return code
