"""The kinds of value that belong to one parameter each: save, bind, client-output-buffer-limit and their like.

Like config_kinds it knows texts and values only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from redislab.engine import notify
from redislab.engine.config_kinds import (
    LONG_MAX,
    ConfigError,
    Kind,
    as_bytes,
    as_text,
    c_string,
    memory_bytes,
    memory_text,
    quoted,
)
from redislab.values.numbers import parse_float, parse_int64

__all__ = [
    "ADDRESSES",
    "BUFFER_LIMITS",
    "EVENTS",
    "EVENTS_82",
    "OOM_SCORES",
    "PERCENTILES",
    "REPLICA_OF",
    "SAVE_POINTS",
    "check_file_name",
    "check_host_name",
    "check_shutdown",
    "check_title",
]

WRONG_NUMBER = "wrong number of arguments"
NUMBER = rb"[ \t\n\v\f\r]*([+-]?[0-9]+)"


def c_long(word: bytes) -> int | None:
    """A whole number as strtoll reads it, held within 64 bits; nothing at all is 0. None if more than that is there."""
    text = c_string(word)
    if not text:
        return 0
    found = re.fullmatch(NUMBER, text)
    return max(-LONG_MAX - 1, min(int(found[1][:40]), LONG_MAX)) if found else None


# -- save ----------------------------------------------------------------------------------------------------


def _read_save(words: Sequence[bytes], present: Any) -> tuple[tuple[int, int], ...]:
    if len(words) == 1 and not c_string(words[0]):
        return ()
    numbers = [c_long(word) for word in words]
    if len(words) % 2:
        raise ConfigError("Invalid save parameters")
    points = []
    for seconds, changes in zip(numbers[::2], numbers[1::2], strict=True):
        if seconds is None or changes is None or seconds < 1 or changes < 0:
            raise ConfigError("Invalid save parameters")
        # Redis keeps the number of changes in 32 bits.
        points.append((seconds, (changes + (1 << 31)) % (1 << 32) - (1 << 31)))
    return tuple(points)


def _show_save(points: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{seconds} {changes}" for seconds, changes in points)


def _save_lines(parameter: str, points: tuple[tuple[int, int], ...], default: Any) -> list[tuple[str, bool]]:
    """A line a point, always: a file without them would mean the defaults."""
    texts = [f"{seconds} {changes}" for seconds, changes in points] or ['""']
    return [(f"{parameter} {text}", True) for text in texts]


SAVE_POINTS = Kind("save points", _read_save, _show_save, lines=_save_lines, multiple=True, accumulates=True)
"""Pairs of seconds and changes."""


# -- client-output-buffer-limit ------------------------------------------------------------------------------

CLASSES = ("normal", "slave", "pubsub")
_CLASS_INDEX = {b"normal": 0, b"slave": 1, b"replica": 1, b"pubsub": 2}


def _read_limits(words: Sequence[bytes], present: Any) -> tuple[tuple[int, int, int], ...]:
    if len(words) % 4:
        raise ConfigError("Wrong number of arguments in buffer limit configuration.")
    limits = list(present)
    for at in range(0, len(words), 4):
        index = _CLASS_INDEX.get(c_string(words[at]).lower())
        if index is None:
            raise ConfigError("Invalid client class specified in buffer limit configuration.")
        hard, soft, seconds = memory_bytes(words[at + 1]), memory_bytes(words[at + 2]), c_long(words[at + 3])
        if hard is None or soft is None or seconds is None or seconds < 0:
            raise ConfigError("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
        limits[index] = hard, soft, seconds
    return tuple(limits)


def _show_limits(limits: tuple[tuple[int, int, int], ...]) -> str:
    named = zip(CLASSES, limits, strict=True)
    return " ".join(f"{name} {hard} {soft} {seconds}" for name, (hard, soft, seconds) in named)


BUFFER_LIMITS_DEFAULT = ((0, 0, 0), (256 << 20, 64 << 20, 60), (32 << 20, 8 << 20, 60))


def _limit_lines(parameter: str, limits: Any, defaults: Any) -> list[tuple[str, bool]]:
    lines = []
    for name, limit, default in zip(("normal", "replica", "pubsub"), limits, defaults, strict=True):
        hard, soft, seconds = limit
        line = f"{parameter} {name} {memory_text(hard)} {memory_text(soft)} {seconds}"
        lines.append((line, limit != default))
    return lines


BUFFER_LIMITS = Kind("buffer limits", _read_limits, _show_limits, lines=_limit_lines, multiple=True)
"""Hard limit, soft limit (bytes) and soft seconds of normal clients, replicas and subscribers."""


# -- other lists ---------------------------------------------------------------------------------------------


def _read_addresses(words: Sequence[bytes], present: Any) -> tuple[str, ...]:
    if len(words) > 16:
        raise ConfigError("Too many bind addresses specified.")
    if len(words) == 1 and not c_string(words[0]):
        return ()
    return tuple(as_text(c_string(word)) for word in words)


def _address_lines(parameter: str, addresses: tuple[str, ...], default: Any) -> list[tuple[str, bool]]:
    text = " ".join(addresses) or '""'
    return [(f"{parameter} {text}", True)] if addresses != default else []


ADDRESSES = Kind("addresses", _read_addresses, " ".join, lines=_address_lines, multiple=True)


def _read_scores(words: Sequence[bytes], present: Any) -> tuple[int, ...]:
    if len(words) != 3:
        raise ConfigError(WRONG_NUMBER)
    numbers = [c_long(word) for word in words]
    if any(number is None or not -2000 <= number <= 2000 for number in numbers):
        raise ConfigError("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
    return tuple(number for number in numbers if number is not None)


OOM_SCORES = Kind("scores", _read_scores, lambda scores: " ".join(map(str, scores)), multiple=True)
"""What the process adds to its score as a master, as a replica, and as a saving child."""


def _read_percentiles(words: Sequence[bytes], present: Any) -> tuple[float, ...]:
    if len(words) == 1 and not words[0]:
        return ()
    numbers = []
    for word in words:
        number = parse_float(word)
        if number is None:
            raise ConfigError("Invalid latency-tracking-info-percentiles parameters")
        if not 0.0 <= number <= 100.0:
            raise ConfigError("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
        numbers.append(number)
    return tuple(numbers)


def shortest(number: float) -> str:
    """A number with at most six decimals and none that say nothing."""
    return f"{number:f}".rstrip("0").rstrip(".")


def _show_percentiles(numbers: tuple[float, ...]) -> str:
    return " ".join(map(shortest, numbers))


def _percentile_lines(parameter: str, numbers: tuple[float, ...], default: Any) -> list[tuple[str, bool]]:
    """A line in every file, as Redis has it."""
    text = _show_percentiles(numbers) or '""'
    return [(f"{parameter} {text}", True)]


PERCENTILES = Kind(
    "percentiles",
    _read_percentiles,
    _show_percentiles,
    write=lambda numbers: " ".join(map(repr, numbers)),
    lines=_percentile_lines,
    multiple=True,
)


def _events(flags_of: Callable[[str], int | None]) -> Kind:
    def read(words: Sequence[bytes], present: Any) -> int:
        flags = flags_of(c_string(words[0]).decode("latin-1"))
        if flags is None:
            raise ConfigError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        return flags

    return Kind(
        "event classes",
        read,
        notify.shown_letters,
        write=notify.event_letters,
        in_file=lambda flags: quoted(notify.shown_letters(flags)),
    )


EVENTS, EVENTS_82 = _events(notify.event_flags), _events(notify.event_flags_82)


def _read_master(words: Sequence[bytes], present: Any) -> tuple[str, int] | tuple[()]:
    if len(words) != 2:
        raise ConfigError(WRONG_NUMBER)
    host, port = (c_string(word) for word in words)
    if host.lower() == b"no" and port.lower() == b"one":
        return ()
    number = parse_int64(port)
    if number is None or not 0 <= number <= 65535:
        raise ConfigError("Invalid master port")
    return as_text(host), number


REPLICA_OF = Kind(
    "host and port",
    _read_master,
    lambda master: " ".join(map(str, master)),
    lines=lambda parameter, master, default: [(f"{parameter} {master[0]} {master[1]}", True)] if master else [],
    multiple=True,
)


# -- checks of texts -----------------------------------------------------------------------------------------


def check_shutdown(words: Sequence[str]) -> None:
    if "save" in words and "nosave" in words:
        raise ConfigError("shutdown options SAVE and NOSAVE can't be used simultaneously")


def check_file_name(parameter: str, what: str = "filename", *, empty: bool = False) -> Callable[[str], None]:
    """A check that a name is no path and, unless `empty`, there."""

    def check(text: str) -> None:
        if not text and not empty:
            raise ConfigError(f"{parameter} can't be empty")
        if "/" in text or "\\" in text:
            raise ConfigError(f"{parameter} can't be a path, just a {what}")

    return check


def check_host_name(text: str) -> None:
    name = as_bytes(text)
    if len(name) >= 256:
        raise ConfigError("Hostnames must be less than 256 characters")
    if not re.fullmatch(rb"[A-Za-z0-9.-]*", name):
        raise ConfigError("Hostnames may only contain alphanumeric characters, hyphens or dots")


TITLE_FIELD = r"\{\{|\{[^}]*\}|\{"
# What each stands for matters only in that some are empty before the server has a title, a socket or a cluster.
TITLE_FIELDS = {
    "{{": "{", "{title}": "", "{server-mode}": "", "{unixsocket}": "", "{config-file}": "",
    "{listen-addr}": "x", "{port}": "x", "{tls-port}": "x",
}  # fmt: skip


UNKNOWN = "\0"


def check_title(text: str) -> None:
    title = re.sub(TITLE_FIELD, lambda field: TITLE_FIELDS.get(field[0], UNKNOWN), text)
    if UNKNOWN in title or not title.strip(" "):
        raise ConfigError("template format is invalid or contains unknown variables")
