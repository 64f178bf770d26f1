"""The suite of rules that the benchmarks time: complete, and the same answers in polars as in ours."""

from functools import cache

import numpy as np
import pytest
from liangrong.strategies.rules import RULES
from oracles.rule_panels import market, torn
from oracles.rules_suite import SUITE, polars_frame


@cache
def wide(panel):
    pytest.importorskip("polars")
    return polars_frame(panel())


def test_every_rule_is_in_the_suite_but_luck_and_lots():
    # Lots that leave one after the other are no expression of pandas or polars: tests/oracles/rules_pressure.py.
    assert set(RULES) - set(SUITE) == {"random_score", "pressure"}


@pytest.mark.parametrize("panel", [market, torn], ids=["market", "torn"])
@pytest.mark.parametrize("name", SUITE)
def test_polars_says_the_same(name, panel):
    expected = SUITE[name].ours(panel())
    got = SUITE[name].rivals["polars"](wide(panel), panel().symbols).fill_null(np.nan).to_numpy()
    assert np.isfinite(expected).any()
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9)
