"""LOLWUT: sizes and lines of its pictures; what is drawn is a matter of luck, but for what stands in order."""

from __future__ import annotations

import re

import pytest

from real import RealClient
from redislab import Lab
from redislab.resp.words import split
from reference.recorded import load

# Sizes at which nothing of the picture is left to chance: columns, squares across, squares down.
ORDERLY = ("7 1 1", "20 2 2", "13 2 2", "9 3 2", "1 1 1", "66 8 2", "41 7 2", "200 10 1", "33 9 2", "0 0 0")

RECORDED = load("observed")["lolwut"]


def on_server(address: tuple[str, int], line: str) -> str:
    client = RealClient(address)
    text: str = client.call(split(line)).decode()
    client.close()
    return text


def shown(line: str, seed: int = 1) -> str:
    return Lab(clock="manual", seed=seed).session().run(line).decode()


@pytest.mark.parametrize("sizes", ORDERLY)
def test_squares_in_order_are_those_of_redis(sizes: str) -> None:
    assert shown(f"LOLWUT VERSION 5 {sizes}") == RECORDED[sizes]


@pytest.mark.parametrize("sizes", ORDERLY)
def test_the_recording_is_true(oracle: tuple[str, int], sizes: str) -> None:
    assert on_server(oracle, f"LOLWUT VERSION 5 {sizes}") == RECORDED[sizes]


@pytest.mark.parametrize("sizes", ["", "40", "40 6", "40 6 9", "200 20 20"])
def test_schotter_has_the_size_that_redis_gives_it(oracle: tuple[str, int], sizes: str) -> None:
    line = f"LOLWUT VERSION 5 {sizes}".strip()
    ours, theirs = shown(line), on_server(oracle, line)
    assert list(map(len, ours.split("\n"))) == list(map(len, theirs.split("\n")))


@pytest.mark.parametrize("sizes", ["", "10", "10 3", "1 1", "0 0", "200 2"])
def test_the_skyline_has_the_size_that_redis_gives_it(oracle: tuple[str, int], sizes: str) -> None:
    line = f"LOLWUT VERSION 6 {sizes}".strip()
    places = [
        [re.sub(r"\x1b\[0;(30;40|90;100|37;47|97;107)m \x1b\[0m", ".", row) for row in text.split("\n")]
        for text in (shown(line), on_server(oracle, line))
    ]
    assert places[0] == places[1]


def test_pictures_differ_and_a_seed_repeats_them() -> None:
    for line in ("LOLWUT VERSION 5", "LOLWUT VERSION 6"):
        assert shown(line, 1) != shown(line, 2)
        assert shown(line, 3) == shown(line, 3)


def test_disorder_grows_downwards() -> None:
    rows = shown("LOLWUT VERSION 5 66 8 12").split("\n")
    straight = shown("LOLWUT VERSION 5 66 8 2").split("\n")
    assert rows[:7] == straight[:7]


def test_windows_are_only_in_black_houses_and_the_sky_is_above() -> None:
    rows = shown("LOLWUT VERSION 6 80 20").split("\n")[:20]
    colours = [re.findall(r"\[0;(\d+;\d+)m ", row) for row in rows]
    assert set(colours[0]) == {"97;107"}
    assert {colour for row in colours for colour in row} == {"30;40", "90;100", "37;47", "97;107"}
