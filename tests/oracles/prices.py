"""Slow and obvious twins of the price kernels: decimal strings, fractions and plain loops."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise


def round_decimal(value: float, places: int = 2) -> float:
    """Round the decimal that `value` prints as, half away from zero."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)) + 0.0


def limit_fraction(pre_close: str, ratio: str, places: int = 2) -> tuple[float, float]:
    """Return the upper and lower limits of a price and a ratio that are written as decimals."""
    price, scale = Fraction(pre_close), 10**places

    def half_up(exact: Fraction) -> float:
        return float(Fraction(math.floor(exact * scale + Fraction(1, 2)), scale))

    return half_up(price * (1 + Fraction(ratio))), half_up(price * (1 - Fraction(ratio)))


def carry(column: list[float]) -> list[float]:
    """Repeat the last number over the gaps after it."""
    filled, last = [], math.nan
    for value in column:
        last = last if math.isnan(value) else value
        filled.append(last)
    return filled


def simple_returns(column: list[float]) -> list[float]:
    """Return each price over the one before it, less one; NaN where there is none."""
    result = [math.nan]
    for before, now in pairwise(column):
        result.append(now / before - 1.0 if before > 0.0 else math.nan)
    return result[: len(column)]
