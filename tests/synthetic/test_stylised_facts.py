"""Stylised facts: against pandas and scipy, of the synthetic market, and of the real data that it is held against."""

import io

import numpy as np
import pandas as pd
import pytest
from liangrong.core.panel.panel import Panel
from liangrong.core.sources import read
from liangrong.core.synthetic.measured_facts import REAL, fact_notes
from liangrong.core.synthetic.stylised_facts import FACTS, MOST, facts_of, sample
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.synthetic.terminal import facts_table
from rich.console import Console
from scipy import stats


@pytest.fixture(scope="module")
def market():
    """Return a market of four years in which nothing is planted."""
    return generate(seed=2, securities=120, sessions=1000, start="2019-01-02", signal=0.0, corporate_actions=True)


@pytest.fixture(scope="module")
def figures(market):
    return facts_of(market)


@pytest.fixture(scope="module")
def returns(market):
    """Return the daily returns as a frame, by the adjustment factor and not by the reference."""
    adjusted = pd.DataFrame(market["close"] * market["adj_factor"]).ffill()
    before = adjusted.shift().fillna(pd.DataFrame(market["pre_close"] * market["adj_factor"]))  # an issue price
    return (adjusted / before - 1.0).where(np.isfinite(market["close"]))


def test_prices_against_pandas_and_scipy(market, figures, returns):
    assert figures["volatility"] == pytest.approx(returns.std().median() * np.sqrt(244.0), rel=0.01)
    kurtosis = [stats.kurtosis(column.dropna(), fisher=False) for _, column in returns.items()]
    assert figures["kurtosis"] == pytest.approx(np.median(kurtosis), rel=0.02)
    for lag in (1, 20):
        memory = [column.abs().autocorr(lag) for _, column in returns.items()]
        assert figures[f"memory_{lag}"] == pytest.approx(np.median(memory), abs=0.01)
    explained = [
        stats.linregress(*both.dropna().to_numpy().T).rvalue ** 2
        for j in returns
        for both in [pd.concat([returns.drop(columns=j).mean(axis=1), returns[j]], axis=1)]
    ]
    assert figures["market_share"] == pytest.approx(np.median(explained), rel=0.02)
    known = np.isfinite(market["close"]) & np.isfinite(market["limit_up"])
    assert figures["limit_up"] == np.mean((market["close"] == market["limit_up"])[known])


def test_flows_against_pandas(market, figures):
    frame = {name: pd.DataFrame(market[name]) for name in ("financing_balance", "financing_buy", "financing_repay")}
    net = (frame["financing_buy"] - frame["financing_repay"]) / frame["financing_balance"].shift()
    past = pd.DataFrame(np.log(market["close"] / market["pre_close"])).rolling(5, min_periods=5).sum().shift()
    rows = []
    for j in net:
        own, before = net[j].dropna(), past[j]
        if len(own) >= 100:
            scaled = ((net[j] - own.mean()) / own.std(ddof=0)).clip(-5, 5)
            rows.append(pd.DataFrame({"net": scaled, "past": before / before.dropna().std(ddof=0)}).dropna())
    both = pd.concat(rows)
    rises, falls = both["past"].clip(lower=0.0), both["past"].clip(upper=0.0)
    slopes = np.linalg.lstsq(np.column_stack([rises, falls, np.ones(len(both))]), both["net"], rcond=None)[0]
    assert [figures["chases_rises"], figures["chases_falls"]] == pytest.approx(list(slopes[:2]), rel=0.02)
    assert figures["buy_share"] == pytest.approx(np.nanmedian(market["financing_buy"] / market["amount"]))
    assert figures["financing_to_cap"] == pytest.approx(np.nanmedian(market["financing_balance"] / market["float_cap"]))
    part = np.nansum(market["short_balance"]) / np.nansum(market["financing_balance"])
    assert figures["short_part"] == pytest.approx(part)
    assert figures["break_rate"] == 0.0


def test_the_synthetic_market_has_what_real_ones_have(figures):
    """Each band leaves out what the market would have without the mechanism."""
    assert 5.0 < figures["kurtosis"] < 9.0  # 3 where returns are normal
    assert 0.10 < figures["memory_1"] < 0.30  # 0 without clusters
    assert 0.04 < figures["memory_20"] < 0.20  # 0.02 by GARCH alone
    assert 0.15 < figures["market_share"] < 0.40  # 0 without a market
    assert 0.25 < figures["volatility"] < 0.50
    assert 0.001 < figures["limit_up"] < 0.02
    assert figures["chases_rises"] > 0.1
    assert figures["chases_falls"] > 1.25 * figures["chases_rises"]  # as much where falls weigh as rises do
    assert 0.1 < figures["shorts_rises"] < 0.4


def test_large_panels_are_sampled_and_indices_left_out():
    panel = generate(securities=1200, sessions=3)
    assert len(sample(panel).symbols) == 400 <= MOST
    assert "haircut" not in sample(panel)
    bars = np.full((3, 2), 10.0)
    two = Panel(sessions=panel.sessions, symbols=("000001.SH", "600000.SH"), fields={"close": bars})
    assert sample(two).symbols == ("600000.SH",)
    assert set(facts_of(two)) == set(FACTS)
    assert np.isnan(facts_of(two)["kurtosis"])
    assert np.isnan(facts_of(two)["buy_share"])


def test_the_table_names_its_sources():
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(facts_table(dict.fromkeys(FACTS, 0.123)))
    text = console.export_text()
    assert all(fact.label in text for fact in FACTS.values())
    assert all(name in text and one.source[:60] in text for name, one in REAL.items())
    assert text.count("0.123") == len(FACTS)


def bars_of(real):
    """Return 200 A-shares since margin trading began."""
    rows = pd.read_parquet(real / "ashare300" / "bars.parquet")
    rows["symbol"] = rows["code"].str[3:] + "." + rows["code"].str[:2].str.upper()
    wide = {name: rows.pivot_table(index="date", columns="symbol", values=name) for name in ("open", "close", "volume")}
    days = wide["close"].index.to_numpy().astype("datetime64[D]")
    fields = {name: values.to_numpy() for name, values in wide.items()}
    panel = Panel(sessions=days, symbols=tuple(wide["close"].columns), fields=fields)
    return panel.window(np.datetime64("2010-03-31"), None)


@pytest.mark.slow
def test_the_figures_of_a_shares_are_those_of_the_data(real):
    check("A-shares", facts_of(bars_of(real)))
    check("four with margin", facts_of(read("ashare", real / "ashare").panel))


@pytest.mark.slow
def test_the_figures_of_taiwan_are_those_of_the_data(real, tmp_path):
    from liangrong.core.dataset import store
    from liangrong.core.dataset.importing import import_data

    import_data(None, [real / "twse" / "margin.parquet", real / "twse" / "ohlcv.parquet"], tmp_path / "d")
    check("Taiwan", facts_of(store.load(tmp_path / "d")))


def test_the_figures_of_the_totals_are_those_of_the_data(real):
    totals = pd.read_csv(real / "ashare_market" / "clean.csv")
    miss = (totals["rzye"].diff() - totals["rzmre"] + totals["rzche"]).abs().dropna()
    found = {
        "financing_to_cap": totals["rzyezb"].median() / 100.0,
        "short_part": totals["rqye"].sum() / totals["rzye"].sum(),
        "break_rate": (miss > 0.5).mean(),
    }
    check("totals", found)


def check(name, found):
    told = REAL[name].figures
    assert {key: found[key] for key in told} == pytest.approx(dict(told), rel=0.006)
    assert all(np.isnan(value) for key, value in found.items() if key not in told)


def test_a_market_that_is_too_coarse_is_told():
    # 3 of 9 rows with a turnover have a purchase: the median of purchases over turnover is 0.
    bought = np.array([[0, 0, 0, 5], [0, 0, 7, 9], [0, np.nan, 1, 1]], dtype=float)
    amount = np.array([[100, 100, 100, 100], [100, 100, 100, 100], [100, 100, 0, np.nan]], dtype=float)
    days = np.array(["2024-01-02", "2024-01-03", "2024-01-04"], "datetime64[D]")
    fields = {"financing_buy": bought, "amount": amount}
    symbols = ("600000.SH", "600001.SH", "600002.SH", "600003.SH")
    figures = facts_of(Panel(sessions=days, symbols=symbols, fields=fields))
    assert figures["unbought"] == pytest.approx(6 / 9)
    assert figures["buy_share"] == 0.0
    (note,) = fact_notes(figures)
    assert "On 67 % of the rows nobody buys on margin, which makes the median of purchases over turnover 0" in note
    assert fact_notes(figures | {"unbought": 0.18}) == fact_notes(figures | {"unbought": np.nan}) == []
