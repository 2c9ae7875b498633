"""Declarations equal the real server's COMMAND INFO and COMMAND DOCS; every command has help that runs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.commands.spec import Command
from redislab.commands.table import TABLE, all_commands
from redislab.commands.usage import Argument
from redislab.engine.unsupported import UNSUPPORTED
from redislab.engine.version import DEFAULT
from redislab.resp.types import BLOCKED, NO_REPLY, QUEUED
from redislab.resp.words import split
from redislab.shell.show import printed
from reference.recorded import load

RECORDED = load("commands")["table"]
BUILT = all_commands()


def recorded(command: Command) -> tuple[dict[str, Any], dict[str, Any]]:
    """The recorded INFO and DOCS of a command or subcommand."""
    if not command.parent:
        entry = RECORDED[command.name]
        return entry, entry["docs"]
    entry = RECORDED[command.parent]
    return entry["subcommands"][command.name], entry["docs"]["subcommands"][command.name]


def argument_tree(argument: Argument) -> dict[str, Any]:
    tree: dict[str, Any] = {"name": argument.name, "type": argument.type}
    if argument.token is not None:
        tree["token"] = argument.token
    if argument.since:
        tree["since"] = argument.since
    if argument.deprecated_since:
        tree["deprecated_since"] = argument.deprecated_since
    flags = [flag for flag in ("multiple", "multiple_token", "optional") if getattr(argument, flag)]
    if flags:
        tree["flags"] = flags
    if argument.key_spec is not None:
        tree["key_spec_index"] = argument.key_spec
    if argument.children:
        tree["arguments"] = [argument_tree(child) for child in argument.children]
    return tree


def plain(tree: dict[str, Any]) -> dict[str, Any]:
    """A recorded tree with its flags sorted as ours are."""
    copy = dict(tree)
    if "flags" in copy:
        copy["flags"] = sorted(copy["flags"])
    if "arguments" in copy:
        copy["arguments"] = [plain(child) for child in copy["arguments"]]
    return copy


@pytest.mark.parametrize("command", BUILT, ids=lambda command: command.name)
def test_command_info_is_the_real_one(command: Command) -> None:
    info, docs = recorded(command)
    first, last, step = command.legacy_range
    specs = [{**spec.describe(), "flags": sorted(spec.flags)} for spec in command.key_specs]
    ours = {
        "arity": command.arity,
        "flags": sorted(command.flags),
        "first_key": first,
        "last_key": last,
        "step": step,
        "acl_categories": sorted(command.acl_categories),
        "tips": sorted(command.tips),
        "key_specs": specs,
    }
    assert ours == {name: info[name] for name in ours}
    assert (command.since, command.group) == (docs["since"], docs["group"])
    assert [argument_tree(argument) for argument in command.arguments] == [plain(a) for a in docs.get("arguments", [])]
    assert sorted(command.history) == sorted(docs.get("history_versions", []))
    assert command.deprecated_since == docs.get("deprecated_since", "")
    assert command.replaced_by == docs.get("replaced_by", "")


@pytest.mark.parametrize("command", [each for each in BUILT if each.subcommands], ids=lambda command: command.name)
def test_a_container_has_no_subcommand_that_redis_lacks(command: Command) -> None:
    names = {each.name for each in command.subcommands.values()}
    assert names <= set(RECORDED[command.name]["subcommands"])


def test_what_is_not_built_says_so() -> None:
    named = set(RECORDED) | {name for entry in RECORDED.values() for name in entry["subcommands"]}
    missing = {name for name in named - {each.name for each in BUILT} if name.split("|")[0] in TABLE or "|" not in name}
    assert missing == {name for name, version in UNSUPPORTED.items() if version == DEFAULT}
    session = Lab(record=False).session()
    for name in missing:
        with pytest.raises(ReplyError, match=r"^ERR redislab does not support "):
            session.call(*name.split("|"))


WITH_HANDLER = [each for each in BUILT if each.handler is not None]


@pytest.mark.parametrize("command", WITH_HANDLER, ids=lambda command: command.name)
def test_every_command_explains_itself(command: Command) -> None:
    assert command.summary.endswith("."), "the docstring begins with a sentence"
    assert command.reply is not None, "reply= says what comes back"
    assert command.examples, "the docstring has an example to run"
    for version, what in command.history.items():
        assert what and "TODO" not in what, version


class Played:
    """A docstring's examples run on an empty lab, with the reply to each line and what redis-cli would print."""

    def __init__(self, command: Command) -> None:
        self.session = Lab(clock="manual", seed=1, record=False).session()
        self.lines = [(example, *self._run(example.line)) for example in command.examples]

    def _run(self, line: str) -> tuple[Any, str]:
        try:
            reply = self.session.run(line)
        except ReplyError as error:
            reply = error
        replies = [reply] if reply is not NO_REPLY else []
        while self.session.outbox:
            replies.append(self.session.outbox.popleft())
        argv = split(line)
        come = [each for each in replies if each is not BLOCKED]
        shown = b"".join(printed(each, self.session.protocol, argv=argv) for each in come)
        return reply, shown.decode("utf-8", "backslashreplace").rstrip("\n")


@pytest.mark.parametrize("command", WITH_HANDLER, ids=lambda command: command.name)
def test_the_examples_answer_as_written(command: Command) -> None:
    for example, _, shown in Played(command).lines:
        if "…" in example.output:  # stands for what differs from run to run
            pattern = ".*".join(map(re.escape, example.output.split("…")))
            assert re.fullmatch(pattern, shown, re.DOTALL), f"{example.line}: {shown}"
        else:
            assert shown == example.output, example.line


@pytest.mark.parametrize("command", WITH_HANDLER, ids=lambda command: command.name)
def test_the_replies_have_the_declared_shape(command: Command) -> None:
    seen = 0
    for example, reply, _ in Played(command).lines:
        words = [word.decode("latin-1").lower() for word in split(example.line)]
        if "|".join(words[: len(command.words)]) != command.name or reply in (QUEUED, BLOCKED, NO_REPLY):
            continue
        if not isinstance(reply, ReplyError):
            seen += 1
            assert command.reply is not None and command.reply.accepts(reply), f"{example.line}: {reply!r}"
    assert TABLE and seen >= 0
