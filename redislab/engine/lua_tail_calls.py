"""Compiled Lua 5.1 chunks whose tail calls are made ordinary calls.

`return redis.call(...)` is a tail call. Where the function is one in C, as in Redis, the caller's frame stays, and an
error knows the line of the script. Where it is one in Lua, as here, the frame is gone and with it the line. So the
instruction TAILCALL becomes CALL; a RETURN of all results stands behind it anyway. The price: a recursion by tail
calls alone is no longer endless but ends, like any other, after some 16,000 levels.
"""

from __future__ import annotations

from struct import Struct, unpack_from

__all__ = ["without_tail_calls"]

HEADER_SIZE = 12
CALL, TAILCALL, OPCODE = 28, 29, 0x3F
BOOLEAN, NUMBER, STRING = 1, 3, 4


class Chunk:
    """A compiled chunk being read, and written in place where an instruction changes."""

    def __init__(self, dumped: bytes) -> None:
        self.bytes = bytearray(dumped)
        self.order = "<" if dumped[6] else ">"
        sizes = {4: "I", 8: "Q"}
        self.int = Struct(self.order + sizes[dumped[7]])
        self.size = Struct(self.order + sizes[dumped[8]])
        self.instruction = sizes[dumped[9]]
        self.instruction_size = dumped[9]
        self.number_size = dumped[10]
        self.low_byte = 0 if dumped[6] else dumped[9] - 1
        self.at = HEADER_SIZE

    def take_int(self) -> int:
        (number,) = self.int.unpack_from(self.bytes, self.at)
        self.at += self.int.size
        return int(number)

    def skip_string(self) -> None:
        (length,) = self.size.unpack_from(self.bytes, self.at)
        self.at += self.size.size + length

    def function(self) -> None:
        """A function and those within it."""
        self.skip_string()
        self.at += 2 * self.int.size + 4
        self.code()
        self.constants()
        for _ in range(self.take_int()):
            self.function()
        lines = self.take_int()
        self.at += lines * self.int.size
        for _ in range(self.take_int()):
            self.skip_string()
            self.at += 2 * self.int.size
        for _ in range(self.take_int()):
            self.skip_string()

    def code(self) -> None:
        """The instructions: an opcode is the lowest six bits of one."""
        count = self.take_int()
        instructions = unpack_from(f"{self.order}{count}{self.instruction}", self.bytes, self.at)
        for place, instruction in enumerate(instructions):
            if instruction & OPCODE == TAILCALL:
                self.bytes[self.at + place * self.instruction_size + self.low_byte] ^= CALL ^ TAILCALL
        self.at += count * self.instruction_size

    def constants(self) -> None:
        for _ in range(self.take_int()):
            kind = self.bytes[self.at]
            self.at += 1
            if kind == BOOLEAN:
                self.at += 1
            elif kind == NUMBER:
                self.at += self.number_size
            elif kind == STRING:
                self.skip_string()


def without_tail_calls(dumped: bytes) -> bytes:
    """What `string.dump` of Lua 5.1 made of a function, with every tail call an ordinary one."""
    chunk = Chunk(dumped)
    chunk.function()
    return bytes(chunk.bytes)
