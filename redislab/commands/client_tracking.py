"""CLIENT TRACKING and its kin: being told when keys change that this client has read."""

from __future__ import annotations

from collections.abc import Sequence

from redislab.commands.shapes import Integer, Map, Ok
from redislab.commands.spec import command
from redislab.engine import errors
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, shown
from redislab.engine.session import Session
from redislab.engine.tracking import Tracked
from redislab.resp.types import OK, Members, Reply

GROUP = "connection"

OTHER_MODE = "before disabling tracking for this client, and then re-enabling it with a different mode."
NO_CHOICE = (
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
)
APART = "Prefixes for a single client must not overlap."
_SWITCHES = {b"BCAST": "broadcast", b"OPTIN": "opt_in", b"OPTOUT": "opt_out", b"NOLOOP": "no_loop"}


@command(
    "CLIENT TRACKING status=(ON | OFF) [REDIRECT client-id:int] [PREFIX prefix]...* [BCAST] [OPTIN] "
    "[OPTOUT] [NOLOOP]",
    since="6.0.0",
    complexity="O(1). Some options may introduce additional complexity.",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Ok(),
)
def client_tracking(session: Session, status: bytes, *words: bytes) -> Reply:
    """Be told when a key changes that this client has read, so that it may keep a copy.

    The server remembers which keys the client reads, and sends one message when such a key changes. BCAST remembers
    nothing and tells of every change of keys that begin with a PREFIX; OPTIN remembers only what follows CLIENT CACHING
    YES, OPTOUT all but what follows CLIENT CACHING NO. NOLOOP leaves out what the client changes itself. In RESP2
    messages can only go to another connection (REDIRECT), which subscribes to __redis__:invalidate.

    > HELLO 3
    …
    > CLIENT TRACKING ON
    OK
    > GET tea
    (nil)
    > SET tea green
    OK
    1) "invalidate"
    2) 1) "tea"
    """
    settings, prefixes = _settings(session, words)
    tracking = session.engine.tracking
    if status.upper() == b"ON":
        _check_together(session.tracking, settings, prefixes)
        _check_prefixes(session.tracking, prefixes)
        settings.prefixes = dict.fromkeys(prefixes or [b""] if settings.broadcast else ())
        tracking.start(session, settings)
    elif status.upper() == b"OFF":
        tracking.stop(session)
    else:
        raise ReplyError(errors.SYNTAX)
    return OK


def _settings(session: Session, words: Sequence[bytes]) -> tuple[Tracked, list[bytes]]:
    """What the options say, and the prefixes as given. Raises ReplyError."""
    settings, prefixes = Tracked(), []
    place = 0
    while place < len(words):
        option, more = words[place].upper(), place + 1 < len(words)
        if option in _SWITCHES:
            setattr(settings, _SWITCHES[option], True)
        elif option == b"REDIRECT" and more:
            place += 1
            settings.redirect = _redirect(session, settings, words[place])
        elif option == b"PREFIX" and more:
            place += 1
            prefixes.append(words[place])
        else:
            raise ReplyError(errors.SYNTAX)
        place += 1
    return settings, prefixes


def _redirect(session: Session, settings: Tracked, word: bytes) -> int:
    if settings.redirect:
        raise ReplyError("ERR A client can only redirect to a single other client")
    number = integer(word)
    if number not in session.engine.sessions:
        raise ReplyError("ERR The client ID you want redirect to does not exist")
    return number


def _check_together(before: Tracked | None, settings: Tracked, prefixes: list[bytes]) -> None:
    """Raise ReplyError for options that do not go with each other, or with how the client tracks already."""
    if prefixes and not settings.broadcast:
        raise ReplyError("ERR PREFIX option requires BCAST mode to be enabled")
    if before is not None and before.broadcast != settings.broadcast:
        raise ReplyError(f"ERR You can't switch BCAST mode on/off {OTHER_MODE}")
    if settings.broadcast and (settings.opt_in or settings.opt_out):
        raise ReplyError("ERR OPTIN and OPTOUT are not compatible with BCAST")
    if settings.opt_in and settings.opt_out:
        raise ReplyError("ERR You can't specify both OPTIN mode and OPTOUT mode")
    if before is not None and ((settings.opt_in and before.opt_out) or (settings.opt_out and before.opt_in)):
        raise ReplyError(f"ERR You can't switch OPTIN/OPTOUT mode {OTHER_MODE}")


def _overlap(one: bytes, other: bytes) -> bool:
    return one.startswith(other) or other.startswith(one)


def _check_prefixes(before: Tracked | None, prefixes: list[bytes]) -> None:
    """Raise ReplyError for prefixes of which one begins with another, or with one that the client has already."""
    for place, prefix in enumerate(prefixes):
        for old in sorted(before.prefixes) if before is not None else ():
            if _overlap(prefix, old):
                raise ReplyError(
                    f"ERR Prefix '{shown(prefix)}' overlaps with an existing prefix '{shown(old)}'. {APART}"
                )
        for other in prefixes[place + 1 :]:
            if _overlap(prefix, other):
                raise ReplyError(
                    f"ERR Prefix '{shown(prefix)}' overlaps with another provided prefix '{shown(other)}'. {APART}"
                )


@command(
    "CLIENT TRACKINGINFO",
    since="6.2.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Map("flags, the client that gets the messages, prefixes"),
)
def client_trackinginfo(session: Session) -> Reply:
    """Tell how this client tracks keys.

    > CLIENT TRACKINGINFO
    1) "flags"
    2) 1) "off"
    3) "redirect"
    4) (integer) -1
    5) "prefixes"
    6) (empty array)
    """
    tracked = session.tracking
    return {
        b"flags": Members(_flags(tracked)),
        b"redirect": -1 if tracked is None else tracked.redirect,
        b"prefixes": [] if tracked is None else sorted(tracked.prefixes),
    }


def _flags(tracked: Tracked | None) -> list[bytes]:
    if tracked is None:
        return [b"off"]
    flags = (
        (b"bcast", tracked.broadcast),
        (b"optin", tracked.opt_in),
        (b"caching-yes", tracked.opt_in and tracked.caching),
        (b"optout", tracked.opt_out),
        (b"caching-no", tracked.opt_out and tracked.caching),
        (b"noloop", tracked.no_loop),
        (b"broken_redirect", tracked.broken),
    )
    return [b"on", *(name for name, holds in flags if holds)]


@command(
    "CLIENT CACHING mode=(YES | NO)",
    since="6.0.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Ok(),
)
def client_caching(session: Session, mode: bytes) -> Reply:
    """Remember the keys of the next command (YES, with OPTIN), or do not (NO, with OPTOUT).

    > CLIENT TRACKING ON OPTIN
    OK
    > CLIENT CACHING YES
    OK
    """
    tracked = session.tracking
    if tracked is None:
        raise ReplyError(NO_CHOICE)
    word = mode.upper()
    if word == b"YES" and not tracked.opt_in:
        raise ReplyError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
    if word == b"NO" and not tracked.opt_out:
        raise ReplyError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
    if word not in (b"YES", b"NO"):
        raise ReplyError(errors.SYNTAX)
    tracked.caching = True
    return OK


@command(
    "CLIENT GETREDIR",
    since="6.0.0",
    complexity="O(1)",
    flags="noscript loading stale",
    parent="CLIENT",
    reply=Integer("the number of the client that gets the messages; 0 for this one, -1 without tracking"),
)
def client_getredir(session: Session) -> Reply:
    """Tell which client gets the messages about keys that this one tracks.

    > CLIENT GETREDIR
    (integer) -1
    > CLIENT TRACKING ON
    OK
    > CLIENT GETREDIR
    (integer) 0
    """
    return -1 if session.tracking is None else session.tracking.redirect
