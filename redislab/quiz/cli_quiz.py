"""`redislab quiz`: its arguments, and which way of running it they ask for.

Owns the exit codes: 0 done (all right, where answers come from a script), 1 a scripted answer was wrong or missing, 2
wrong usage, 3 a quiz file is wrong, 130 interrupted. The quiz itself is `run.py`, its look `screen.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redislab.quiz.journal import Journal, Paused
    from redislab.quiz.run import Quiz

__all__ = ["EXAMPLES", "add_arguments", "main", "run"]

OK, WRONG, USAGE, CONTENT, INTERRUPTED = 0, 1, 2, 3, 130
EXAMPLES = """\
Examples:
  redislab quiz                            ten questions on everything
  redislab quiz interview-prep             ten questions as in a job interview
  redislab quiz --topic locks --count 3    three questions on locks
  redislab quiz --list                     topics, and how you did in each
  redislab quiz --resume                   go on with the quiz you left
  redislab quiz --seed 7 < answers.txt     answers from a file, one a line: exit 0 if all are right

usage: redislab quiz [TOPIC] [--topic T] [--kind KIND] [--count N | --all] [--seed S] [--resume] [--list]
                     [--file PATH] [--json] [--plain]

Questions on Redis: choices, replies to predict, tasks to do, and interview questions.
"""
DEFAULT_COUNT = 10


def add_arguments(subparsers: Any) -> argparse.ArgumentParser:
    """Add the verb `quiz` to argparse's sub-commands."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "quiz",
        help="questions with answers that are run, not stored",
        usage=argparse.SUPPRESS,
        description=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "name", nargs="?", metavar="TOPIC", help="a file's topic (interview-prep), a topic, or an item's id"
    )
    parser.add_argument("--topic", action="append", default=[], help="only this topic; can be given more than once")
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="KIND",
        choices=["choice", "predict", "do", "open"],
        help="only this kind of question: choice, predict, do or open; can be given more than once",
    )
    parser.add_argument("--count", type=_positive, metavar="N", help=f"how many questions (default {DEFAULT_COUNT})")
    parser.add_argument("--all", action="store_true", help="every question there is")
    parser.add_argument("--seed", help="a word or number that fixes the order of questions and choices")
    parser.add_argument("--resume", action="store_true", help="go on with the quiz that was left")
    parser.add_argument("--list", action="store_true", help="list topics, or with a topic its questions, and leave")
    parser.add_argument("--file", type=Path, metavar="PATH", help="a quiz file or folder in place of redislab's own")
    parser.add_argument("--json", action="store_true", help="one JSON object a line; answers are read from stdin")
    parser.add_argument("--plain", action="store_true", help="plain lines without colours, for screen readers")
    parser.set_defaults(run=run)
    return parser


def main(arguments: list[str]) -> int:
    """Run the verb by itself: `main(["locks", "--count", "3"])`."""
    parser = argparse.ArgumentParser(prog="redislab")
    add_arguments(parser.add_subparsers(required=True))
    return run(parser.parse_args(["quiz", *arguments]))


def run(namespace: argparse.Namespace) -> int:
    """Do what the arguments say; the reply is the exit code."""
    from redislab.learn.attempt import SetupFailed
    from redislab.quiz.load import NoSuchTopic
    from redislab.yamlfile import ContentError

    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "replace"), (sys.stdin, "surrogateescape")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)
    try:
        return _list(namespace) if namespace.list else _quiz(namespace)
    except NoSuchTopic as error:
        return _complain(f"redislab quiz: {error}", USAGE)
    except (ContentError, SetupFailed) as error:
        return _complain(str(error), CONTENT)
    except KeyboardInterrupt:
        return _complain("", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG


def _quiz(namespace: argparse.Namespace) -> int:
    from redislab.quiz.journal import Journal

    journal = Journal()
    scripted = namespace.json or not sys.stdin.isatty()
    quiz = _resumed(namespace, journal) if namespace.resume else _new(namespace, journal, scripted)
    if quiz is None:
        return _complain("redislab quiz: there is no quiz to resume; begin one with `redislab quiz`", USAGE)
    if not quiz.items:
        return _complain("redislab quiz: no question is of this topic and kind", USAGE)
    code = _scripted(namespace, quiz) if scripted else _interactive(namespace, quiz)
    for warning in journal.warnings:
        _complain(f"redislab quiz: {warning}", code)
    return code


def _scripted(namespace: argparse.Namespace, quiz: Quiz) -> int:
    from redislab.quiz.screen import JsonScreen, PlainScreen, run_script

    all_right = run_script(quiz, sys.stdin, JsonScreen() if namespace.json else PlainScreen())
    return OK if all_right else WRONG


def _interactive(namespace: argparse.Namespace, quiz: Quiz) -> int:
    from shutil import get_terminal_size

    from redislab.quiz.screen import WIDEST, PlainScreen, TerminalScreen, interact

    plain = namespace.plain or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    interact(quiz, PlainScreen(width=min(get_terminal_size().columns, WIDEST)) if plain else TerminalScreen())
    return OK


def _new(namespace: argparse.Namespace, journal: Journal, scripted: bool) -> Quiz:
    from redislab.quiz.run import Quiz, pick

    items = _items(namespace)
    paused = journal.paused()
    if paused:
        if not scripted and namespace.seed is None and _goes_on(paused):
            return _resumed(namespace, journal) or Quiz([], "")
        left = f"{len(paused.left)} of {len(paused.items)} left"
        _complain(f"A quiz is paused, {left}; `redislab quiz --resume` goes on there.", OK)
    seed = namespace.seed if namespace.seed is not None else str(random.SystemRandom().randrange(1_000_000))
    return Quiz(pick(items, seed, None if namespace.all else namespace.count or DEFAULT_COUNT), seed, journal)


def _goes_on(paused: Paused) -> bool:
    """Ask whether to go on with the paused quiz; Enter means yes."""
    question = f"A quiz is paused with {len(paused.left)} of {len(paused.items)} questions left. Go on with it? [Y/n] "
    try:
        return input(question).strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _resumed(namespace: argparse.Namespace, journal: Journal) -> Quiz | None:
    from redislab.quiz.load import load_all
    from redislab.quiz.run import Quiz

    paused = journal.paused()
    if paused is None:
        return None
    known = {item.id: item for file in load_all(namespace.file) for item in file.bank.items}
    gone = [name for name in paused.left if name not in known]
    if gone:
        _complain(f"redislab quiz: no longer there: {', '.join(gone)}", OK)
    items = [known[name] for name in paused.left if name in known]
    if not items:
        journal.end(paused.session)
        return None
    return Quiz(items, paused.seed, journal, paused.session, done=len(paused.answered))


def _items(namespace: argparse.Namespace) -> list[Any]:
    """The items asked for. Raises NoSuchTopic, ContentError."""
    from redislab.quiz.load import choose_items, load_all

    files = load_all(namespace.file)
    items = choose_items(files, namespace.name)
    if namespace.topic:
        wanted = {item.id for topic in namespace.topic for item in choose_items(files, topic)}
        items = [item for item in items if item.id in wanted]
    return [item for item in items if not namespace.kind or item.kind in namespace.kind]


def _list(namespace: argparse.Namespace) -> int:
    """Topics with their numbers of questions and right answers; with a topic, its questions."""
    from redislab.quiz.journal import Journal

    items, last = _items(namespace), Journal().last_answers()
    if namespace.name or namespace.topic:
        rows = [
            {
                "id": item.id,
                "kind": item.kind,
                "topic": item.topic,
                "difficulty": item.difficulty,
                "last": {True: "right", False: "wrong", None: ""}[last.get(item.id)],
                "ask": " ".join(item.ask.split()),
            }
            for item in items
        ]
        lines = [f"{row['id']:<28} {row['kind']:<8} {row['last'] or '-':<6} {row['ask']}" for row in rows]
    else:
        rows = [_topic_row(topic, items, last) for topic in dict.fromkeys(item.topic for item in items)]
        lines = [
            f"{row['topic']:<14} {row['questions']:>3} questions, {row['right']} right, {row['wrong']} wrong"
            for row in rows
        ]
    print(json.dumps(rows, ensure_ascii=False) if namespace.json else "\n".join(lines))
    return OK


def _topic_row(topic: str, items: list[Any], last: dict[str, bool]) -> dict[str, Any]:
    of_it = [item for item in items if item.topic == topic]
    results = [last[item.id] for item in of_it if item.id in last]
    return {"topic": topic, "questions": len(of_it), "right": sum(results), "wrong": len(results) - sum(results)}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _complain(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code
