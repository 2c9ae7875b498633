"""All that was measured on a real server, measured on ours: every difference stands in known.yaml, with its reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.server.conftest import ROOT, serving

PROBE = ROOT / "tests" / "reference" / "probe.py"
KNOWN = ROOT / "tests" / "differential" / "known.yaml"
AS_DELIVERED = ("--save", "3600 1 300 100 60 10000", "--enable-debug-command", "no")


def differences(port: int) -> list[str]:
    """What the probe finds, each difference on one line with the name of its part before it."""
    result = subprocess.run(
        [sys.executable, str(PROBE), "check", "--target", f"127.0.0.1:{port}"],
        capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert "== encodings" in result.stdout, result.stdout + result.stderr
    found: list[str] = []
    part = ""
    for line in result.stdout.splitlines():
        if heading := re.match(r"== (\w+):", line):
            part = heading[1]
        elif line.startswith("      "):
            found[-1] += line
        elif part and line.startswith("  "):
            found.append(f"{part}: {line.strip()}")
    return found


def test_every_difference_from_the_real_server_is_known(tmp_path: Path) -> None:
    known: list[dict[str, Any]] = yaml.safe_load(KNOWN.read_text(encoding="utf-8"))
    with serving(tmp_path, *AS_DELIVERED) as served:
        found = differences(served.port)
    unknown = [each for each in found if not any(re.match(entry["where"], each) for entry in known)]
    assert not unknown, "\n".join(unknown)
    idle = [entry["where"] for entry in known if not any(re.match(entry["where"], each) for each in found)]
    assert not idle, f"these differences are no more: {idle}"
    assert all(len(entry["why"]) > 20 for entry in known)


@pytest.mark.parametrize("name", ["commands", "config", "info", "errors", "encodings"])
def test_the_probe_compares_with_what_the_other_tests_use(name: str) -> None:
    """One recording serves both."""
    assert list(PROBE.parent.glob(f"{name}-7.0.15.*"))
