"""Words with a colon about the shell itself: clients, settings, saving and loading, help, leaving."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from redislab.resp.types import BLOCKED, NO_REPLY
from redislab.resp.words import join
from redislab.shell.meta import MetaError, meta, meta_help
from redislab.shell.requests import Steps
from redislab.shell.secrets import holds_secret
from redislab.shell.show import FORMS, formatted
from redislab.shell.theme import Line

if TYPE_CHECKING:
    from redislab.shell.console import Console

CLIENT_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"


@meta(":client [NEW name | USE name | CLOSE name | CANCEL name | LIST]")
def client(console: Console, how: str = "list", name: str = "") -> None:
    """Several clients in one shell: make one, talk as one, close one, give up what one waits in.

    `@NAME COMMAND` sends a single command as a client and makes it if need be. A client that waits or listens disturbs
    no other; what comes for it is shown above the prompt with its name.

      :client new bob
      @bob SUBSCRIBE news
      PUBLISH news hello
    """
    how = how.lower()
    if how == "list":
        console.printer.lines(client_rows(console))
        return
    if how == "new":
        if not name or set(name) - set(CLIENT_NAME):
            raise MetaError("a client's name is made of letters, digits, and . _ -")
        if name in console.clients:
            raise MetaError(f"there is a client {name} already")
        console.client(name)
        console.printer.note(f"Client {name} is connected: `@{name} COMMAND`, or `:client use {name}` to stay with it.")
        return
    if name not in console.clients:
        raise MetaError(f"there is no client {name}; `:client` lists them")
    if how == "use":
        console.current = name
    elif how == "close":
        console.close_client(name)
    elif not console.client(name).blocked:
        raise MetaError(f"{name} waits for nothing")
    else:
        console.cancel(name)


def client_rows(console: Console) -> Iterator[Line]:
    """A line for each client: its name and its state."""
    for name, session in console.clients.items():
        state = [f"database {session.db_index}"]
        if session.in_multi:
            state.append("in MULTI")
        if session.subscriptions:
            state.append(f"subscribed to {session.subscriptions}")
        if session.blocked:
            state.append(f"waits in {join(console.waiting[name].argv)}")
        mark = ">" if name == console.current else " "
        yield [
            ("strong", f"{mark} {name:<12}"),
            ("dim", f"id {session.id:<4} RESP{session.protocol}  {', '.join(state)}"),
        ]


@meta(":set [name] [value]")
def set_(console: Console, name: str = "", value: str = "") -> None:
    """Show the shell's settings, or change one.

    form is friendly, formatted, raw, csv, json or quoted-json; warn_from is the number of keys from which on a question
    is asked before FLUSHALL and its like; the others are on or off.

      :set warn off
      :set form formatted
    """
    settings = console.settings
    known = dict(vars(settings))
    if not value:
        if name and name not in known:
            raise MetaError(f"there is no setting {name}; they are {', '.join(known)}")
        console.printer.lines(
            [("key", f"{one:<10}"), ("", in_words(held))] for one, held in known.items() if name in ("", one)
        )
        return
    if name not in known:
        raise MetaError(f"there is no setting {name}; they are {', '.join(known)}")
    setattr(settings, name, setting(name, value.lower(), known[name]))


def in_words(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def setting(name: str, text: str, before: object) -> object:
    """The value that a text means for a setting. Raises MetaError."""
    if isinstance(before, bool):
        if text not in ("on", "off"):
            raise MetaError(f"{name} is on or off")
        return text == "on"
    if isinstance(before, int):
        if not text.isdecimal():
            raise MetaError(f"{name} is a whole number")
        return int(text)
    forms = ("friendly", *FORMS)
    if text not in forms:
        raise MetaError(f"{name} is one of {', '.join(forms)}")
    return text


@meta(":save file")
def save(console: Console, file: str) -> None:
    """Write this session's commands to a file: a script, or with a name that ends in .md a transcript with the replies.

    Lines with a password are left out. `:load` runs a script again.
    """
    path = Path(file).expanduser()
    text = transcript(console) if path.suffix.lower() == ".md" else script(console)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="\n") as out:
        out.write(text)
    console.printer.note(f"Saved to {path}.")


def script(console: Console) -> str:
    """The lines that do it all again."""
    lines = []
    for one in console.remembered:
        if isinstance(one, str):
            lines.append(one)
        elif holds_secret(one.argv):
            lines.append("# a command with a password was here")
        else:
            lines.append(("" if one.client == "main" else f"@{one.client} ") + join(one.argv))
    return "\n".join(lines) + "\n" if lines else ""


def transcript(console: Console) -> str:
    """The commands with the replies that redis-cli would print, as Markdown."""
    parts = ["# redislab session\n\n```text\n"]
    for one in console.remembered:
        if isinstance(one, str):
            parts.append(f"> {one}\n")
        elif not holds_secret(one.argv):
            parts.append(f"{'' if one.client == 'main' else one.client}> {join(one.argv)}\n")
            if one.reply is not BLOCKED and one.reply is not NO_REPLY:
                parts.append(formatted(one.reply, one.protocol).decode("utf-8", "backslashreplace"))
    return "".join([*parts, "```\n"])


@meta(":load file")
def load(console: Console, file: str) -> Steps:
    """Run the lines of a file, as if they were typed."""
    text = Path(file).expanduser().read_text(encoding="utf-8", errors="surrogateescape")
    if console.loading > 5:
        raise MetaError(f"{file}: files load one another too deeply")
    console.loading += 1
    try:
        yield from console.feed(text if text.count("\n") > 1 else text.strip())
    finally:
        console.loading -= 1


@meta(":help [word]")
def help_(console: Console, word: str = ":help") -> None:
    """List the words with a colon, or explain one."""
    console.printer.lines(meta_help(word if word.startswith(":") else f":{word}", console.printer.width))


@meta(":quit", ":exit", ":q")
def quit_(console: Console) -> None:
    """Leave."""
    console.finished = True
