"""The verb `progress`: how far the learner is, for people, programs and teachers.

Owns the forms of that report. It changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["add_arguments", "main", "run"]

EXAMPLES = """\
Examples:
  redislab progress              chapters and steps solved
  redislab progress --json       the same for programs, one object a chapter
  redislab progress export       every step as CSV: status, tries, hints, commands

usage: redislab progress [export] [--course PATH] [--json] [--plain]
"""
COLUMNS = ("chapter", "step", "status", "tries", "hints", "solution_shown", "commands", "solved_at")


def add_arguments(subparsers: Any) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "progress",
        help="how far you are",
        usage=argparse.SUPPRESS,
        description=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", nargs="?", choices=["export"], help="write every step as CSV (or JSON) to stdout")
    parser.add_argument("--course", metavar="PATH", help="a course other than redislab's own")
    parser.add_argument("--json", action="store_true", help="one JSON object a chapter, or a step with export")
    parser.add_argument("--plain", action="store_true", help="plain lines (they always are here)")
    parser.set_defaults(run=run)


def main(arguments: list[str]) -> int:
    """Run the verb by itself."""
    parser = argparse.ArgumentParser(prog="redislab")
    add_arguments(parser.add_subparsers(required=True))
    return run(parser.parse_args(["progress", *arguments]))


def run(namespace: argparse.Namespace) -> int:
    """Print the report; 0, or 3 when chapters cannot be read."""
    from redislab.learn.courses import open_course
    from redislab.learn.progress import Progress
    from redislab.yamlfile import ContentError

    try:
        course = open_course(namespace.course)
    except ContentError as error:
        print(f"redislab: {error}", file=sys.stderr)
        return 3
    progress = Progress(course.name)
    code = _export(course, progress, namespace) if namespace.action else _overview(course, progress, namespace)
    for warning in progress.warnings:
        print(f"redislab: {warning}", file=sys.stderr)
    return code


def _overview(course: Any, progress: Any, namespace: argparse.Namespace) -> int:
    import json

    from redislab.learn.cli_lesson import status_rows

    rows, problems = status_rows(course, progress)
    if namespace.json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        solved, count = sum(row["solved"] for row in rows), sum(row["of"] for row in rows)
        done = sum(row["status"] == "done" for row in rows)
        print(f"{solved} of {count} steps solved, {done} of {len(rows)} chapters done")
        for row in rows:
            if row["status"] != "new":
                at = f", at {row['at']}" if row["at"] and row["status"] != "done" else ""
                print(f"  {row['chapter']}: {row['solved']} of {row['of']}{at}")
    for problem in problems:
        print(f"redislab: {problem}", file=sys.stderr)
    return 3 if problems else 0


def _export(course: Any, progress: Any, namespace: argparse.Namespace) -> int:
    import csv
    import json

    chapters, problems = course.load_all()
    rows = [row for loaded in chapters for row in _step_rows(loaded, progress)]
    if namespace.json:
        for row in rows:
            print(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False))
    else:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    for problem in problems:
        print(f"redislab: {problem}", file=sys.stderr)
    return 3 if problems else 0


def _step_rows(loaded: Any, progress: Any) -> list[tuple[Any, ...]]:
    record = progress.chapter(loaded.chapter.id)
    found = []
    for step in loaded.chapter.steps:
        one = record.step(step.id)
        found.append(
            (
                loaded.chapter.id,
                step.id,
                one.status or "open",
                one.tries,
                one.hints,
                one.shown,
                one.commands,
                one.solved_at,
            )
        )
    return found
