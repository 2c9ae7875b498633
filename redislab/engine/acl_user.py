"""A user of the ACL: whether it may log in, with which passwords, and what it may do.

Passwords are kept as the hexadecimal SHA-256 of their bytes, never as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redislab.engine.acl_categories import Catalogue
from redislab.engine.acl_selector import ALLOWED, COMMAND_DENIED, RuleError, Selector, as_text
from redislab.resp.words import split

if TYPE_CHECKING:
    from redislab.commands.spec import Command

__all__ = ["User", "hash_password", "merge_selectors"]

BAD_HASH = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist"


def hash_password(password: bytes) -> bytes:
    """The SHA-256 of a password in hexadecimal digits."""
    from hashlib import sha256  # only here, because it takes milliseconds to load

    return sha256(password).hexdigest().encode()


class User:
    """One user. A new one is off, has no password and may do nothing."""

    __slots__ = ("enabled", "name", "no_password", "passwords", "powerful", "sanitize", "selectors")

    def __init__(self, name: bytes, *, all_channels: bool = False) -> None:
        self.name = name
        self.enabled = False
        self.no_password = False
        self.sanitize = b""
        """`sanitize-payload` or `skip-sanitize-payload`, if a rule said so."""
        self.passwords: dict[bytes, None] = {}
        self.selectors = [Selector(all_channels=all_channels)]
        """The root selector, then those in parentheses."""
        self.powerful = False
        """Whether nothing is forbidden to it. Then its calls are not checked at all."""

    @property
    def root(self) -> Selector:
        return self.selectors[0]

    def become(self, other: User) -> None:
        """Take over everything of another user but the name."""
        self.enabled, self.no_password, self.sanitize = other.enabled, other.no_password, other.sanitize
        self.passwords = dict(other.passwords)
        self.selectors = [selector.copy() for selector in other.selectors]
        self.powerful = any(selector.is_powerful() for selector in self.selectors)

    def copy(self) -> User:
        """An independent user with the same name, passwords and rules."""
        twin = User(self.name)
        twin.become(self)
        return twin

    # -- rules -----------------------------------------------------------------------------------------------

    def apply(self, rule: bytes, catalogue: Catalogue, *, all_channels: bool) -> None:
        """Change the user by one rule. `all_channels` is what acl-pubsub-default gives. Raises RuleError."""
        word = as_text(rule)
        if not rule:
            return
        if not self._apply_word(word.lower(), all_channels):
            if word[:1] in (b">", b"#"):
                self.passwords[_password(rule)] = None
                self.no_password = False
            elif word[:1] in (b"<", b"!"):
                self._remove_password(_password(rule))
            elif word[:1] == b"(" and rule[-1:] == b")":
                self.selectors.append(_selector(rule, catalogue, all_channels))
            else:
                self.root.apply(rule, catalogue)
        self.powerful = any(selector.is_powerful() for selector in self.selectors)

    def _apply_word(self, word: bytes, all_channels: bool) -> bool:
        """Apply a rule that is a word about the user itself; False if it is none."""
        if word in (b"on", b"off"):
            self.enabled = word == b"on"
        elif word in (b"nopass", b"resetpass"):
            self.no_password = word == b"nopass"
            self.passwords = {}
        elif word in (b"sanitize-payload", b"skip-sanitize-payload"):
            self.sanitize = word
        elif word == b"clearselectors":
            del self.selectors[1:]
        elif word == b"reset":
            self.become(User(self.name, all_channels=all_channels))
            self.sanitize = b"sanitize-payload"
        else:
            return False
        return True

    def _remove_password(self, digest: bytes) -> None:
        if digest not in self.passwords:
            raise RuleError(NO_SUCH_PASSWORD)
        del self.passwords[digest]

    # -- asking ----------------------------------------------------------------------------------------------

    def flags(self, newer: bool) -> list[bytes]:
        """The words about the user itself. Since 7.2 (`newer`) they say of every user how its payloads are taken."""
        sanitize = self.sanitize or (b"sanitize-payload" if newer else b"")
        words = [b"on" if self.enabled else b"off", b"nopass" if self.no_password else b"", sanitize]
        return [word for word in words if word]

    def accepts(self, password: bytes) -> bool:
        """Whether the user may log in with this password."""
        from hmac import compare_digest  # only here, because hmac takes milliseconds to load

        if not self.enabled or self.no_password:
            return self.enabled
        digest = hash_password(password)
        return any([compare_digest(digest, known) for known in self.passwords])

    def check(self, command: Command, argv: Sequence[bytes], catalogue: Catalogue) -> tuple[int, int]:
        """What is refused about a call, and the place of the word: of the refusals of all selectors the weightiest."""
        worst = (COMMAND_DENIED, 0)
        for selector in self.selectors:
            found = selector.check(command, argv, catalogue)
            if found[0] == ALLOWED:
                return found
            worst = max(worst, found)
        return worst

    def reads_all_keys(self, command: Command, argv: Sequence[bytes], catalogue: Catalogue) -> bool:
        """Whether a selector that allows this call also allows reading every key."""
        return any(
            selector.reads_all_keys() and selector.check(command, argv, catalogue)[0] == ALLOWED
            for selector in self.selectors
        )


def _password(rule: bytes) -> bytes:
    """The hash that a rule about a password means. Raises RuleError for a wrong hash."""
    if rule[:1] in (b">", b"<"):
        return hash_password(rule[1:])
    if len(rule) != 65 or rule[1:].strip(b"0123456789abcdef"):
        raise RuleError(BAD_HASH)
    return rule[1:]


def _selector(rule: bytes, catalogue: Catalogue, all_channels: bool) -> Selector:
    """The selector that a rule in parentheses describes. Raises RuleError."""
    selector = Selector(all_channels=all_channels)
    try:
        words = split(rule[1:-1].partition(b"\0")[0].decode("latin-1"), "latin-1")
    except ValueError:
        words = []  # as in Redis, quotes that do not close leave nothing
    for word in words:
        selector.apply(word, catalogue)
    return selector


def merge_selectors(rules: Sequence[bytes]) -> list[bytes]:
    """Rules with those within parentheses joined into one. Raises ValueError with the place of one not closed."""
    merged: list[bytes] = []
    start = None
    for place, rule in enumerate(rules):
        closes = rule[-1:] == b")"
        if rule[:1] == b"(" and not closes:
            # Where one is open already Redis forgets it.
            merged[len(merged) - (start is not None) :] = [rule]
            start = place
        elif start is not None:
            merged[-1] += b" " + as_text(rule)
            start = None if closes else start
        else:
            merged.append(rule)
    if start is not None:
        raise ValueError(start)
    return merged
