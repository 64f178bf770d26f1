"""BalanceTrend on one security whose balance rises and falls by plan: its trades worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from broker.markets import free, panel, run
from liangrong.core.errors import ConfigError
from liangrong.strategies import BalanceTrend

NAN = np.nan
PARAMETERS = {"window": 3, "enter": 0.02, "leave": 0.0, "long_weight": 1.5, "short_weight": 0.5}
# F over its mean of three: +6.5 % at row 3, 0 at row 5, -12.9 % at row 6, 0 at row 8, +3.6 % at row 9.
RISE_AND_FALL = [100.0, 100.0, 100.0, 110.0, 110.0, 110.0, 90.0, 90.0, 90.0, 95.0, 95.0, 95.0]


def prepared(given, **changes):
    strategy = SimpleNamespace(p=SimpleNamespace(**{**PARAMETERS, **changes}))
    BalanceTrend.prepare(strategy, given)
    return strategy.state


def trend(balances, **fields):
    count = len(balances)
    return panel(
        [[10.0] * np.shape(balances)[1]] * count if np.ndim(balances) == 2 else [10.0] * count,
        financing_balance=balances,
        **fields,
    )


def test_states():
    assert prepared(trend(RISE_AND_FALL))[:, 0].tolist() == [0, 0, 0, 1, 1, 1, -1, -1, -1, 1, 1, 1]
    # With leave 0.02 the zero of rows 5 and 8 ends the position.
    assert prepared(trend(RISE_AND_FALL), leave=0.02)[:, 0].tolist() == [0, 0, 0, 1, 1, 0, -1, -1, 0, 1, 0, 0]


def test_a_missing_balance_keeps_the_state():
    balances = RISE_AND_FALL.copy()
    balances[4] = NAN
    assert prepared(trend(balances))[:7, 0].tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_no_row_of_the_state_reads_a_later_one():
    rng = np.random.default_rng(4)
    given = trend(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (60, 3)), axis=0)))
    whole = prepared(given)
    assert {-1.0, 0.0, 1.0} <= set(np.unique(whole))
    for end in (3, 10, 37, 59):
        cut = given.window(None, given.sessions[end - 1])
        assert np.array_equal(prepared(cut), whole[:end])


def test_trades_by_hand():
    done = run(trend(RISE_AND_FALL), None, free(), strategy=BalanceTrend, parameters=PARAMETERS)
    fills = list(zip(*(done.column("fills", name) for name in ("date", "kind", "shares")), strict=True))
    days = trend(RISE_AND_FALL).sessions
    # Row 3: 150,000 wanted; 98,000 of own cash (2 % stay), 52,000 financed. Row 6: both are sold and half of the equity
    # of 99,951.76 (four days of interest: 48.24) is shorted: 4,900. The 52,000 pay 60.31 of interest first, so that
    # much principal stays. Row 9: equity 99,911.49: 14,900 wanted, 98,001.77 of cash, 51,026.43 more may be borrowed.
    assert fills == [
        (days[4], "buy", 9_800),
        (days[4], "margin_buy", 5_200),
        (days[7], "sell", 9_800),
        (days[7], "sell_to_repay", 5_200),
        (days[7], "short_sell", 4_900),
        (days[10], "buy_to_return", 4_900),
        (days[10], "buy", 9_800),
        (days[10], "margin_buy", 5_100),
    ]
    interest = 52_000 * 0.0835 / 360 * 5  # Friday to Wednesday; as long again and a day on what that left of principal
    interest *= 1.0 + 0.0835 / 360 * 6
    fee = 49_000 * 0.1035 / 360 * 5  # Wednesday to Monday
    assert done.column("contracts", "interest")[:2] == pytest.approx([interest, fee])
    assert done.column("refusals", "reason") == []


def test_an_order_that_failed_is_tried_again_until_the_account_shows_it():
    halted = trend(RISE_AND_FALL[:8], suspended=[0, 0, 0, 0, 1, 1, 0, 0])
    done = run(halted, None, free(), strategy=BalanceTrend, parameters=PARAMETERS)
    assert done.column("refusals", "reason") == ["suspended"] * 4  # two orders at rows 4 and 5
    assert done.column("fills", "date")[0] == halted.sessions[6]


def test_weights_are_divided_by_the_universe():
    two = trend([[100.0, 100.0]] * 3 + [[110.0, 100.0]] * 3)
    done = run(two, None, free(), strategy=BalanceTrend, parameters=PARAMETERS)
    assert done.column("fills", "symbol") == ["600000.SH"]
    assert done.column("fills", "shares") == [7_500]  # 1.5 / 2 of 100,000


def test_hysteresis_upside_down_is_refused():
    with pytest.raises(ConfigError, match=r"`leave` not above it, got 0\.02 and 0\.03"):
        prepared(trend(RISE_AND_FALL), leave=0.03)
