"""CLUSTER, READONLY, READWRITE and ASKING, as a server answers that is no node of a cluster.

Arguments are counted, and then every one of them has the same answer. What the commands are for stands in their help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redislab.commands.shapes import Any_
from redislab.commands.spec import command, container
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply

GROUP = "cluster"

DISABLED = "ERR This instance has cluster support disabled"
NODES = "O(N) where N is the number of nodes."
SLOTS = "O(N) where N is the number of slots given."
CHANGES = "admin stale no_async_loading"
VARIES = ("nondeterministic_output",)

container("CLUSTER", group="cluster", since="3.0.0", complexity="Depends on subcommand.")


def _command(
    line: str, purpose: str, since: str, flags: str, complexity: str = "O(1)", sample: str = "", **facts: Any
) -> None:
    """Declare a command that only a node of a cluster does: what it is for, and a sample of its arguments."""
    name = " ".join(line.split()[: 2 if "parent" in facts else 1])
    example = f"{name} {sample}".rstrip()

    def handler(session: Session, *arguments: bytes) -> Reply:
        raise ReplyError(DISABLED)

    # redis-cli prints what these two answer as it is, an error too.
    shown = DISABLED if example in ("CLUSTER INFO", "CLUSTER NODES") else f"(error) {DISABLED}"
    handler.__doc__ = f"{purpose}\n\n> {example}\n{shown}\n"
    command(line, since=since, complexity=complexity, flags=flags, reply=Any_(""), **facts)(handler)


def _of_cluster(
    rest: str,
    purpose: str,
    flags: str,
    complexity: str = "O(1)",
    *,
    since: str = "3.0.0",
    sample: str = "",
    tips: Sequence[str] = (),
    **facts: Any,
) -> None:
    _command(
        f"CLUSTER {rest}", purpose, since, flags, complexity, sample, tips=list(tips), parent="CLUSTER", **facts
    )


_of_cluster("ADDSLOTS slot:int...", "Give hash slots to this node.", CHANGES, SLOTS, sample="1 2")
_of_cluster("ADDSLOTSRANGE (start-slot:int end-slot:int)...", "Give ranges of hash slots to this node.", CHANGES, SLOTS,
            since="7.0.0", sample="1 5000")  # fmt: skip
_of_cluster("BUMPEPOCH", "Advance the epoch of the cluster's configuration.", CHANGES, tips=VARIES)
_of_cluster("COUNT-FAILURE-REPORTS node-id", "Count the nodes that report a node as failing.", "admin stale",
            "O(N) where N is the number of reports.", tips=VARIES, sample="07c37df")  # fmt: skip
_of_cluster("COUNTKEYSINSLOT slot:int", "Count the keys of a hash slot on this node.", "stale", sample="7000")
_of_cluster("DELSLOTS slot:int...", "Take hash slots from this node.", CHANGES, SLOTS, sample="1 2")
_of_cluster("DELSLOTSRANGE (start-slot:int end-slot:int)...", "Take ranges of hash slots from this node.", CHANGES,
            SLOTS, since="7.0.0", sample="1 5000")  # fmt: skip
_of_cluster("FAILOVER options=[FORCE | TAKEOVER]", "Make this replica the master of its slots.", CHANGES)
_of_cluster("FLUSHSLOTS", "Take all hash slots from this node.", CHANGES)
_of_cluster("FORGET node-id", "Remove a node from those that this one knows.", CHANGES, sample="07c37df")
_of_cluster("GETKEYSINSLOT slot:int count:int", "List keys of a hash slot on this node.", "stale",
            "O(log(N)) where N is the number of keys asked for.", tips=VARIES, sample="7000 3")  # fmt: skip
_of_cluster("HELP", "Show what CLUSTER can do.", "loading stale", since="5.0.0")
_of_cluster("INFO", "Tell the state of the cluster.", "stale", tips=VARIES)
_of_cluster("KEYSLOT key:string", "Tell the hash slot of a key.", "stale",
            "O(N) where N is the length of the key.", sample="tea")  # fmt: skip
_of_cluster("LINKS", "List the connections to the other nodes.", "stale", NODES, since="7.0.0", tips=VARIES)
_of_cluster("MEET ip port:int [cluster_bus_port:int]@4.0.0", "Have this node join another one's cluster.", CHANGES,
            history={"4.0.0": "The port of the cluster bus."}, sample="127.0.0.1 7001")  # fmt: skip
_of_cluster("MYID", "Tell the id of this node.", "stale")
_of_cluster("MYSHARDID", "Tell the id of the shard of this node.", "stale", since="7.2.0", tips=VARIES)
_of_cluster("NODES", "List the nodes with their slots.", "stale", NODES, tips=VARIES)
_of_cluster("REPLICAS node-id", "List the replicas of a master.", "admin stale", since="5.0.0", tips=VARIES,
            sample="07c37df")  # fmt: skip
_of_cluster("REPLICATE node-id", "Make this node a replica of a master.", CHANGES, sample="07c37df")
_of_cluster("RESET [HARD | SOFT]", "Leave the cluster and forget its nodes.", "admin noscript stale", NODES)
_of_cluster("SAVECONFIG", "Write the cluster's configuration to its file.", CHANGES)
_of_cluster("SET-CONFIG-EPOCH config-epoch:int", "Set the configuration epoch of a new node.", CHANGES, sample="1")
_of_cluster("SETSLOT slot:int subcommand=((IMPORTING node-id) | (MIGRATING node-id) | (NODE node-id) | STABLE)",
            "Say that a hash slot moves, or whose it is.", CHANGES, sample="7000 STABLE")  # fmt: skip
_of_cluster("SHARDS", "List the shards: the slots of each, its master and replicas.", "stale", NODES, since="7.0.0",
            tips=VARIES)  # fmt: skip
_of_cluster("SLAVES node-id", "List the replicas of a master: the old name of CLUSTER REPLICAS.", "admin stale",
            tips=VARIES, deprecated_since="5.0.0", replaced_by="`CLUSTER REPLICAS`", sample="07c37df")  # fmt: skip
_of_cluster("SLOT-STATS filter=(slotsrange=(SLOTSRANGE start-slot:int end-slot:int) | orderby=(ORDERBY metric:string "
            "[LIMIT limit:int] order=[ASC | DESC]))", "Tell how much the slots of this node are used.", "loading stale",
            "O(N) where N is the number of slots asked for; O(N*log(N)) with ORDERBY.", since="8.2.0",
            tips=[*VARIES, "request_policy:all_shards"], sample="SLOTSRANGE 0 1")  # fmt: skip
_of_cluster("SLOTS", "List ranges of hash slots, each with its nodes.", "stale", NODES, tips=VARIES,
            history={"4.0.0": "Ids of the nodes.", "7.0.0": "Further facts about each node."},
            deprecated_since="7.0.0", replaced_by="`CLUSTER SHARDS`")  # fmt: skip

_command("ASKING", "Allow the next command on a slot that is being imported.", "3.0.0", "fast", acl="connection")
_command("READONLY", "Allow reads on this connection to a replica of a cluster.", "3.0.0", "loading stale fast",
         acl="connection")  # fmt: skip
_command("READWRITE", "Take back READONLY.", "3.0.0", "loading stale fast", acl="connection")
