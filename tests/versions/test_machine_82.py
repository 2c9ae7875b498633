"""Random commands of all groups on an engine of 8.2 beside the real Redis 8.2.3: replies, events, then the keyspace.

The machine is that of `differential/test_beside_redis`, with the commands of 8.2.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from commands_strategy import BY_LUCK, random_command
from differential.sides import play
from differential.test_beside_redis import (
    CALLERS,
    CLIENTS,
    DEPENDS_ON_TABLE_ORDER,
    KEYS,
    THRESHOLDS,
    BesideRedis,
)  # fmt: skip

VERSION = (8, 2)
commands = random_command(BY_LUCK, VERSION)
within = random_command(BY_LUCK | DEPENDS_ON_TABLE_ORDER | {"object|refcount"}, VERSION)


class BesideRedis82(BesideRedis):
    """The same, with what 8.2 knows."""

    version = "8.2"

    def __init__(self) -> None:
        super().__init__()
        for name in THRESHOLDS:
            default = self.ask_ours([b"CONFIG", b"GET", name.encode()], 2)[name.encode()]
            assert self.real[2].call([b"CONFIG", b"SET", name.encode(), default]) == "OK"

    @rule(argv=commands, who=st.sampled_from(CLIENTS))
    def command(self, argv: list[bytes], who: Any) -> None:
        super().command(argv, who)

    @rule(commands=st.lists(within, max_size=4), who=st.sampled_from(CLIENTS))
    def transaction(self, commands: list[list[bytes]], who: Any) -> None:
        super().transaction(commands, who)

    @rule(commands=st.lists(within, min_size=1, max_size=4), who=st.sampled_from(CLIENTS),
          caller=st.sampled_from([*CALLERS]))  # fmt: skip
    def script(self, commands: list[list[bytes]], who: Any, caller: Any) -> None:
        super().script(commands, who, caller)

    @rule(key=st.sampled_from(KEYS[:3]), argv=within)
    def watched_transaction(self, key: bytes, argv: list[bytes]) -> None:
        super().watched_transaction(key, argv)


def test_random_sessions_beside_redis(redis_82: tuple[str, int]) -> None:
    play(BesideRedis82, redis_82, examples=30)
