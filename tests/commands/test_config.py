"""CONFIG: no parameter without effect, and undo."""

from __future__ import annotations

import pytest

from redislab import Lab, ReplyError
from redislab.engine.config import PARAMETERS
from redislab.engine.config_names import NOT_HONOURED


def names(lab: Lab) -> set[str]:
    return set(lab.engine.config.names())


def test_every_parameter_of_the_server_is_honoured_or_said_not_to_be(ask) -> None:
    theirs = {name.decode() for name in ask("CONFIG", "GET", "*")[::2]}
    ours = names(Lab())
    assert ours | NOT_HONOURED == theirs
    assert not ours & NOT_HONOURED


def test_the_values_at_the_start_are_the_server_s(ask) -> None:
    alice = Lab().session()
    for parameter in PARAMETERS:
        for name in filter(None, (parameter.name, parameter.alias)):
            shown = alice.call("CONFIG", "GET", name)
            assert list(shown.items()) == [tuple(ask("CONFIG", "GET", name))]


def test_a_parameter_without_effect_is_refused_and_not_shown() -> None:
    alice = Lab().session()
    with pytest.raises(ReplyError, match="redislab does not support the parameter 'appendonly' yet"):
        alice.run("CONFIG SET hll-sparse-max-bytes 1 appendonly yes")
    assert alice.run("CONFIG GET appendonly hll-sparse-max-bytes") == {b"hll-sparse-max-bytes": b"3000"}


def test_undo_gives_every_letter_back() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("CONFIG SET notify-keyspace-events KEAn set-max-intset-entries 3")
    flags = lab.engine.notify_flags
    alice.run("CONFIG SET notify-keyspace-events g set-max-intset-entries 4")
    lab.undo()
    assert lab.engine.notify_flags == flags
    assert alice.run("CONFIG GET set-max-intset-entries") == {b"set-max-intset-entries": b"3"}


def test_resetstat_counts_from_zero() -> None:
    lab = Lab(clock="manual")
    alice = lab.session()
    alice.run("SET k v PX 1")
    lab.advance(1)
    assert lab.engine.expired_keys == 1
    alice.run("CONFIG RESETSTAT")
    assert lab.engine.expired_keys == 0
    assert lab.commands["set"] not in lab.engine.observers.counts
