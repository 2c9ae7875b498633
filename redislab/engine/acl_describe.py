"""A selector as the text of rules that make it again.

Redis 7.0 does not keep the rules as they were given: it keeps the set of commands, and looks for categories that
describe it. Starting from `+@all` (or `-@all`) it takes the category that fits best, again and again, and names what
is left over one by one. The order of those is that of a hash table in Redis; here it is that of the command table.
Since 7.2 it keeps them, without those that a later one has made void.
"""

from __future__ import annotations

from redislab.engine.acl_categories import CATEGORIES, Catalogue
from redislab.engine.acl_selector import Selector

__all__ = ["describe_channels", "describe_commands", "describe_keys", "describe_selector"]


def describe_commands(selector: Selector, catalogue: Catalogue, *, as_given: bool) -> bytes:
    """The rules about commands: `-@all +@read -get`; `as_given` is how 7.2 and later tell them."""
    additive = selector.allowed >= 0
    rules = [b"-@all" if additive else b"+@all"]
    if as_given:
        return b" ".join([*rules, *(sign + what for what, sign in selector.given.items())])
    built = 0 if additive else -1
    rest, used = selector.allowed, set[str]()
    while (category := _best_category(rest, used, catalogue, additive)) is not None:
        used.add(category)
        gift = catalogue.gifts[category]
        # What the rule does to the text's own set is undone in the rest, so that what it covers counts no more.
        built, rest = (built | gift, rest & ~gift) if additive else (built & ~gift, rest | gift)
        rules.append((b"+" if additive else b"-") + category.encode())
    return b" ".join(rules + _single_commands(selector, built, catalogue))


def _best_category(rest: int, used: set[str], catalogue: Catalogue, additive: bool) -> str | None:
    """The category with the fewest commands that do not fit, and of those the one with the most that do."""
    best, fewest, most = None, 1 << 30, 0
    for category in CATEGORIES:
        members = catalogue.members[category]
        on = (rest & members).bit_count()
        off = members.bit_count() - on
        differing, same = (off, on) if additive else (on, off)
        fits = category not in used and same > differing
        if fits and (differing < fewest or (differing == fewest and same > most)):
            best, fewest, most = category, differing, same
    return best


def _single_commands(selector: Selector, built: int, catalogue: Catalogue) -> list[bytes]:
    rules = []
    for name, bit in catalogue.bits.items():
        if (selector.allowed ^ built) & bit:
            allow = bool(selector.allowed & bit)
            rules.append((b"+" if allow else b"-") + name.encode())
            reach = catalogue.reach[name]
            built = built | reach if allow else built & ~reach
        if not selector.allowed & bit:
            rules += [b"+%s|%s" % (name.encode(), word) for word in selector.first_arguments.get(name, ())]
    return rules


def describe_keys(selector: Selector) -> bytes:
    """The rules about keys; empty for no keys."""
    return b"~*" if selector.all_keys else b" ".join(each.rule() for each in selector.patterns.values())


def describe_channels(selector: Selector) -> bytes:
    """The rules about channels; empty for no channels."""
    return b"&*" if selector.all_channels else b" ".join(b"&" + pattern for pattern in selector.channels)


def describe_selector(selector: Selector, catalogue: Catalogue, *, as_given: bool) -> bytes:
    """All rules of a selector, as ACL LIST has them."""
    parts = [
        describe_keys(selector),
        b"" if selector.all_channels else b"resetchannels",
        describe_channels(selector),
        describe_commands(selector, catalogue, as_given=as_given),
    ]
    return b" ".join(part for part in parts if part)
