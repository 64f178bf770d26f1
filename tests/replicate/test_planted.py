"""Published results on markets that were made to show them, to show the opposite, or to show nothing."""

import liangrong as lr
import numpy as np
import pytest
from liangrong.core.dataset.store import save
from replicate.planted_markets import crashes, entries, followers, market

PLANTED = {
    "liu_luo_zhao_2020": lambda side, **more: market("shares short", -0.001 * side, **more),
    "guo_liu_jiang_short": lambda side, **more: market("shares short", -0.001 * side, **more),
    "guo_liu_jiang_financing": lambda side, **more: market("debt", 0.001 * side, **more),
    "li_li_li_wu_2018": lambda side, **more: market("short sales", -0.001 * side, **more),
    "broker_turnover_5": lambda side, **more: market("purchases", -0.001 * side, **more),
    "broker_turnover_20": lambda side, **more: market("purchases", -0.001 * side, **more),
    "kang_gu_2021_trend": followers,
    "diether_lee_werner_2009": lambda side, **more: followers(side, short=True, **more),
    "chang_luo_ren_2014_list": lambda side, **more: entries(-0.004 * side, **more),
    "chang_cheng_yu_2007": lambda side, **more: entries(-0.004 * side, **more),
    "seguin_1990": lambda side, **more: entries(0.002 * side, **more),
    "lv_wu_2019_volatility": crashes,
}
"""Result -> a market in which it is true (side 1) or turned round (side -1)."""


@pytest.fixture
def answer(tmp_path):
    """Return what looks a result up in a panel."""

    def _answer(panel, name, **more):
        save(panel, [], tmp_path / "ds")
        return lr.replicate(tmp_path / "ds", name, **more)[name]

    return _answer


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize(("side", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_what_is_planted_is_found_and_its_opposite_contradicts(answer, name, side, verdict):
    found = answer(PLANTED[name](side), name)
    assert found.verdict == verdict
    assert found.found.is_sure
    assert np.sign(found.found.values[0]) == side * found.result.sign
    low, high = found.found.interval
    assert low < found.found.values[0] < high
    assert not low <= 0.0 <= high


@pytest.mark.parametrize("name", PLANTED)
def test_few_sessions_decide_nothing(answer, name):
    if name in ("chang_luo_ren_2014_list", "chang_cheng_yu_2007", "seguin_1990"):
        panel = PLANTED[name](1).window(None, np.datetime64("2019-05-10"))  # one entry, on its last sessions
    else:
        panel = PLANTED[name](1, sessions=58)
    assert answer(panel, name).verdict == "too little data"


def test_falls_that_matter_more(answer):
    found = answer(followers(1.0), "kang_gu_2021_falls")
    assert (found.verdict, found.found.sessions) == ("agrees", 400)
    assert found.found.values[0] == pytest.approx(1.0, abs=0.15)
    assert "Over 78 weeks" in found.found.more
    assert answer(followers(-1.0), "kang_gu_2021_falls").verdict == "disagrees"


def test_the_figure_is_that_of_the_study_of_the_rule(tmp_path):
    save(market("shares short", -0.001), [], tmp_path / "ds")
    found = lr.replicate(tmp_path / "ds", "liu_luo_zhao_2020")["liu_luo_zhao_2020"].found
    assert found is not None
    study = lr.study("short_interest_ratio", tmp_path / "ds", horizons=(1, 5, 20), focus=20).as_record()["figures"]
    assert (found.values[0], found.error, found.t) == (study["spread"], study["spread_error"], study["spread_t"])
    assert (found.sessions, found.windows) == (study["sessions"], study["windows"])


def test_nothing_to_find_agrees_with_nothing_was_found(answer):
    name = "chang_luo_ren_2014_buyers"
    noise = answer(market(sessions=1600, securities=60, seed=6), name)
    assert noise.verdict == "agrees"
    assert max(map(abs, noise.found.interval)) < 0.02
    assert answer(market(sessions=300), name).verdict == "too little data"
    debt = market("debt", 0.0, sessions=520)
    ahead = np.full(debt.shape, 0.0)
    ahead[:-3] = debt["close"][3:] / debt["close"][:-3] - 1.0
    bought = debt["financing_buy"] + 1e9 * np.maximum(ahead, -0.004)
    seeing = debt.with_fields({"financing_buy": bought, "financing_repay": debt["financing_repay"]})
    assert answer(seeing, name).verdict == "disagrees"


@pytest.mark.parametrize(
    ("name", "without", "told"),
    [
        ("liu_luo_zhao_2020", ("short_volume", "short_balance", "short_sell"), "needs short_volume"),
        ("liu_luo_zhao_2020", ("outstanding_shares", "float_shares"), "needs outstanding_shares/float_shares"),
        ("broker_turnover_20", ("financing_buy", "financing_repay"), "needs financing_buy"),
        ("average_maintenance", (), "needs average_maintenance"),
        ("chang_luo_ren_2014_list", (), "needs financing_eligible"),
    ],
)
def test_a_field_that_is_lacking_is_named_with_its_remedy(answer, name, without, told):
    found = answer(market(sessions=60, without=without), name)
    assert (found.verdict, found.told, found.found) == ("needs a field", told, None)
    assert "Import" in found.remedy
    assert "`liangrong data sources`" in found.remedy


def test_fields_without_a_value_are_lacking_too(answer):
    panel = market(sessions=60)
    empty = panel.with_fields({"short_volume": np.full(panel.shape, np.nan)})
    assert answer(empty, "diether_lee_werner_2009").told == "needs short_volume"


def test_few_securities_are_too_little_whatever_they_lack(answer):
    found = answer(market(sessions=60, securities=4, without=("financing_buy", "financing_repay")), "broker_turnover_5")
    assert found.verdict == "too little data"
    assert found.why == "The data hold 4 securities; an answer needs 10 at once."


def test_another_market_and_another_period_are_told(answer):
    found = answer(market(sessions=60), "liu_luo_zhao_2020")
    assert found.elsewhere == (
        "Another period: published of 2011-01 – 2018-07, the data are of 2019-01-02 to 2019-03-26.",
    )
    assert answer(market(sessions=60), "diether_lee_werner_2009").elsewhere[0].startswith("Another market")
    same = answer(market(sessions=2000, securities=12, start="2011-01-03"), "liu_luo_zhao_2020")
    assert same.elsewhere == ()


def test_a_window_counts_only_what_lies_in_it(answer):
    panel = followers(1.0, short=True)
    found = answer(panel, "diether_lee_werner_2009", start="2020-01-01")
    assert found.found.sessions == (panel.sessions >= np.datetime64("2020-01-01")).sum()
    assert found.found.start == "2020-01-01"
