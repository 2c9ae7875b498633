"""SHUTDOWN asks the host; WAIT without replicas goes by the clock."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.engine.host import Host, HostError
from redislab.resp.types import BLOCKED, NO_REPLY


class Recorder(Host):
    """A host that writes down what it is asked to do."""

    def __init__(self, problem: str = "") -> None:
        self.asked: list[tuple[bool | None, bool, bool]] = []
        self.problem = problem

    def shutdown(self, *, save: bool | None, now: bool, force: bool) -> None:
        self.asked.append((save, now, force))
        if self.problem:
            raise HostError(self.problem)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("SHUTDOWN", (None, False, False)),
        ("SHUTDOWN save", (True, False, False)),
        ("SHUTDOWN NOSAVE NOW", (False, True, False)),
        ("SHUTDOWN FORCE NOW NOW", (None, True, True)),
    ],
)
def test_the_host_ends_the_server(line: str, asked: tuple[bool | None, bool, bool]) -> None:
    lab = Lab()
    lab.engine.host = host = Recorder()
    assert lab.session().run(line) is NO_REPLY
    assert host.asked == [asked]


def test_a_host_that_cannot_says_why() -> None:
    lab = Lab()
    lab.engine.host = Recorder("Errors trying to SHUTDOWN. Check logs.")
    with pytest.raises(ReplyError, match="Errors trying to SHUTDOWN"):
        lab.session().run("SHUTDOWN")


def test_nothing_is_asked_for_options_that_clash() -> None:
    lab = Lab()
    lab.engine.host = host = Recorder()
    for line in ("SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT FORCE", "SHUTDOWN ABORT", "SHUTDOWN LATER"):
        with pytest.raises(ReplyError):
            lab.session().run(line)
    assert host.asked == []


def test_wait_lasts_as_long_as_it_says() -> None:
    lab = Lab(clock="manual")
    alice, bob = lab.session(), lab.session()
    assert alice.run("WAIT 1 200") is BLOCKED
    lab.advance(0.1)
    assert not alice.outbox
    lab.advance(0.1)
    assert list(alice.outbox) == [0]
    assert alice.run("WAIT 2 0") is BLOCKED
    lab.advance(1e6)
    assert alice.blocked
    assert bob.call("CLIENT", "UNBLOCK", alice.id, "ERROR") == 1
    assert "UNBLOCKED" in str(alice.outbox[-1])
