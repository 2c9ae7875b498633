"""Facts of older commands that later versions declare otherwise, where nothing that they do hangs on it.

Flags, tips, deprecations: what COMMAND INFO and DOCS tell. What a command does otherwise stands beside it. Imported
only by later versions.
"""

from __future__ import annotations

from typing import Any

from redislab.commands.spec import changed


def _facts(names: str, since: str, **facts: Any) -> None:
    for name in names.split():
        changed(name, since=since, **facts)(None)  # type: ignore[arg-type]


# What waits may be called by a script since 7.2, where it does not wait.
_facts("blpop brpop", "7.2.0", flags="write blocking")
_facts("blmove brpoplpush", "7.2.0", flags="write denyoom blocking")
_facts("bzpopmin bzpopmax", "7.2.0", flags="write blocking fast")
_facts("wait", "7.2.0", flags="blocking")
_facts("command|getkeys command|getkeysandflags", "7.2.0", arity=-3)
_facts("cluster|shards cluster|slots", "8.2.0", flags="loading stale")

_facts("pfmerge", "7.2.0", keys="RW access insert; RO access @2 -1/1")  # the second may be missing
_facts("sinterstore", "8.2.0", keys="OW update; RO access")
_ANY, _UPPER = "The option ANY for COUNT.", "Takes uppercase units."
for _name in ("georadius_ro", "georadiusbymember", "georadiusbymember_ro"):
    _facts(_name, "7.2.0", declared_history={"6.2.0": _ANY, "7.0.0": _UPPER})
_facts("acl|log", "7.2.0", declared_history={"7.2.0": "entry-id, timestamp-created and timestamp-last-updated."})

_facts("bitop", "7.2.0", line="BITOP operation=(AND | OR | XOR | NOT) destkey:key key...")
_ALL_NODES = ["request_policy:all_nodes", "response_policy:all_succeeded"]
_facts("acl|deluser acl|save acl|setuser client|setname config|resetstat config|rewrite", "7.2.0", tips=_ALL_NODES)
_facts("latency|reset", "7.2.0", tips=["request_policy:all_nodes", "response_policy:agg_sum"])
_facts("msetnx", "7.2.0", tips=[])
_facts("randomkey", "7.2.0", tips=["request_policy:all_shards", "response_policy:special", "nondeterministic_output"])
_facts("scan", "7.2.0", tips=["nondeterministic_output", "request_policy:special", "response_policy:special"])

_facts("psetex", "7.2.0", deprecated_since="2.6.12", replaced_by="`SET` with the `PX` argument")
_facts("setex", "7.2.0", deprecated_since="2.6.12", replaced_by="`SET` with the `EX` argument")
_facts("setnx", "7.2.0", deprecated_since="2.6.12", replaced_by="`SET` with the `NX` argument")
_facts("quit", "7.2.0", deprecated_since="7.2.0", replaced_by="just closing the connection")
