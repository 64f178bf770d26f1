"""Corporate actions of the synthetic market: references, factors and what a holder has."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from liangrong.core.config.run import Config
from liangrong.core.run.engines import run
from liangrong.core.synthetic.synthetic import generate

OPTIONS = {"seed": 4, "securities": 40, "sessions": 700, "start": "2021-01-04", "signal": 0.0}


@pytest.fixture(scope="module")
def market():
    return generate(**OPTIONS, corporate_actions=True)


def last_close(panel):
    """Return the last close before each session (T, N), by pandas."""
    return pd.DataFrame(panel["close"]).ffill().shift().to_numpy()


def test_the_reference_is_the_exchange_s_in_decimal(market):
    place = {symbol: j for j, symbol in enumerate(market.symbols)}
    last, ex = last_close(market), set()
    assert len(market.actions) > 40
    assert 3 < sum(one.ratio > 0.0 for one in market.actions) < len(market.actions) / 2
    for one in market.actions:
        t, j = int(np.searchsorted(market.sessions, one.day)), place[one.symbol]
        ex.add((t, j))
        fair = (Decimal(str(last[t, j])) - Decimal(str(one.cash))) / (1 + Decimal(str(one.ratio)))
        assert Decimal(str(market["pre_close"][t, j])) == fair.quantize(Decimal("0.01"), ROUND_HALF_UP), one
        assert 0.01 <= one.cash <= 0.0501 * last[t, j] + 0.01
    differs = np.isfinite(last) & np.isfinite(market["pre_close"]) & (last != market["pre_close"])
    assert {(int(t), int(j)) for t, j in np.argwhere(differs)} <= ex


def test_shares_and_factors_move_on_ex_dates_only(market):
    place = {symbol: j for j, symbol in enumerate(market.symbols)}
    last, ratio = last_close(market), np.zeros(market.shape)
    growth = np.ones(market.shape)
    for one in market.actions:
        t, j = int(np.searchsorted(market.sessions, one.day)), place[one.symbol]
        ratio[t, j], growth[t, j] = one.ratio, last[t, j] / market["pre_close"][t, j]
    known = np.isfinite(market["adj_factor"])
    factor = np.where(known, np.cumprod(growth, axis=0), np.nan)
    np.testing.assert_allclose(market["adj_factor"], factor, rtol=1e-12)
    shares = market["float_shares"]
    both = known[1:] & known[:-1]
    np.testing.assert_allclose((shares[1:] / shares[:-1])[both], 1.0 + ratio[1:][both], rtol=1e-6)
    assert np.all(shares[known] == np.floor(shares[known]))
    cap = shares * pd.DataFrame(np.where(np.isnan(market["close"]), market["pre_close"], market["close"])).to_numpy()
    np.testing.assert_array_equal(market["float_cap"][known], cap[known])


def test_buy_and_hold_with_the_table_grows_as_adjusted_prices_do(market):
    held = pd.DataFrame(1.0, index=market.sessions, columns=list(market.symbols))
    closes = pd.DataFrame(market["close"], index=market.sessions, columns=list(market.symbols)).ffill()
    fair = closes.shift()
    for one in market.actions:  # the dividend buys shares at the exact ex-right price, and new shares come on top
        before = fair.loc[one.day, one.symbol]
        bought = one.cash * (1.0 + one.ratio) / (before - one.cash)
        held.loc[one.day :, one.symbol] *= 1.0 + one.ratio + bought
    value = (held * closes).to_numpy()
    adjusted = (pd.DataFrame(market["adj_factor"]).ffill().to_numpy()) * closes.to_numpy()
    factor = np.nan_to_num(value / adjusted, nan=1.0)
    count = len(market.actions) / len(market.symbols)
    assert np.abs(factor - 1.0).max() < 4 * count * 0.005 / 2.0  # half a cent on 2 CNY, a few times
    assert np.nanmax(np.abs(value / closes.to_numpy() - 1.0)) > 0.5  # which closes alone do not


def test_a_run_applies_the_table_of_its_market():
    config = {
        "name": "held",
        "data": {"source": "synthetic", "options": {**OPTIONS, "corporate_actions": True}},
        "strategy": {"name": "buy_and_hold"},
        "execution": {"engine": "compiled"},
    }
    result = run(Config(**config))
    assert result.attribution.loc[result.attribution["component"] == "dividends", "amount"].sum() > 0.0
    assert not any("No table of corporate actions" in note for note in result.notes)


def test_the_default_market_has_none():
    plain = generate(**{**OPTIONS, "sessions": 120})
    assert plain.actions == ()
    assert np.all(plain["adj_factor"][np.isfinite(plain["adj_factor"])] == 1.0)
