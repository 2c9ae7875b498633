"""What later versions were recorded to do otherwise beside single replies: encodings, sequences of calls, declarations.

What a recording does not name is as it was in 7.0.15. `differing.json` lists what still differs, with the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commands.test_encodings import GROWING, ROWS, STORIES, encodings
from commands.test_recorded_replies import ERRORS, SEQUENCES, play_sequence
from redislab import Lab
from redislab.commands.table import all_commands, version_of
from redislab.commands.usage import Argument
from reference.replayed import loaded_lab
from versions.replay import DIFFERING, VERSIONS, other_versions


def row_of(version: str, what: str) -> dict[str, Any]:
    """The recorded encodings of a version."""
    number = VERSIONS[version]
    changed = {row["what"]: row[number] for row in other_versions()[number]["encodings_changed"]}
    return {**ROWS[what], **changed.get(what, {})}


def differs(version: str, what: str) -> bool:
    return f"{version} {what}" in DIFFERING or f"* {what}" in DIFFERING


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", STORIES)
def test_encodings_of_a_story(what: str, version: str) -> None:
    same = encodings(STORIES[what], version) == row_of(version, what)["encodings"]
    assert same != differs(version, what)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", GROWING)
def test_the_threshold_is_where_it_is(what: str, version: str) -> None:
    row, make = row_of(version, what), GROWING[what]
    if (threshold := row["threshold"]) is None:
        same = encodings([make(1)], version) == encodings([make(row["tried_up_to"])], version) == row["encodings"]
    else:
        below, above = encodings([make(threshold)], version), encodings([make(threshold + 1)], version)
        same = [*below, *above] == row["encodings"]
    assert same != differs(version, what)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", [what for what in ROWS if what.startswith("OBJECT REFCOUNT")])
def test_references_are_counted(what: str, version: str) -> None:
    session = Lab(record=False, version=version).session()
    value, _, policy = what.removeprefix("OBJECT REFCOUNT after SET k ").partition(" under maxmemory 1gb and ")
    if policy:
        session.call("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", policy)
    session.call("SET", "k", value)
    assert session.call("OBJECT", "REFCOUNT", "k") == row_of(version, what)["refcount"]


@pytest.mark.parametrize("version", VERSIONS)
def test_copies_have_the_recorded_encoding(version: str) -> None:
    rows = [what for what in ROWS if "COPY, DUMP+RESTORE" in what]
    assert rows
    for what in rows:
        session = Lab(record=False, version=version).session()
        session.run(what.partition(": ")[0].replace("xxxxx...", "x" * 50))
        session.call("COPY", "s", "copied")
        session.call("RESTORE", "restored", 0, session.call("DUMP", "s"))
        seen = [session.call("OBJECT", "ENCODING", key).decode() for key in ("s", "copied", "restored")]
        assert seen == row_of(version, what)["encodings"], what


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SEQUENCES)
def test_sequence(name: str, version: str) -> None:
    lines = [dict(line) for line in ERRORS["sequences"][name]]
    place = 0
    for change in other_versions()[VERSIONS[version]]["sequences_changed"].get(name, []):
        while (lines[place]["call"], lines[place]["reply"]) != (change["call"], change["7.0.15"]):
            place += 1
        lines[place]["reply"] = change[VERSIONS[version]]
        place += 1
    try:
        play_sequence(name, lines, loaded_lab(version))
        same = True
    except AssertionError:
        if not differs(version, name):
            raise
        same = False
    assert same != differs(version, name)


def tokens(arguments: list[Argument]) -> Iterator[str]:
    for argument in arguments:
        if argument.token is not None:
            yield argument.token
        yield from tokens(argument.children)


@pytest.mark.parametrize("version", VERSIONS)
def test_options_are_those_of_the_version(version: str) -> None:
    commands = {each.name: each for each in all_commands(version_of(version))}
    for name, added in other_versions()[VERSIONS[version]]["options_added"].items():
        assert set(added) <= set(tokens(commands[name].arguments)), name


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_version_deprecates(version: str) -> None:
    recorded = other_versions()[VERSIONS[version]]
    now = {each.name: (each.deprecated_since, each.replaced_by) for each in all_commands(version_of(version))}
    before = {each.name: (each.deprecated_since, each.replaced_by) for each in all_commands()}
    changed = {name: list(now[name]) for name in before if now[name] != before[name]}
    assert changed == recorded["deprecated_since_then"]


def test_nothing_recorded_is_left_out() -> None:
    """Parts of the recordings that no test replays would be new ones; those named here hold nothing."""
    replayed = {
        "commands", "subcommands", "commands_not_in_7.0.15", "arity_changed", "options_added", "deprecated_since_then",
        "config_not_in_7.0.15", "config_only_in_7.0.15", "encodings_changed", "replies_changed_calls",
        "replies_changed", "sequences_changed",
    }  # fmt: skip
    for number in VERSIONS.values():
        rest = {name: part for name, part in other_versions()[number].items() if name not in replayed}
        assert rest == {"commands_only_in_7.0.15": [], "config_default_changed": {}, "config_settable_changed": {}}
    sequences = {name for number in VERSIONS.values() for name in other_versions()[number]["sequences_changed"]}
    assert sequences <= set(SEQUENCES)
    told = {row["what"] for number in VERSIONS.values() for row in other_versions()[number]["encodings_changed"]}
    assert {what for what in told if what not in STORIES and what not in GROWING} <= {
        what for what in ROWS if what.startswith("OBJECT REFCOUNT") or "COPY, DUMP+RESTORE" in what
    }
