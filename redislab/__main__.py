"""`python -m redislab` is the command `redislab`."""

from __future__ import annotations

import sys

from redislab.cli import main

if __name__ == "__main__":
    sys.exit(main())
