"""Published figures of markets and days: within their tolerance, beyond it, or of other days and markets."""

import liangrong as lr
import numpy as np
import pytest
from liangrong.core.dataset.store import save
from liangrong.core.panel.panel import Panel

DAYS = np.busday_offset("2015-07-01", np.arange(150), roll="forward")
CHANGE = int(np.searchsorted(DAYS, np.datetime64("2015-11-23")))


def totals(days=DAYS, symbol="600000.SH", **fields):
    shape = (len(days), 1)
    given = {name: np.full(shape, values) if np.isscalar(values) else values for name, values in fields.items()}
    return Panel(sessions=days, symbols=(symbol,), fields=given)


@pytest.fixture
def answer(tmp_path):
    """Return what looks a result up in a panel."""

    def _answer(panel, name, **more):
        save(panel, [], tmp_path / "ds")
        return lr.replicate(tmp_path / "ds", name, **more)[name]

    return _answer


def margins(before, after, fall):
    """Return balances around the higher margin ratio of 2015-11-23."""
    owed, share = np.full((len(DAYS), 1), 1e12), np.full((len(DAYS), 1), before)
    owed[CHANGE + 10 :] *= 1.0 - fall
    share[CHANGE:] = after
    return {"financing_balance": owed, "financing_buy": share * owed, "close": 10.0}


def test_the_share_of_the_float_at_the_peak(answer):
    for share, verdict in ((0.04699, "agrees"), (0.0472, "disagrees")):
        found = answer(totals(financing_balance=share * 1e12, float_cap=1e12), "balance_peak_2015")
        assert (found.verdict, found.found.values[0]) == (verdict, pytest.approx(share))
    other = np.busday_offset("2016-07-01", np.arange(60), roll="forward")
    elsewhere = answer(totals(other, financing_balance=1e10, float_cap=1e12), "balance_peak_2015")
    assert elsewhere.why == "It is of 2015-07 to 2015-07, the data are of 2016-07-01 to 2016-09-22."
    assert answer(totals(financing_balance=1e10), "balance_peak_2015").told == "needs float_cap"
    unknown = np.full((len(DAYS), 1), 1e10)
    unknown[2] = np.nan  # 2015-07-03
    assert answer(totals(financing_balance=unknown, float_cap=1e12), "balance_peak_2015").verdict == "too little data"


def test_the_higher_margin_ratio_of_2015(answer):
    found = answer(totals(**margins(0.174, 0.060, 0.04)), "margins_2015")
    assert found.verdict == "agrees"
    assert found.found.values == pytest.approx((0.174, 0.060, -0.04))
    for odd in ((0.175, 0.060, 0.04), (0.174, 0.058, 0.04), (0.174, 0.060, 0.03)):
        assert answer(totals(**margins(*odd)), "margins_2015").verdict == "disagrees"
    assert answer(totals(**margins(0.174, 0.060, 0.04)), "margins_2015", end="2015-11-27").verdict == "too little data"


def test_margin_trading_after_the_higher_ratio(answer):
    name = "hardouvelis_peristiani_1992"
    random = np.random.default_rng(2)
    close = 10.0 * np.exp(0.01 * random.normal(size=(len(DAYS), 1)).cumsum(axis=0))
    for step, verdict in ((0.5, "agrees"), (2.0, "disagrees"), (1.0, "too little data")):
        share = 0.1 * np.exp(0.01 * random.normal(size=(len(DAYS), 1)))
        share[CHANGE:] *= step
        found = answer(totals(close=close, financing_balance=1e12, financing_buy=share * 1e12), name)
        assert found.verdict == verdict
        assert found.found.values[0] == pytest.approx(step - 1.0, abs=0.06)
    assert found.elsewhere == ("Another market: published of Japan, the data are of the mainland.",)


def test_short_balance_beside_financing(answer):
    long = np.busday_offset("2010-03-31", np.arange(2290), roll="forward")
    short = np.full((len(long), 1), 2e10)
    short[500] = 4.52e10
    fields = {"financing_balance": 1e12, "short_balance": short}
    assert answer(totals(long, **fields), "short_share_2010_2018").verdict == "agrees"
    assert answer(totals(long, **fields), "positive_spread").verdict == "agrees"
    short[900] = 1.1e12
    for name in ("short_share_2010_2018", "positive_spread"):
        found = answer(totals(long, **fields), name)
        assert (found.verdict, found.found.values[0]) == ("disagrees", pytest.approx(1.1))
        assert found.found.more == f"The largest is of {long[900]}."
    assert answer(totals(**fields | {"short_balance": 1e10}), "short_share_2010_2018").verdict == "too little data"


def test_the_mean_of_all_accounts(answer):
    days = np.busday_offset("2015-07-01", np.arange(400), roll="forward")
    for mean, verdict in ((2.63, "agrees"), (2.50, "disagrees")):
        values = mean + 0.1 * np.random.default_rng(3).normal(size=(400, 1))
        found = answer(totals(days, average_maintenance=values), "average_maintenance")
        assert (found.verdict, found.found.values[0]) == (verdict, pytest.approx(values.mean()))
    assert answer(totals(average_maintenance=2.63), "average_maintenance").verdict == "too little data"


def test_facts_of_taiwan_say_nothing_of_the_mainland(answer):
    days = np.busday_offset("2025-11-03", np.arange(200), roll="forward")
    fields = {"close": 10.0, "financing_balance": 1e9, "financing_buy": 1e8}
    for name in ("taiwan_maintenance_2025_12", "taiwan_below_130"):
        found = answer(totals(days, **fields), name)
        assert (found.verdict, found.why) == (
            "too little data",
            "It is a fact of Taiwan, and the data are of another market.",
        )


def test_a_steady_price_leaves_the_least_margin_as_the_ratio(answer):
    """Bought at 10 and still at 10: in Taiwan 1 / 0.6 of what is owed, whichever day it was bought."""
    days = np.busday_offset("2025-11-03", np.arange(200), roll="forward")
    fields = {"close": 10.0, "volume": 1e6, "financing_volume": 1e5, "financing_buy_volume": 1e4}
    fields |= {"financing_repay_volume": 1e4}
    found = answer(totals(days, "2330.TW", **fields), "taiwan_maintenance_2025_12")
    assert found.found.values[0] == pytest.approx(1.0 / 0.6)
    assert found.verdict == "disagrees"  # 166.7 % is more than five points from 161.6 %
    below = answer(totals(days, "2330.TW", **fields), "taiwan_below_130")
    assert (below.found.values[0], below.verdict) == (0.0, "agrees")
