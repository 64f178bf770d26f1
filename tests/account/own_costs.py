"""Commission models of a user's own, as tests need them."""

# ruff: noqa: ARG001 - each is asked about the whole order
import math


def tiered(shares, value, is_sale, bounds=(50_000.0, 200_000.0), rates=(0.0005, 0.0003, 0.0002), least=3.0):
    """The whole value at the rate of its tier: the amount falls where a tier begins."""
    k = 0
    while k < len(bounds) and value >= bounds[k]:
        k += 1
    return max(value * rates[k], least)


def per_share(shares, value, is_sale, each=0.01, commission_minimum=0.0):
    return max(shares * each, commission_minimum)


def dearer_sale(shares, value, is_sale, on_sale, is_double=False):
    amount = value * (on_sale if is_sale else 0.0001)
    return 2.0 * amount if is_double else amount


def as_shipped(shares, value, is_sale, commission_rate, commission_minimum):
    return max(value * commission_rate, commission_minimum)


def sometimes_nothing(shares, value, is_sale):
    return math.nan if shares == 300.0 else 1.0


def sometimes_negative(shares, value, is_sale):
    return -1.0 if shares == 300.0 else 1.0


def sometimes_fails(shares, value, is_sale):
    if shares == 300.0:
        raise ValueError("no such order")
    return 1.0
