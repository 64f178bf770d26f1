"""Forms in an account: their orders by hand, what fails and is tried again, and a decision at the close."""

import numpy as np
import pytest
from broker.markets import SHARES, free, panel, run
from liangrong.core.kernels.rolling import rolling_mean
from liangrong.strategies import LongOnly, Quantile, Threshold, Timing
from liangrong.strategies.rules import Rule, parameter

NAN = np.nan


class Given(Rule):
    """The field `spread`, taken as the score."""

    NEEDS = ("spread",)

    def score(self, panel):
        return panel["spread"]


class Trend(Rule):
    """The financing balance over its own mean, less 1."""

    NEEDS = ("financing_balance",)
    window: int = parameter(3, "sessions of the mean", low=2)

    def score(self, panel):
        balance = panel["financing_balance"]
        return balance / rolling_mean(balance, self.window) - 1.0


def traded(form, given, rule, **using):
    """Return (row, security as a letter, kind, shares) of every fill, and the run."""
    done = run(given, None, free(), strategy=form, parameters={"rule": rule, **using})
    names = ("date", "symbol", "kind", "shares")
    letter = dict(zip(SHARES, "ABCD", strict=True))
    days = given.sessions.tolist()
    fills = zip(*(done.column("fills", name) for name in names), strict=True)
    return [(days.index(day.item()), letter[symbol], kind, shares) for day, symbol, kind, shares in fills], done


def scored(scores, **fields):
    return panel([[10.0] * len(scores[0])] * len(scores), spread=scores, **fields)


SCORES = [[NAN] * 4] * 2 + [[4.0, 3.0, 2.0, 1.0]] * 2 + [[3.0, 4.0, 2.0, 1.0]] * 2
PAIR = {"minimum": 2, "quantile": 0.25, "rebalance": "every", "every": 2, "long_weight": 1.2, "short_weight": 0.3}


def test_a_quantile_by_hand():
    rows, done = traded(Quantile, scored(SCORES), Given(), **PAIR)
    # Row 2: long A with 120,000 (98,000 own, 22,000 financed), short D with 30,000. Row 4: B instead of A, D stays.
    assert rows[:3] == [(3, "A", "buy", 9_800), (3, "A", "margin_buy", 2_200), (3, "D", "short_sell", 3_000)]
    assert [row[:3] for row in rows[3:]] == [
        (5, "A", "sell"),
        (5, "A", "sell_to_repay"),
        (5, "D", "buy_to_return"),
        (5, "B", "buy"),
        (5, "B", "margin_buy"),
    ]
    # A day of interest and fees at row 4 (Thursday to Friday): 99,986.27 of equity wants 2,900 of D.
    accrued = (22_000 * 0.0835 + 30_000 * 0.1035) / 360
    assert done.column("equity", "equity")[4] == pytest.approx(100_000 - accrued)
    assert rows[5][3] == 100


def test_long_only_is_financed_and_falls_out_at_the_next_rebalance():
    using = {"minimum": 2, "quantile": 0.25, "rebalance": "every", "every": 2, "long_weight": 1.5}
    rows, done = traded(LongOnly, scored(SCORES), Given(), **using)
    assert rows[:2] == [(3, "A", "buy", 9_800), (3, "A", "margin_buy", 5_200)]
    assert [row[:3] for row in rows[2:]] == [
        (5, "A", "sell"),
        (5, "A", "sell_to_repay"),
        (5, "B", "buy"),
        (5, "B", "margin_buy"),
    ]
    assert max(done.column("equity", "principal")) == 52_000.0


# F over its mean of three: +6.5 % at row 3, 0 at row 5, -12.9 % at row 6, 0 at row 8, +3.6 % at row 9.
RISE_AND_FALL = [100.0, 100.0, 100.0, 110.0, 110.0, 110.0, 90.0, 90.0, 90.0, 95.0, 95.0, 95.0]
STATES = {"enter": 0.02, "long_weight": 1.5, "short_weight": 0.5}


def trend(balances, **fields):
    shape = np.atleast_2d(np.transpose(balances)).T.shape
    return panel(np.full(shape, 10.0), financing_balance=balances, **fields)


def test_a_threshold_by_hand():
    rows, done = traded(Threshold, trend(RISE_AND_FALL), Trend(), rebalance="every", every=99, **STATES)
    # Row 3: 150,000 wanted; 98,000 of own cash (2 % stay), 52,000 financed. Row 6: both are sold and half of the equity
    # of 99,951.76 (four days of interest: 48.24) is shorted: 4,900. The 52,000 pay 60.31 of interest first, so that
    # much principal stays. Row 9: equity 99,911.49: 14,900 wanted, 98,001.77 of cash, 51,026.43 more may be borrowed.
    assert rows == [
        (4, "A", "buy", 9_800),
        (4, "A", "margin_buy", 5_200),
        (7, "A", "sell", 9_800),
        (7, "A", "sell_to_repay", 5_200),
        (7, "A", "short_sell", 4_900),
        (10, "A", "buy_to_return", 4_900),
        (10, "A", "buy", 9_800),
        (10, "A", "margin_buy", 5_100),
    ]
    interest = 52_000 * 0.0835 / 360 * 5  # Friday to Wednesday; as long again and a day on what that left of principal
    interest *= 1.0 + 0.0835 / 360 * 6
    fee = 49_000 * 0.1035 / 360 * 5  # Wednesday to Monday
    assert done.column("contracts", "interest")[:2] == pytest.approx([interest, fee])
    assert done.column("refusals", "reason") == []


def test_a_change_that_failed_is_ordered_again_on_the_calendar():
    # Decided on Thursday (row 3); Friday and Monday do not trade, so Monday's calendar waits for Tuesday.
    halted = trend(RISE_AND_FALL[:6] + [111.0] * 3, suspended=[0, 0, 0, 0, 1, 1, 0, 0, 0])
    rows, done = traded(Threshold, halted, Trend(), **STATES)
    assert done.column("refusals", "reason") == ["suspended"] * 2
    assert rows[0] == (7, "A", "buy", 9_800)


def test_a_threshold_is_divided_by_the_universe():
    two = trend([[100.0, 100.0]] * 3 + [[110.0, 100.0]] * 3)
    rows, _ = traded(Threshold, two, Trend(), rebalance="every", every=99, **STATES)
    assert rows == [(4, "A", "buy", 7_500)]  # 1.5 / 2 of 100,000


def test_timing_goes_long_to_cash_to_short():
    rows, _ = traded(
        Timing,
        scored([[1.0, 1.0], [-1.0, 0.5], [-1.0, 0.5], [-1.0, -1.0]] + [[1.0, 1.0]] * 2),
        Given(),
        enter=0.5,
        leave=-0.1,
        long_weight=0.8,
        short_weight=0.4,
    )
    assert rows == [
        (1, "A", "buy", 4_000),
        (1, "B", "buy", 4_000),
        (2, "A", "sell", 4_000),
        (2, "B", "sell", 4_000),
        (4, "A", "short_sell", 2_000),
        (4, "B", "short_sell", 2_000),
        (5, "A", "buy_to_return", 2_000),
        (5, "B", "buy_to_return", 2_000),
        (5, "A", "buy", 4_000),
        (5, "B", "buy", 4_000),
    ]


def test_a_decision_at_the_close_begins_with_the_second_session():
    """Nothing can meet the first close: the first rebalance is that of the second, not lost until the next month."""
    given = scored([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [0.0, 1.0, 2.0]])
    using = {"minimum": 2, "quantile": 0.34, "long_weight": 0.9}
    assert [row[:3] for row in traded(LongOnly, given, Given(), **using)[0]] == [(1, "B", "buy")]
    assert [row[:3] for row in traded(LongOnly, given, Given(), lead=1, **using)[0]] == [(1, "A", "buy")]
