"""Where a market that begins ends, worked out by hand; how coefficients of any size are written."""

import numpy as np
import pytest
from liangrong.core.behaviour.lag_design import LagDesign
from liangrong.core.behaviour.margin_flows import Flows
from liangrong.core.behaviour.outcome import figure
from liangrong.core.behaviour.steadiness import launch_end, launch_note

WEEKLY = LagDesign(weekly=True)


def series(flow):
    column = np.array(flow, dtype=float)[:, None]
    days = np.datetime64("2020-01-03") + 7 * np.arange(len(column))
    return Flows(days, column, 0.0 * column, np.ones_like(column), is_change=False)


def test_a_launch_ends_where_a_quarter_of_flows_no_longer_doubles_the_balance():
    """Week 0 has no flow, weeks 1 and 2 triple the balance: week 15 is the first whose 13 before hold neither."""
    flow = [np.nan, 2.0, 1.0, *np.full(60, 0.01)]
    # 1.01 ** 13 is below 2, and 2 * 1.01 ** 12 above it, so the last quarter that doubles is of weeks 2 to 14.
    assert launch_end(series(flow), WEEKLY) == 16
    note = launch_note("financing", series(flow), 0, 16)
    assert note is not None
    assert "15 flows before 2020-04-24 are left out" in note
    assert "+200 %" in note
    assert launch_note("financing", series(flow), 16, 16) is None


def test_what_is_no_launch_is_kept_whole():
    assert launch_end(series([np.nan, *np.full(60, 0.05)]), WEEKLY) == 0  # 1.05 ** 13 = 1.89
    assert launch_end(series([*np.full(20, 0.01), 3.0, *np.full(30, 0.01)]), WEEKLY) == 0  # large, and later
    assert launch_end(series([2.0, *np.full(60, 0.01)]), LagDesign(weekly=True, scale="turnover")) == 0
    assert launch_end(series([2.0, 0.1]), WEEKLY) == 0
    assert launch_end(series(np.full(40, np.nan)), WEEKLY) == 0
    assert launch_end(series(np.full(40, 0.5)), WEEKLY) == 40  # never ends
    assert launch_end(series([-1.0, *np.full(30, 0.0)]), WEEKLY) == 0  # all is repaid


@pytest.mark.parametrize(
    ("value", "told"),
    [
        *((0.2534, "+0.253"), (-0.846, "-0.846"), (12.0, "+12.000"), (0.0, "+0.000"), (-0.0, "+0.000")),
        *((0.0101, "+0.010"), (0.0035, "+0.0035"), (-0.000113, "-0.00011"), (-3e-8, "-3.0e-08"), (np.nan, "–")),
    ],
)
def test_a_coefficient_has_digits_that_say_something(value, told):
    assert figure(value) == told
