"""Where a client hears of its own writes, and when those hear who broadcast: to the byte what a real server sends."""

from __future__ import annotations

import os

import pytest

from tests.server.conftest import Served
from tests.server.heard_play import CALLS, SCENES, WAYS, play, play_scene, recordings, write_recordings


@pytest.mark.parametrize("way", WAYS)
def test_who_hears_of_its_own_calls(way: str, fresh: Served) -> None:
    recorded = recordings()[way]
    found = {call: play(fresh.address, call, way) for call in CALLS}
    assert {call: reply for call, reply in found.items() if reply != recorded[call]} == {}


@pytest.mark.parametrize("name", SCENES)
def test_scenes_of_several_clients(name: str, fresh: Served) -> None:
    assert play_scene(fresh.address, name) == recordings()["scenes"][name]


def test_the_recordings_are_of_the_real_server(oracle: tuple[str, int]) -> None:
    found: dict[str, dict[str, object]] = {way: {call: play(oracle, call, way) for call in CALLS} for way in WAYS}
    found["scenes"] = {name: play_scene(oracle, name) for name in SCENES}
    if os.environ.get("REDISLAB_RECORD") == "1":
        write_recordings(found)
    assert found == recordings()
