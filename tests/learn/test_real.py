"""Lessons on a real server: the same goals, the same verdicts, and a comparison with the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redislab.learn.load import ChapterFile, parse_chapter
from redislab.learn.progress import Progress
from redislab.learn.prove import prove_step
from redislab.learn.prove_real import compare_step
from redislab.learn.remote import RemoteServer
from redislab.learn.run import Runner
from redislab.learn.world import NoServer
from redislab.resp.types import NO_REPLY
from tests.learn.demo_chapter import CHAPTER, text


@pytest.fixture
def server(oracle: tuple[str, int]) -> Iterator[RemoteServer]:
    opened = RemoteServer(f"redis://{oracle[0]}:{oracle[1]}", flush=True)
    opened.reset()
    yield opened
    opened.close()


def test_the_demo_chapter_is_proved_on_a_real_server(chapter: ChapterFile, server: RemoteServer) -> None:
    assert [str(problem) for step in chapter.chapter.steps for problem in prove_step(chapter, step, server.make)] == []


def test_engine_and_server_agree_on_the_demo_chapter(chapter: ChapterFile, server: RemoteServer) -> None:
    assert [str(problem) for step in chapter.chapter.steps for problem in compare_step(chapter, step, server)] == []


def test_a_difference_is_found(server: RemoteServer, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = parse_chapter("01-demo.yaml", CHAPTER)
    monkeypatch.setattr("redislab.learn.prove_real.shown", lambda reply, *_: repr(reply))
    monkeypatch.setattr("redislab.learn.prove_real.on_the_wire", lambda reply, protocol: object())
    found = [str(problem) for problem in compare_step(loaded, loaded.chapter.steps[1], server)]
    assert found
    assert "the engine replies" in found[0]


def test_a_lesson_on_a_real_server(chapter: ChapterFile, server: RemoteServer, home: Path) -> None:
    runner = Runner(chapter, Progress("real"), make=server.make, start=chapter.step_position("expiring-greeting"))
    runner.begin()
    assert text(runner.feed("SET greeting hi"), "mistake") == "It will stay for ever."
    runner.feed(":reset")
    runner.feed("SET greeting hello EX 60")
    assert runner.solved
    assert "embedded engine" in text(runner.feed(":play"), "error")
    assert "clock cannot be moved" in text(runner.feed(":clock +1s"), "error")
    runner.feed("")
    runner.feed("BLPOP queue 0")
    assert "waits" in text(runner.feed("PING"), "error")
    events = [*runner.feed("@bob RPUSH queue job"), *runner.tick(), *runner.feed("GET x")]
    assert '2) "job"' in text(events, "message")
    runner.close()


def test_a_server_with_data_is_left_alone(oracle: tuple[str, int], server: RemoteServer) -> None:
    server.control.call("SET", "precious", "1")
    with pytest.raises(NoServer, match="holds data"):
        RemoteServer(server.url)
    assert server.control.call("GET", "precious") == b"1"


def test_settings_are_put_back(server: RemoteServer) -> None:
    world = server.make("s", None, 2)
    world.client().call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    world.client().call("ACL", "SETUSER", "ann", "on")
    world.close()
    server.make("s", None, 2).close()
    assert server.control.call("CONFIG", "GET", "maxmemory-policy") == [b"maxmemory-policy", b"noeviction"]
    assert server.control.call("ACL", "USERS") == [b"default"]


def test_a_client_that_wants_no_replies(server: RemoteServer) -> None:
    client = server.make("s").client()
    assert client.call("CLIENT", "REPLY", "SKIP") is NO_REPLY
    assert client.call("PING") is NO_REPLY
    assert client.call("PING") == "PONG"
    client.call("CLIENT", "REPLY", "OFF")
    assert client.call("SET", "k", "v") is NO_REPLY
    assert client.call("CLIENT", "REPLY", "ON") == "OK"
    assert client.call("GET", "k") == b"v"


def test_a_client_that_was_hung_up_connects_again(server: RemoteServer) -> None:
    world = server.make("s")
    world.client().call("QUIT")
    assert list(world.arrived()) == []
    assert world.client().call("PING") == "PONG"


def test_a_password_does_not_keep_the_checker_out(server: RemoteServer) -> None:
    world = server.make("s")
    world.client().call("CONFIG", "SET", "requirepass", "secret")
    world.client().call("SET", "k", "v")
    assert world.reader()("GET", "k") == b"v"
    server.make("s").close()
    assert server.control.call("CONFIG", "GET", "requirepass") == [b"requirepass", b""]


def test_a_connection_that_was_reset_is_one_that_was_hung_up(server: RemoteServer) -> None:
    world = server.make("s")
    world.client().call("SET", "k", "v")

    class Reset:
        """A socket whose other side is gone, with something left unread."""

        def recv(self, size: int) -> bytes:
            raise ConnectionResetError

        def settimeout(self, seconds: float) -> None: ...

        def close(self) -> None: ...

    world.client().socket.close()
    world.client().socket = Reset()  # type: ignore[assignment]
    assert list(world.arrived()) == []
    assert world.client().call("GET", "k") == b"v"
