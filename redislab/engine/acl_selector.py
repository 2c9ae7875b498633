"""A selector: one set of permissions, made of commands, key patterns and channel patterns, and checked as a whole.

Every user has a root selector, which the rules outside parentheses change, and any number of further ones. A call is
allowed if one selector allows all of it: the command, each key, each channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.acl_categories import Catalogue
from redislab.values import glob

if TYPE_CHECKING:
    from redislab.commands.spec import Command

__all__ = ["ALLOWED", "CHANNEL_DENIED", "COMMAND_DENIED", "KEY_DENIED", "RuleError", "Selector", "as_text", "has_space"]

READ, WRITE = 1, 2
# In the order in which Redis weighs them: of several refusals the greatest is told.
ALLOWED, COMMAND_DENIED, KEY_DENIED, CHANNEL_DENIED = 0, 1, 2, 4

SYNTAX = "Syntax error"
UNKNOWN = "Unknown command or category name in ACL"
AFTER_ALL_KEYS = (
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect."
    " Try 'resetkeys' to start with an empty list of patterns"
)
AFTER_ALL_CHANNELS = (
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect."
    " Try 'resetchannels' to start with an empty list of channels"
)
NO_FIRST_ARGUMENT = "Allowing first-arg of a subcommand is not supported"

_USES = {"access": READ, "insert": WRITE, "delete": WRITE, "update": WRITE}
# Which words of a call name channels: how many (None: all), and whether they are patterns.
_CHANNELS: dict[str, tuple[int | None, bool]] = {
    "subscribe": (None, False),
    "ssubscribe": (None, False),
    "psubscribe": (None, True),
    "publish": (1, False),
    "spublish": (1, False),
}


class RuleError(Exception):
    """A rule that cannot be applied; the text is Redis' reason, `rule` the rule."""

    rule = b""


def as_text(rule: bytes) -> bytes:
    """What Redis reads of a rule where it compares words: it ends at a NUL."""
    return rule.partition(b"\0")[0]


def has_space(word: bytes) -> bool:
    """Whether a word has a space or a NUL, which patterns and user names may not have."""
    return any(byte in b" \t\n\v\f\r\0" for byte in word)


class KeyPattern:
    """Keys, and what may be done with them: READ, WRITE or both."""

    __slots__ = ("access", "matches", "pattern")

    def __init__(self, pattern: bytes, access: int) -> None:
        self.pattern = pattern
        self.access = access
        self.matches = glob.compile(pattern)

    def rule(self) -> bytes:
        """The rule that gives it: `~a*`, `%R~b*`."""
        return {READ: b"%R~", WRITE: b"%W~"}.get(self.access, b"~") + self.pattern


class Selector:
    """A set of permissions. A new one allows nothing, or all channels if `all_channels`."""

    __slots__ = ("all_channels", "all_keys", "allowed", "channels", "first_arguments", "given", "patterns")

    def __init__(self, *, all_channels: bool = False) -> None:
        self.allowed = 0
        """The commands, as bits of the catalogue. -1 is all of them, those to come included."""
        self.first_arguments: dict[str, list[bytes]] = {}
        """For commands that are not allowed: first arguments with which they are."""
        self.given: dict[bytes, bytes] = {}
        """The rules since `+@all` or `-@all` in the order in which they came: what they are about, and the sign."""
        self.all_keys = False
        self.patterns: dict[bytes, KeyPattern] = {}
        self.all_channels = all_channels
        self.channels: dict[bytes, glob.Matcher] = {}

    def copy(self) -> Selector:
        """An independent selector with the same rules."""
        twin = Selector(all_channels=self.all_channels)
        twin.allowed, twin.all_keys = self.allowed, self.all_keys
        twin.first_arguments = {name: list(words) for name, words in self.first_arguments.items()}
        twin.given = dict(self.given)
        twin.patterns = {pattern: KeyPattern(pattern, each.access) for pattern, each in self.patterns.items()}
        twin.channels = dict(self.channels)
        return twin

    def is_powerful(self) -> bool:
        """Whether there is nothing that it does not allow."""
        return self.allowed == -1 and self.all_keys and self.all_channels

    # -- rules -----------------------------------------------------------------------------------------------

    def apply(self, rule: bytes, catalogue: Catalogue) -> None:
        """Change the permissions by one rule. Raises RuleError."""
        word = as_text(rule)
        handler = _WORDS.get(word.lower())
        if handler is not None:
            handler(self)
        elif word[:1] in (b"~", b"%"):
            self._add_keys(rule)
        elif word[:1] == b"&":
            self._add_channel(rule[1:])
        elif word[:2] in (b"+@", b"-@"):
            self._set_category(word, catalogue)
        elif word[:1] == b"+":
            self._allow(word[1:], catalogue)
        elif word[:1] == b"-":
            self._set_command(_named(word[1:], catalogue), False, catalogue)
        else:
            raise RuleError(SYNTAX)

    def _add_keys(self, rule: bytes) -> None:
        if self.all_keys:
            raise RuleError(AFTER_ALL_KEYS)
        access, pattern = (READ | WRITE, rule[1:]) if rule[:1] == b"~" else _read_access(rule)
        if has_space(pattern):
            raise RuleError(SYNTAX)
        known = self.patterns.get(pattern)
        if known is None:
            self.patterns[pattern] = KeyPattern(pattern, access)
        else:
            known.access |= access

    def _add_channel(self, pattern: bytes) -> None:
        if self.all_channels:
            raise RuleError(AFTER_ALL_CHANNELS)
        if has_space(pattern):
            raise RuleError(SYNTAX)
        self.channels.setdefault(pattern, glob.compile(pattern))

    def reset_keys(self, all_keys: bool = False) -> None:
        """No key patterns; all keys or none."""
        self.all_keys = all_keys
        self.patterns = {}

    def reset_channels(self, all_channels: bool = False) -> None:
        """No channel patterns; all channels or none."""
        self.all_channels = all_channels
        self.channels = {}

    def reset_commands(self, allowed: int = 0) -> None:
        """All commands (-1) or none."""
        self.allowed = allowed
        self.first_arguments = {}
        self.given = {}

    def _remember(self, what: bytes, sign: bytes) -> None:
        """Keep a rule about commands, instead of those that it makes void: itself, and those about subcommands."""
        inside = what + b"|"
        self.given = {old: how for old, how in self.given.items() if old != what and not old.startswith(inside)}
        self.given[what] = sign

    def _set_category(self, word: bytes, catalogue: Catalogue) -> None:
        category = word[1:].decode("latin-1").lower()
        gift = catalogue.gifts.get(category)
        if gift is None:
            raise RuleError(UNKNOWN)
        self.allowed = self.allowed | gift if word[:1] == b"+" else self.allowed & ~gift
        for command in catalogue.of_category(category):
            self.first_arguments.pop(command.name, None)
        self._remember(category.encode(), word[:1])

    def _set_command(self, name: str, allow: bool, catalogue: Catalogue) -> None:
        reach = catalogue.reach[name]
        self.allowed = self.allowed | reach if allow else self.allowed & ~reach
        self.first_arguments.pop(name, None)
        self._remember(name.encode(), b"+" if allow else b"-")

    def _allow(self, word: bytes, catalogue: Catalogue) -> None:
        """`+get`, `+config|get`, or `+select|0`: the command with this first argument only."""
        before, bar, after = word.rpartition(b"|")
        if not bar:
            self._set_command(_named(word, catalogue), True, catalogue)
            return
        name = _named(before, catalogue)
        command = catalogue.commands[name]
        if command.parent:
            raise RuleError(NO_FIRST_ARGUMENT)
        if not after:
            raise RuleError(SYNTAX)
        if command.subcommands:
            self._set_command(_named(word, catalogue), True, catalogue)
            return
        words = self.first_arguments.setdefault(name, [])
        if after.lower() not in (known.lower() for known in words):
            words.append(after)
        self._remember(word.lower(), b"+")

    # -- checking --------------------------------------------------------------------------------------------

    def check(self, command: Command, argv: Sequence[bytes], catalogue: Catalogue) -> tuple[int, int]:
        """What is refused about a call, and the place of the word it is about; ALLOWED if nothing is."""
        if not self.allowed & catalogue.bits[command.name] and not self._allowed_anyhow(command, argv):
            return COMMAND_DENIED, 0
        if not self.all_keys:
            for place, flags in command.used_keys(argv):
                if not self._key_allowed(argv[place], _NEEDS.get(flags) or _needs(flags)):
                    return KEY_DENIED, place
        if not self.all_channels and command.name in _CHANNELS:
            count, is_pattern = _CHANNELS[command.name]
            for place in range(1, len(argv) if count is None else 1 + count):
                if not self.channel_allowed(argv[place], is_pattern=is_pattern):
                    return CHANNEL_DENIED, place
        return ALLOWED, 0

    def _allowed_anyhow(self, command: Command, argv: Sequence[bytes]) -> bool:
        """Whether a command without its bit is allowed: to log in anybody may, or by a first argument."""
        if "no_auth" in command.flags:
            return True
        words = self.first_arguments.get(command.name)
        return bool(words) and len(argv) > 1 and argv[1].lower() in [word.lower() for word in words or ()]

    def _key_allowed(self, key: bytes, needs: int) -> bool:
        for each in self.patterns.values():  # noqa: SIM110 - `any` would take twice as long
            if each.access & needs == needs and each.matches(key):
                return True
        return False

    def channel_allowed(self, channel: bytes, *, is_pattern: bool) -> bool:
        """Whether a channel may be used. A pattern must stand among the rules as it is."""
        if self.all_channels:
            return True
        if is_pattern:
            return as_text(channel) in self.channels
        return any(matches(channel) for matches in self.channels.values())

    def reads_all_keys(self) -> bool:
        """Whether there is no key that may not be read."""
        return self.all_keys or (b"*" in self.patterns and bool(self.patterns[b"*"].access & READ))


_NEEDS: dict[tuple[str, ...], int] = {}


def _needs(flags: tuple[str, ...]) -> int:
    """What may have to be done with a key that a command uses in this way; remembered in _NEEDS."""
    needs = 0
    for flag in flags:
        needs |= _USES.get(flag, 0)
    _NEEDS[flags] = needs
    return needs


def _read_access(rule: bytes) -> tuple[int, bytes]:
    """`%R~pattern` taken apart. Without a tilde the letters are followed by an empty pattern. Raises RuleError."""
    access = 0
    for place in range(1, len(rule)):
        letter = rule[place : place + 1].upper()
        use = {b"R": READ, b"W": WRITE}.get(letter, 0)
        if letter == b"~" and access:
            return access, rule[place + 1 :]
        if not use or access & use:
            raise RuleError(SYNTAX)
        access |= use
    if not access:
        raise RuleError(SYNTAX)
    return access, b""


def _named(word: bytes, catalogue: Catalogue) -> str:
    """Redis' name of the command that a rule names. Raises RuleError for an unknown one."""
    name = word.decode("latin-1").lower()
    if name not in catalogue.commands:
        raise RuleError(UNKNOWN)
    return name


_WORDS = {
    b"allkeys": lambda selector: selector.reset_keys(True),
    b"~*": lambda selector: selector.reset_keys(True),
    b"resetkeys": lambda selector: selector.reset_keys(),
    b"allchannels": lambda selector: selector.reset_channels(True),
    b"&*": lambda selector: selector.reset_channels(True),
    b"resetchannels": lambda selector: selector.reset_channels(),
    b"allcommands": lambda selector: selector.reset_commands(-1),
    b"+@all": lambda selector: selector.reset_commands(-1),
    b"nocommands": lambda selector: selector.reset_commands(),
    b"-@all": lambda selector: selector.reset_commands(),
}
