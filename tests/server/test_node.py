"""node-redis and ioredis, as npm delivers them, on RESP2 and RESP3, against redislab's server and the real one.

The programs stand in the folder `node` beside this file and check what they get themselves.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("resp", ["2", "3"])
@pytest.mark.parametrize("script", ["node_redis.mjs", "ioredis.mjs"])
def test_client(node: Any, url: str, script: str, resp: str) -> None:
    printed = node.run(script, REDIS_URL=url, REDIS_RESP=resp)
    assert printed.rstrip().endswith("done"), printed
