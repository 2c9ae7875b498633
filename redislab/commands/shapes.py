"""Words for what a command may reply, used in its declaration and checked by the tests against every reply.

`Integer("the new length")` says shape and meaning; `OneOf` lists the possibilities. A shape checks Python replies.
"""

from __future__ import annotations

from typing import Any

from redislab.resp import types
from redislab.resp.types import NULL_ARRAY, Bulks, LongDouble, Members, NullArray, Pairs, Simple, Verbatim

__all__ = [
    "Any_",
    "Array",
    "Bulk",
    "Double",
    "Integer",
    "Map",
    "Null",
    "NullArrayReply",
    "Ok",
    "OneOf",
    "PairList",
    "SetReply",
    "Shape",
    "Status",
    "Text",
]


class Shape:
    """A kind of reply with a sentence that says what it means."""

    def __init__(self, meaning: str = "") -> None:
        self.meaning = meaning

    def accepts(self, reply: Any) -> bool:
        """Whether a reply has this shape."""
        raise NotImplementedError

    def describe(self) -> str:
        """One line for help: the kind and its meaning."""
        kind = type(self).__name__.removesuffix("Reply").removesuffix("_")
        return f"{kind}: {self.meaning}" if self.meaning else kind


class Ok(Shape):
    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, Simple) and reply == "OK"


class Status(Shape):
    """A simple string other than OK."""

    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, Simple)


class Integer(Shape):
    def accepts(self, reply: Any) -> bool:
        return type(reply) is int


class Bulk(Shape):
    def accepts(self, reply: Any) -> bool:
        return type(reply) is bytes


class Text(Shape):
    """Text for people: verbatim in RESP3, bulk in RESP2."""

    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, Verbatim)


class Double(Shape):
    """A floating point number; a bulk string in RESP2."""

    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, float | LongDouble)


class Null(Shape):
    def accepts(self, reply: Any) -> bool:
        return reply is None


class NullArrayReply(Shape):
    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, NullArray) or reply is NULL_ARRAY


class Array(Shape):
    """A list: `Array("the values", Bulk())`. `item` is the shape of each element where they are alike."""

    def __init__(self, meaning: str = "", item: Shape | None = None) -> None:
        super().__init__(meaning)
        self.item = item

    def accepts(self, reply: Any) -> bool:
        return type(reply) in (list, Bulks) and (self.item is None or all(map(self.item.accepts, reply)))


class SetReply(Shape):
    """Elements without order: a set in RESP3, an array in RESP2."""

    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, Members)


class Map(Shape):
    """Names and values: a map in RESP3, a flat array in RESP2."""

    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, dict | types.Map)


class PairList(Shape):
    """Pairs: an array of two-item arrays in RESP3, a flat array in RESP2."""

    def accepts(self, reply: Any) -> bool:
        return isinstance(reply, Pairs)


class Any_(Shape):
    """Whatever the case asks for; only where a reply really has no fixed shape."""

    def accepts(self, reply: Any) -> bool:
        return True


class OneOf(Shape):
    """One of several shapes."""

    def __init__(self, *shapes: Shape) -> None:
        super().__init__()
        self.shapes = shapes

    def accepts(self, reply: Any) -> bool:
        return any(shape.accepts(reply) for shape in self.shapes)

    def describe(self) -> str:
        return "; or ".join(shape.describe() for shape in self.shapes)
