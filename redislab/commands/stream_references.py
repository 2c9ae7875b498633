"""XADD and XTRIM since Redis 8.2: what becomes of a trimmed entry that groups still have pending.

KEEPREF is what earlier versions do. The two others are not built, and say so. Imported only by later versions.
"""

from __future__ import annotations

from redislab.commands.spec import changed
from redislab.commands.stream import xadd
from redislab.commands.stream_trim import xtrim
from redislab.engine.errors import ReplyError
from redislab.engine.session import Session
from redislab.resp.types import Reply

NOT_BUILT = frozenset((b"DELREF", b"ACKED"))
TAKE_ONE = frozenset((b"MAXLEN", b"MINID", b"LIMIT"))
SIGNS = frozenset((b"=", b"~"))


def _without_reference(name: str, words: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The words without the option, which may stand among the other ones. Raises ReplyError for those not built."""
    place = 0
    while place < len(words):
        word = words[place].upper()
        if word in NOT_BUILT:
            raise ReplyError(f"ERR redislab does not support {name} {word.decode()} yet, though Redis 8.2 has it")
        if word == b"KEEPREF":
            return words[:place] + words[place + 1 :]
        if word in TAKE_ONE:
            place += 1 if words[place + 1 : place + 2] and words[place + 1] in SIGNS else 0
            place += 2
        elif word == b"NOMKSTREAM":
            place += 1
        else:
            break
    return words


@changed(
    "xadd",
    since="8.2.0",
    line="XADD key [NOMKSTREAM]@6.2.0 condition=[KEEPREF | DELREF | ACKED] "
    'trim=[strategy=(MAXLEN | MINID@6.2.0) operator=[equal="=" | approximately="~"] threshold [LIMIT count:int]@6.2.0] '
    'id-selector=(auto-id="*" | id) data=(field value)...',
)
def _xadd(session: Session, key: bytes, *words: bytes) -> Reply:
    return xadd(session, key, *_without_reference("XADD", words))


@changed(
    "xtrim",
    since="8.2.0",
    line='XTRIM key trim=(strategy=(MAXLEN | MINID@6.2.0) operator=[equal="=" | approximately="~"] threshold '
    "[LIMIT count:int]@6.2.0 condition=[KEEPREF | DELREF | ACKED])",
)
def _xtrim(session: Session, key: bytes, *words: bytes) -> Reply:
    return xtrim(session, key, *_without_reference("XTRIM", words))
