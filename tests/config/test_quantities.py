"""Kinds of numbers: bounds, what is said of a value outside of them, texts that are numbers to people."""

from decimal import Decimal

import numpy as np
import pytest
from liangrong.core.config import quantities
from liangrong.core.config.quantities import Kind, lines_fit, number_of, rewritten, shown

HALF_OPEN = Kind(what="a part", low=0.0, high=2.0, above=True, below=True)


@pytest.mark.parametrize(
    ("value", "fits"), [(0.0, False), (1e-300, True), (1.999, True), (2.0, False), (np.nan, False)]
)
def test_bounds_that_are_excluded(value, fits):
    assert HALF_OPEN.admits(value) == fits
    assert (HALF_OPEN.refusal(value) is None) == fits


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (HALF_OPEN, 50, "should be a part above 0 to below 2, got 50: write 0.5 for 50 %"),
        (quantities.RATE, 1, "from 0 to 0.5, got 1: write 0.01 for 1 %"),
        (quantities.RATE, 0.6, "from 0 to 0.5, got 0.6"),  # who writes 0.6 has written no percent
        (HALF_OPEN, 500, "should be a part above 0 to below 2, got 500"),  # 5 would not fit either
        (HALF_OPEN, -50, "should be a part above 0 to below 2, got -50"),
        (Kind(what="a sum"), -1.5, "should be a sum of at least 0, got -1.5"),
        (Kind(what="a sum", above=True), 0, "should be a sum above 0, got 0"),
        (Kind(what="a sum", high=9.0, is_fraction=False), 50, "should be a sum from 0 to 9, got 50"),
        (quantities.RATE_FACTOR, 20, "should be a factor from 0 to 10, got 20"),  # a multiple, no percent
        (quantities.RATE, None, "should be a number, got None"),
        (quantities.RATE, [0.05], "should be a number, got [0.05]"),
        (quantities.RATE, np.True_, "should be a number, got true"),
        (quantities.COMMISSION_RATE, 25, "A-share commissions are at most 0.003; write 0.00025 for 2.5 per 10,000"),
    ],
)
def test_what_is_said(kind, value, told):
    assert kind.refusal(value).endswith(told)


@pytest.mark.parametrize("value", [0.05, np.float32(0.05), np.int64(0), Decimal("0.05")])
def test_numbers_of_every_type_pass(value):
    assert quantities.RATE.refusal(value) is None


def test_a_number_in_quotes_is_a_number():
    """Environment variables are texts."""
    assert quantities.RATE.refusal("0.05") is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("8.35%", "0.0835"),
        ("8.35 %", "0.0835"),
        ("８．３５％", "0.0835"),
        ("0.5‰", "0.0005"),
        ("1,000,000", "1_000_000"),
        ("1,000,000.50", "1000000.5"),
        ("¥5,000", "5_000"),
        ("2.5万", "25_000"),
        ("3亿", "300_000_000"),
        ("-5%", "-0.05"),
        ("100w", "1_000_000"),
        ("５W", "50_000"),
        ("500,0000", "5_000_000"),
        ("1,5", None),  # one and a half, or fifteen
        ("1,000,00", None),
        (".", None),
        ("abc", None),
        ("%", None),
        ("", None),
        (5, None),
        (None, None),
    ],
)
def test_texts_that_are_numbers_to_people(text, plain):
    assert rewritten(text) == plain
    assert plain is None or number_of(plain) is not None


def test_values_are_shown_as_they_are_written():
    assert [shown(value) for value in (True, np.False_, 0.1 + 0.2, 5, "5")] == ["true", "false", "0.3", "5", "'5'"]


@pytest.mark.parametrize(
    ("changes", "fits"),
    [({}, True), ({"cure": 1.3}, True), ({"cure": 1.2}, False), ({"warn": 1.3}, True), ({"warn": 1.2}, False)],
)
def test_the_order_of_the_lines(changes, fits):
    lines = {"instant": 1.1, "call": 1.3, "restore": 1.4, "withdraw": 3.0, "warn": 1.4}
    assert lines_fit(**lines | changes) == fits
