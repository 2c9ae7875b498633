"""The debugger's texts: its help, and replies of commands as it shows them."""

from __future__ import annotations

from redislab.resp.words import quote

__all__ = ["HELP", "human_reply"]

HELP = b"""\
Redis Lua debugger help:
[h]elp               Show this help.
[s]tep               Run current line and stop again.
[n]ext               Alias for step.
[c]ontinue           Run till next breakpoint.
[l]ist               List source code around current line.
[l]ist [line]        List source code around [line].
                     line = 0 means: current position.
[l]ist [line] [ctx]  In this form [ctx] specifies how many lines
                     to show before/after [line].
[w]hole              List all source code. Alias for 'list 1 1000000'.
[p]rint              Show all the local variables.
[p]rint <var>        Show the value of the specified variable.
                     Can also show global vars KEYS and ARGV.
[b]reak              Show all breakpoints.
[b]reak <line>       Add a breakpoint to the specified line.
[b]reak -<line>      Remove breakpoint from the specified line.
[b]reak 0            Remove all breakpoints.
[t]race              Show a backtrace.
[e]val <code>        Execute some Lua code (in a different callframe).
[r]edis <cmd>        Execute a Redis command.
[m]axlen [len]       Trim logged Redis replies and Lua var dumps to len.
                     Specifying zero as <len> means unlimited.
[a]bort              Stop the execution of the script. In sync
                     mode dataset changes will be retained.

Debugger functions you can call from Lua scripts:
redis.debug()        Produce logs in the debugger console.
redis.breakpoint()   Stop execution like if there was a breakpoint in the
                     next line of code.""".split(b"\n")
"""Word for word as Redis says it, because who debugs learns from it what there is."""


def human_reply(data: bytes) -> bytes:
    """An encoded reply in a readable form. Kinds that Redis' debugger does not know are shown as nothing."""
    parts: list[bytes] = []
    _show(data, 0, parts)
    return b"".join(parts)


def _show(data: bytes, start: int, parts: list[bytes]) -> int:
    """Show the value that begins at a place; returns where it ends, or the same place for an unknown kind."""
    kind = data[start : start + 1]
    end = data.find(b"\r\n", start)
    head, after = data[start + 1 : end], end + 2
    if kind == b":":
        parts.append(head)
    elif kind in (b"+", b"-"):
        parts.append(_quoted(kind + head))
    elif kind == b"_":
        parts.append(b"(null)")
    elif kind == b"#":
        parts.append(b"#true" if head == b"t" else b"#false")
    elif kind == b",":
        parts.append(b"(double) " + head)
    elif kind in (b"$", b"*") and head == b"-1":
        parts.append(b"NULL")
    elif kind == b"$":
        after += int(head) + 2
        parts.append(_quoted(data[end + 2 : after - 2]))
    elif kind in _FRAMES:
        return _show_items(data, after, int(head), parts, kind)
    else:
        return start
    return after


_FRAMES = {b"*": (b"[", b"]"), b"~": (b"~(", b")"), b"%": (b"{", b"}")}


def _show_items(data: bytes, start: int, count: int, parts: list[bytes], kind: bytes) -> int:
    opening, closing = _FRAMES[kind]
    parts.append(opening)
    for number in range(count):
        start = _show(data, start, parts)
        if kind == b"%":
            parts.append(b" => ")
            start = _show(data, start, parts)
        if number < count - 1:
            parts.append(b",")
    parts.append(closing)
    return start


def _quoted(text: bytes) -> bytes:
    return quote(text).encode()
