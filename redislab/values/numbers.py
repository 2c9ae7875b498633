"""Numbers as Redis reads and writes them: 64-bit integers, doubles, and 80-bit long doubles.

Owns the grammar of what counts as a number and the exact text of one. It must never decide what is said
about a bad one: a text that is no number is `None` here, and the caller has the words.

Redis leans on three functions of C. Integers go through its own strict parser (no sign `+`, no leading
zero, no space, so that a number and its text are one to one). Doubles go through `strtod`, which also reads
hexadecimal and `inf`. INCRBYFLOAT and HINCRBYFLOAT go through `strtold`, add in the 80-bit format of x86
and print 17 decimals. Python has no such format, so `Extended` does it with whole numbers: 64 bits of
significand times a power of two, rounded half to even after each step, as the processor does.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

__all__ = [
    "INT64_MAX",
    "INT64_MIN",
    "SAFE_DIGITS",
    "SPACES",
    "Extended",
    "add_long_double",
    "format_distance",
    "format_double",
    "format_human",
    "format_long_double",
    "parse_float",
    "parse_int64",
    "parse_long_double",
    "single",
]

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
SPACES = b" \t\n\v\f\r"
"""What C takes for space."""

SAFE_DIGITS = 18
"""So many digits fit 64 bits whatever they are."""

UNDERSCORE = 95
"""A number is quicker to look for than a text. Python's float() takes it between digits."""

MAX_LONG_DOUBLE_TEXT = 5 * 1024
"""Texts of this many bytes and more are refused as long doubles, whatever they say."""

PRECISION = 64
MIN_EXPONENT = -16445
"""The smallest positive long double is two to this power."""
MAX_EXPONENT = 16384
"""Every finite long double is below two to this power."""

compiled = cache(re.compile)
"""What is rare is compiled when it is first seen: a start does without."""
HEX_FLOAT = rb"([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?"
DECIMAL_FLOAT = re.compile(rb"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")
INFINITY_WORD = rb"(?i)([+-]?)inf(?:inity)?"

DIGITS_AT_ONCE = 4000
"""Python refuses to turn longer digit strings into integers, and back, in one go."""
EXPONENT_CEILING = 10**9
"""Exponents are cut here: nothing with 5 KB of digits gets back into range from so far out."""


def parse_int64(text: bytes) -> int | None:
    """The integer that `text` spells in Redis' only accepted form, or None.

    Refuses an empty text, `+`, spaces, leading zeros, `-0` and whatever does not fit 64 bits.
    """
    size = len(text)
    if text.isdigit():
        if size <= SAFE_DIGITS:
            return int(text) if text[0] != 48 or size == 1 else None
        value = int(text) if size == 19 and text[0] != 48 else INT64_MAX + 1
        return value if value <= INT64_MAX else None
    if 1 < size <= 20 and text[0] == 45 and 49 <= text[1] <= 57 and text[1:].isdigit():
        value = int(text)
        return value if value >= INT64_MIN else None
    return None


def parse_float(text: bytes) -> float | None:
    """The double that `text` spells for `strtod`, or None.

    Accepts decimal and hexadecimal, `inf` and `infinity` in any case. Refuses an empty text, `nan`, space on
    either side, anything after the number, and what overflows to infinity or underflows to zero.
    """
    if len(text) <= SAFE_DIGITS and text.isdigit():
        return float(text)
    try:
        value = float(text)
    except ValueError:
        return parse_hex_float(text)
    if text[0] <= 32 or text[-1] <= 32 or UNDERSCORE in text or value != value:
        return None
    if value - value != 0.0:
        return value if compiled(INFINITY_WORD).fullmatch(text) else None
    if value == 0.0 and not is_zero(DECIMAL_FLOAT.fullmatch(text)):
        return None
    return value


def parse_hex_float(text: bytes) -> float | None:
    """The double of a hexadecimal text such as `0x1.8p3`, or None; None too when it is out of range."""
    match = compiled(HEX_FLOAT).fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return None
    if is_zero(match):
        return -0.0 if match[1] == b"-" else 0.0
    try:
        value = float.fromhex(text.decode())
    except OverflowError:
        return None
    return value or None


def is_zero(match: re.Match[bytes] | None) -> bool:
    """True when all digits before the exponent are zeros: an exact zero and no underflow."""
    return match is not None and not (match[2] + (match[3] or b"")).strip(b"0")


def format_double(value: float) -> bytes:
    """`%.17g`: scores and other doubles in replies."""
    return b"%.17g" % value


def format_human(value: float) -> bytes:
    """`%.17Lf` of a double without trailing zeros: the positions of GEOPOS."""
    text = (b"%.17f" % value).rstrip(b"0").rstrip(b".")
    return b"0" if text == b"-0" else text


def format_distance(value: float) -> bytes:
    """Four decimals: GEODIST and WITHDIST. Rounded as a count of ten-thousandths, ties to even.

    What does not fit 64 bits then, `nan` too, comes out as the lowest integer, as on the server.
    """
    parts = value * 10000.0
    count = round(parts) if abs(parts) < 2.0**63 else INT64_MIN
    whole, fraction = divmod(abs(count), 10000)
    return b"%s%d.%04d" % (b"-" if count < 0 else b"", whole, fraction)


class Extended(NamedTuple):
    """An 80-bit long double: `significand` times 2 to the power `exponent`; `infinite` is set beyond the range.

    Zero is (0, 0) without a sign, because Redis never prints one. An infinity carries its sign in the
    significand, 1 or -1.
    """

    significand: int
    exponent: int
    infinite: bool = False


def rounded(significand: int, exponent: int, sticky: bool = False) -> Extended:
    """The long double nearest to significand * 2**exponent, ties to even.

    `sticky` says that the true value lies a little further from zero than the significand tells.
    """
    magnitude = abs(significand)
    drop = max(magnitude.bit_length() - PRECISION, MIN_EXPONENT - exponent)
    if drop > 0:
        rest = magnitude & ((1 << drop) - 1)
        half = 1 << (drop - 1)
        magnitude >>= drop
        exponent += drop
        if rest > half or (rest == half and (sticky or magnitude & 1)):
            magnitude += 1
    if magnitude == 0:
        return Extended(0, 0)
    sign = -1 if significand < 0 else 1
    if magnitude.bit_length() + exponent > MAX_EXPONENT:
        return Extended(sign, 0, True)
    return Extended(sign * magnitude, exponent)


def parse_long_double(text: bytes) -> Extended | None:
    """The long double that `text` spells for `strtold`, or None by the rules of `parse_float`.

    Texts of 5120 bytes and more are refused. Infinities are accepted: what becomes of them is the caller's
    affair.
    """
    if not 0 < len(text) < MAX_LONG_DOUBLE_TEXT:
        return None
    match = DECIMAL_FLOAT.fullmatch(text)
    base = 10
    if match is None:
        word = compiled(INFINITY_WORD).fullmatch(text)
        if word is not None:
            return Extended(-1 if word[1] == b"-" else 1, 0, True)
        match = compiled(HEX_FLOAT).fullmatch(text)
        base = 16
    if match is None or not (match[2] or match[3]):
        return None
    return scaled(match, base)


def scaled(match: re.Match[bytes], base: int) -> Extended | None:
    """The rounded value of a matched number, None when it overflows or underflows."""
    if is_zero(match):
        return Extended(0, 0)
    fraction = match[3] or b""
    digits = whole_number(match[2] + fraction, base)
    exponent = clipped_exponent(match[4] or b"0")
    if base == 16:
        value = rounded(digits, exponent - 4 * len(fraction))
    else:
        value = decimal_to_extended(digits, exponent - len(fraction))
    if value.infinite or value.significand == 0:
        return None
    return value._replace(significand=-value.significand) if match[1] == b"-" else value


def clipped_exponent(text: bytes) -> int:
    """The exponent's value, cut to a size that can be reckoned with."""
    sign = -1 if text[0] == 45 else 1
    digits = text.lstrip(b"+-0")
    return sign * (EXPONENT_CEILING if len(digits) > 9 else int(digits or b"0"))


def decimal_to_extended(digits: int, exponent: int) -> Extended:
    """digits * 10**exponent, rounded once. `digits` is positive."""
    magnitude = digits.bit_length() * 0.30103 + exponent
    if magnitude > 5000:
        return Extended(1, 0, True)
    if magnitude < -5000:
        return Extended(0, 0)
    if exponent >= 0:
        return rounded(digits * 10**exponent, 0)
    divisor = 10**-exponent
    # Enough bits for a quotient of more than 64, so that what the division drops is only a matter of more or less.
    shift = max(0, PRECISION + 2 + divisor.bit_length() - digits.bit_length())
    quotient, rest = divmod(digits << shift, divisor)
    return rounded(quotient, -shift, rest != 0)


def add_long_double(left: Extended, right: Extended) -> Extended | None:
    """The sum, rounded to 80 bits. None for inf - inf, which is no number; the sum may be infinite."""
    if left.infinite or right.infinite:
        if left.infinite and right.infinite and left.significand != right.significand:
            return None
        return left if left.infinite else right
    exponent = min(left.exponent, right.exponent)
    total = (left.significand << (left.exponent - exponent)) + (right.significand << (right.exponent - exponent))
    return rounded(total, exponent)


def format_long_double(value: Extended) -> bytes:
    """`%.17Lf` without trailing zeros: what INCRBYFLOAT stores. `inf` and `-inf` for infinities."""
    significand, exponent, infinite = value
    if infinite:
        return b"inf" if significand > 0 else b"-inf"
    if exponent >= 0:
        return decimal(significand << exponent)
    count, rest = divmod(abs(significand) * 10**17, 1 << -exponent)
    half = 1 << (-exponent - 1)
    if rest > half or (rest == half and count & 1):
        count += 1
    whole, fraction = divmod(count, 10**17)
    sign = b"-" if significand < 0 and count else b""
    if not fraction:
        return sign + decimal(whole)
    return sign + decimal(whole) + (b".%017d" % fraction).rstrip(b"0")


def whole_number(digits: bytes, base: int) -> int:
    """int() for more digits than Python converts at once."""
    if base == 16 or len(digits) <= DIGITS_AT_ONCE:
        return int(digits, base)
    head, tail = digits[:-DIGITS_AT_ONCE], digits[-DIGITS_AT_ONCE:]
    shift: int = 10**DIGITS_AT_ONCE
    return whole_number(head, base) * shift + int(tail)


def decimal(value: int) -> bytes:
    """The digits of an integer of any size."""
    if value.bit_length() < 3 * DIGITS_AT_ONCE or abs(value) < 10**DIGITS_AT_ONCE:
        return b"%d" % value
    sign, value = (b"-", -value) if value < 0 else (b"", value)
    head, tail = divmod(value, 10**DIGITS_AT_ONCE)
    return sign + decimal(head) + str(tail).zfill(DIGITS_AT_ONCE).encode()


def single(number: float) -> float:
    """A number as a C float holds it."""
    from struct import pack, unpack

    return float(unpack("f", pack("f", number))[0])
