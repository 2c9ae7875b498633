"""The programs in examples/, run as their readers run them, against redislab's server and the real one."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from conftest import free_port
from tests.server.conftest import ROOT

EXAMPLES = ROOT / "examples"
PRINTED = {
    "cache.py": """\
user 7: {'id': 7, 'name': 'User 7'} (from the database)
user 7: {'id': 7, 'name': 'User 7'} (from the cache)
user 7: {'id': 7, 'name': 'User 7'} (from the cache)
user 8: {'id': 8, 'name': 'User 8'} (from the database)
user 4711: None (from the database)
user 4711: None (from the cache)
7 lookups, 4 queries, 3 answers kept
""",
    "leaderboard.py": """\
1. eli  400
2. cy   310
3. ann  310
bob is number 5, between ['dee', 'bob']; zoe is number None
3 players have 300 or more
""",
    "sliding_window.py": """\
request 1: allowed, 2 left
request 2: allowed, 1 left
request 3: allowed, 0 left
request 4: refused
a moment later: allowed
50 at once, 10 places: 10 allowed
""",
    "stream_workers.py": """\
sent 22 of 23 mails, each once: True
not sent: [('nobody', 'no such address')]
""",
    "cache.mjs": """\
7 { id: 7, name: 'User 7' }
7 { id: 7, name: 'User 7' }
4711 null
4711 null
4 lookups, 2 queries
100 lookups at once: 100 queries
100 lookups at once, with a lock: 1 query
""",
    "leaderboard.mjs": """\
1. eli  400
2. cy   310
3. ann  310
bob is number 5; zoe is number null
3 players have 300 or more
""",
    "sliding_window.mjs": """\
request 1: allowed
request 2: allowed
request 3: allowed
request 4: refused
a moment later: allowed
50 at once, 10 places: 10 allowed
""",
    "stream_workers.mjs": """\
21 of 21 orders cooked
the fugu that ann left was cooked by somebody else: true
still open: 0
""",
}
SERVICES = {"chat.py", "flask_app.py", "chat.mjs", "express_app.mjs"}


def test_every_example_is_tested_and_listed() -> None:
    found = {path.name for path in EXAMPLES.glob("*/*.*") if path.suffix in (".py", ".mjs")}
    assert found == set(PRINTED) | SERVICES
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in found if f"/{name})" not in listed] == []


@pytest.mark.parametrize("name", [name for name in PRINTED if name.endswith(".py")])
def test_python_program(url: str, name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "python" / name)], env={**os.environ, "REDIS_URL": url},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == (PRINTED[name], "", 0)


@pytest.mark.parametrize("name", [name for name in PRINTED if name.endswith(".mjs")])
def test_node_program(node: Any, url: str, name: str) -> None:
    assert node.run(name, REDIS_URL=url) == PRINTED[name]


# -- chat ----------------------------------------------------------------------------------------------------


def person(name: str, url: str, node: Any = None) -> subprocess.Popen[str]:
    """Somebody in the kitchen, with the program for Python, or for Node where that is given."""
    if node is not None:
        process: subprocess.Popen[str] = node.start("chat.mjs", "kitchen", name, REDIS_URL=url)
    else:
        process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "python" / "chat.py"), "kitchen", name], text=True,
            env={**os.environ, "REDIS_URL": url},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    assert heard(process) == f"{name} is in the kitchen; end with Ctrl-D"
    return process


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def say(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()


def leave(process: subprocess.Popen[str]) -> None:
    printed, _ = process.communicate(timeout=60)
    assert (printed, process.returncode) == ("", 0)


def test_chat(url: str) -> None:
    ann = person("ann", url)
    say(ann, "hello?")
    assert heard(ann) == "(nobody else is here)"
    bob = person("bob", url)
    say(ann, "Grüß dich")
    assert heard(bob) == "<ann> Grüß dich"
    say(bob, "hi ann")
    assert heard(ann) == "<bob> hi ann"
    leave(bob)
    leave(ann)


def test_chat_across_languages(node: Any, url: str) -> None:
    ann, bob = person("ann", url), person("bob", url, node)
    say(bob, "from Node")
    assert heard(ann) == "<bob> from Node"
    say(ann, "from Python")
    assert heard(bob) == "<ann> from Python"
    leave(bob)
    leave(ann)


# -- web applications ----------------------------------------------------------------------------------------


class Site:
    """A web application at a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Status, decoded body and headers of the answer to a request."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = None if body is None else json.dumps(body)
            link.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = link.getresponse()
            return (
                answer.status,
                json.loads(answer.read()),
                {name.lower(): value for name, value in answer.getheaders()},
            )
        finally:
            link.close()


@contextmanager
def site(process: subprocess.Popen[str], port: int) -> Iterator[Site]:
    """A web application that is starting, when it answers; it is ended after that."""
    found = Site(port)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                found.ask("GET", "/me")
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, process.communicate()[0]
                time.sleep(0.02)
        yield found
    finally:
        process.terminate()
        process.communicate(timeout=60)


def check_cache(found: Site, path: str) -> None:
    first, second = found.ask("GET", path), found.ask("GET", path)
    assert first[:2] == second[:2] == (200, [{"id": 1, "name": "Tea"}, {"id": 2, "name": "Coffee"}])
    assert (first[2]["x-cache"], second[2]["x-cache"]) == ("miss", "hit")
    assert found.ask("GET", path + "?page=2")[2]["x-cache"] == "miss"


def check_limit(found: Site, path: str) -> None:
    answers = [found.ask("GET", path) for _ in range(7)]
    assert [status for status, _, _ in answers] == [200] * 5 + [429] * 2
    assert [headers["x-ratelimit-remaining"] for _, _, headers in answers] == ["4", "3", "2", "1", "0", "0", "0"]
    assert answers[-1][1] == {"error": "too many requests"} and 0 < int(answers[-1][2]["retry-after"]) <= 60


def test_flask(url: str) -> None:
    pytest.importorskip("flask")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "python" / "flask_app.py"), str(port)], text=True,
        env={**os.environ, "REDIS_URL": url}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with site(process, port) as found:
        check_cache(found, "/products")
        check_limit(found, "/search")
        assert found.ask("GET", "/me")[0] == 401
        token = found.ask("POST", "/login", {"user": "ann"})[1]["token"]
        assert found.ask("GET", "/me", Authorization=token)[1] == {"user": "ann", "visits": 1}
        assert found.ask("GET", "/me", Authorization=token)[1] == {"user": "ann", "visits": 2}
        assert found.ask("GET", "/me", Authorization="guessed")[0] == 401


def test_express(node: Any, url: str) -> None:
    port = free_port()
    process = node.start("express_app.mjs", str(port), REDIS_URL=url)
    with site(process, port) as found:
        check_cache(found, "/api/products")
        check_limit(found, "/api/search")
        status, _, headers = found.ask("GET", "/me")
        assert status == 401 and "set-cookie" not in headers
        cookie = found.ask("POST", "/login", {"user": "ann"})[2]["set-cookie"].split(";")[0]
        assert found.ask("GET", "/me", Cookie=cookie)[1] == {"user": "ann", "visits": 1}
        assert found.ask("GET", "/me", Cookie=cookie)[1] == {"user": "ann", "visits": 2}
        assert found.ask("POST", "/logout", Cookie=cookie)[0] == 200
        assert found.ask("GET", "/me", Cookie=cookie)[0] == 401
