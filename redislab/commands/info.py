"""INFO: the server's report on itself."""

from __future__ import annotations

from redislab.commands.shapes import Text
from redislab.commands.spec import command
from redislab.engine.session import Session
from redislab.resp.types import Reply, Verbatim

GROUP = "server"


@command(
    "INFO [section]...",
    since="1.0.0",
    complexity="O(1)",
    flags="loading stale",
    acl="dangerous",
    tips=["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    history={"7.0.0": "Takes several sections."},
    reply=Text("sections of field:value lines, each under a heading"),
)
def info(session: Session, *sections: bytes) -> Reply:
    """Report on the server: version, clients, memory, counters, keys.

    The report has sections; name those you want. Without a name, or with default, all come but the statistics of the
    single commands; all and everything bring those too. A section that is not known is left out without a word.

    > SET tea green EX 100
    OK
    > INFO cluster
    # Cluster…
    cluster_enabled:0…
    > INFO nosuchsection
    """
    from redislab.engine.info import report

    names = [section.decode("latin-1") for section in sections]
    return Verbatim(report(session.engine, names).encode("utf-8", "surrogateescape"))
