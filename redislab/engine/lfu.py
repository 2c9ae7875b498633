"""The LFU word kept with each value: when it was last decremented, and a logarithmic counter.

Under an LFU policy `Value.used` is `minutes << 8 | counter`, as in Redis: the counter rises with a probability
that falls as it grows, and loses one for every `lfu-decay-time` minutes without use. Otherwise `used` is a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redislab.engine.engine import Engine

__all__ = ["counter", "idle_seconds", "start", "touch"]

INITIAL = 5
CLOCK_MASK = (1 << 24) - 1
"""Redis keeps the word in 24 bits."""


def _minutes(engine: Engine) -> int:
    return engine.now // 60_000 & 0xFFFF


def start(engine: Engine) -> int:
    """The word of a new value: not used much yet, but not the next to be evicted either."""
    return _minutes(engine) << 8 | INITIAL


def counter(word: int, engine: Engine) -> int:
    """The counter as it is now, after decay: what OBJECT FREQ answers."""
    now, then = _minutes(engine), word >> 8 & 0xFFFF
    # Past the end of its 16 bits the count of minutes loses one, in Redis too.
    passed = now - then if now >= then else 0xFFFF - then + now
    decay = engine.lfu_decay_time
    periods = passed // decay if decay else 0
    return max(0, (word & 0xFF) - periods)


def touch(word: int, engine: Engine) -> int:
    """The word after one more access."""
    count = counter(word, engine)
    if count < 255:
        above = max(0, count - INITIAL)
        if engine.random.random() < 1.0 / (above * engine.lfu_log_factor + 1):
            count += 1
    return _minutes(engine) << 8 | count


def idle_seconds(word: int, engine: Engine) -> int:
    """The seconds since the last access, for a word that is a second.

    A word that was written under an LFU policy is shorter. It is taken for a second all the same, in 24 bits, as Redis
    does.
    """
    if word > CLOCK_MASK:
        return max(0, engine.lru_second - word)
    now = engine.lru_second & CLOCK_MASK
    return now - word if now >= word else now + CLOCK_MASK - word
