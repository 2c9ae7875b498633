"""What the console asks for while a line is being worked on, and the way to work on it without a terminal.

`Console.feed` is a generator: it yields one of these and is sent the answer. So the same console runs under an event
loop, in a pipe and in a test. `drive` is the plain way: it sleeps and waits in real time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from redislab.lab import Lab, Session
    from redislab.shell.console import Console

__all__ = ["Ask", "Pause", "Request", "Steps", "Wait", "debug_with", "drive", "wait_for"]


class Wait(NamedTuple):
    """Go on when the session is no longer blocked, or when somebody interrupts: then the answer is False."""

    session: Session


class Pause(NamedTuple):
    """Go on after so many seconds; False if interrupted."""

    seconds: float


class Ask(NamedTuple):
    """A question to be answered with yes (True) or no."""

    question: str


Request = Wait | Pause | Ask
Steps = Generator[Request, Any, None]

LONGEST_SLEEP_S = 0.1


def drive(steps: Steps, lab: Lab, ask: Callable[[str], bool], arrived: Callable[[], None]) -> None:
    """Run the steps to their end in real time. `ask` answers questions, `arrived` shows what came meanwhile."""
    answer: Any = None
    while True:
        try:
            request = steps.send(answer)
        except StopIteration:
            return
        if isinstance(request, Ask):
            answer = ask(request.question)
            continue
        try:
            answer = _do(request, lab, arrived)
        except KeyboardInterrupt:
            answer = False


def _do(request: Wait | Pause, lab: Lab, arrived: Callable[[], None]) -> bool:
    if isinstance(request, Pause):
        time.sleep(request.seconds)
        return True
    wait_for(request.session, lab, arrived)
    return True


def wait_for(session: Session, lab: Lab, arrived: Callable[[], None]) -> None:
    """Let time pass until the session is no longer blocked."""
    while session.blocked:
        due = lab.next_deadline()
        time.sleep(LONGEST_SLEEP_S if due is None else min(LONGEST_SLEEP_S, max(due / 1000, 0.001)))
        lab.tick()
        arrived()


def debug_with(console: Console, read_line: Callable[[str], str]) -> None:
    """Have a prompt for the debugger of scripts: `read_line` shows it and gives what was typed."""

    def prompt() -> Any:
        from redislab.shell.debugging import DebuggerPrompt

        return DebuggerPrompt(console, read_line)

    console.lab.debug_scripts(lambda: prompt().ask(), lambda lines: prompt().show(lines))
