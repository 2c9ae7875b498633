"""Later versions as they were recorded: what changed since 7.0.15 is answered as they do, all else as before.

`differing.json` lists what still differs, with the reasons; a test fails when an entry is not needed any more.
"""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from redislab.commands.table import all_commands, table_of, version_of
from redislab.engine.unsupported import UNSUPPORTED
from reference.recorded import ORDERLESS, comparable, load, ordered
from reference.replayed import loaded_lab, reply_of
from versions.replay import DIFFERING, VERSIONS, other_versions

EVERY = 7
"""Of the calls that did not change every so-and-so-many-th is tried."""
OWN_STATE = {"command", "client", "info", "lolwut", "acl", "debug", "script"}

CHANGED = [
    (version, row) for version, number in VERSIONS.items() for row in other_versions()[number]["replies_changed"]
]


def label(value: Any) -> str:
    return value if isinstance(value, str) else shlex.join(value["call"])[:60]


@pytest.mark.parametrize(("version", "row"), CHANGED, ids=label)
def test_changed_reply(version: str, row: dict[str, Any]) -> None:
    wanted = row[VERSIONS[version]]
    same = comparable(reply_of(loaded_lab(version), row["call"]), wanted, []) == wanted
    call = shlex.join(row["call"])
    assert same != (f"{version} {call}" in DIFFERING or f"* {call}" in DIFFERING)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_else_is_answered_as_before(version: str) -> None:
    changed = {row["call"][0].lower() for row in other_versions()[VERSIONS[version]]["replies_changed"]}
    commands = {each.name: each for each in all_commands(version_of(version))}
    rows = [row for rows in load("errors")["commands"].values() for row in rows] + load("errors")["extra"]
    found = []
    for row in rows[::EVERY]:
        call = row["call"]
        if call[0].lower() in changed | OWN_STATE or call[-1].upper() == "HELP":
            continue
        command = commands.get("|".join(call[:2]).lower()) or commands.get(call[0].lower())
        tips = command.tips if command is not None else []
        wanted = ordered(row["reply"]) if ORDERLESS in tips else row["reply"]
        if comparable(reply_of(loaded_lab(version), call), row["reply"], tips) != wanted:
            found.append(call)
    assert found == []


@pytest.mark.parametrize("version", VERSIONS)
def test_commands_are_those_of_the_version(version: str) -> None:
    recorded = other_versions()[VERSIONS[version]]
    number = version_of(version)
    have = {each.name for each in all_commands(number)} - {each.name for each in all_commands()}
    told = {name for name, since in UNSUPPORTED.items() if since <= number}
    assert have | told == {name.lower() for name in recorded["commands_not_in_7.0.15"]}
    assert not have & told


@pytest.mark.parametrize("version", VERSIONS)
def test_arities_are_those_of_the_version(version: str) -> None:
    commands = {each.name: each.arity for each in all_commands(version_of(version))}
    for name, (_, arity) in other_versions()[VERSIONS[version]]["arity_changed"].items():
        assert commands[name] == arity, name


@pytest.mark.parametrize("version", VERSIONS)
def test_parameters_are_those_of_the_version(version: str) -> None:
    recorded = other_versions()[VERSIONS[version]]
    before, now = (loaded_lab(each).engine.config for each in ("7.0", version))
    added = set(now.names()) - set(before.names())
    assert {name: now.shown_text(name) for name in added} == recorded["config_not_in_7.0.15"]
    assert set(before.names()) - set(now.names()) == set(recorded["config_only_in_7.0.15"])


@pytest.mark.parametrize("version", ["7.0", *VERSIONS])
def test_a_later_command_is_unknown(version: str) -> None:
    lab = loaded_lab(version)
    known = "hexpire" in table_of(version_of(version))
    reply = reply_of(lab, ["HEXPIRE", "hash", "10", "FIELDS", "1", "f1"])
    assert known == (version >= "7.4")
    assert reply == ([1] if known else {"error": reply["error"]})
    assert known or reply["error"].startswith("ERR unknown command 'HEXPIRE', with args beginning with: 'hash' '10'")
