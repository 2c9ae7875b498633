"""The configuration of one engine: the values of its parameters, and what happens when one changes.

Values are read cheaply, `engine.config["maxmemory"]`, by the parameter's own name. A part of the engine that has to act
on a change says so with `on_change`; its function may refuse the value with ConfigError, and CONFIG SET then takes back
all it set. What the parameters are is declared in config_parameters; nothing here knows one by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redislab.engine.config_kinds import ConfigError, as_bytes
from redislab.engine.config_parameters import BY_NAME, DEFAULTS, NAMES, PARAMETERS, Parameter

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["PARAMETERS", "Config", "ConfigError", "Parameter", "Refused"]

Hook = Callable[[Any], None]


class Refused(Exception):
    """One of several settings was refused, and none was made: the name it was given by, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class Config:
    """The parameters of one engine and their values."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.parameters = BY_NAME
        self.all_names = NAMES
        self.values: dict[str, Any] = dict(DEFAULTS)
        self.initial: dict[str, Any] = {}
        """What this engine began with where that is not the default of a server: its folder, its port."""
        self.hooks: dict[str, list[Hook]] = {}

    def __getitem__(self, name: str) -> Any:
        """A parameter's value, by its own name."""
        return self.values[name]

    def names(self) -> Iterator[str]:
        """All names that patterns find, aliases among them, in order."""
        return iter(self.all_names)

    def start_with(self, name: str, value: Any) -> None:
        """Say what an engine begins with, where its machine decides that: no change, and nothing is told of it."""
        self.values[name] = self.initial[name] = value

    def beginning(self, name: str) -> Any:
        """The value that a parameter had at the start."""
        return self.initial[name] if name in self.initial else self.parameters[name].default

    def on_change(self, name: str, hook: Hook) -> None:
        """Have a function called with the value of a parameter after each change; it may raise ConfigError."""
        self.hooks.setdefault(name, []).append(hook)

    # -- texts -----------------------------------------------------------------------------------------------

    def shown_text(self, name: str) -> str:
        """A parameter's value as CONFIG GET shows it."""
        parameter = self.parameters[name]
        return parameter.kind.show(self.values[parameter.name])

    def get_text(self, name: str) -> str:
        """A parameter's value as a text that `restore_text` reads back."""
        parameter = self.parameters[name]
        return parameter.kind.write(self.values[parameter.name])

    def read(self, name: str, words: Sequence[bytes]) -> Any:
        """The value that words mean for a parameter as it stands. Raises ConfigError."""
        parameter = self.parameters[name]
        return parameter.kind.read(words, self.values[parameter.name])

    # -- changing --------------------------------------------------------------------------------------------

    def change(self, settings: Sequence[tuple[str, bytes]]) -> None:
        """Give parameters the values of texts, all or none; undo can take it back. Raises Refused."""
        before: dict[str, Any] = {}
        changed: list[str] = []
        for name, text in settings:
            parameter = self.parameters[name]
            old = self.values[parameter.name]
            try:
                new = parameter.kind.read(parameter.kind.words(text), old)
            except ConfigError as error:
                self._take_back(before, ())
                raise Refused(name, str(error)) from None
            if parameter.least is not None:
                new = max(new, parameter.least)
            if parameter.kind.write(new) != parameter.kind.write(old):
                before.setdefault(parameter.name, old)
                self.values[parameter.name] = new
                changed.append(name)
        for name in changed:
            try:
                self._apply(self.parameters[name])
            except ConfigError as error:
                self.engine.host.log(
                    "warning",
                    f"Failed applying new configuration. Possibly related to new {name} setting. Restoring previous"
                    " settings.",
                )
                self._take_back(before, changed)
                raise Refused(name, str(error)) from None
        self._keep(before)

    def _take_back(self, before: dict[str, Any], applied: Sequence[str]) -> None:
        """Bring back values and what hangs on them. That these were in force before is reason enough to take them."""
        self.values.update(before)
        for name in applied:
            with suppress(ConfigError):
                self._apply(self.parameters[name])

    def _keep(self, before: dict[str, Any]) -> None:
        changes = self.engine.changes
        if changes is not None:
            for name, old in before.items():
                changes.keep_config(name, self.parameters[name].kind.write(old))

    def set(self, name: str, value: Any) -> None:
        """Give a parameter a value that `read` made; undo can take it back. Raises ConfigError."""
        parameter = self.parameters[name]
        if self.values[parameter.name] != value:
            self._keep({parameter.name: self.values[parameter.name]})
        self.put(name, value)

    def put(self, name: str, value: Any) -> None:
        """Give a parameter a value that `read` made, without recording it. Raises ConfigError."""
        parameter = self.parameters[name]
        self.values[parameter.name] = value
        self._apply(parameter)

    def restore_text(self, name: str, text: str) -> None:
        """Give a parameter the value of a text, without recording it. Raises ConfigError for a text it cannot read."""
        parameter = self.parameters[name]
        value = self.read(name, parameter.kind.words(as_bytes(text)))
        with suppress(ConfigError):
            self.put(name, value)

    def load_copy(self, other: Config) -> None:
        """Take over all values of another engine's configuration."""
        self.initial = dict(other.initial)
        for name, value in other.values.items():
            if self.values[name] != value:
                self.put(name, value)

    def _apply(self, parameter: Parameter) -> None:
        value = self.values[parameter.name]
        if parameter.apply is not None:
            parameter.apply(self.engine, value)
        for hook in self.hooks.get(parameter.name, ()):
            hook(value)

    # -- who may ---------------------------------------------------------------------------------------------

    def allows(self, name: str, address: str) -> bool:
        """Whether an enable-… parameter lets a client with this address do what it is about."""
        who = self.values[name]
        return bool(who == "yes" or (who == "local" and is_local(address)))


def is_local(address: str) -> bool:
    """Whether a client's address is on this machine: the loopback interface or a Unix socket."""
    host = address.rpartition(":")[0]
    return host in ("127.0.0.1", "::1", "[::1]") or host.startswith("/") or not host
