"""Judges the checks of a goal: on the state, the replies and the commands of a step.

Owns what each claim of `schema_goal.Check` means, but for `is` (`check_key.py`) and `reply` (`check_reply.py`).
State is read through a client that is not the learner's. Every claim gives verdicts, each with one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from redislab.learn.check_key import judge_key
from redislab.learn.check_reply import judge_reply, loosely_equal, on_the_wire, shown
from redislab.learn.check_value import same_elements
from redislab.learn.play import Log, Sent, command_of
from redislab.learn.shape_rules import claim_of
from redislab.learn.state import Image, Reader, dump, image, pairs_of, text_of
from redislab.learn.verdict import Verdict, as_bytes, in_range, listing, range_text, show
from redislab.resp.types import ReplyError
from redislab.resp.words import join, split

if TYPE_CHECKING:
    from redislab.learn.schema_goal import Check, ClientState

__all__ = ["Judge", "is_write", "misses"]

Before = dict[tuple[int, bytes], Image]


def misses(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that do not hold."""
    return [verdict for verdict in verdicts if not verdict.ok]


class Judge:
    """Judges checks at one moment. `read` sees the state now, `watch` the live server, `before` is the state after the
    setup, `log` what the learner sent; `is_answer` tells whether a text is the answer the learner gave."""

    def __init__(
        self,
        read: Reader,
        watch: Reader,
        table: Any,
        log: Log,
        before: Before,
        is_answer: Any = lambda text: False,
        client_ids: dict[str, int] | None = None,
    ) -> None:
        self.read = read
        self.watch = watch
        self.table = table
        self.log = log
        self.before = before
        self.is_answer = is_answer
        self.client_ids = client_ids or {}

    def all_hold(self, checks: Iterable[Check]) -> bool:
        return not self.misses(checks)

    def misses(self, checks: Iterable[Check]) -> list[Verdict]:
        """What does not hold of these checks, in their order."""
        return [verdict for check in checks for verdict in misses(self.verdicts(check))]

    def verdicts(self, check: Check) -> list[Verdict]:
        """One verdict or more for a check; it holds if all do."""
        claim = claim_of(check)
        if check.db is not None or claim in ("key", "absent", "exists", "unchanged", "keys", "same"):
            self.read("SELECT", check.db or 0)
        found: list[Verdict] = getattr(self, "_" + claim)(check)
        if not check.say:
            return found
        return (
            [Verdict(one.ok, one.expected, one.found, one.look, check.say) for one in misses(found)][:1]
            if misses(found)
            else found
        )

    # Keys

    def _key(self, check: Check) -> list[Verdict]:
        return judge_key(self.read, str(check.key), check.is_)

    def _absent(self, check: Check) -> list[Verdict]:
        return [
            Verdict(self.read("EXISTS", key) == 0, f"`{_name(key)}` not to exist", "it is there", f"TYPE {_name(key)}")
            for key in _names(check.absent)
        ]

    def _exists(self, check: Check) -> list[Verdict]:
        return [
            Verdict(self.read("EXISTS", key) == 1, f"`{_name(key)}` to exist", "no such key", f"EXISTS {_name(key)}")
            for key in _names(check.exists)
        ]

    def _unchanged(self, check: Check) -> list[Verdict]:
        return [self._same_image(check.db or 0, key.encode()) for key in _names(check.unchanged)]

    def _same_image(self, database: int, key: bytes) -> Verdict:
        old, new = self.before.get((database, key)), image(self.read, key)
        name = _name(key)
        found = "it is gone" if new is None else _change(old, new)
        return Verdict(old == new, f"`{name}` to be as it was when the step began", found, f"TYPE {name}")

    def _changes_only(self, check: Check) -> list[Verdict]:
        allowed = {(check.db or 0, key.encode()) for key in check.changes_only or ()}
        now = dump(self.read, databases_in_use(self.read, self.before))
        changed = sorted(place for place in self.before.keys() | now.keys() if self.before.get(place) != now.get(place))
        spare = [place for place in changed if place not in allowed]
        wanted = (
            f"nothing but {listing(sorted(key for _, key in allowed))} to change" if allowed else "nothing to change"
        )
        found = ", ".join(f"`{_name(key)}`" + (f" in database {number}" if number else "") for number, key in spare)
        return [Verdict(not spare, wanted, f"changes in {found}")]

    def _keys(self, check: Check) -> list[Verdict]:
        wanted, there = [as_bytes(key) for key in check.keys or ()], sorted(self.read("KEYS", "*"))
        difference = same_elements(wanted, there)
        claim = f"exactly the keys {listing(wanted)}" if wanted else "no keys at all"
        return [Verdict(not difference, claim, difference, "KEYS *")]

    def _same(self, check: Check) -> list[Verdict]:
        first, second = check.same or ("", "")
        replies = [on_the_wire(self.read(*split(line))) for line in (first, second)]
        found = " and ".join(shown(reply).replace("\n", "  ") for reply in replies)
        ok = loosely_equal(replies[0], replies[1], check.unordered) and not isinstance(replies[0], ReplyError)
        return [Verdict(ok, f"`{first}` and `{second}` to answer the same", found)]

    # What the learner did

    def _reply(self, check: Check) -> list[Verdict]:
        claim: Any = check.reply
        sent = self._last_sent(claim.of)
        if sent is None:
            wanted = f"`{claim.of}` to be used" if claim.of else "a command"
            return [Verdict(False, wanted, "it has not been sent yet")]
        return judge_reply(self.read, claim, sent.reply, sent.protocol, sent.line)

    def _last_sent(self, name: str | None) -> Sent | None:
        words = (name or "").lower().split()
        return next((sent for sent in reversed(self.log.sent) if _begins(sent.argv, words)), None)

    def _answer(self, check: Check) -> list[Verdict]:
        return [Verdict(self.is_answer(check.answer), f"the answer {check.answer}")]

    def _published(self, check: Check) -> list[Verdict]:
        claim: Any = check.published
        count = max([self._published_count(claim), *self._received_counts(claim)])
        wanted = range_text(claim.times) + " times" if claim.times is not None else "once or more"
        what = f"{show(as_bytes(claim.message))} " if claim.message is not None else "a message "
        ok = in_range(count, claim.times if claim.times is not None else [1, None])
        return [
            Verdict(ok, f"{what}to be published on `{claim.channel}` {wanted}", f"{count} times" if count else "none")
        ]

    def _published_count(self, claim: Any) -> int:
        """PUBLISH by the learner, those inside a transaction once EXEC has run them."""
        count = waiting = 0
        for sent in self.log.sent:
            name = sent.argv[0].upper()
            fits = name in (b"PUBLISH", b"SPUBLISH") and len(sent.argv) == 3 and _is_message(claim, *sent.argv[1:])
            if fits and not sent.failed:
                waiting, count = (waiting + 1, count) if sent.queued else (waiting, count + 1)
            elif name in (b"EXEC", b"DISCARD"):
                count += waiting if name == b"EXEC" and isinstance(sent.reply, list) else 0
                waiting = 0
        return count

    def _received_counts(self, claim: Any) -> list[int]:
        """How often each subscribed client got it, which also counts what a script published."""
        counts: dict[str, int] = {}
        for message in self.log.messages:
            parts = message.reply if isinstance(message.reply, list) else []
            if (
                len(parts) >= 3
                and parts[0] in (b"message", b"pmessage", b"smessage")
                and _is_message(claim, *parts[-2:])
            ):
                counts[message.client] = counts.get(message.client, 0) + 1
        return list(counts.values())

    def _used(self, check: Check) -> list[Verdict]:
        return [
            Verdict(
                any(self._is_use(sent, words) and not sent.failed for sent in self.log.sent), f"`{words}` to be used"
            )
            for words in _names(check.used)
        ]

    def _not_used(self, check: Check) -> list[Verdict]:
        found = []
        for words in _names(check.not_used):
            use = next((sent for sent in self.log.sent if self._is_use(sent, words)), None)
            found.append(
                Verdict(
                    use is None, f"`{words}` not to be used", f"`{use.line}`" if use else "", ":reset" if use else ""
                )
            )
        return found

    def _is_use(self, sent: Sent, words: str) -> bool:
        """Is it this command, and are the further words among its arguments?"""
        wanted = words.upper().encode().split()
        command = self.table.get(words.lower().split()[0])
        length = 2 if command is not None and command.subcommands else 1
        given = [word.upper() for word in sent.argv]
        return given[:length] == wanted[:length] and all(word in given[length:] for word in wanted[length:])

    def _max_commands(self, check: Check) -> list[Verdict]:
        return [_at_most(check.max_commands, len(self.log.sent), "command")]

    def _max_writes(self, check: Check) -> list[Verdict]:
        count = sum(is_write(command_of(self.table, sent.argv)) for sent in self.log.sent)
        return [_at_most(check.max_writes, count, "writing command")]

    # The server

    def _pending(self, check: Check) -> list[Verdict]:
        claim: Any = check.pending
        self.read("SELECT", check.db or 0)
        words = [claim.key, claim.group, "-", "+", 1000000, *([claim.consumer] if claim.consumer else [])]
        entries = self.read("XPENDING", *words)
        look = f"XPENDING {_name(claim.key)} {_name(claim.group)}"
        whose = f"of `{claim.consumer}` " if claim.consumer else ""
        if isinstance(entries, ReplyError):
            return [Verdict(False, f"the group `{claim.group}` of `{claim.key}`", str(entries), look)]
        ids = [text_of(entry[0]) for entry in entries]
        found = f"{len(ids)} ({', '.join(ids)})" if ids else "none"
        verdicts = []
        if claim.count is not None or claim.ids is None:
            bounds = claim.count if claim.count is not None else [1, None]
            wanted = f"pending entries {whose}in `{claim.group}`: {range_text(bounds)}"
            verdicts.append(Verdict(in_range(len(ids), bounds), wanted, found, look))
        if claim.ids is not None:
            verdicts.append(
                Verdict(ids == claim.ids, f"the entries {', '.join(claim.ids)} {whose}to be pending", found, look)
            )
        return verdicts

    def _config(self, check: Check) -> list[Verdict]:
        found = []
        for name, value in (check.config or {}).items():
            reply = dict(pairs_of(self.watch("CONFIG", "GET", name)))
            there = reply.get(name.lower().encode())
            ok = there == as_bytes(value)
            found.append(
                Verdict(
                    ok,
                    f"`{name}` to be set to {show(as_bytes(value))}",
                    show(there) if there is not None else "no such parameter",
                    f"CONFIG GET {name}",
                )
            )
        return found

    def _clients(self, check: Check) -> list[Verdict]:
        lines = [line for line in text_of(self.watch("CLIENT", "LIST")).splitlines() if line.startswith("id=")]
        clients = [dict(word.partition("=")[::2] for word in line.split(" ")) for line in lines]
        by_id = {int(client["id"]): client for client in clients}
        by_name = {client["name"]: client for client in clients}
        found = []
        for name, state in (check.clients or {}).items():
            there = by_id.get(self.client_ids[name]) if name in self.client_ids else by_name.get(name)
            found += _client_verdicts(name, state, there)
        return found

    # Of other checks

    def _all(self, check: Check) -> list[Verdict]:
        return [verdict for inner in check.all_ or () for verdict in self.verdicts(inner)]

    def _any(self, check: Check) -> list[Verdict]:
        tried = [self.verdicts(inner) for inner in check.any_ or ()]
        if any(not misses(verdicts) for verdicts in tried):
            return [Verdict(True, _either(tried))]
        found = "; ".join(dict.fromkeys(one.found for verdicts in tried for one in misses(verdicts)[:1] if one.found))
        return [Verdict(False, _either(tried), found)]

    def _not(self, check: Check) -> list[Verdict]:
        inner: Any = check.not_
        verdicts = self.verdicts(inner)
        claim = ", and ".join(verdict.expected for verdict in verdicts)
        return [Verdict(bool(misses(verdicts)), f"not this: {claim}", "that it is so")]


def is_write(command: Any) -> bool:
    """Can this command change the data? Scripts and functions are counted, as what they do is not known beforehand."""
    if command is None:
        return False
    return "write" in command.flags or command.name in ("eval", "evalsha", "fcall")


def databases_in_use(call: Reader, before: Before) -> list[int]:
    """Databases that hold keys now or held some before, and 0."""
    text = text_of(call("INFO", "keyspace"))
    now = {int(line[2 : line.index(":")]) for line in text.splitlines() if line.startswith("db")}
    return sorted({0} | now | {number for number, _ in before})


def _client_verdicts(name: str, state: ClientState, there: dict[str, str] | None) -> list[Verdict]:
    """CLIENT LIST's words: flags b (blocked), x (in MULTI), multi= queued commands or -1, sub=, psub=, resp=."""
    look = "CLIENT LIST"
    if there is None or not state.connected:
        claim = f"the client `{name}` to be {'connected' if state.connected else 'gone'}"
        return [
            Verdict(
                (there is not None) == state.connected, claim, "it is not" if there is None else "it is there", look
            )
        ]
    flags, queued = there.get("flags", ""), int(there.get("multi", "-1"))
    actual = {
        "db": int(there.get("db", 0)),
        "blocked": "b" in flags,
        "in_multi": "x" in flags,
        "queued": max(queued, 0),
        "channels": int(there.get("sub", 0)),
        "patterns": int(there.get("psub", 0)),
        "protocol": int(there.get("resp", 2)),
    }
    wanted = {field: getattr(state, field) for field in actual if getattr(state, field) is not None}
    return [
        Verdict(
            actual[field] == value,
            f"the client `{name}` to have {field.replace('_', ' ')} {_yes(value)}",
            _yes(actual[field]),
            look,
        )
        for field, value in wanted.items()
    ] or [Verdict(True, f"the client `{name}` to be connected")]


def _yes(value: int | bool) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _at_most(most: int | None, count: int, word: str) -> Verdict:
    most = most or 0
    wanted = f"{most} {word}{'' if most == 1 else 's'} at most"
    return Verdict(count <= most, wanted, f"{count}; `:reset` begins the step anew")


def _change(old: Image | None, new: Image) -> str:
    if old is None:
        return f"it is new, {new.type}"
    if old.type != new.type:
        return f"it was {old.type} and is {new.type}"
    return "another value" if old.value != new.value else "another time to live"


def _is_message(claim: Any, channel: bytes, message: bytes) -> bool:
    return channel == claim.channel.encode() and (claim.message is None or message == as_bytes(claim.message))


def _begins(argv: list[bytes], words: list[str]) -> bool:
    return [word.decode("utf-8", "replace").lower() for word in argv[: len(words)]] == words


def _either(tried: list[list[Verdict]]) -> str:
    return "one of these: " + "; or ".join(", and ".join(one.expected for one in verdicts) for verdicts in tried)


def _names(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _name(key: str | bytes) -> str:
    return join([as_bytes(key)])
