"""DEBUG's words about the server as a whole: switches for tests, its log, and what only a cluster or replicas have."""

from __future__ import annotations

import re

from redislab.commands.debug_table import ANY_NUMBER, subcommand
from redislab.engine.arguments import integer
from redislab.engine.errors import ReplyError, subcommand_syntax
from redislab.engine.session import Session
from redislab.resp.types import OK, Reply, Simple
from redislab.values.glob import matches

FUZZ_ROUNDS = 500
LONGEST_TEXT = 16
"""DEBUG STRINGMATCH-TEST of a real server tries ten million texts, which takes it seconds."""


def switched_on(word: bytes) -> bool:
    """A switch as C reads it: any number but 0; what is no number is 0."""
    digits = re.match(rb"\s*[+-]?(\d+)", word)
    return digits is not None and int(digits[1]) != 0


@subcommand("PAUSE-CRON <0|1>", 1)
def pause_cron(session: Session, word: bytes) -> Reply:
    """With 1, nothing is done in the background: no key expires until somebody asks for it."""
    session.engine.switches.cron_paused = switched_on(word)
    return OK


@subcommand("SET-DISABLE-DENY-SCRIPTS <0|1>", 1)
def set_disable_deny_scripts(session: Session, word: bytes) -> Reply:
    """With 1, scripts may call commands that are not for scripts."""
    session.engine.switches.scripts_may_all = switched_on(word)
    return OK


@subcommand("SET-SKIP-CHECKSUM-VALIDATION <0|1>", 1)
def set_skip_checksum_validation(session: Session, word: bytes) -> Reply:
    """With 1, the checksum of what RESTORE is given is not looked at."""
    session.engine.switches.trust_payloads = switched_on(word)
    return OK


@subcommand("LOG <message>", 1)
def log(session: Session, message: bytes) -> Reply:
    """Write a message to the server's log."""
    session.engine.host.log("warning", f"DEBUG LOG: {message.decode('utf-8', 'replace')}")
    return OK


@subcommand("REPLYBUFFER PEAK-RESET-TIME|RESIZING <value>", 2)
def replybuffer(session: Session, what: bytes, word: bytes) -> Reply:
    """Set how reply buffers shrink. Replies are not kept in such buffers here, so it makes no difference."""
    option = what.lower()
    if option == b"peak-reset-time":
        if word.lower() not in (b"never", b"reset"):
            integer(word)
    elif option != b"resizing":
        raise subcommand_syntax("DEBUG", b"REPLYBUFFER")
    return OK


@subcommand("REPLICATE <word> [<word> ...]", 1, ANY_NUMBER)
def replicate(session: Session, *words: bytes) -> Reply:
    """Send a command to the replicas and run it nowhere else. There are no replicas here."""
    return OK


@subcommand("DROP-CLUSTER-PACKET-FILTER <packet-type>", 1)
def drop_cluster_packet_filter(session: Session, word: bytes) -> Reply:
    """Drop packets of this type between the nodes of a cluster. This is not one of its nodes."""
    integer(word)
    return OK


@subcommand("CLUSTERLINK KILL <to|from|all> <node-id>", 3)
def clusterlink(session: Session, *words: bytes) -> Reply:
    """Cut a connection to another node of the cluster."""
    raise ReplyError("ERR Debug option only available for cluster mode enabled setup!")


@subcommand("CLIENT-EVICTION", 0)
def client_eviction(session: Session) -> Reply:
    """Show which clients would be dropped first for the memory they take."""
    if not session.engine.config.values["maxmemory-clients"]:
        raise ReplyError("ERR maxmemory-clients is disabled.")
    raise ReplyError("ERR redislab does not measure the memory of clients, and drops none for it")


@subcommand("STRINGMATCH-TEST", 0)
def stringmatch_test(session: Session) -> Reply:
    """Match random texts with random patterns, to see that nothing goes wrong."""
    random = session.engine.random
    for _ in range(FUZZ_ROUNDS):
        text, pattern = (random.randbytes(random.randrange(LONGEST_TEXT)) for _ in range(2))
        matches(pattern, text)
    return Simple("Apparently Redis did not crash: test passed")
