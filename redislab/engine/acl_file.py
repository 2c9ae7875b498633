"""Users as text: the ACL file, and the `user` lines of redis.conf. The files themselves are the host's.

A file is taken over whole or not at all; what is wrong with it is told line by line in one error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.acl_selector import UNKNOWN, RuleError, has_space
from redislab.engine.acl_user import User, merge_selectors
from redislab.engine.host import HostError
from redislab.resp.types import ReplyError

if TYPE_CHECKING:
    from redislab.engine.acl import Acl
    from redislab.engine.session import Session

__all__ = ["apply_user_line", "load", "parse", "save"]

NO_FILE = (
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER"
    " command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store"
    " users in the Redis configuration."
)
NOT_SAVED = "ERR There was an error trying to save the ACLs. Please check the server logs for more information"
NO_CHANGE = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
DUPLICATE = "Duplicate user found. A user can only be defined once in config files"


def load(acl: Acl, by: Session | None = None) -> None:
    """Take over the users of the ACL file; `by` asks for it. Raises ReplyError with all that is wrong with it."""
    host = acl.engine.host
    if not host.acl_file:
        raise ReplyError(NO_FILE)
    try:
        text = host.read_acl_file()
    except HostError as error:
        raise ReplyError(f"ERR Error loading ACLs, opening file '{host.acl_file}': {error}") from None
    acl.replace_users(parse(acl, text, host.acl_file), by)


def save(acl: Acl) -> None:
    """Write the users to the ACL file. Raises ReplyError."""
    host = acl.engine.host
    if not host.acl_file:
        raise ReplyError(NO_FILE)
    try:
        host.write_acl_file(b"".join(line + b"\n" for line in acl.describe_lines()))
    except HostError as error:
        host.log("warning", f"Saving the ACL file {host.acl_file}: {error}")
        raise ReplyError(NOT_SAVED) from None


def parse(acl: Acl, text: bytes, path: str) -> dict[bytes, User]:
    """The users of a file's text. Raises ReplyError with all that is wrong, `path` and line number before each."""
    users: dict[bytes, User] = {}
    problems: list[str] = []
    for number, line in enumerate(text.partition(b"\0")[0].split(b"\n"), 1):
        words = line.strip(b" \t\r\n").split(b" ")
        if words != [b""]:
            problems += _read_line(acl, users, words, path, number)
    if problems:
        raise ReplyError("ERR " + "".join(problems) + NO_CHANGE)
    return users


def _read_line(acl: Acl, users: dict[bytes, User], words: list[bytes], path: str, number: int) -> list[str]:
    """Make the user of one line; what is wrong with it."""
    place = f"{path}:{number}"
    if words[0] != b"user" or len(words) < 2:
        return [f"{place} should start with user keyword followed by the username. "]
    name = words[1]
    if has_space(name):
        return [f"'{place}: username '{_shown(name)}' contains invalid characters. "]
    if name in users:
        return [f"WARNING: Duplicate user '{_shown(name)}' found on line {number}. "]
    user = users[name] = User(name, all_channels=acl.all_channels)
    try:
        rules = merge_selectors(words[2:])
    except ValueError:
        # Redis 7.0.15 crashes here, after it has found these words.
        return [f"{place}: Unmatched parenthesis in selector definition."]
    problems = []
    for rule in rules:
        rule = rule.strip(b"\t\r\n")
        try:
            user.apply(rule, acl.catalogue, all_channels=acl.all_channels)
        except RuleError as error:
            # Only a rule about an unknown command is repeated: others may hold a password.
            what = f"Error in applying operation '{_shown(rule)}': " if str(error) == UNKNOWN else ""
            problems.append(f"{place}: {what}{error}. ")
    return problems


def _shown(word: bytes) -> str:
    return word.decode("utf-8", "surrogateescape")


def apply_user_line(acl: Acl, words: Sequence[bytes]) -> None:
    """Take over one `user` line of redis.conf, given as words. Raises ValueError with what Redis says of a wrong one.

    The first line about the default user starts it anew; any other user may stand there once.
    """
    if len(words) < 2:
        raise ValueError("Bad directive or wrong number of arguments")
    name = words[1]
    if has_space(name):
        raise ValueError("Spaces not allowed in ACL usernames")
    if name in acl.declared:
        raise ValueError(f"Error in user declaration '{_shown(name)}': {DUPLICATE}")
    user = User(name, all_channels=acl.all_channels)
    if name == b"default":
        user.apply(b"reset", acl.catalogue, all_channels=acl.all_channels)
    try:
        rules = merge_selectors(words[2:])
    except ValueError as error:
        start = _shown(words[2 + error.args[0]])
        raise ValueError(f"Unmatched parenthesis in acl selector starting at '{start}'.") from None
    for place, rule in enumerate(rules):
        try:
            user.apply(rule, acl.catalogue, all_channels=acl.all_channels)
        except RuleError as problem:
            if str(problem) == UNKNOWN:
                text = f"Error loading ACL rule '{_shown(rule)}' for the user named '{_shown(name)}': {problem}"
            else:
                # Redis counts the rules from the wrong word: it names `user` for the first one.
                text = f"Error in user declaration '{_shown(words[place])}': {problem}"
            raise ValueError(text) from None
    acl.declared.add(name)
    acl.users.setdefault(name, user).become(user)
    acl.refresh_guards()
