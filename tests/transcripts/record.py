"""Record transcripts from a real redis-server 7.0.15: `python tests/transcripts/record.py FILE…`.

Each file's commands are run on a server started for the purpose, and the outputs in the file are replaced by what
the server answered. To write a new transcript, write its commands only, then record.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from transcript import RealClients, parse, replay

from conftest import OPTIONS, answers, free_port
from real import emptied


def record(path: Path, address: tuple[str, int]) -> None:
    """Replace the outputs in one file."""
    emptied(address)
    transcript = parse(path.read_text())
    clients = RealClients(address, transcript.protocol)
    lines: list[str] = []
    for moment, output in replay(transcript, clients.try_out):
        head = f"@{moment.client} " if moment.client else ""
        lines += moment.above
        lines.append(f"{head}<" if moment.line is None else f"{head}> {moment.line}")
        lines += output
    clients.close()
    path.write_text("\n".join([*lines, *transcript.tail]) + "\n")


def main(files: list[str]) -> int:
    if not files:
        print("usage: python tests/transcripts/record.py FILE...", file=sys.stderr)
        return 2
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), *OPTIONS, "--dir", folder], stdout=subprocess.DEVNULL
        )
        try:
            while not answers(port):
                time.sleep(0.02)
            for file in files:
                record(Path(file), ("127.0.0.1", port))
                print(f"recorded {file}")
        finally:
            server.terminate()
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
