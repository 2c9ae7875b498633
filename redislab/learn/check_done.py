"""Judges what the learner did: replies, messages published, commands used and how many.

Owns the claims about the log of a step; those about the state of keys are in `check.py`. Part of `Judge`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redislab.learn.check_reply import judge_reply
from redislab.learn.play import Log, Sent, command_of
from redislab.learn.state import Reader
from redislab.learn.verdict import Verdict, as_bytes, in_range, range_text, show

if TYPE_CHECKING:
    from redislab.learn.schema_goal import Check

__all__ = ["DoneClaims", "is_write", "names_of"]


class DoneClaims:
    """The claims about what was sent. The methods are named after the fields of Check."""

    read: Reader
    table: Any
    log: Log
    is_answer: Any

    def _reply(self, check: Check) -> list[Verdict]:
        claim: Any = check.reply
        sent = self._last_sent(claim.of)
        if sent is None:
            wanted = f"`{claim.of}` to be used" if claim.of else "a command"
            return [Verdict(False, wanted)]
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
            for words in names_of(check.used)
        ]

    def _not_used(self, check: Check) -> list[Verdict]:
        found = []
        for words in names_of(check.not_used):
            uses = (sent for sent in self.log.sent if self._is_use(sent, words) and not sent.failed)
            use = next(uses, None)
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
        count = sum(is_write(command_of(self.table, sent.argv)) and not sent.failed for sent in self.log.sent)
        return [_at_most(check.max_writes, count, "writing command")]


def is_write(command: Any) -> bool:
    """Can this command change the data? Scripts and functions are counted, as what they do is not known beforehand."""
    if command is None:
        return False
    return "write" in command.flags or command.name in ("eval", "evalsha", "fcall")


def names_of(value: str | list[str] | None) -> list[str]:
    """One name or several, as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def _at_most(most: int | None, count: int, word: str) -> Verdict:
    most = most or 0
    wanted = f"{most} {word}{'' if most == 1 else 's'} at most"
    return Verdict(count <= most, wanted, f"{count}; `:reset` begins the step anew")


def _is_message(claim: Any, channel: bytes, message: bytes) -> bool:
    return channel == claim.channel.encode() and (claim.message is None or message == as_bytes(claim.message))


def _begins(argv: list[bytes], words: list[str]) -> bool:
    return [word.decode("utf-8", "replace").lower() for word in argv[: len(words)]] == words
