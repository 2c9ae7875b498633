"""What a configuration parameter is, and what changing one does in the engine.

`config_parameters` declares them all. Which are set, and how, is `config`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redislab.engine import dataset
from redislab.engine.config_kinds import ConfigError, Kind

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = [
    "BUILT",
    "Parameter",
    "apply_channels",
    "apply_databases",
    "apply_debug",
    "apply_events",
    "apply_latency_threshold",
    "apply_log_length",
    "apply_password",
    "apply_percentiles",
    "apply_policy",
    "apply_slow_length",
    "apply_slow_threshold",
    "apply_tracking_of_times",
    "attribute",
    "limit",
    "no_tls",
    "of",
    "tls_port",
]

BUILT = {"acl", "data", "memory", "observers", "scripting", "streams", "tracking"}
"""The areas whose parameters have an effect."""

IN_A_SERVER = "redislab keeps this value; it has an effect only in a server (redislab serve)"
EFFECTS = {
    "process": "redislab keeps this value, but it has no effect here: redislab is one Python process",
    "persistence": IN_A_SERVER,
    "server": IN_A_SERVER,
    "tls": IN_A_SERVER,
}
NO_EFFECT = "redislab keeps this value, but it has no effect here"

MOST_DATABASES = 16384
"""Each takes some memory, also while it is empty."""

Apply = Callable[["Engine", Any], None]


class Parameter:
    """One parameter.

    `apply` is told the engine and the new value, and may refuse it with ConfigError. `live` says whether CONFIG SET may
    change it, `protected` that only an enable-… setting lets it. `machine` marks values that belong to the machine and
    its files, `secret` passwords. A `hidden` one is shown only when asked for by its whole name. `least` is what CONFIG
    SET makes of anything below, while a file may say less.
    """

    __slots__ = (
        "alias", "apply", "area", "default", "help", "hidden", "kind", "least", "live", "machine", "name", "protected",
        "secret",
    )  # fmt: skip

    def __init__(
        self, name: str, kind: Kind, default: Any, help: str, apply: Apply | None = None, *, alias: str = "",
        live: bool = True, protected: bool = False, machine: bool = False, secret: bool = False, hidden: bool = False,
        least: int | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.kind = kind
        self.default = default
        self.help = help
        self.apply = apply
        self.alias = alias
        self.live = live
        self.protected = protected
        self.machine = machine
        self.secret = secret
        self.hidden = hidden
        self.least = least
        self.area = "data"

    @property
    def effect(self) -> str:
        """Why the parameter has no effect in a lab, to be read after its name and a colon; empty if it has one."""
        return "" if self.area in BUILT else EFFECTS.get(self.area, NO_EFFECT)


def of(area: str, *parameters: Parameter) -> tuple[Parameter, ...]:
    """Put parameters into an area."""
    for parameter in parameters:
        parameter.area = area
    return parameters


# -- what changes with a parameter ---------------------------------------------------------------------------


def limit(attribute: str) -> Apply:
    """What a parameter does that is one of the limits of encodings."""

    def apply(engine: Engine, value: Any) -> None:
        setattr(engine.limits, attribute, value)

    return apply


def attribute(name: str) -> Apply:
    def apply(engine: Engine, value: Any) -> None:
        setattr(engine, name, value)

    return apply


def apply_latency_threshold(engine: Engine, milliseconds: int) -> None:
    if engine.observers is not None:
        engine.observers.latency.set_threshold(milliseconds)
        engine.observers.refresh_alarm()


def apply_tracking_of_times(engine: Engine, wanted: bool) -> None:
    if engine.observers is not None:
        engine.observers.track(wanted)


def apply_percentiles(engine: Engine, percentiles: tuple[float, ...]) -> None:
    if engine.observers is not None:
        engine.observers.percentiles = percentiles


def apply_slow_threshold(engine: Engine, microseconds: int) -> None:
    if engine.observers is not None:
        engine.observers.slow_log.set_threshold(microseconds)
        engine.observers.refresh_alarm()


def apply_slow_length(engine: Engine, length: int) -> None:
    if engine.observers is not None:
        engine.observers.slow_log.length = length


def apply_events(engine: Engine, flags: int) -> None:
    engine.notify_flags = flags
    engine.refresh_alert()


def apply_policy(engine: Engine, policy: str) -> None:
    engine.lfu = policy.endswith("-lfu")
    engine.refresh_alert()


def apply_password(engine: Engine, password: str) -> None:
    engine.acl.set_default_password(password.encode("utf-8", "surrogateescape"))


def apply_channels(engine: Engine, channels: str) -> None:
    engine.acl.all_channels = channels == "allchannels"


def apply_log_length(engine: Engine, length: int) -> None:
    engine.acl.log.max_length = length


def apply_databases(engine: Engine, count: int) -> None:
    if count > MOST_DATABASES:
        raise ConfigError(f"redislab has {MOST_DATABASES} databases at most")
    dataset.set_databases(engine, count)


def apply_debug(engine: Engine, who: str) -> None:
    engine.enable_debug = who != "no"


def tls_port(engine: Engine, port: int) -> None:
    if not engine.host.speaks_tls:
        no_tls(engine, port)


def no_tls(engine: Engine, value: Any) -> None:
    """Only a server speaks TLS, and with its clients only."""
    if value:
        raise ConfigError("Unable to update TLS configuration. Check server logs.")
