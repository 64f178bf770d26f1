"""Financing stops at a quarter of the float cap until below a fifth, by the balances of the session before."""

import numpy as np
import pytest
from broker.desk import watched
from broker.markets import panel

NAN = np.nan


def refused(shares_of_cap, kind="margin_buy", **settings):
    """Return why the order of each session was refused, "" where it was not; session t+1 meets the share of t."""
    cap = 1e9
    made = panel(
        [10.0] * (len(shares_of_cap) + 1),
        financing_balance=[*(share * cap for share in shares_of_cap), 0.0],
        float_cap=cap,
    )
    done = watched(made, {t: [(kind, 0, 100)] for t in range(len(shares_of_cap))}, **settings)
    return [reason for _, reason in done.orders]


@pytest.mark.parametrize(
    ("shares", "is_stopped"),
    [
        ([0.24, 0.2499], [0, 0]),
        ([0.24, 0.25, 0.24], [0, 1, 1]),  # reached is enough
        ([0.30, 0.22, 0.20, 0.1999, 0.22], [1, 1, 1, 0, 0]),  # resumes below 20 %, not at it
        ([0.30, 0.19, 0.26], [1, 0, 1]),
        ([0.30, NAN, 0.22], [1, 1, 1]),  # an unpublished balance changes nothing
        ([NAN, NAN], [0, 0]),
    ],
)
def test_hysteresis(shares, is_stopped):
    assert refused(shares) == ["float_cap" if stopped else "" for stopped in is_stopped]


@pytest.mark.parametrize("kind", ["buy_collateral", "short_sell"])
def test_only_financing_is_stopped(kind):
    assert refused([0.3, 0.3], kind) == ["", ""]


def test_the_switch_turns_it_off():
    assert refused([0.3, 0.3], float_cap=False) == ["", ""]


def test_the_balance_of_the_same_day_is_not_known():
    cap = np.full(4, 1e9)
    made = panel([10.0] * 4, financing_balance=[0.1e9, 0.1e9, 0.9e9, 0.9e9], float_cap=cap)
    done = watched(made, {t: [("margin_buy", 0, 100)] for t in range(3)})
    assert [reason for _, reason in done.orders] == ["", "", "float_cap"]


def test_securities_are_judged_one_by_one():
    made = panel([[10.0, 10.0]] * 3, financing_balance=[[3e8, 1e8]] * 3, float_cap=1e9)
    done = watched(made, {0: [("margin_buy", 0, 100), ("margin_buy", 1, 100)]})
    assert [reason for _, reason in done.orders] == ["float_cap", ""]


@pytest.mark.parametrize("absent", ["financing_balance", "float_cap"])
def test_without_the_figures_nothing_is_stopped(absent):
    given = {"financing_balance": 3e8, "float_cap": 1e9}
    del given[absent]
    done = watched(panel([10.0] * 3, **given), {0: [("margin_buy", 0, 100)]})
    assert done.orders == [("Completed", "")]
