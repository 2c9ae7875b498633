"""Random rules of the ACL, and random calls to hold them against."""

from __future__ import annotations

from hypothesis import strategies as st

from commands_strategy import arguments_of
from redislab.commands.table import all_commands
from redislab.engine.acl_categories import CATEGORIES

NAMES = [command.name for command in all_commands()]
PATTERNS = ["*", "a*", "a", "b", "[cd]", "nothing", "", "x y", "?"]
WORDS = [
    "on", "off", "nopass", "resetpass", "reset", "allkeys", "resetkeys", "allchannels", "resetchannels", "allcommands",
    "nocommands", "clearselectors", "sanitize-payload", "skip-sanitize-payload", "ON", "AllKeys", "~*", "&*",
]  # fmt: skip
ODD = [
    "", "+", "-", "+@", "+@nope", "+nope", "-nope", "+get|", "+|get", "+config|nope", "+config|get|x", "-get|x", "%~a",
    "%RR~a", "%R", "%X~a", "foo", "#abc", "!abc", "<nope", "()", "((+get))", "(on)", "(+nope)", "('+get)", "+config|",
    "#" + "a" * 64, "!" + "a" * 64, "!" + "b" * 64, "#" + "A" * 64, "@read", "~", "&", "%rw~", "(~a", ")", "(", "+GET",
]  # fmt: skip


def signed(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from("++-"), strategy).map("".join)


selector_rules = st.one_of(
    st.sampled_from(WORDS[5:11]),
    signed(st.sampled_from(CATEGORIES)),
    signed(st.sampled_from(["@read", "@write", "@all", "@fast", "@slow"])),
    signed(st.sampled_from(NAMES)),
    signed(st.sampled_from(["get", "set", "config", "config|get", "client", "mset", "sort", "object|encoding"])),
    st.sampled_from(["+select|0", "+select|1", "+SELECT|0", "+debug|Object", "+debug|object", "+get|a", "+ping|x"]),
    st.tuples(st.sampled_from(["~", "~", "%R~", "%W~", "%RW~", "%w~"]), st.sampled_from(PATTERNS)).map("".join),
    st.sampled_from(PATTERNS).map("&{}".format),
)
rules = st.one_of(
    selector_rules, selector_rules, selector_rules,
    st.sampled_from(WORDS),
    st.sampled_from([">x", ">y", "<x", "<y", ">"]),
    st.lists(selector_rules, max_size=4).map(lambda found: f"({' '.join(found)})"),
    st.sampled_from(ODD),
)  # fmt: skip


@st.composite
def any_call(draw: st.DrawFn) -> list[bytes]:
    """A call of any command that is built, with arguments that may fit."""
    command = draw(st.sampled_from([each for each in all_commands() if each.handler is not None]))
    return [*command.full_name.encode().split(), *draw(arguments_of(command))]
