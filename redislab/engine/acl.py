"""The access control list of one engine: its users, who logs in as whom, and what a call is refused for.

The rules themselves are read and told in acl_selector, acl_user and acl_describe. A session whose user may do
everything never comes here: see `Session.refresh_guard`. What others need:

    acl.check(session, command, argv, context)   what a call is refused for, noted in ACL LOG; None if it is allowed
    acl.find_refusal(user, command, argv)        the same, noting nothing
    acl.apply_user_line(words)                   a `user` line of redis.conf
    acl.describe_lines()                         such lines for all users
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from redislab.engine import acl_describe
from redislab.engine.acl_categories import Catalogue, catalogue_of
from redislab.engine.acl_log import AclLog
from redislab.engine.acl_selector import (
    ALLOWED,
    CHANNEL_DENIED,
    COMMAND_DENIED,
    KEY_DENIED,
    RuleError,
    Selector,
    as_text,
)  # fmt: skip
from redislab.engine.acl_user import User
from redislab.engine.version import DEFAULT

if TYPE_CHECKING:
    from redislab.commands.spec import Command
    from redislab.engine.engine import Engine
    from redislab.engine.session import Session

__all__ = ["Acl", "Refusal"]

_REASONS = {COMMAND_DENIED: "command", KEY_DENIED: "key", CHANNEL_DENIED: "channel"}
_NO_PERMISSION = {
    "command": "NOPERM this user has no permissions to run the '{name}' command",
    "key": "NOPERM this user has no permissions to access one of the keys used as arguments",
    "channel": "NOPERM this user has no permissions to access one of the channels used as arguments",
}
_IN_EXEC = (
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call."
    " This command is no longer allowed for the following reason: "
)
_EXEC_REASONS = {
    "command": "no permission to execute the command or subcommand",
    "key": "no permission to touch the specified keys",
    "channel": "no permission to access one of the channels used as arguments",
}
_SCRIPT_REASONS = {
    "command": "ERR The user executing the script can't run this command or subcommand",
    "key": "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
    "channel": "ERR The user executing the script can't publish to the channel mentioned in the command",
}
_DRY_RUN = {
    "command": b"This user has no permissions to run the '%s' command",
    "key": b"This user has no permissions to access the '%s' key",
    "channel": b"This user has no permissions to access the '%s' channel",
}


# Since 7.2 one text serves for all of these, with the user's name.
_SHORT = {"key": "No permissions to access a key", "channel": "No permissions to access a channel"}


class Refusal:
    """What a call is refused for: `reason` is command, key or channel; `object` the name of it.

    `user` is set where the texts are those of Redis 7.2, which name the user.
    """

    __slots__ = ("object", "reason", "user")

    def __init__(self, reason: str, object: bytes, user: bytes | None = None) -> None:
        self.reason = reason
        self.object = object
        self.user = user

    @property
    def _short(self) -> str:
        return _SHORT.get(self.reason) or self.dry_run_text.decode("utf-8", "surrogateescape")

    @property
    def text(self) -> str:
        """The error for a client."""
        if self.user is not None:
            return "NOPERM " + self._short
        return _NO_PERMISSION[self.reason].format(name=self.object.decode("latin-1"))

    @property
    def exec_text(self) -> str:
        """The error among the replies of EXEC."""
        if self.user is not None:
            return _IN_EXEC + self._short
        return _IN_EXEC + _EXEC_REASONS[self.reason]

    @property
    def script_text(self) -> str:
        """The error within a script."""
        if self.user is not None:
            return "ERR ACL failure in script: " + self._short
        return _SCRIPT_REASONS[self.reason]

    @property
    def dry_run_text(self) -> bytes:
        """What ACL DRYRUN answers."""
        text = _DRY_RUN[self.reason] % as_text(self.object)
        return text if self.user is None else text.replace(b"This user", b"User " + as_text(self.user), 1)


class Acl:
    """The users of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.log = AclLog()
        self.all_channels = False
        """acl-pubsub-default: whether new users may use all channels."""
        self.default = default_user()
        """The user of clients that have not logged in. It stays the same object."""
        self.users: dict[bytes, User] = {b"default": self.default}
        self.declared: set[bytes] = set()
        """Those that a line of redis.conf has told of."""
        self.problems: tuple[str, ...] = ()
        """What is wrong with those lines, as a server tells its log before it gives up."""

    @cached_property
    def catalogue(self) -> Catalogue:
        """The commands and categories that rules speak of."""
        return catalogue_of(self.engine.commands)

    # -- logging in ------------------------------------------------------------------------------------------

    @property
    def asks_for_login(self) -> bool:
        """Whether a new client has to log in: the default user has a password, or is off."""
        return not (self.default.no_password and self.default.enabled)

    def start(self, session: Session) -> None:
        """Make a session that of a client that has just connected."""
        session.user = self.default
        session.authenticated = not self.asks_for_login

    def log_in(self, session: Session, name: bytes, password: bytes, object: bytes) -> bool:
        """Log in; False for a wrong name or password, or a user who is off.

        `object` is what ACL LOG names then: AUTH or HELLO, as typed.
        """
        user = self.users.get(name)
        if user is None or not user.accepts(password):
            context = "toplevel" if session.gathering is None else "multi"
            self.log.add(session, "auth", context, object, name)
            return False
        session.user = user
        session.authenticated = True
        session.refresh_guard()
        return True

    def set_default_password(self, password: bytes) -> None:
        """requirepass: this one password for the default user, or (empty) none."""
        self.default.apply(b"resetpass", self.catalogue, all_channels=False)
        self.default.apply(b">" + password if password else b"nopass", self.catalogue, all_channels=False)

    # -- checking --------------------------------------------------------------------------------------------

    def find_refusal(self, user: User, command: Command, argv: Sequence[bytes]) -> Refusal | None:
        """What a user's call is refused for, or None. `argv` is the whole call, the command's name first."""
        if user.powerful:
            return None
        denied, place = user.check(command, argv, self.catalogue)
        if denied == ALLOWED:
            return None
        reason = _REASONS[denied]
        name = None if self.engine.version == DEFAULT else user.name
        return Refusal(reason, command.name.encode() if reason == "command" else argv[place], name)

    def check(
        self, session: Session, command: Command, argv: Sequence[bytes], context: str = "toplevel"
    ) -> Refusal | None:
        """What a session's call is refused for, or None if it is allowed; a refusal is noted in ACL LOG.

        `context` is toplevel, multi or lua. In a script `refusal = acl.check(session, command, argv, "lua")` comes
        before the call; if it is not None, the call ends with the error `refusal.script_text`.
        """
        user = session.user
        refusal = self.find_refusal(user, command, argv)
        if refusal is not None:
            self.log.add(session, refusal.reason, context, refusal.object, user.name)
        return refusal

    # -- changing users --------------------------------------------------------------------------------------

    def set_user(self, name: bytes, rules: Iterable[bytes], by: Session | None = None) -> None:
        """Make or change a user by rules, by all of them or none. Raises RuleError, whose `rule` is the wrong one.

        `by` is the session that asks for it, here as below: closed too, it still gets its reply.
        """
        known = self.users.get(name)
        new = known.copy() if known is not None else User(name, all_channels=self.all_channels)
        for rule in rules:
            try:
                new.apply(rule, self.catalogue, all_channels=self.all_channels)
            except RuleError as error:
                error.rule = rule
                raise
        self.keep()
        if known is None:
            self.users[name] = new
            return
        revoked = _revoked_channels(known, new)
        known.become(new)
        if revoked is not None:
            self._close_listeners(known, revoked, by)
        self.refresh_guards()

    def delete_user(self, name: bytes, by: Session | None = None) -> bool:
        """Remove a user and close the clients that are logged in as it; False if there is none."""
        user = self.users.get(name)
        if user is None:
            return False
        self.keep()
        del self.users[name]
        self.close_clients(user, by)
        return True

    def replace_users(self, users: dict[bytes, User], by: Session | None = None) -> None:
        """Take over other users, and close the clients of the present ones; those of the default user stay."""
        self.keep()
        present = self.users
        self.default.become(users.get(b"default") or default_user())
        self.users = {**users, b"default": self.default}
        for user in present.values():
            if user is not self.default:
                self.close_clients(user, by)
        self.refresh_guards()

    def close_clients(self, user: User, by: Session | None = None) -> None:
        """Close all clients of a user."""
        for session in [each for each in self.engine.sessions.values() if each.user is user]:
            session.user = self.default
            session.authenticated = False
            _close(session, by)

    def _close_listeners(self, user: User, allowed: Selector, by: Session | None) -> None:
        """Close the clients of a user that listen to channels which are not allowed any more."""
        for session in [each for each in self.engine.sessions.values() if each.user is user]:
            channels = [*session.channels, *session.shard_channels]
            if not all(allowed.channel_allowed(pattern, is_pattern=True) for pattern in session.patterns) or not all(
                allowed.channel_allowed(channel, is_pattern=False) for channel in channels
            ):
                _close(session, by)

    def refresh_guards(self) -> None:
        """Look anew which sessions' commands have to be checked."""
        self.engine.refresh_guards()

    # -- telling and copying ---------------------------------------------------------------------------------

    def describe(self, user: User) -> bytes:
        """A user as ACL LIST and the files have it: `user bob on nopass ~* &* +@all`."""
        newer = self.engine.version >= (7, 2)
        words = [b"user", user.name, *user.flags(newer), *(b"#" + digest for digest in user.passwords)]
        parts = [acl_describe.describe_selector(each, self.catalogue, as_given=newer) for each in user.selectors]
        root, *others = parts
        return b" ".join([*words, as_text(root), *(b"(%s)" % as_text(each) for each in others)])

    def sorted_users(self) -> list[User]:
        """The users by name, the order in which Redis shows them."""
        return [self.users[name] for name in sorted(self.users)]

    def describe_lines(self) -> list[bytes]:
        """A line for each user, as ACL LIST, an ACL file and redis.conf have them."""
        return [self.describe(user) for user in self.sorted_users()]

    def apply_user_line(self, words: Sequence[bytes]) -> None:
        """Take over a `user` line of redis.conf, given as words. Raises ValueError with what is wrong with it."""
        from redislab.engine import acl_file  # seldom needed

        acl_file.apply_user_line(self, words)

    def take_copy(self, other: Acl) -> None:
        """Take over a copy of another engine's users."""
        self.default.become(other.default)
        self.users = {name: user.copy() for name, user in other.users.items()}
        self.users[b"default"] = self.default

    def keep(self) -> None:
        """Keep the present users for undo."""
        changes = self.engine.changes
        if changes is not None:
            self.engine.unsettled = True
            changes.entries.append(UsersEntry(self))


class UsersEntry:
    """All users as they were: an entry of a step (see `changes`)."""

    __slots__ = ("states", "users")

    def __init__(self, acl: Acl) -> None:
        self.users = dict(acl.users)
        self.states = {name: user.copy() for name, user in acl.users.items()}

    def swap(self, engine: Engine) -> None:
        """Exchange these users with the present ones. Clients stay logged in, even as a user that goes."""
        acl = engine.acl
        present = UsersEntry(acl)
        acl.users = self.users
        for name, user in self.users.items():
            user.become(self.states[name])
        self.users, self.states = present.users, present.states
        acl.refresh_guards()

    def weight(self) -> int:
        return 500 * len(self.users)


def _close(session: Session, by: Session | None) -> None:
    session.closing = True
    if session is not by:
        session.close()


def default_user() -> User:
    """The default user of a new server: on, without a password, free to do everything."""
    user = User(b"default", all_channels=True)
    user.enabled = user.no_password = True
    user.root.reset_keys(all_keys=True)
    user.root.reset_commands(-1)
    user.powerful = True
    return user


def _revoked_channels(old: User, new: User) -> Selector | None:
    """A selector with the channels of the new rules, if the old ones allowed something else; None if nothing goes."""
    if any(selector.all_channels for selector in new.selectors):
        return None
    allowed = Selector()
    for selector in new.selectors:
        allowed.channels.update(selector.channels)
    if not any(selector.all_channels or selector.channels.keys() - allowed.channels for selector in old.selectors):
        return None
    return allowed
