"""Stream replies in the friendly view."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab
from redislab.commands.table import TABLE
from redislab.shell.outcome import Outcome
from redislab.shell.pretty import pretty
from redislab.shell.theme import plain


def drawn(session: Any, line: str) -> list[str]:
    command = TABLE[line.split()[0].lower()]
    argv = [word.encode() for word in line.split()]
    outcome = Outcome("main", argv, session.run(line), session.protocol, 0, command)
    return [plain(each) for each in pretty(outcome, 80)]


@pytest.fixture(params=[2, 3])
def session(request: Any) -> Any:
    session = Lab(clock="manual").session(protocol=request.param)
    for line in (
        "XADD s 1-1 room kitchen celsius 21", "XADD s 2-1 room cellar", "XGROUP CREATE s g 0",
        "XREADGROUP GROUP g ann COUNT 2 STREAMS s >", "XDEL s 2-1", "XADD s 1700000000000-0 room attic",
    ):  # fmt: skip
        session.run(line)
    return session


def test_entries(session: Any) -> None:
    lines = drawn(session, "XRANGE s - +")
    assert lines[:3] == ["1) 1-1", '     room     "kitchen"', '     celsius  "21"']
    assert lines[3].startswith("2) 1700000000000-0  2023-11-1"), "an id that is a time shows it"
    assert drawn(session, "XRANGE s 9 10") == ["(empty array)"]


def test_streams(session: Any) -> None:
    assert drawn(session, "XREAD COUNT 1 STREAMS s 0") == [
        '"s"', "  1) 1-1", '       room     "kitchen"', '       celsius  "21"'
    ]  # fmt: skip
    assert drawn(session, "XREADGROUP GROUP g ann STREAMS s 1-1") == ['"s"', "  1) 2-1  (the entry was deleted)"]
    assert drawn(session, "XREAD STREAMS s $") == ["(nil)"]


def test_pending(session: Any) -> None:
    assert drawn(session, "XPENDING s g - + 10")[0] == '1) 1-1  "ann"  delivered once, 0 ms ago'
    assert drawn(session, "XPENDING s g")[0] == "1) (integer) 2"


def test_claims(session: Any) -> None:
    assert drawn(session, "XAUTOCLAIM s g ben 0 0") == [
        "next 0-0  (the walk is complete)", "1) 1-1", '     room     "kitchen"', '     celsius  "21"',
        "deleted meanwhile", '1) "2-1"',
    ]  # fmt: skip
    assert drawn(session, "XCLAIM s g cid 0 1-1")[0] == "1) 1-1"
    assert drawn(session, "XCLAIM s g cid 0 1-1 JUSTID") == ['1) "1-1"']
