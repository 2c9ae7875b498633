"""The version of Redis whose behaviour this engine has, for HELLO, INFO and whoever else must name it."""

from __future__ import annotations

__all__ = ["REDIS_VERSION"]

REDIS_VERSION = "7.0.15"
