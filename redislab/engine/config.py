"""Every configuration parameter that this engine honours, declared once.

A parameter knows its kind (how its text is read and shown), its default, and what to do when it changes. CONFIG GET,
CONFIG SET, completion of parameter names and help are derived from the declarations. A parameter of Redis that the
engine does not honour yet is not here: CONFIG SET says so instead of storing a value without effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redislab.engine import notify
from redislab.values.numbers import parse_int64

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["Config", "ConfigError", "Parameter"]


class ConfigError(Exception):
    """A value that a parameter does not take; the text is the end of CONFIG SET's error."""


_UNITS = {b"": 1, b"b": 1, b"k": 1000, b"kb": 1024, b"m": 10**6, b"mb": 1 << 20, b"g": 10**9, b"gb": 1 << 30}
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Kind:
    """How the text of a parameter is read (raising ConfigError) and shown.

    `write` gives a text that reads as the same value, where what is shown does not.
    """

    read: Callable[[bytes], Any]
    show: Callable[[Any], str] = str
    write: Callable[[Any], str] | None = None


def integer(low: int, high: int) -> Kind:
    """A whole number within bounds."""

    def read(text: bytes) -> int:
        value = parse_int64(text)
        if value is None:
            raise ConfigError("argument couldn't be parsed into an integer")
        if not low <= value <= high:
            raise ConfigError(f"argument must be between {low} and {high} inclusive")
        return value

    return Kind(read)


def memory(low: int, high: int) -> Kind:
    """Bytes, with an optional unit: 64, 1kb, 2mb. As in Redis no digits are 0, and what exceeds 64 bits wraps."""

    def read(text: bytes) -> int:
        digits = text.rstrip(_LETTERS)
        unit = _UNITS.get(text[len(digits) :].lower())
        if unit is None or (digits and not digits.isdigit()) or len(digits) > 127:
            raise ConfigError("argument must be a memory value")
        value = min(int(digits or b"0"), (1 << 64) - 1) * unit % (1 << 64)
        if not low <= value <= high:
            raise ConfigError(f"argument must be between {low} and {high} inclusive")
        return value

    return Kind(read)


def choice(*words: str) -> Kind:
    """One of some words, in any case."""

    def read(text: bytes) -> str:
        word = text.decode("latin-1").lower()
        if word not in words:
            raise ConfigError("argument(s) must be one of the following: " + ", ".join(words))
        return word

    return Kind(read)


def _read_events(text: bytes) -> int:
    flags = notify.event_flags(text.decode("latin-1"))
    if flags is None:
        raise ConfigError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    return flags


_EVENTS = Kind(_read_events, notify.shown_letters, notify.event_letters)
_YES_NO = choice("yes", "no")
_TEXT = Kind(lambda text: text.decode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `apply` is told the engine and the new value; `live` says whether CONFIG SET may change it."""

    name: str
    kind: Kind
    default: Any
    help: str
    apply: Callable[[Engine, Any], None] | None = None
    alias: str = ""
    live: bool = True


def _limit(attribute: str) -> Callable[[Engine, Any], None]:
    def apply(engine: Engine, value: Any) -> None:
        setattr(engine.limits, attribute, value)

    return apply


def _attribute(name: str) -> Callable[[Engine, Any], None]:
    def apply(engine: Engine, value: Any) -> None:
        setattr(engine, name, value)

    return apply


def _apply_events(engine: Engine, flags: int) -> None:
    engine.notify_flags = flags
    engine.refresh_alert()


def _apply_policy(engine: Engine, policy: str) -> None:
    engine.lfu = policy.endswith("-lfu")
    engine.refresh_alert()


def _apply_password(engine: Engine, password: str) -> None:
    engine.password = password.encode("utf-8", "surrogateescape")


_BIG = (1 << 63) - 1
_POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random",
    "noeviction",
)  # fmt: skip

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("hash-max-listpack-entries", integer(0, _BIG), 512, "fields a hash may have as a listpack",
              _limit("hash_max_listpack_entries"), "hash-max-ziplist-entries"),
    Parameter("hash-max-listpack-value", memory(0, _BIG), 64, "bytes of a field or value in a listpack",
              _limit("hash_max_listpack_value"), "hash-max-ziplist-value"),
    Parameter("hll-sparse-max-bytes", memory(0, _BIG), 3000, "bytes of a HyperLogLog before it becomes dense",
              _limit("hll_sparse_max_bytes")),
    Parameter("lfu-decay-time", integer(0, (1 << 31) - 1), 1, "minutes after which an LFU counter loses one",
              _attribute("lfu_decay_time")),
    Parameter("lfu-log-factor", integer(0, (1 << 31) - 1), 10, "how slowly an LFU counter grows",
              _attribute("lfu_log_factor")),
    Parameter("list-compress-depth", integer(0, (1 << 31) - 1), 0, "list nodes at each end that stay uncompressed",
              _limit("list_compress_depth")),
    Parameter("list-max-listpack-size", integer(-(1 << 31), (1 << 31) - 1), -2, "elements, or size class, of a node",
              _limit("list_max_listpack_size"), "list-max-ziplist-size"),
    Parameter("maxmemory-policy", choice(*_POLICIES), "noeviction", "which keys go when memory is full",
              _apply_policy),
    Parameter("notify-keyspace-events", _EVENTS, 0, "classes of keyspace events to publish", _apply_events),
    Parameter("proto-max-bulk-len", memory(1 << 20, _BIG), 512 << 20, "bytes of the longest string",
              _limit("proto_max_bulk_len")),
    Parameter("requirepass", _TEXT, "", "password of the default user", _apply_password),
    Parameter("set-max-intset-entries", integer(0, _BIG), 512, "integers a set may hold as an intset",
              _limit("set_max_intset_entries")),
    Parameter("zset-max-listpack-entries", integer(0, _BIG), 128, "members a sorted set may have as a listpack",
              _limit("zset_max_listpack_entries"), "zset-max-ziplist-entries"),
    Parameter("zset-max-listpack-value", memory(0, _BIG), 64, "bytes of a member in a listpack",
              _limit("zset_max_listpack_value"), "zset-max-ziplist-value"),
    Parameter("databases", integer(1, (1 << 31) - 1), 16, "number of databases", live=False),
)  # fmt: skip


class Config:
    """The parameters of one engine and their values."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.parameters: dict[str, Parameter] = {}
        self.values: dict[str, Any] = {}
        for parameter in PARAMETERS:
            self.values[parameter.name] = parameter.default
            for name in filter(None, (parameter.name, parameter.alias)):
                self.parameters[name] = parameter

    def names(self) -> Iterator[str]:
        """All names, aliases among them."""
        return iter(self.parameters)

    def shown_text(self, name: str) -> str:
        """A parameter's value as CONFIG GET shows it."""
        parameter = self.parameters[name]
        return parameter.kind.show(self.values[parameter.name])

    def get_text(self, name: str) -> str:
        """A parameter's value as a text that `restore_text` reads back."""
        parameter = self.parameters[name]
        return (parameter.kind.write or parameter.kind.show)(self.values[parameter.name])

    def read(self, name: str, text: bytes) -> Any:
        """The value that a text means for a parameter. Raises ConfigError."""
        return self.parameters[name].kind.read(text)

    def set(self, name: str, value: Any) -> None:
        """Give a parameter a value that `read` made; undo can take it back."""
        parameter = self.parameters[name]
        if self.engine.changes is not None and self.values[parameter.name] != value:
            self.engine.changes.keep_config(parameter.name, self.get_text(name))
        self._apply(parameter, value)

    def restore_text(self, name: str, text: str) -> None:
        """Give a parameter the value of a text, without recording it."""
        parameter = self.parameters[name]
        self._apply(parameter, parameter.kind.read(text.encode("utf-8", "surrogateescape")))

    def _apply(self, parameter: Parameter, value: Any) -> None:
        self.values[parameter.name] = value
        if parameter.apply is not None:
            parameter.apply(self.engine, value)
