"""Judges what is claimed of the server: pending entries of groups, settings, clients.

Owns the reading of XPENDING, CONFIG GET and CLIENT LIST. Part of `Judge`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.learn.state import Reader, pairs_of, text_of
from redislab.learn.verdict import Verdict, as_bytes, in_range, key_name, range_text, show
from redislab.resp.types import ReplyError

if TYPE_CHECKING:
    from redislab.learn.schema_goal import Check, ClientState

__all__ = ["ServerClaims"]


class ServerClaims:
    """The claims about the server. The methods are named after the fields of Check."""

    read: Reader
    watch: Reader
    client_ids: dict[str, int]

    def _pending(self, check: Check) -> list[Verdict]:
        claim: Any = check.pending
        self.read("SELECT", check.db or 0)
        words = [claim.key, claim.group, "-", "+", 1000000, *([claim.consumer] if claim.consumer else [])]
        entries = self.read("XPENDING", *words)
        look = f"XPENDING {key_name(claim.key)} {key_name(claim.group)}"
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
