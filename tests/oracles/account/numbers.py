"""Exact numbers: every price, rate and amount of the oracle is a Fraction."""

import math
from fractions import Fraction
from typing import Any

CENT = Fraction(1, 100)


def exact(value) -> Any:
    """Return the decimal number that a float, a text or an integer stands for; None for nothing and for NaN."""
    if value is None or isinstance(value, Fraction):
        return value
    if isinstance(value, float) and math.isnan(value):
        return None
    return Fraction(repr(value) if isinstance(value, float) else str(value))


def half_up(value, step=CENT):
    return math.floor(value / step + Fraction(1, 2)) * step


def up_to(value, step):
    return math.ceil(value / step) * step


def down_to(value, step):
    return math.floor(value / step) * step
