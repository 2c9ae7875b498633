"""The table of commands reads off the sources which names there are, and imports what is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from redislab.commands import table
from redislab.commands.spec import DECLARED
from redislab.commands.table import GROUPS, TABLE, Table, all_commands
from redislab.engine.version import DEFAULT


def test_the_names_in_the_sources_are_those_that_are_declared() -> None:
    all_commands()
    declared = {name for name, commands in DECLARED.items() if any(each.release <= DEFAULT for each in commands)}
    assert set(table.homes()) == declared == set(TABLE)
    assert [command.name for command in TABLE.values()] == list(TABLE)


def test_each_name_has_the_modules_that_declare_it_and_no_other() -> None:
    all_commands()
    homes = table.homes()
    for name, commands in DECLARED.items():
        if all(each.release > DEFAULT for each in commands):
            continue  # of a later version: in the table of that one
        modules = {each.handler.__module__.rpartition(".")[2] for each in commands if each.handler is not None}
        assert modules & set(GROUPS) <= set(homes[name]), name
        assert len(homes[name]) == 1 or modules & set(GROUPS) == set(homes[name]), name


def test_no_command_is_declared_twice() -> None:
    all_commands()
    names = [command.name for commands in DECLARED.values() for command in commands]
    assert len(names) == len(set(names))


def test_without_sources_everything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(group: str) -> bytes:
        raise OSError(group)

    monkeypatch.setattr(table, "_source", missing)
    whole = Table()
    assert set(whole) == set(TABLE)
    assert whole["client"].subcommands == TABLE["client"].subcommands


def test_names_that_there_are_not() -> None:
    assert TABLE.get("nosuchcommand") is None
    assert "nosuchcommand" not in TABLE
    with pytest.raises(KeyError):
        TABLE["nosuchcommand"]


def output_of(probe: str) -> list[str]:
    """The words that a new process prints."""
    return subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()


def loaded_after(work: str) -> set[str]:
    """The groups that a new process has imported after some work with `call`."""
    return set(
        output_of(
            "import sys\nfrom redislab import Lab\nfrom redislab.commands.table import GROUPS\n"
            f"call = Lab().session().call\n{work}\n"
            "print(*(group for group in GROUPS if f'redislab.commands.{group}' in sys.modules))"
        )
    )


def test_only_the_modules_of_a_command_are_imported() -> None:
    assert loaded_after("'get' in Lab().commands, len(Lab().commands), list(Lab().commands)") == set()
    assert loaded_after("call('HGET', 'k', 'f')") == {"hash"}
    client = loaded_after("call('CLIENT', 'GETNAME')")
    assert client > {"client", "client_pause", "client_tracking"}
    assert len(client) < 10  # of more than sixty


def test_the_order_is_the_same_whichever_module_was_imported_first() -> None:
    probe = (
        "from importlib import import_module\nfrom redislab.commands.table import GROUPS, all_commands\n"
        "for group in {order}:\n    import_module('redislab.commands.' + group)\n"
        "print(*(each.name for each in all_commands()))"
    )
    names = [command.name for command in all_commands()]
    assert output_of(probe.format(order="GROUPS")) == names
    assert output_of(probe.format(order="GROUPS[::-1]")) == names
