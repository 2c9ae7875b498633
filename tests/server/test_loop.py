"""The loop of a server: what it calls, in which order, and how asyncio's takes over from it."""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
from collections.abc import Iterator

import pytest

from redislab.server.loop import Loop


@pytest.fixture
def called() -> list[object]:
    """What was called, and what failed."""
    return []


@pytest.fixture
def loop(called: list[object]) -> Iterator[Loop]:
    with selectors.DefaultSelector() as selector:
        loop = Loop(selector, called.append)
        yield loop
        loop.close()


def test_timers_come_in_the_order_of_their_times(loop: Loop, called: list[object]) -> None:
    loop.call_later(0.02, called.append, "second")
    loop.call_later(0.03, loop.stop)
    loop.call_later(0.01, called.append, "first")
    loop.call_later(0.015, called.append, "never").cancel()
    loop.run_forever()
    assert called == ["first", "second"]


def test_what_is_called_soon_waits_for_the_next_round(loop: Loop, called: list[object]) -> None:
    def first() -> None:
        called.append("first")
        loop.call_soon(called.append, "of the next round")

    loop.call_soon(first)
    loop.call_soon(called.append, "second")
    loop.stop()
    loop.run_forever()
    assert called == ["first", "second"]
    loop.stop()
    loop.run_forever()
    assert called == ["first", "second", "of the next round"]


def test_a_callback_that_fails_is_told_of_and_holds_nothing_up(loop: Loop, called: list[object]) -> None:
    mistake = ValueError("a mistake")

    def fail() -> None:
        raise mistake

    loop.call_soon(fail)
    loop.call_soon(called.append, "the next")
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert called == [mistake, "the next"]


def test_a_loop_that_waits_is_woken(loop: Loop) -> None:
    """As by a handler of signals, which runs in the midst of anything."""
    threading.Timer(0.05, loop.call_soon_threadsafe, [loop.stop]).start()
    loop.run_forever()


def test_sockets_are_read_until_they_are_removed(loop: Loop, called: list[object]) -> None:
    ours, theirs = socket.socketpair()

    def read() -> None:
        called.append(ours.recv(1))
        if called == [b"a", b"b"]:
            loop.remove_reader(ours)
            loop.remove_reader(ours)
            loop.call_later(0.01, loop.stop)

    with ours, theirs:
        loop.add_reader(ours, read)
        theirs.send(b"abc")
        loop.run_forever()
    assert called == [b"a", b"b"]


def test_another_loop_takes_over_everything(loop: Loop, called: list[object]) -> None:
    ours, theirs = socket.socketpair()

    def give_way() -> None:
        heirs.append(loop.give_way(lambda: asyncio.SelectorEventLoop(loop.selector)))  # type: ignore[arg-type]
        cancelled_later.cancel()
        loop.call_soon_threadsafe(called.append, "by a signal")

    heirs: list[asyncio.AbstractEventLoop] = []
    cancelled_later = loop.call_later(0.01, called.append, "never")
    with ours, theirs:
        loop.add_reader(ours, lambda: called.append(ours.recv(1)))
        loop.call_soon(give_way)
        loop.call_soon(called.append, "was waiting")
        loop.run_forever()
        assert called == []
        loop.call_soon_threadsafe(theirs.send, b"x")
        heirs[0].call_later(0.05, heirs[0].stop)
        heirs[0].run_forever()
        heirs[0].close()
    assert called == ["was waiting", "by a signal", b"x"]


def test_a_loop_that_is_to_stop_says_so_to_the_one_that_takes_over(loop: Loop, called: list[object]) -> None:
    loop.stop()
    heir = loop.give_way(lambda: asyncio.SelectorEventLoop(loop.selector))  # type: ignore[arg-type]
    loop.run_forever()
    heir.run_forever()
    heir.close()
