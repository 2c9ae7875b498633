"""`:serve`: other programs use the shell's own Redis, beside the one who types."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest
import redis

from conftest import free_port


def beside(talk: Any, port: int, work: Any) -> list[Any]:
    """Type `:serve` on a loop, as the prompt does, and let `work` be done by another program meanwhile."""
    done: list[Any] = []

    async def main() -> None:
        done.append(talk.say(f":serve {port}"))
        thread = threading.Thread(target=lambda: done.append(work(redis.Redis(port=port))))
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0.01)
            talk.console.lab.tick()
        done.append(talk.say(":serve off"))

    asyncio.run(main())
    return done


def test_a_program_and_the_shell_share_one_redis(talk: Any) -> None:
    talk.say("SET greeting hello")
    port = free_port()

    def program(client: redis.Redis) -> Any:
        with client.pubsub() as listener:
            listener.subscribe("news")
            client.set("mine", "1")
            found = client.get("greeting")
            client.publish("news", "x")
        return found

    opened, found, closed = beside(talk, port, program)
    assert f"redis-cli -p {port}" in opened
    assert found == b"hello"
    assert "Nobody is let in" in closed
    assert '"1"' in talk.say("GET mine")
    assert "SET mine 1" in talk.say(":undo")
    assert "(nil)" in talk.say("GET mine")
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def test_what_a_program_waits_for_comes_from_the_shell(talk: Any) -> None:
    port = free_port()

    def program(client: redis.Redis) -> Any:
        waiting = threading.Timer(0.2, lambda: redis.Redis(port=port).rpush("jobs", "wash"))
        waiting.start()
        return client.blpop("jobs", timeout=60)

    assert beside(talk, port, program)[1] == (b"jobs", b"wash")


def test_mistakes_are_told(talk: Any) -> None:
    assert "this needs the shell at a terminal" in talk.say(":serve 0")
    assert "a port is a number" in talk.say(":serve 99999")
    assert "nobody is let in" in talk.say(":serve off")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} cannot be listened on, address already in use" in talk.say(f":serve {port}")
