"""Record observed-7.0.15.json from a real server: `python tests/reference/observe.py`.

It runs the scenarios of the tests of MONITOR, SLOWLOG and LOLWUT and keeps what the server said.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(TESTS / "commands")]
FILE = Path(__file__).parent / "observed-7.0.15.json"
NOTHING: dict[str, dict[str, Any]] = {"monitor": {}, "slowlog": {}, "lolwut": {}}


def record(address: tuple[str, int]) -> dict[str, dict[str, Any]]:
    """What the server says to all scenarios, each on an empty one."""
    import test_lolwut
    import test_monitor
    import test_slowlog

    from real import emptied

    found = {name: dict(kept) for name, kept in NOTHING.items()}
    for kind, module in (("monitor", test_monitor), ("slowlog", test_slowlog)):
        for name, lines in module.SCENARIOS.items():
            emptied(address)
            found[kind][name] = module.on_server(address, lines)
    for sizes in test_lolwut.ORDERLY:
        found["lolwut"][sizes] = test_lolwut.on_server(address, f"LOLWUT VERSION 5 {sizes}")
    return found


def main() -> None:
    from conftest import OPTIONS, answers, free_port

    if not FILE.exists():  # the tests read it when they are imported
        FILE.write_text(json.dumps(NOTHING))
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = ["redis-server", "--port", str(port), *OPTIONS, "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not answers(port):
                time.sleep(0.02)
            found = record(("127.0.0.1", port))
        finally:
            server.terminate()
            server.wait()
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
