"""The lesson at a terminal: asks for lines, feeds the runner, draws what comes back.

Owns the prompt, the keys (Ctrl-C cancels a line or a waiting command, Ctrl-D leaves) and the ticking of time while the
learner thinks. It decides nothing about a lesson. On a dumb terminal or with --plain, lines are read without redrawing.
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from redislab.learn.draw import Drawer, columns, drawer_for, wants_plain
from redislab.learn.events import Event, span_text
from redislab.learn.world import MAIN, NoServer

if TYPE_CHECKING:
    from redislab.learn.run import Runner

__all__ = ["prompt_text", "run_lesson"]

TICK_S = 0.1
NARROW = 50
"""Below so many columns the prompt leaves out the chapter's name."""


def run_lesson(runner: Runner, plain: bool = False) -> int:
    """Hold the lesson until it ends or the learner leaves. Returns the exit code. Raises NoServer if one is lost."""
    drawer = drawer_for(plain, sys.stdout)
    drawer.draw(runner.begin())
    runner.save()
    _warn(runner)
    try:
        if wants_plain(plain, sys.stdout):
            _plain_loop(runner, drawer)
        else:
            import asyncio

            asyncio.run(_prompt_loop(runner, drawer))
    except NoServer:
        runner.close()
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) and "closed" not in str(error):
            raise
        # The terminal is gone (closed window, dead connection); everything is saved already.
        runner.close()
        with contextlib.suppress(OSError, ValueError):
            print(f"the terminal is gone: {error}", file=sys.stderr)
        return 130
    _goodbye(runner)
    return 0


def prompt_text(runner: Runner, columns: int = 80) -> str:
    """`data-types 3/12> `, with what a command would meet: database, transaction, waiting, free play, clock."""
    client, world = runner.world.client(MAIN), runner.world
    place = f"{runner.position + 1}/{len(runner.steps)}"
    name = f"{runner.loaded.chapter.id} {place}" if columns >= NARROW else place
    marks = f"[{client.db_index}]" if client.db_index else ""
    marks += "(TX)" if getattr(client, "in_multi", False) else ""
    marks += "(waiting)" if client.blocked else ""
    offset = getattr(getattr(world, "lab", None), "clock_offset", 0)
    marks += f"({'+' if offset > 0 else ''}{span_text(offset)})" if offset else ""
    return f"{'play' if runner.free is not None else name}{marks}> "


async def _prompt_loop(runner: Runner, drawer: Drawer) -> None:
    import asyncio

    from prompt_toolkit.application import get_app

    session = _session(runner)
    ticking = asyncio.create_task(_tick_for_ever(runner, drawer))
    try:
        while not runner.finished:
            default = runner.take_input()
            try:
                line = await session.prompt_async(
                    lambda: prompt_text(runner, get_app().output.get_size().columns), default=default
                )
            except KeyboardInterrupt:
                _interrupted(runner, drawer)
                continue
            except EOFError:
                break
            _feed(runner, drawer, line)
    finally:
        ticking.cancel()


async def _tick_for_ever(runner: Runner, drawer: Drawer) -> None:
    import asyncio

    from prompt_toolkit.application import run_in_terminal

    while True:
        await asyncio.sleep(TICK_S)
        events = runner.tick()
        if events:
            await run_in_terminal(partial(drawer.draw, events))


def _session(runner: Runner) -> Any:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    from redislab.learn.shell_parts import prompt_parts

    history = InMemoryHistory()
    for _, line in runner.record.resume.lines:
        history.append_string(line)
    return PromptSession(
        history=history, complete_while_typing=False, enable_history_search=True, **prompt_parts(runner)
    )


def _plain_loop(runner: Runner, drawer: Drawer) -> None:
    while not runner.finished:
        default = runner.take_input()
        try:
            line = _read_line(prompt_text(runner, columns()), default)
        except KeyboardInterrupt:
            drawer.write("")
            _interrupted(runner, drawer)
            continue
        except EOFError:
            drawer.write("")
            break
        drawer.draw(runner.tick())
        _feed(runner, drawer, line)


def _read_line(prompt: str, default: str) -> str:
    """One line from the terminal, with `default` already typed where the system's line editor can do that."""
    try:
        import readline
    except ImportError:
        if default:
            print(f"(to send) {default}")
        return input(prompt)
    if not sys.stdin.isatty():
        return input(prompt)
    readline.set_startup_hook(lambda: readline.insert_text(default) if default else None)
    try:
        return input(prompt)
    finally:
        readline.set_startup_hook(None)


def _feed(runner: Runner, drawer: Drawer, line: str) -> None:
    for part in line.splitlines() or [""]:
        drawer.draw(runner.feed(part))
        if runner.finished:
            break
    _warn(runner)


def _interrupted(runner: Runner, drawer: Drawer) -> None:
    if runner.cancel():
        drawer.draw([Event("info", "The waiting command was given up.")])


def _warn(runner: Runner) -> None:
    while runner.progress.warnings:
        print(f"redislab: {runner.progress.warnings.pop(0)}", file=sys.stderr)


def _goodbye(runner: Runner) -> None:
    runner.save()
    runner.close()
    if runner.record.resume.step:
        place = f"step {runner.position + 1}, {runner.step.id}"
        print(f"Kept. `{runner.returning}` goes on at {place}.", file=sys.stderr)
    _warn(runner)
