"""ACL: the users and what they may do. The rules are those of engine/acl*.py; the log and the file are in acl_log."""

from __future__ import annotations

from redislab.commands.shapes import Array, Bulk, Integer, Map, Null, Ok, OneOf, Status
from redislab.commands.spec import command, container
from redislab.commands.subcommands import describe_subcommands
from redislab.engine.acl_categories import CATEGORIES
from redislab.engine.acl_describe import describe_channels, describe_commands, describe_keys
from redislab.engine.acl_selector import RuleError, Selector, has_space
from redislab.engine.acl_user import merge_selectors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, shown, subcommand_syntax, wrong_arity
from redislab.engine.session import Session
from redislab.resp.types import OK, Members, Reply

GROUP = "server"

BITS_OUT_OF_RANGE = (
    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096"
)

container("ACL", group="server", since="6.0.0", complexity="Depends on subcommand.")


# -- users ---------------------------------------------------------------------------------------------------


@command(
    "ACL SETUSER username [rule]...",
    since="6.0.0",
    complexity="O(N). Where N is the number of rules provided.",
    flags="admin noscript loading stale",
    history={
        "6.2.0": "Rules about channels of Pub/Sub: &pattern.",
        "7.0.0": "Selectors in parentheses, and key patterns for reading or writing only.",
    },
    parent="ACL",
    reply=Ok(),
)
def acl_setuser(session: Session, name: bytes, *rules: bytes) -> Reply:
    """Make a user, or change one, by rules that are applied from left to right.

    A new user is off and may do nothing. `on` lets it log in, `>secret` adds a password (`nopass`: any will do). `+get`
    and `-get` allow and forbid a command, `+@read` a category, `+config|get` a subcommand; `~app:*` allows the keys
    of a pattern (`%R~` for reading, `%W~` for writing only), `&news.*` channels. Rules in parentheses make a further
    set of permissions, which allows what it allows all by itself. `reset` takes everything away. With one wrong rule
    nothing is changed.

    > ACL SETUSER ann on >secret ~app:* +@read +set
    OK
    > ACL DRYRUN ann SET app:1 x
    OK
    > ACL DRYRUN ann SET other x
    "This user has no permissions to access the 'other' key"
    > ACL SETUSER ann +nosuch
    (error) ERR Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL
    """
    if has_space(name):
        raise ReplyError("ERR Usernames can't contain spaces or null characters")
    try:
        merged = merge_selectors(rules)
    except ValueError as error:
        start = shown(rules[error.args[0]])
        raise ReplyError(f"ERR Unmatched parenthesis in acl selector starting at '{start}'.") from None
    try:
        session.engine.acl.set_user(name, merged, session)
    except RuleError as error:
        raise ReplyError(f"ERR Error in ACL SETUSER modifier '{shown(error.rule)}': {error}") from None
    return OK


@command(
    "ACL DELUSER username...",
    since="6.0.0",
    complexity="O(1) amortized time considering the typical user.",
    flags="admin noscript loading stale",
    parent="ACL",
    reply=Integer("how many users were removed"),
)
def acl_deluser(session: Session, *names: bytes) -> Reply:
    """Remove users; clients that are logged in as one of them are disconnected.

    > ACL SETUSER ann
    OK
    > ACL DELUSER ann nobody
    (integer) 1
    > ACL DELUSER default
    (error) ERR The 'default' user cannot be removed
    """
    if b"default" in names:
        raise ReplyError("ERR The 'default' user cannot be removed")
    return sum(session.engine.acl.delete_user(name, session) for name in names)


@command(
    "ACL GETUSER username",
    since="6.0.0",
    complexity="O(N). Where N is the number of password, command and pattern rules that the user has.",
    flags="admin noscript loading stale",
    history={
        "6.2.0": "The channels.",
        "7.0.0": "The selectors; keys and channels as rules.",
    },
    parent="ACL",
    reply=OneOf(Map("what is known of the user"), Null("there is no such user")),
)
def acl_getuser(session: Session, name: bytes) -> Reply:
    """Show a user: flags, hashes of the passwords, the rules about commands, keys and channels, further selectors.

    > ACL SETUSER ann on ~app:* +@read -get
    OK
    > ACL GETUSER ann
     1) "flags"
     2) 1) "on"
     3) "passwords"
     4) (empty array)
     5) "commands"
     6) "-@all +@read -get"
     7) "keys"
     8) "~app:*"
     9) "channels"
    10) ""
    11) "selectors"
    12) (empty array)
    """
    user = session.engine.acl.users.get(name)
    if user is None:
        return None
    return {
        b"flags": Members(user.flags(session.engine.version >= (7, 2))),
        b"passwords": list(user.passwords),
        **_permissions(session, user.root),
        b"selectors": [_permissions(session, selector) for selector in user.selectors[1:]],
    }


def _permissions(session: Session, selector: Selector) -> dict[bytes, Reply]:
    engine = session.engine
    return {
        b"commands": describe_commands(selector, engine.acl.catalogue, as_given=engine.version >= (7, 2)),
        b"keys": describe_keys(selector),
        b"channels": describe_channels(selector),
    }


@command(
    "ACL LIST",
    since="6.0.0",
    complexity="O(N). Where N is the number of configured users.",
    flags="admin noscript loading stale",
    parent="ACL",
    reply=Array("a line for each user", Bulk()),
)
def acl_list(session: Session) -> Reply:
    """Show all users with their rules, as an ACL file has them.

    > ACL LIST
    1) "user default on nopass ~* &* +@all"
    """
    return session.engine.acl.describe_lines()


@command(
    "ACL USERS",
    since="6.0.0",
    complexity="O(N). Where N is the number of configured users.",
    flags="admin noscript loading stale",
    parent="ACL",
    reply=Array("the names", Bulk()),
)
def acl_users(session: Session) -> Reply:
    """Show the names of all users.

    > ACL USERS
    1) "default"
    """
    return [user.name for user in session.engine.acl.sorted_users()]


@command(
    "ACL WHOAMI",
    since="6.0.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="ACL",
    reply=Bulk("the name of the user"),
)
def acl_whoami(session: Session) -> Reply:
    """Tell as which user this connection is logged in.

    > ACL WHOAMI
    "default"
    """
    return session.user.name


# -- what may be done ----------------------------------------------------------------------------------------


@command(
    "ACL CAT [categoryname]",
    since="6.0.0",
    complexity="O(1) since the categories and commands are a fixed set.",
    flags="noscript loading stale",
    parent="ACL",
    takes_name=True,
    reply=Array("categories, or the commands of one", Bulk()),
)
def acl_cat(session: Session, name: bytes, *words: bytes) -> Reply:
    """Show the categories of commands, or the commands of one.

    > ACL CAT hyperloglog
    1) "pfadd"
    2) "pfcount"
    3) "pfmerge"
    4) "pfdebug"
    5) "pfselftest"
    """
    if len(words) > 1:
        raise subcommand_syntax("ACL", name)
    if not words:
        return [category[1:].encode() for category in CATEGORIES]
    category = "@" + words[0].decode("latin-1").lower()
    if category not in CATEGORIES:
        raise ReplyError(f"ERR Unknown category '{shown(words[0])}'")
    return [each.name.encode() for each in session.engine.acl.catalogue.of_category(category)]


@command(
    "ACL DRYRUN username command [arg]...",
    since="7.0.0",
    complexity="O(1).",
    flags="admin noscript loading stale",
    parent="ACL",
    reply=OneOf(Ok("the user may run it"), Bulk("why the user may not")),
)
def acl_dryrun(session: Session, name: bytes, *argv: bytes) -> Reply:
    """Tell whether a user may run a command, without running it.

    > ACL SETUSER ann +get ~app:*
    OK
    > ACL DRYRUN ann GET app:1
    OK
    > ACL DRYRUN ann DEL app:1
    "This user has no permissions to run the 'del' command"
    """
    acl = session.engine.acl
    user = acl.users.get(name)
    if user is None:
        raise ReplyError(f"ERR User '{shown(name)}' not found")
    found = session.engine.commands.get(argv[0].decode("latin-1").lower())
    if found is not None and found.subcommands and len(argv) > 1:
        found = found.subcommands.get(argv[1].decode("latin-1").lower())
    if found is None:
        raise ReplyError(f"ERR Command '{shown(argv[0])}' not found")
    if len(argv) != found.arity if found.arity > 0 else len(argv) < -found.arity:
        raise wrong_arity(found.name)
    refusal = acl.find_refusal(user, found, argv)
    return OK if refusal is None else refusal.dry_run_text


@command(
    "ACL GENPASS [bits:int]",
    since="6.0.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="ACL",
    takes_name=True,
    reply=Bulk("hexadecimal digits"),
)
def acl_genpass(session: Session, name: bytes, *words: bytes) -> Reply:
    """Make a password that nobody can guess: 256 random bits, or as many as asked for, four in each digit.

    > ACL GENPASS
    "…"
    > ACL GENPASS 5000
    (error) ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
    """
    if len(words) > 1:
        raise subcommand_syntax("ACL", name)
    bits = integer(words[0]) if words else 256
    if not 0 < bits <= 4096:
        raise ReplyError(BITS_OUT_OF_RANGE)
    digits = (bits + 3) // 4
    return session.engine.random.randbytes((digits + 1) // 2).hex()[:digits].encode()


# -- help --------------------------------------------------------------------------------------------------


@command(
    "ACL HELP",
    since="6.0.0",
    complexity="O(1)",
    flags="loading stale",
    parent="ACL",
    reply=Array("", Status()),
)
def acl_help(session: Session) -> Reply:
    """Show what ACL can do.

    > ACL HELP
     1) ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
    …
    """
    return describe_subcommands(session, "acl")
