"""A server that ends together with whoever started it, even where that one is killed.

The other one holds the writing end of a pipe that is this process' standard input: when it is gone, the pipe is closed.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread

__all__ = ["main"]


def end_with_the_pipe() -> None:
    """Wait until nobody holds the other end of the standard input, then end as on SIGTERM."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run a server with the words of the command line."""
    from redislab.server.running import serve

    Thread(target=end_with_the_pipe, daemon=True).start()
    sys.exit(serve(sys.argv[1:]))


if __name__ == "__main__":
    main()
