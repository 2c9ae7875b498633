"""The text of replies against recordings of redis-cli 7.0.15, and the recordings against redis-cli itself."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from redislab.resp.encode import encode
from redislab.resp.replies import ReplyReader
from redislab.resp.types import BigNumber, Map, ProtocolError, ReplyError
from redislab.resp.words import UnbalancedQuotes, split
from redislab.shell.show import FORMS, csv, formatted, json_text, printed, prints_raw, pushed, quoted_json, raw

RECORDER = runpy.run_path(str(Path(__file__).parent / "recordings" / "record_show.py"))
RECORDED: dict[str, Any] = json.loads(RECORDER["RECORDING"].read_text())
REPLIES: dict[str, Any] = RECORDER["REPLIES"]
PUSHES: dict[str, Any] = RECORDER["PUSHES"]
ERROR_IN_JSON = re.compile(rb'error:("[^\n]*?")(?=,\d|\n)')


def recorded(name: str, protocol: int, form: str) -> bytes:
    """What redis-cli printed, but errors in JSON written as redislab writes them."""
    text: bytes = RECORDED["replies"][name][str(protocol)][form].encode("latin-1")
    return ERROR_IN_JSON.sub(rb'{"error": \1}', text) if "json" in form else text


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("name", REPLIES)
def test_replies_print_as_redis_cli_prints_them(name: str, protocol: int) -> None:
    for form, show in FORMS.items():
        assert show(REPLIES[name], protocol) == recorded(name, protocol, form), form


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("name", REPLIES)
def test_replies_read_from_the_wire_print_the_same(name: str, protocol: int) -> None:
    reader = ReplyReader()
    reader.feed(encode(REPLIES[name], protocol))
    reply = reader.next()
    for form, show in FORMS.items():
        assert show(reply, protocol) == recorded(name, protocol, form), form


@pytest.mark.parametrize("name", PUSHES)
def test_pushes(name: str) -> None:
    for form, text in RECORDED["pushes"][name].items():
        assert pushed(PUSHES[name], 3, form) == text.encode("latin-1"), form


@pytest.mark.parametrize(("command", "expected"), RECORDED["raw commands"].items())
def test_prints_raw(command: str, expected: bool) -> None:
    assert prints_raw(command.encode().split()) is expected


@pytest.mark.parametrize("form", FORMS)
def test_raw_commands_print_raw_in_every_form(form: str) -> None:
    assert printed(b"# Server\r\nversion:7\r\n", 2, form, [b"INFO"]) == b"# Server\r\nversion:7\r\n"
    assert printed(ReplyError("ERR no"), 2, form, [b"INFO"]) == b"ERR no\n"
    assert printed(b"x", 2, form, [b"GET", b"INFO"]) == FORMS[form](b"x", 2)


@pytest.mark.parametrize(("line", "words"), RECORDED["lines"].items())
def test_lines_split_as_redis_cli_splits_them(line: str, words: list[str] | None) -> None:
    if words is None:
        with pytest.raises(UnbalancedQuotes):
            split(line)
    else:
        assert split(line) == [word.encode("latin-1") for word in words]


@pytest.mark.parametrize(("wire", "complaint"), RECORDED["complaints"].items())
def test_malformed_replies_are_refused_in_the_words_of_redis_cli(wire: str, complaint: str) -> None:
    reader = ReplyReader()
    reader.feed(wire.encode("latin-1") + b"\r\n")
    for _ in range(2):
        with pytest.raises(ProtocolError) as caught:
            reader.next()
        assert str(caught.value) == complaint


def test_what_redis_cli_cannot_print() -> None:
    number = BigNumber(12345678901234567890123)
    assert formatted(number, 3) == b"(big number) 12345678901234567890123\n"
    assert raw(number, 3) == csv(number, 3) == json_text(number, 3) == b"12345678901234567890123\n"
    assert formatted(number, 2) == b'"12345678901234567890123"\n'
    assert formatted(float("nan"), 3) == b"(double) nan\n"


def test_errors_in_json_are_json() -> None:
    reply = [b"x", ReplyError('ERR "so"')]
    assert json.loads(json_text(reply, 2)) == ["x", {"error": 'ERR "so"'}]
    assert json.loads(quoted_json(ReplyError("ERR no"), 2)) == {"error": "ERR no"}
    assert json.loads(json_text(Map([(ReplyError("ERR no"), 1)]), 3)) == {"ERR no": 1}


def test_raw_delimiters() -> None:
    assert raw([b"a", [b"b", {b"k": 1}]], 3, delimiter=b"|", end=b";") == b"a|b|k 1;"


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_reply_is_not_printed(form: str) -> None:
    with pytest.raises(TypeError, match="not a reply"):
        FORMS[form]([object()], 3)


def test_recordings_are_what_redis_cli_prints() -> None:
    if RECORDER["installed_version"]() != RECORDER["VERSION"]:
        pytest.skip("redis-cli of the recorded version is not installed")
    assert RECORDER["record"]() == RECORDED
