"""Spread on four securities with scores that can be seen by eye; no look into the future, whatever the market."""

from types import SimpleNamespace

import numpy as np
import pytest
from broker.markets import SHARES, free, panel, run
from liangrong.strategies import Spread, defaults

NAN = np.nan
PARAMETERS = {"window": 3, "minimum": 2, "quantile": 0.25, "every": 2, "long_weight": 1.2, "short_weight": 0.3}
# Over rows 0..2: A jumps up, B climbs, C slides, D drops; over rows 2..4: B jumps, D drops again, A and C idle.
SPREADS = [
    [0.0, 0.0, 2.0, 3.0],
    [0.0, 1.0, 1.0, 3.0],
    [3.0, 2.0, 0.0, 0.0],
    [3.1, 2.0, 0.1, 0.0],
    [3.0, 9.0, 0.0, -9.0],
    [3.1, 9.1, 0.1, -9.1],
]


def market(spreads=SPREADS, **fields):
    fields.setdefault("float_cap", 1e6)
    return panel([[10.0] * 4] * len(spreads), spread=spreads, **fields)


def prepared(given, **changes):
    settings = {**dict(defaults(Spread.PARAMETERS)), **PARAMETERS, **changes}
    strategy = SimpleNamespace(p=SimpleNamespace(**settings))
    Spread.prepare(strategy, given)
    return strategy.score


def traded(given, **changes):
    done = run(given, None, free(), strategy=Spread, parameters={**PARAMETERS, **changes})
    names = ("date", "symbol", "kind", "shares")
    rows = zip(*(done.column("fills", name) for name in names), strict=True)
    order = {symbol: "ABCD"[j] for j, symbol in enumerate(SHARES)}
    days = given.sessions.tolist()
    return [(days.index(day.item()), order[symbol], kind, shares) for day, symbol, kind, shares in rows], done


def test_scores_rank_jump_climb_slide_and_drop():
    score = prepared(market())
    assert np.isnan(score[:2]).all()
    assert np.argsort(-score[2]).tolist() == [0, 1, 2, 3]
    assert np.argsort(-prepared(market(), direction=-1)[2]).tolist() == [3, 2, 1, 0]


def test_scores_do_not_depend_on_the_size_of_the_company():
    caps = np.array([1e6, 5e8, 3e7, 2e9])
    assert np.allclose(
        prepared(market(np.array(SPREADS) * caps, float_cap=caps[None])), prepared(market()), equal_nan=True
    )


def test_a_cap_of_zero_or_nan_gives_no_score():
    assert np.isnan(prepared(market(float_cap=[[0.0, NAN, 1e6, 1e6]] * 6))[:, :2]).all()


def test_turnover_scales_by_its_mean():
    amount = np.array([[4.0], [8.0], [6.0], [2.0], [5.0], [5.0]]) * np.ones(4)
    mean = np.array([4.0, 6.0, 7.0, 4.0, 3.5, 5.0])[:, None]  # of two sessions
    mean[0] = NAN
    expected = prepared(market(np.array(SPREADS) / mean))
    got = prepared(market(amount=amount), scale="turnover", scale_window=2)
    assert np.allclose(got, expected, equal_nan=True)
    assert np.isfinite(got[4:]).all()


def test_trades_by_hand():
    rows, done = traded(market())
    # Row 2: long A with 120,000 (98,000 own, 22,000 financed), short D with 30,000. Row 4: B instead of A, D stays.
    assert rows[:3] == [(3, "A", "buy", 9_800), (3, "A", "margin_buy", 2_200), (3, "D", "short_sell", 3_000)]
    assert [row[:3] for row in rows[3:]] == [
        (5, "A", "sell"),
        (5, "A", "sell_to_repay"),
        (5, "D", "buy_to_return"),
        (5, "B", "buy"),
        (5, "B", "margin_buy"),
    ]
    # Four days of interest and fees at row 4 (Thursday to Friday is one): 99,986.27 of equity wants 2,900 of D.
    accrued = (22_000 * 0.0835 + 30_000 * 0.1035) / 360 * 1
    assert done.column("equity", "equity")[4] == pytest.approx(100_000 - accrued)
    assert rows[5][3] == 100


def test_who_is_not_on_the_short_list_is_passed_over():
    rows, _ = traded(market(short_eligible=[[1.0, 1.0, 1.0, 0.0]] * 6))
    assert rows[2] == (3, "C", "short_sell", 3_000)


def test_who_does_not_trade_has_no_rank():
    halted = np.zeros((6, 4))
    halted[2] = [1.0, 0.0, 0.0, 0.0]
    rows, _ = traded(market(suspended=halted))
    assert rows[0][:3] == (3, "B", "buy")


def test_nothing_happens_below_the_minimum_or_without_weights():
    assert traded(market(), minimum=5)[0] == []
    only_long, _ = traded(market(), short_weight=0.0)
    assert {kind for _, _, kind, _ in only_long[:2]} == {"buy", "margin_buy"}
    assert "short_sell" not in {kind for _, _, kind, _ in only_long}


def test_every_counts_from_the_first_rebalance():
    rows, _ = traded(market(), every=3)
    assert {row[0] for row in rows} == {3}  # the next would be decided at row 5, the last


@pytest.mark.parametrize("scale", ["float_cap", "turnover"])
def test_no_row_of_the_score_reads_a_later_one(scale):
    rng = np.random.default_rng(5)
    shape = (50, 4)
    given = market(rng.normal(0.0, 1e5, shape), amount=rng.uniform(1e6, 2e6, shape))
    whole = prepared(given, scale=scale, scale_window=5, window=10)
    assert np.isfinite(whole[-1]).all()
    for end in (12, 30, 49):
        cut = given.window(None, given.sessions[end - 1])
        assert np.array_equal(prepared(cut, scale=scale, scale_window=5, window=10), whole[:end], equal_nan=True)
