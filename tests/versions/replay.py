"""Recorded calls on an engine of a later version, in the form in which they were recorded."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from reference.recorded import FOLDER

__all__ = ["DIFFERING", "VERSIONS", "other_versions"]

VERSIONS = {"7.2": "7.2.4", "7.4": "7.4.1", "8.2": "8.2.3"}

DIFFERING: dict[str, str] = json.loads(Path(__file__).with_name("differing.json").read_text())
"""What still differs from the recordings, each with its reason: `version call` or `* call`."""


@cache
def other_versions() -> Any:
    """How later versions were recorded to differ from 7.0.15."""
    return json.loads((FOLDER / "other-versions.json").read_text())
