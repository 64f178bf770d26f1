"""Published results on the real data in reach: each market's verdicts and figures."""

import liangrong as lr
import pytest
from honesty import stated


@pytest.fixture(scope="module")
def replicated(real, tmp_path_factory):
    """Return what looks results up in real files, imported once each."""
    made = {}

    def _replicated(*parts, results=(), **more):
        paths = [real.joinpath(*part.split("/")) for part in parts]
        if absent := [path for path in paths if not path.exists()]:
            pytest.skip(f"no real data at {absent[0]}")
        if parts not in made:
            made[parts] = tmp_path_factory.mktemp("real") / "ds"
            lr.import_data(None, paths, made[parts])
        return lr.replicate(made[parts], results, **more)

    return _replicated


def with_verdict(made, verdict):
    return {one.result.name for one in made.answers if one.verdict == verdict}


def hold_against(key, made):
    """Hold how many of the answers agree, of those that are one, against the row `key` of the guide."""
    agrees = len(with_verdict(made, "agrees"))
    stated(key, agrees, agrees + len(with_verdict(made, "disagrees")))


def test_the_totals_of_the_mainland(replicated):
    """Their float cap follows from the published share of it, so 4.70 % is what was published on that day."""
    made = replicated("ashare_market/clean.csv")
    assert with_verdict(made, "agrees") == {
        *("totals_follow_2012_2018", "margins_2015", "balance_peak_2015"),
        *("short_share_2010_2018", "positive_spread"),
        *("kang_gu_2021_trend", "diether_lee_werner_2009"),  # without the launch of margin trading
    }
    assert with_verdict(made, "disagrees") == set()
    assert made["average_maintenance"].told == "needs average_maintenance"
    hold_against("replicate_totals", made)
    assert [round(value, 3) for value in made["margins_2015"].found.values] == [0.174, 0.060, -0.043]
    assert made["balance_peak_2015"].found.values[0] == pytest.approx(0.0470, abs=5e-5)
    assert made["short_share_2010_2018"].found.values[0] == pytest.approx(0.0452, abs=5e-5)
    assert made["short_share_2010_2018"].found.more == "The largest is of 2013-01-07."
    follow = made["totals_follow_2012_2018"].found
    assert [round(value, 3) for value in follow.values] == [0.256, 0.763]
    assert follow.more == "Over 357 weeks: after rises +0.256 (t 2.6), after falls +0.763 (t 3.8)."
    assert made["hardouvelis_peristiani_1992"].found.values[0] == pytest.approx(-0.175, abs=5e-4)
    assert made["liu_luo_zhao_2020"].why == "The data hold 0 securities; an answer needs 10 at once."


def test_margin_buyers_of_the_mainland_follow_trends_since_2012(replicated):
    names = ["kang_gu_2021_trend", "kang_gu_2021_falls"]
    since = replicated("ashare_market/clean.csv", results=names, start="2012-01-01")
    assert since[names[0]].verdict == "agrees"
    assert since[names[0]].found.values[0] == pytest.approx(0.763, abs=1e-3)
    assert since[names[1]].verdict == "too little data"
    whole = replicated("ashare_market/clean.csv", results=names[0])  # the launch of margin trading is left out
    assert whole[names[0]].verdict == "agrees"
    assert whole[names[0]].found.values[0] == pytest.approx(0.748, abs=1e-3)


def test_four_securities_of_the_mainland(replicated):
    made = replicated("ashare")
    assert made.securities == 4
    assert with_verdict(made, "agrees") == {
        "kang_gu_2021_trend",
        "positive_spread",
    }
    assert with_verdict(made, "disagrees") == {"diether_lee_werner_2009"}
    hold_against("replicate_four", made)
    trend, shorts = made["kang_gu_2021_trend"].found, made["diether_lee_werner_2009"].found
    assert (round(trend.values[0], 3), round(trend.t, 1)) == (0.517, 3.6)
    assert (round(shorts.values[0], 2), round(shorts.t, 1)) == (-1.22, -2.5)
    assert made["chang_luo_ren_2014_list"].told == "needs financing_eligible"
    assert any("4 securities are a small part" in note for note in made.notes)


def test_bars_alone_need_margin_tables(replicated):
    made = replicated("ashare300/bars.parquet")
    own = [one for one in made.answers if one.result.market != "Taiwan"]
    assert {one.verdict for one in own} == {"needs a field"}
    assert "Import the margin tables of the exchanges" in made["broker_turnover_5"].remedy


@pytest.mark.slow  # 450,000 rows are read
def test_taiwan(replicated):
    made = replicated("twse/margin.parquet", "twse/ohlcv.parquet")
    assert with_verdict(made, "agrees") == {
        *("diether_lee_werner_2009", "positive_spread", "taiwan_maintenance_2025_12", "taiwan_maintenance_2026_08"),
        "taiwan_below_130",
    }
    assert with_verdict(made, "disagrees") == {
        *("taiwan_maintenance_2026_03", "taiwan_below_130_after_the_fall"),
    }
    hold_against("replicate_taiwan", made)
    figures = {one.result.name: one.found.values[0] for one in made.answers if one.found is not None}
    assert figures["taiwan_maintenance_2025_12"] == pytest.approx(1.628, abs=5e-4)
    assert figures["taiwan_maintenance_2026_03"] == pytest.approx(1.763, abs=5e-4)
    assert figures["taiwan_maintenance_2026_08"] == pytest.approx(1.511, abs=5e-4)
    assert (figures["taiwan_below_130"], figures["taiwan_below_130_after_the_fall"]) == (17 / 1212, 123 / 1008)
    shorts = made["diether_lee_werner_2009"]
    assert (round(shorts.found.values[0], 2), round(shorts.found.t, 1)) == (1.78, 7.0)
    assert shorts.elsewhere[0] == "Another market: published of the United States, the data are of Taiwan."
    assert made["liu_luo_zhao_2020"].told == "needs outstanding_shares/float_shares"
    assert made["broker_turnover_20"].verdict == "too little data"
