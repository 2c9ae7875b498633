"""Doubles in the fewest digits that tell them apart: how Redis writes scores since 7.2, where 7.0 wrote 17 digits."""

from __future__ import annotations

__all__ = ["shortest"]

LARGEST_WHOLE = 2.0**62
"""Whole numbers up to here are written as such."""


def shortest(value: float) -> bytes:
    """The text of a double: `3.1`, `1e-7`, `1e+20`; `inf`, `-inf`, `nan`."""
    if value != value or value in (float("inf"), float("-inf")):
        return b"%g" % value
    if value == 0:
        return b"-0" if str(value)[0] == "-" else b"0"
    if -LARGEST_WHOLE <= value <= LARGEST_WHOLE and value == int(value):
        return b"%d" % int(value)
    digits, power = _digits(repr(abs(value)))
    sign = "-" if value < 0 else ""
    return f"{sign}{_written(digits, power)}".encode()


def _digits(text: str) -> tuple[str, int]:
    """The digits of a number in Python's form, and the power of ten that the last of them counts."""
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = int(exponent or 0) - len(fraction)
    stripped = digits.rstrip("0")
    return stripped, power + len(digits) - len(stripped)


def _written(digits: str, power: int) -> str:
    """Digits and their power with a point, zeros or an exponent, whichever Redis chooses."""
    count = len(digits)
    exponent = power + count - 1
    if power >= 0 and abs(exponent) < count + 7:
        return digits + "0" * power
    if power < 0 and (power > -7 or abs(exponent) < 4):
        before = count + power
        return f"{digits[:before]}.{digits[before:]}" if before > 0 else f"0.{'0' * -before}{digits}"
    point = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{point}e{exponent:+d}"
