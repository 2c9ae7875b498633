"""ACL LOG since 7.2: each entry has a number and two times. What is asserted was seen on Redis 8.2.3."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError

LATER = [b"entry-id", b"timestamp-created", b"timestamp-last-updated"]


def fail_to_log_in(lab: Lab, user: str) -> None:
    with pytest.raises(ReplyError, match="WRONGPASS"):
        lab.session("a").call("AUTH", user, "x")


def test_entries_are_numbered_and_timed() -> None:
    lab = Lab(clock="manual", version="8.2")
    session = lab.session("b", protocol=3)
    fail_to_log_in(lab, "nobody")
    begun = session.call("ACL", "LOG")[0][b"timestamp-created"]
    lab.advance(5)
    fail_to_log_in(lab, "nobody")
    fail_to_log_in(lab, "somebody")
    newest, oldest = session.call("ACL", "LOG")
    assert [newest[name] for name in LATER] == [1, begun + 5000, begun + 5000]
    assert [oldest[name] for name in LATER] == [0, begun, begun + 5000]
    assert oldest[b"count"] == 2
    session.call("ACL", "LOG", "RESET")
    fail_to_log_in(lab, "nobody")
    assert session.call("ACL", "LOG")[0][b"entry-id"] == 2


def test_not_so_in_7_0() -> None:
    lab = Lab()
    fail_to_log_in(lab, "nobody")
    assert not set(LATER) & set(lab.session("b", protocol=3).call("ACL", "LOG")[0])
