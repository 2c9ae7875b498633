"""redis-py as its users use it, on RESP2 and RESP3, against redislab's server and the real one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from tests.server.conftest import serving

NEVER = Retry(NoBackoff(), 0)


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def protocol(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def r(address: tuple[str, int], protocol: int) -> Iterator[redis.Redis]:
    """A client that decodes replies."""
    with redis.Redis(*address, protocol=protocol, decode_responses=True, socket_timeout=60) as client:
        yield client


def until(check: Any, seconds: float = 60.0) -> Any:
    """Wait until something is so; returns what it was in the end."""
    end = time.monotonic() + seconds
    while not (found := check()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


@contextmanager
def later(work: Callable[..., Any], *arguments: Any) -> Iterator[None]:
    """Do something a moment later, and wait until it is done."""
    timer = threading.Timer(0.05, work, arguments)
    timer.start()
    yield
    timer.join(60)


# -- values --------------------------------------------------------------------------------------------------


def test_strings(r: redis.Redis) -> None:
    assert r.ping()
    assert r.set("name", "Zoë")
    assert r.get("name") == "Zoë"
    assert r.set("name", "x", nx=True) is None
    assert r.set("name", "y", get=True) == "Zoë"
    assert r.incr("n", 5) == 5
    assert r.incrbyfloat("n", 0.5) == 5.5
    assert r.mset({"a": 1, "b": 2}) and r.mget("a", "none", "b") == ["1", None, "2"]
    assert r.set("t", "v", ex=100) and 98 <= r.ttl("t") <= 100
    assert r.getex("t", persist=True) == "v" and r.ttl("t") == -1
    assert r.getdel("t") == "v" and not r.exists("t")
    with pytest.raises(redis.ResponseError, match=r"^value is not an integer or out of range$"):
        r.incr("name")


def test_bytes_stay_bytes(address: tuple[str, int], protocol: int) -> None:
    raw = bytes(range(256))
    with redis.Redis(*address, protocol=protocol) as r:
        r.set(raw, raw * 1000)
        assert r.get(raw) == raw * 1000
        assert r.keys() == [raw]


def test_hashes(r: redis.Redis) -> None:
    assert r.hset("h", mapping={"a": "1", "b": "2"}) == 2
    assert r.hgetall("h") == {"a": "1", "b": "2"}
    assert r.hmget("h", "a", "z") == ["1", None]
    assert r.hincrbyfloat("h", "a", 1.5) == 2.5
    assert sorted(r.hscan_iter("h")) == [("a", "2.5"), ("b", "2")]
    assert r.hrandfield("h", 2, withvalues=True)


def test_lists_sets_and_sorted_sets(r: redis.Redis) -> None:
    assert r.rpush("l", *"abc") == 3 and r.lrange("l", 0, -1) == ["a", "b", "c"]
    assert r.lmove("l", "l", "LEFT", "RIGHT") == "a" and r.lpos("l", "a") == 2
    assert r.sadd("s", *"abc") == 3 and r.smembers("s") == {"a", "b", "c"}
    assert r.smismember("s", ["a", "z"]) == [1, 0]
    assert r.zadd("z", {"x": 1.5, "y": 2, "w": float("inf")}) == 3
    pairs = r.zrange("z", 0, -1, withscores=True)
    assert [tuple(pair) for pair in pairs] == [("x", 1.5), ("y", 2.0), ("w", float("inf"))]
    assert r.zscore("z", "x") == 1.5
    assert r.zmscore("z", ["x", "none"]) == [1.5, None]
    assert r.zincrby("z", 2.25, "x") == 3.75
    assert r.zrangestore("z2", "z", 0, 0) == 1
    assert r.zpopmin("z")


def test_probabilistic_places_and_bits(r: redis.Redis) -> None:
    assert r.pfadd("p", *range(100)) == 1 and 95 < r.pfcount("p") < 105
    assert r.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")) == 2
    assert r.geodist("g", "Palermo", "Catania", unit="km") == 166.2742
    assert r.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC") == ["Catania", "Palermo"]
    assert r.setbit("b", 7, 1) == 0 and r.bitcount("b") == 1
    assert r.bitfield("f").incrby("u8", 0, 250).incrby("u8", 0, 10, "SAT").execute() == [250, 255]
    assert r.bitfield("f").incrby("u8", 0, 10).get("u8", 0).execute() == [9, 9]


def test_iterating_over_many_keys(r: redis.Redis) -> None:
    r.mset({f"user:{number}": number for number in range(500)})
    r.set("other", 1)
    assert set(r.scan_iter(match="user:*", count=50)) == {f"user:{number}" for number in range(500)}
    r.sadd("members", *range(300))
    assert len(set(r.sscan_iter("members"))) == 300
    r.zadd("board", {str(number): number for number in range(300)})
    assert dict(r.zscan_iter("board"))["299"] == 299.0
    assert list(r.scan_iter(_type="zset")) == ["board"]


def test_what_the_server_tells(r: redis.Redis) -> None:
    assert r.info()["redis_version"] == "7.0.15"
    assert r.info("keyspace") == {}
    r.set("k", 1, ex=100)
    assert r.info("keyspace")["db0"]["keys"] == 1
    r.client_setname("tester")
    mine = [client for client in r.client_list() if client["name"] == "tester"]
    assert len(mine) == 1 and mine[0]["id"] == str(r.client_id())
    assert r.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
    assert r.config_set("maxmemory-samples", 7) and r.config_get("maxmemory-samples") == {"maxmemory-samples": "7"}
    assert r.command_count() > 200 and r.command()["get"]["arity"] == 2
    assert r.memory_usage("k") > 0 and r.object("encoding", "k") == "int"
    assert r.dbsize() == 1 and r.type("k") == "string" and r.time()[0] > 1_600_000_000
    assert isinstance(r.slowlog_get(), list) and r.lolwut().endswith("7.0.15\n")


def test_dump_restore_and_sort(r: redis.Redis, address: tuple[str, int]) -> None:
    with redis.Redis(*address) as raw:
        raw.rpush("l", 3, 1, 2)
        assert raw.restore("copy", 0, raw.dump("l")) and raw.lrange("copy", 0, -1) == [b"3", b"1", b"2"]
    assert r.sort("l", desc=True) == ["3", "2", "1"]


# -- pipelines and transactions ------------------------------------------------------------------------------


def test_pipelines(r: redis.Redis) -> None:
    with r.pipeline(transaction=False) as pipe:
        for number in range(1000):
            pipe.set(f"k{number}", number)
        pipe.get("k999")
        replies = pipe.execute()
    assert replies == [True] * 1000 + ["999"]


def test_an_error_within_a_pipeline(r: redis.Redis) -> None:
    pipe = r.pipeline().set("s", "text").lpush("s", 1).get("s")
    replies = pipe.execute(raise_on_error=False)
    assert replies[0] is True and replies[2] == "text"
    assert isinstance(replies[1], redis.ResponseError)
    with pytest.raises(redis.ResponseError, match=r"Command # 1 .* WRONGTYPE"):
        r.pipeline().lpush("s", 1).execute()


def test_a_transaction_that_is_refused_changes_nothing(r: redis.Redis) -> None:
    pipe = r.pipeline().set("a", 1).execute_command("NOSUCHCOMMAND")
    with pytest.raises(redis.ResponseError, match="unknown command"):
        pipe.execute()
    assert r.get("a") is None


def test_watch(r: redis.Redis) -> None:
    r.set("stock", 5)
    with r.pipeline() as pipe:
        pipe.watch("stock")
        assert pipe.get("stock") == "5"
        r.set("stock", 4)
        pipe.multi()
        pipe.set("stock", 99)
        with pytest.raises(redis.WatchError):
            pipe.execute()
    tries = []

    def take_one(pipe: Any) -> None:
        tries.append(left := int(pipe.get("stock")))
        if len(tries) == 1:
            r.set("stock", 3)
        pipe.multi()
        pipe.set("stock", left - 1)

    assert r.transaction(take_one, "stock") == [True]
    assert tries == [4, 3] and r.get("stock") == "2"


# -- scripts and functions -----------------------------------------------------------------------------------


def test_scripts(r: redis.Redis) -> None:
    source = "local n = redis.call('INCRBY', KEYS[1], ARGV[1]) return {n, tostring(n / 2), KEYS[1]}"
    script = r.register_script(source)
    assert script(keys=["n"], args=[3]) == [3, "1.5", "n"]
    assert r.script_exists(script.sha) == [True]
    r.script_flush()
    assert script(keys=["n"], args=[3]) == [6, "3", "n"]  # loads itself again
    r.script_flush()
    with r.pipeline() as pipe:
        script(keys=["n"], args=[1], client=pipe)
        pipe.get("n")
        assert pipe.execute() == [[7, "3.5", "n"], "7"]
    assert r.eval("return redis.status_reply('FINE')", 0) == "FINE"
    with pytest.raises(redis.ResponseError, match=r"^my own words"):
        r.eval("return redis.error_reply('ERR my own words')", 0)
    with pytest.raises(redis.exceptions.NoScriptError):
        r.evalsha("0" * 40, 0)


def test_functions(r: redis.Redis) -> None:
    code = "#!lua name=shop\nredis.register_function('double', function(keys, args) return args[1] * 2 end)"
    assert r.function_load(code) == "shop"
    assert r.fcall("double", 0, 21) == 42
    assert r.function_list()
    assert r.function_delete("shop")


def test_a_script_that_does_not_end(address: tuple[str, int]) -> None:
    with redis.Redis(*address, socket_timeout=60) as r, redis.Redis(*address, socket_timeout=60) as other:
        r.config_set("busy-reply-threshold", 100)
        errors: list[Exception] = []

        def endless() -> None:
            try:
                r.eval("while true do end", 0)
            except redis.ResponseError as error:
                errors.append(error)

        thread = threading.Thread(target=endless)
        thread.start()

        def is_busy() -> bool:
            try:
                other.ping()
            except redis.exceptions.ResponseError as error:
                return "BUSY" in str(error)
            return False

        assert until(is_busy)
        assert other.script_kill()
        thread.join(60)
        assert len(errors) == 1 and "killed by user" in str(errors[0])
        assert other.ping()


# -- locks ---------------------------------------------------------------------------------------------------


def test_locks(r: redis.Redis) -> None:
    lock = r.lock("door", timeout=10)
    assert lock.acquire() and lock.owned() and lock.locked()
    assert not r.lock("door", timeout=10).acquire(blocking=False)
    assert lock.extend(20) and r.ttl("door") > 25
    assert lock.reacquire() and r.ttl("door") <= 10
    lock.release()
    assert not r.exists("door")
    with pytest.raises(redis.exceptions.LockError):
        lock.release()
    short = r.lock("door", timeout=0.05)
    assert short.acquire()
    assert r.lock("door", timeout=1, sleep=0.01).acquire(blocking_timeout=60)  # waits for the first one's end
    with pytest.raises(redis.exceptions.LockNotOwnedError):
        short.release()


def test_a_lock_keeps_threads_apart(r: redis.Redis) -> None:
    r.set("counter", 0)

    def work() -> None:
        for _ in range(5):
            with r.lock("mutex", timeout=10, sleep=0.002):
                seen = int(r.get("counter"))
                time.sleep(0.001)
                r.set("counter", seen + 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert r.get("counter") == "20"


# -- pub/sub -------------------------------------------------------------------------------------------------


def test_channels_and_patterns(r: redis.Redis) -> None:
    with r.pubsub() as listener:
        listener.subscribe("news")
        listener.psubscribe("user:*")
        assert listener.get_message(timeout=60) == {"type": "subscribe", "pattern": None, "channel": "news", "data": 1}
        assert listener.get_message(timeout=60)["type"] == "psubscribe"
        assert listener.get_message(timeout=0.02) is None
        assert r.publish("news", "hello") == 1
        assert listener.get_message(timeout=60) == {
            "type": "message", "pattern": None, "channel": "news", "data": "hello"
        }  # fmt: skip
        r.publish("user:7", "hi")
        assert listener.get_message(timeout=60) == {
            "type": "pmessage", "pattern": "user:*", "channel": "user:7", "data": "hi"
        }  # fmt: skip
        assert r.pubsub_channels() == ["news"] and r.pubsub_numpat() == 1
        assert [tuple(pair) for pair in r.pubsub_numsub("news", "none")] == [("news", 1), ("none", 0)]
        listener.unsubscribe("news")
        assert listener.get_message(timeout=60)["type"] == "unsubscribe"
        assert r.publish("news", "nobody") == 0


def test_a_thread_that_handles_messages(r: redis.Redis) -> None:
    seen: list[str] = []
    listener = r.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(chat=lambda message: seen.append(message["data"]))
    thread = listener.run_in_thread(sleep_time=0.01, daemon=True)
    assert until(lambda: r.publish("chat", "are you there?"))
    assert until(lambda: "are you there?" in seen)
    thread.stop()
    thread.join(60)


def test_sharded_channels(r: redis.Redis) -> None:
    with r.pubsub() as listener:
        listener.ssubscribe("shard")
        assert listener.get_sharded_message(timeout=60)["type"] == "ssubscribe"
        assert r.spublish("shard", "part") == 1
        assert listener.get_sharded_message(timeout=60)["data"] == "part"


def test_keyspace_events(r: redis.Redis) -> None:
    r.config_set("notify-keyspace-events", "KEA")
    with r.pubsub(ignore_subscribe_messages=True) as listener:
        listener.psubscribe("__keyevent@0__:*")
        assert until(lambda: r.pubsub_numpat() == 1)
        r.set("k", "v", px=30)
        events = []
        end = time.monotonic() + 60
        while "expired" not in events and time.monotonic() < end:
            message = listener.get_message(timeout=1)
            if message and message["data"] == "k":
                events.append(message["channel"].partition(":")[2])
        assert events == ["set", "expire", "expired"]


def test_many_listeners_hear_the_same(address: tuple[str, int], protocol: int) -> None:
    clients = [redis.Redis(*address, protocol=protocol) for _ in range(20)]
    listeners = [client.pubsub(ignore_subscribe_messages=True) for client in clients]
    for listener in listeners:
        listener.subscribe("wide")
    assert until(lambda: clients[0].pubsub_numsub("wide")[0][1] == 20)
    for number in range(50):
        assert clients[0].publish("wide", number) == 20
    for listener in listeners:
        heard: list[int] = []
        end = time.monotonic() + 60
        while len(heard) < 50 and time.monotonic() < end:
            message = listener.get_message(timeout=1)
            if message is not None:
                heard.append(int(message["data"]))
        listener.close()
        assert heard == list(range(50))
    for client in clients:
        client.close()


def test_monitor(r: redis.Redis) -> None:
    with r.monitor() as monitor:
        r.set("watched", "a b")
        r.eval("return redis.call('GET', KEYS[1])", 1, "watched")
        seen: list[Any] = []
        while len(seen) < 3:
            entry = monitor.next_command()
            if not entry["command"].startswith(("HELLO", "CLIENT")):  # of the new connection
                seen.append(entry)
    assert [entry["command"] for entry in seen] == [
        "SET watched a b", "EVAL return redis.call('GET', KEYS[1]) 1 watched", "GET watched"
    ]  # fmt: skip
    assert [entry["client_type"] for entry in seen] == ["tcp", "tcp", "lua"]


# -- blocking ------------------------------------------------------------------------------------------------


def test_blocking_pops(r: redis.Redis) -> None:
    assert r.blpop(["none"], timeout=0.02) is None
    with later(r.rpush, "jobs", "one"):
        assert list(r.blpop(["none", "jobs"], timeout=60)) == ["jobs", "one"]
    r.zadd("z", {"first": 1, "last": 9})
    assert list(r.bzpopmax("z", timeout=1)) == ["z", "last", 9.0]
    r.rpush("from", "x")
    assert r.blmove("from", "to", 1) == "x"
    assert r.blmpop(1, 1, "to", direction="LEFT") == ["to", ["x"]]


def test_workers_share_a_queue(address: tuple[str, int]) -> None:
    done: list[bytes] = []

    def work() -> None:
        with redis.Redis(*address) as worker:
            while (job := worker.brpop(["queue"], timeout=60)) and job[1] != b"stop":
                done.append(job[1])

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    with redis.Redis(*address) as boss:
        for number in range(200):
            boss.lpush("queue", number)
        for _ in threads:
            boss.lpush("queue", "stop")
        for thread in threads:
            thread.join(60)
        assert sorted(map(int, done)) == list(range(200))
        assert boss.llen("queue") == 0


def test_a_client_that_goes_away_while_it_waits(address: tuple[str, int]) -> None:
    with redis.Redis(*address) as r:
        gone = redis.Redis(*address, socket_timeout=0.05, retry=NEVER)
        with pytest.raises(redis.TimeoutError):
            gone.blpop(["q"], timeout=0)
        gone.close()
        assert until(lambda: r.info("clients")["blocked_clients"] == 0)
        r.rpush("q", "kept")
        assert r.lrange("q", 0, -1) == [b"kept"]


# -- streams -------------------------------------------------------------------------------------------------


def entries(reply: Any) -> list[Any]:
    """The entries of the one stream that was read: redis-py gives lists on RESP2 and a dict on RESP3."""
    found = next(iter(reply.values())) if isinstance(reply, dict) else reply[0][1]
    while found and isinstance(found[0], list):
        found = found[0]
    return [tuple(entry) for entry in found]


def test_streams_and_groups(r: redis.Redis) -> None:
    ids = [r.xadd("events", {"n": number}) for number in range(5)]
    assert r.xlen("events") == 5
    assert r.xrange("events", count=1) == [(ids[0], {"n": "0"})]
    assert [entry for entry, _ in entries(r.xread({"events": ids[2]}))] == ids[3:]
    assert r.xgroup_create("events", "team", id="0")
    with pytest.raises(redis.ResponseError, match=r"^BUSYGROUP"):
        r.xgroup_create("events", "team", id="0")
    got = entries(r.xreadgroup("team", "ann", {"events": ">"}, count=3))
    assert [entry for entry, _ in got] == ids[:3]
    assert r.xack("events", "team", ids[0]) == 1
    pending = r.xpending("events", "team")
    assert (pending["pending"], pending["min"], pending["max"]) == (2, ids[1], ids[2])
    assert pending["consumers"] == [{"name": "ann", "pending": 2}]
    detail = r.xpending_range("events", "team", "-", "+", 10)
    assert [(entry["message_id"], entry["consumer"]) for entry in detail] == [(ids[1], "ann"), (ids[2], "ann")]
    claimed = r.xautoclaim("events", "team", "bob", min_idle_time=0)
    assert [entry for entry, _ in claimed[1]] == ids[1:3]
    assert r.xinfo_stream("events")["length"] == 5
    assert r.xinfo_groups("events")[0]["consumers"] == 2
    assert {consumer["name"] for consumer in r.xinfo_consumers("events", "team")} == {"ann", "bob"}
    assert r.xtrim("events", maxlen=2, approximate=False) == 3


def test_a_reader_that_waits_for_entries(r: redis.Redis) -> None:
    assert not r.xread({"s": "$"}, block=20)
    with later(r.xadd, "s", {"a": "1"}, "5-1"):
        assert entries(r.xread({"s": "$"}, block=5000)) == [("5-1", {"a": "1"})]


# -- connections ---------------------------------------------------------------------------------------------


def test_pools(address: tuple[str, int], protocol: int) -> None:
    pool = redis.BlockingConnectionPool(
        host=address[0], port=address[1], max_connections=3, timeout=10, protocol=protocol
    )
    counted = redis.Redis(connection_pool=pool)

    def work() -> None:
        for _ in range(20):
            counted.incr("n")

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counted.get("n") == b"200"
    assert len(counted.client_list()) <= 4
    pool.disconnect()


def test_urls_databases_and_swaps(url: str) -> None:
    with redis.from_url(url) as zero, redis.from_url(url.replace("/0", "/3")) as three:
        zero.set("where", "zero")
        assert three.get("where") is None
        assert zero.swapdb(0, 3) and three.get("where") == b"zero"
        assert three.move("where", 0) and zero.get("where") == b"zero"


def test_a_killed_connection_is_made_anew(address: tuple[str, int]) -> None:
    retry = Retry(ExponentialBackoff(cap=0.1, base=0.01), 3)
    with (
        redis.Redis(*address, retry=retry, retry_on_error=[redis.ConnectionError]) as r,
        redis.Redis(*address) as other,
    ):
        first = r.client_id()
        r.set("k", 1)
        assert other.client_kill_filter(_id=first) == 1
        assert r.get("k") == b"1" and r.client_id() != first


def test_passwords_and_users(address: tuple[str, int], protocol: int) -> None:
    with redis.Redis(*address) as admin:
        admin.acl_setuser(
            "ann", enabled=True, passwords=["+secret"], keys=["own:*"], commands=["+get", "+set", "+ping"]
        )
        with redis.Redis(*address, username="ann", password="secret", protocol=protocol) as ann:
            assert ann.set("own:1", "x") and ann.get("own:1") == b"x"
            with pytest.raises(redis.exceptions.NoPermissionError):
                ann.get("other")
        wrong = redis.Redis(*address, username="ann", password="wrong", retry=NEVER)
        with pytest.raises(redis.AuthenticationError), wrong:
            wrong.ping()
        admin.config_set("requirepass", "open sesame")
        stranger = redis.Redis(*address, retry=NEVER)
        with pytest.raises(redis.AuthenticationError), stranger:
            stranger.ping()
        with redis.Redis(*address, password="open sesame", protocol=protocol) as friend:
            assert friend.ping()
        admin.config_set("requirepass", "")


def test_health_checks_and_names(address: tuple[str, int], protocol: int) -> None:
    with redis.Redis(*address, health_check_interval=1, client_name="checked", protocol=protocol) as r:
        assert r.client_getname() in (b"checked", "checked")
        time.sleep(1.1)
        assert r.ping()


# -- RESP3 only ----------------------------------------------------------------------------------------------


def test_types_of_resp3(address: tuple[str, int]) -> None:
    with redis.Redis(*address, protocol=3, decode_responses=True) as r:
        r.response_callbacks.clear()
        r.hset("h", "f", "v")
        r.zadd("z", {"m": 1.5})
        r.sadd("s", "a")
        assert r.execute_command("HGETALL", "h") == {"f": "v"}
        assert r.execute_command("ZSCORE", "z", "m") == 1.5
        assert r.execute_command("SMEMBERS", "s") in ({"a"}, ["a"])
        assert r.execute_command("CONFIG", "GET", "port") == {"port": str(address[1])}
        assert r.execute_command("DEBUG", "PROTOCOL", "true") is True
        assert int(r.execute_command("DEBUG", "PROTOCOL", "bignum")) == 1234567999999999999999999999999999999
        assert r.execute_command("EVAL", "redis.setresp(3) return {double=2.5}", 0) == 2.5


def test_client_side_caching(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """redis-py asks for a 7.4 before it caches, though it needs nothing that 7.0 lacks."""
    from redis.cache import CacheConfig
    from redis.connection import CacheProxyConnection

    with pytest.raises(redis.ConnectionError, match=r"Redis 7\.4 or later"):
        redis.Redis(*address, protocol=3, cache_config=CacheConfig()).ping()
    monkeypatch.setattr(CacheProxyConnection, "MIN_ALLOWED_VERSION", "7.0.0")
    with (
        redis.Redis(*address, protocol=3, decode_responses=True, cache_config=CacheConfig()) as r,
        redis.Redis(*address) as other,
    ):
        r.set("k", "one")
        assert r.get("k") == "one"
        before = other.info("commandstats")["cmdstat_get"]["calls"]
        assert [r.get("k") for _ in range(10)] == ["one"] * 10
        assert other.info("commandstats")["cmdstat_get"]["calls"] == before
        other.set("k", "two")
        assert until(lambda: r.get("k") == "two")


def test_pushes_reach_their_handler(address: tuple[str, int]) -> None:
    with redis.Redis(*address, protocol=3, decode_responses=True) as r, redis.Redis(*address) as other:
        seen: list[Any] = []
        listener = r.pubsub(push_handler_func=seen.append)
        listener.subscribe("c")
        listener.get_message(timeout=2)
        assert until(lambda: other.publish("c", "x"))
        listener.get_message(timeout=2)
        assert seen and seen[0][0] == "subscribe"
        listener.close()


# -- the server as a whole -----------------------------------------------------------------------------------


def test_a_server_that_stands_still(address: tuple[str, int]) -> None:
    """DEBUG SLEEP holds up everybody, which is how timeouts of clients are tried out."""
    with redis.Redis(*address) as sleeper, redis.Redis(*address, socket_timeout=0.4, retry=NEVER) as hasty:
        sleeper.config_set("slowlog-log-slower-than", 100_000)
        thread = threading.Thread(target=sleeper.execute_command, args=("DEBUG", "SLEEP", "1"))
        thread.start()
        with pytest.raises(redis.TimeoutError):
            while thread.is_alive():
                hasty.ping()
        thread.join()
        assert until(lambda: answers(hasty))
        assert b"DEBUG SLEEP 1" in [entry["command"] for entry in sleeper.slowlog_get()]


def answers(client: redis.Redis) -> bool:
    try:
        return client.ping()
    except redis.TimeoutError:
        return False


def test_unix_sockets(tmp_path: Path) -> None:
    path = str(tmp_path / "redis.sock")
    with serving(tmp_path, "--unixsocket", path, "--unixsocketperm", "700") as served:
        assert os.stat(path).st_mode & 0o777 == 0o700
        with redis.Redis(unix_socket_path=path) as r, redis.Redis(*served.address) as other:
            assert r.set("k", "v") and other.get("k") == b"v"
            mine = next(client for client in other.client_list() if client["id"] == str(r.client_id()))
            assert (mine["addr"], mine["laddr"], mine["flags"]) == (f"{path}:0", f"{path}:0", "U")
            with other.monitor() as monitor:
                r.get("k")
                seen = monitor.next_command()
            assert (seen["client_type"], seen["command"]) == ("unix", "GET k")
    assert not os.path.exists(path)
