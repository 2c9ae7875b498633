"""Judges the checks of a goal: on the state, the replies and the commands of a step.

Owns the claims about keys and about other checks; `is` is in `check_key.py`, what the learner did in `check_done.py`,
the server in `check_server.py`. State is read through a client that is not the learner's. Every claim gives verdicts,
each with one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from redislab.learn.check_done import DoneClaims, names_of
from redislab.learn.check_key import judge_key
from redislab.learn.check_reply import loosely_equal, on_the_wire, shown
from redislab.learn.check_server import ServerClaims
from redislab.learn.check_value import same_elements
from redislab.learn.play import Log
from redislab.learn.shape_rules import claim_of
from redislab.learn.state import Image, Reader, dump, image, text_of
from redislab.learn.verdict import Verdict, as_bytes, key_name, listing
from redislab.resp.types import ReplyError
from redislab.resp.words import split

if TYPE_CHECKING:
    from redislab.learn.schema_goal import Check

__all__ = ["Judge", "databases_in_use", "misses"]

Before = dict[tuple[int, bytes], Image]


def misses(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that do not hold."""
    return [verdict for verdict in verdicts if not verdict.ok]


class Judge(DoneClaims, ServerClaims):
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
            Verdict(
                self.read("EXISTS", key) == 0, f"`{key_name(key)}` not to exist", "it is there", f"TYPE {key_name(key)}"
            )
            for key in names_of(check.absent)
        ]

    def _exists(self, check: Check) -> list[Verdict]:
        return [
            Verdict(
                self.read("EXISTS", key) == 1, f"`{key_name(key)}` to exist", "no such key", f"EXISTS {key_name(key)}"
            )
            for key in names_of(check.exists)
        ]

    def _unchanged(self, check: Check) -> list[Verdict]:
        return [self._same_image(check.db or 0, key.encode()) for key in names_of(check.unchanged)]

    def _same_image(self, database: int, key: bytes) -> Verdict:
        old, new = self.before.get((database, key)), image(self.read, key)
        name = key_name(key)
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
        found = ", ".join(f"`{key_name(key)}`" + (f" in database {number}" if number else "") for number, key in spare)
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


def databases_in_use(call: Reader, before: Before) -> list[int]:
    """Databases that hold keys now or held some before, and 0."""
    text = text_of(call("INFO", "keyspace"))
    now = {int(line[2 : line.index(":")]) for line in text.splitlines() if line.startswith("db")}
    return sorted({0} | now | {number for number, _ in before})


def _change(old: Image | None, new: Image) -> str:
    if old is None:
        return f"it is new, {new.type}"
    if old.type != new.type:
        return f"it was {old.type} and is {new.type}"
    return "another value" if old.value != new.value else "another time to live"


def _either(tried: list[list[Verdict]]) -> str:
    return "one of these: " + "; or ".join(", and ".join(one.expected for one in verdicts) for verdicts in tried)
