"""MONITOR in the shell: lines as they come, beside the work of other clients."""

from __future__ import annotations

import re
from typing import Any

from redislab.shell.prompt import prompt_pieces


def test_lines_come_while_others_work(talk: Any) -> None:
    assert "OK" in talk.say("@bob MONITOR")
    said = talk.say("SET k 'a b'")
    assert re.search(r"@bob\n\d+\.\d+ \[0 127\.0\.0\.1:0\] \"SET\" \"k\" \"a b\"", said), said
    assert "CONFIG" not in talk.say("CONFIG GET port")


def test_the_prompt_says_it_and_it_ends(talk: Any) -> None:
    talk.say("MONITOR")
    console = talk.console
    assert ("class:prompt.state", "(monitor)") in prompt_pieces(console)
    assert "Replica can't interact with the keyspace" in talk.say("GET k")
    said = talk.say("PING")
    assert said.index("PONG") < said.index('"PING"')
    assert console.session.stop_monitoring()
    assert ("class:prompt.state", "(monitor)") not in prompt_pieces(console)
    assert "PING" not in talk.say("PING")
