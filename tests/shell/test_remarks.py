"""Remarks below replies that could mislead."""

from __future__ import annotations

from typing import Any

import pytest

from redislab.engine.config_parameters import PARAMETERS
from redislab.shell.options import Options
from redislab.shell.secrets import SECRET_PARAMETERS


def test_a_setting_without_effect_says_so(talk: Any) -> None:
    printed = talk.say("CONFIG SET hz 20 maxmemory 1gb activerehashing no")
    assert " ".join(printed.split()) == (
        "OK hz, activerehashing: redislab keeps this value, but it has no effect here: redislab is one Python process."
    )


def test_a_setting_of_servers_says_so(talk: Any) -> None:
    assert "timeout: redislab keeps this value; it has an effect only in a server" in talk.say("config set TIMEOUT 5")


@pytest.mark.parametrize(
    "line", ["CONFIG SET maxmemory 5mb", "CONFIG SET hz x", "CONFIG GET hz", "CONFIG SET nosuch 1", "SET hz 20"]
)
def test_nothing_is_said_of_what_has_its_effect_or_failed(talk: Any, line: str) -> None:
    assert "redislab keeps" not in talk.say(line)


def test_nothing_is_said_plainly_in_a_pipe_or_in_multi(talk: Any) -> None:
    talk.console.interactive = False
    assert talk.say("CONFIG SET hz 20") == "OK\n"
    talk.console.interactive = True
    talk.say("MULTI")
    assert talk.say("CONFIG SET hz 30") == "QUEUED\n"
    talk.say("EXEC")
    talk.console.options = Options(form="friendly", plain=True)
    assert talk.say("CONFIG SET hz 20") == "OK\n"


def test_the_shell_and_the_engine_agree_on_what_is_secret() -> None:
    assert {each.name for each in PARAMETERS if each.secret} == set(SECRET_PARAMETERS)


def test_a_secret_setting_is_not_shown_among_changes(talk: Any) -> None:
    printed = talk.all(":diff on", "CONFIG SET masterauth geheim")
    assert "masterauth" in printed and "(secret)" in printed and "geheim" not in printed
