"""redislab: learn Redis by doing, on an embedded engine with the semantics of Redis 7.0.

Public names: `Lab`, `Session` and `ReplyError`. They are loaded when first used, so that `import redislab`
costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # The module `typing` would take longer than the command line does to print its version.
if TYPE_CHECKING:
    from typing import Any

    from redislab.engine.session import Session
    from redislab.lab import Lab
    from redislab.resp.types import ReplyError

__all__ = ["Lab", "ReplyError", "Session", "__version__"]

__version__ = "0.1.0"

_HOMES = {"Lab": "redislab.lab", "Session": "redislab.engine.session", "ReplyError": "redislab.resp.types"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'redislab' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
