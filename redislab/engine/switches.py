"""What DEBUG switches in an engine, for tests of clients and scripts. All are off unless somebody asks for them."""

from __future__ import annotations

__all__ = ["PACKED_THRESHOLD", "Switches"]

PACKED_THRESHOLD = 1 << 30


class Switches:
    """The switches of one engine."""

    __slots__ = ("cron_paused", "packed_threshold", "scripts_may_all", "trust_payloads")

    def __init__(self) -> None:
        self.cron_paused = False
        """Nothing is done by itself: no key expires in the background (DEBUG PAUSE-CRON)."""
        self.packed_threshold = PACKED_THRESHOLD
        """Bytes from which on an element is a node of its own (DEBUG QUICKLIST-PACKED-THRESHOLD)."""
        self.scripts_may_all = False
        """Scripts may call what they may not otherwise (DEBUG SET-DISABLE-DENY-SCRIPTS)."""
        self.trust_payloads = False
        """RESTORE does not look at checksums (DEBUG SET-SKIP-CHECKSUM-VALIDATION)."""
