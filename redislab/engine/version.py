"""The versions of Redis whose behaviour an engine can have.

7.0 is the default. An engine carries its version as a tuple, `(7, 2)`, which compares as versions do, and names itself
with the number of the server whose replies were recorded. Nothing here says how the versions differ: that stands beside
each command.
"""

from __future__ import annotations

__all__ = ["DEFAULT", "NEWEST", "REDIS_VERSION", "VERSIONS", "Version", "number_of", "version_of"]

Version = tuple[int, int]

REDIS_VERSION = "7.0.15"
DEFAULT: Version = (7, 0)
VERSIONS: dict[Version, str] = {DEFAULT: REDIS_VERSION, (7, 2): "7.2.4", (7, 4): "7.4.1", (8, 2): "8.2.3"}
"""Each version with the full number that HELLO, INFO and others show."""
NEWEST: Version = (8, 2)


def version_of(text: str) -> Version:
    """The version that a text such as `8.2` names. Raises ValueError for one that redislab does not have."""
    for version in VERSIONS:
        if text == number_of(version):
            return version
    known = ", ".join(map(number_of, VERSIONS))
    raise ValueError(f"there is no Redis {text} in redislab; the versions are {known}")


def number_of(version: Version) -> str:
    """A version as people write it: `8.2`."""
    return f"{version[0]}.{version[1]}"
