"""redis-py's asyncio clients, on RESP2 and RESP3, against redislab's server and the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
import redis
import redis.asyncio as aredis

Work = Callable[[aredis.Redis], Coroutine[Any, Any, None]]


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def using(request: pytest.FixtureRequest, url: str) -> Callable[[Work], None]:
    """Runs a coroutine with a client of a server."""

    def run(work: Work) -> None:
        async def whole() -> None:
            async with aredis.from_url(url, protocol=request.param, decode_responses=True) as client:
                await asyncio.wait_for(work(client), 30)

        asyncio.run(whole())

    return run


async def until(check: Callable[[], Awaitable[Any]]) -> None:
    """Wait until something is so. Raises TimeoutError."""
    async with asyncio.timeout(60):
        while not await check():
            await asyncio.sleep(0.01)


def test_many_at_once(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        await asyncio.gather(*(r.incr("n") for _ in range(50)))
        assert await r.get("n") == "50"
        await asyncio.gather(*(r.set(f"k{number}", number) for number in range(50)))
        assert sorted([key async for key in r.scan_iter("k*")]) == sorted(f"k{number}" for number in range(50))

    using(work)


def test_pipelines_and_watch(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        async with r.pipeline(transaction=True) as pipe:
            assert await pipe.set("a", 1).incr("a").get("a").execute() == [True, 2, "2"]
        async with r.pipeline() as pipe:
            await pipe.watch("a")
            await r.set("a", 10)
            pipe.multi()
            pipe.set("a", 0)
            with pytest.raises(redis.WatchError):
                await pipe.execute()

    using(work)


def test_scripts_and_locks(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        script = r.register_script("return {KEYS[1], ARGV[1] + 1}")
        assert await script(keys=["k"], args=[1]) == ["k", 2]

        async def add_one() -> None:
            async with r.lock("mutex", timeout=10, sleep=0.002):
                seen = int(await r.get("counter") or 0)
                await asyncio.sleep(0)
                await r.set("counter", seen + 1)

        await asyncio.gather(*(add_one() for _ in range(20)))
        assert await r.get("counter") == "20"
        lock = r.lock("other", timeout=5)
        assert await lock.acquire() and await lock.extend(5)
        await lock.release()

    using(work)


def test_messages(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        heard: list[str] = []

        async def listen() -> None:
            async with r.pubsub() as listener:
                await listener.subscribe("news")
                await listener.psubscribe("n?*s:*")
                async for message in listener.listen():
                    if message["type"] in ("message", "pmessage"):
                        heard.append(message["data"])
                        if message["data"] == "end":
                            return

        task = asyncio.create_task(listen())

        async def is_listening() -> bool:
            return bool(await r.pubsub_numpat())

        await until(is_listening)
        await r.publish("news", "one")
        await r.publish("news:sport", "two")
        await r.publish("elsewhere", "never")
        await r.publish("news", "end")
        await task
        assert heard == ["one", "two", "end"]

    using(work)


def test_waiting(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        waiting = [asyncio.create_task(r.blpop(["queue"], timeout=60)) for _ in range(10)]

        async def all_wait() -> bool:
            return bool((await r.info("clients"))["blocked_clients"] == 10)

        await until(all_wait)
        await r.rpush("queue", *range(10))
        assert sorted(int(job) for _, job in await asyncio.gather(*waiting)) == list(range(10))
        assert await r.bzpopmin("none", timeout=0.02) is None

    using(work)


def test_cancelled_waits_leave_nothing_behind(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        task = asyncio.create_task(r.blpop(["queue"], timeout=0))

        async def one_waits() -> bool:
            return bool((await r.info("clients"))["blocked_clients"] == 1)

        await until(one_waits)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        async def nobody_waits() -> bool:
            return not await one_waits()

        await until(nobody_waits)
        await r.rpush("queue", "kept")
        assert await r.llen("queue") == 1

    using(work)


def test_stream_workers(using: Callable[[Work], None]) -> None:
    async def work(r: aredis.Redis) -> None:
        await r.xgroup_create("tasks", "team", id="0", mkstream=True)
        done: list[str] = []

        async def consume(name: str) -> None:
            while len(done) < 30:
                reply = await r.xreadgroup("team", name, {"tasks": ">"}, count=2, block=100)
                streams = reply.values() if isinstance(reply, dict) else [found for _, found in reply]
                for found in streams:
                    for entry, fields in found[0] if found and isinstance(found[0], list) else found:
                        done.append(fields["n"])
                        await r.xack("tasks", "team", entry)

        workers = [asyncio.create_task(consume(name)) for name in ("ann", "bob", "cy")]
        for number in range(30):
            await r.xadd("tasks", {"n": number}, maxlen=1000)
        await asyncio.gather(*workers)
        assert sorted(map(int, done)) == list(range(30))
        assert (await r.xpending("tasks", "team"))["pending"] == 0

    using(work)


def test_a_pool_that_makes_callers_wait(url: str) -> None:
    async def whole() -> None:
        pool = aredis.BlockingConnectionPool.from_url(url, max_connections=2, timeout=10)
        r = aredis.Redis(connection_pool=pool)
        await asyncio.gather(*(r.incr("n") for _ in range(50)))
        assert await r.get("n") == b"50"
        assert len(await r.client_list()) <= 2
        await r.aclose()
        await pool.aclose()

    asyncio.run(whole())
