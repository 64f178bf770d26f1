"""The market on a day: every figure by hand on a small panel, by pandas on a larger one; the peaks of real totals."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from liangrong.core.dataset.importing import import_data
from liangrong.core.dataset.store import load
from liangrong.core.errors import DataError, DateError
from liangrong.core.panel.panel import Panel
from liangrong.core.views.asked_day import largest_first, percentile
from liangrong.core.views.industry_ranks import industry_ranks
from liangrong.core.views.last_year import last_year, row_a_year_ago
from liangrong.core.views.market_days import basis_of, market_days
from liangrong.core.views.market_page import render_market
from liangrong.core.views.market_view import market_view
from liangrong.core.views.records import records
from liangrong.core.views.rule_changes import regimes_between, rule_changes
from liangrong.core.views.security_list import security_list
from liangrong.core.views.security_view import security_view
from liangrong.core.views.words import above_words, others_words
from page_parts import figures_of

NAN = np.nan
DAYS = np.array(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"], "datetime64[D]")


def panel_of(symbols=("600000.SH", "600001.SH", "000001.SZ"), days=DAYS, **fields):
    arrays = {name: np.array(values, dtype=float) for name, values in fields.items() if name != "industries"}
    return Panel(sessions=days, symbols=symbols, fields=arrays, industries=fields.get("industries", ()))


BY_HAND = panel_of(
    financing_balance=[[100, 50, NAN], [110, 40, NAN], [110, 60, 200], [NAN, 60, 220]],
    financing_buy=[[10, 5, NAN], [20, 1, NAN], [5, 30, 9], [NAN, 5, 40]],
    financing_repay=[[4, 9, NAN], [10, 11, NAN], [5, 10, NAN], [NAN, 5, 20]],
    short_balance=[[1, 2, NAN], [2, 2, NAN], [3, 1, 5], [NAN, 1, 6]],
    float_cap=[[1000, NAN, NAN], [1000, 400, NAN], [1000, 400, 5000], [1000, 500, 5500]],
    amount=[[100, 50, 7], [100, 10, 7], [50, NAN, 90], [100, 50, 160]],
)


def test_the_sums_and_shares_of_each_day_by_hand():
    days = market_days(basis_of(BY_HAND))
    expected = {
        "securities": [2, 2, 3, 2],
        "financing_balance": [150, 150, 370, 280],
        "short_balance": [3, 4, 9, 7],
        "total_balance": [153, 154, 379, 287],
        "spread": [147, 146, 361, 273],
        "financing_buy": [15, 21, 44, 45],
        "net_buy": [2, 0, 20, 20],  # where both flows are known
        "float_cap_share": [100 / 1000, 150 / 1400, 370 / 6400, 280 / 6000],  # where both are known
        "purchase_share": [15 / 150, 21 / 110, 14 / 140, 45 / 210],
        "buyers": [1 / 2, 1 / 2, 1 / 2, 1 / 2],  # neither bought nor repaid more is no buyer
        "effective": [
            150**2 / (100**2 + 50**2),
            150**2 / (110**2 + 40**2),
            370**2 / (110**2 + 60**2 + 200**2),
            280**2 / (60**2 + 220**2),
        ],
        "joined": [0, 0, 1, 0],
        "joined_amount": [0, 0, 200, 0],
        "left": [0, 0, 0, 1],
        "left_amount": [0, 0, 0, 110],
        "float_cap_percentile": [NAN, 1 / 1, 0 / 2, 0 / 3],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(days[name], values, rtol=1e-12, err_msg=name)
    assert days["jumps"].tolist() == [False, False, True, True]
    assert days["largest_share"].isna().all()  # of three securities the ten largest are all


def test_the_changes_are_of_the_securities_that_have_a_balance_on_both_days():
    view = market_view(BY_HAND)
    assert view.value("financing_balance") == 280
    assert view.value("financing_balance", "change_1") == pytest.approx((60 + 220) / (60 + 200) - 1)
    assert view.value("short_balance", "change_1") == pytest.approx(7 / 6 - 1)
    assert view.value("spread", "change_1") == pytest.approx((59 + 214) / (59 + 195) - 1)
    assert view.value("float_cap_share", "change_1") == pytest.approx(280 / 6000 - 370 / 6400)
    assert np.isnan(view.value("financing_balance", "change_5"))
    before = market_view(BY_HAND, "2024-01-04")  # on which the third joins with 200
    assert before.value("financing_balance", "change_1") == pytest.approx((110 + 60) / (110 + 40) - 1)
    assert [(peak.figure, peak.value, peak.date) for peak in view.peaks[:2]] == [
        ("financing_balance", 370.0, "2024-01-04"),
        ("total_balance", 379.0, "2024-01-04"),
    ]
    told = "2 of them on the first day, 2 on this (2 to 3 between); the coverage jumps on 2 of 4 sessions (2024-01-04, "
    assert told in view.notes[0]
    assert "highest: financing balance 370 CNY on 2024-01-04" in repr(view)


def test_shares_financed_stand_beside_a_balance_that_is_shares_times_close():
    volume = np.array([[100, 50, NAN], [100, 50, NAN], [110, 40, 10], [120, 30, 10]])
    close = np.array([[10, 4, NAN], [10, 4, 5], [20, 8, 5], [20, 8, 10]])
    view = market_view(panel_of(financing_volume=volume, close=close))
    basis = "a sum over securities of shares financed times the close, whose changes contain those of the price"
    assert f"Basis: {basis}, 3 with a balance on this day." in view.sentence()
    assert view.value("financing_balance") == 120 * 20 + 30 * 8 + 10 * 10
    assert view.value("financing_balance", "change_1") == pytest.approx(2740 / (110 * 20 + 40 * 8 + 10 * 5) - 1)
    assert (view.value("financing_volume"), view.value("financing_volume", "change_1")) == (160, 0.0)
    before = market_view(panel_of(financing_volume=volume, close=close), "2024-01-04")
    # The prices doubled; of the two that were there before as many shares are financed.
    assert before.value("financing_balance", "change_1") == pytest.approx(2520 / 1200 - 1)
    assert before.value("financing_volume", "change_1") == pytest.approx(150 / 150 - 1)
    assert "; 160 shares financed" in before.sentence()
    page = render_market(view, "mine", plotly="")
    assert "Shares financed" in page
    published = market_view(BY_HAND)
    assert "Basis: a sum over securities, 2 with a balance" in published.sentence()
    assert "shares financed" not in published.sentence()
    assert "financing_volume" not in set(published.figures["figure"])


def test_nothing_after_the_day_is_looked_at():
    earlier = market_view(BY_HAND.window(None, DAYS[2])).as_record()
    assert market_view(BY_HAND, "2024-01-04").as_record() == earlier


def test_a_day_without_a_balance_shows_the_last_that_has_one_and_says_so():
    empty = panel_of(
        financing_balance=[[100, 50, NAN], [110, 40, NAN], [NAN] * 3, [NAN] * 3], close=np.full((4, 3), 9.0)
    )
    view = market_view(empty)
    assert str(view.date) == "2024-01-03"
    assert "No financing balance is known on 2024-01-05: shown is 2024-01-03" in view.notes[0]
    weekend = market_view(BY_HAND, "2024-01-07")
    assert weekend.notes[0] == "2024-01-07 is no session of the data: shown is 2024-01-05, the data end there."
    with pytest.raises(DateError, match=r"`on` 2023-12-29 lies before the first session: the data cover 2024-01-02"):
        market_view(BY_HAND, "2023-12-29")
    with pytest.raises(DateError, match="a date should be written like 2015-08-01, got '2024/01/03'"):
        market_view(BY_HAND, "2024/01/03")
    with pytest.raises(DataError, match="no security and no total of these data has a financing balance"):
        market_view(panel_of(close=np.ones((4, 3))))


def test_a_whole_exchange_that_is_missing_for_a_day_is_marked_twice_and_moves_no_change():
    balance = np.full((6, 4), 100.0)
    balance[3, :2] = NAN
    days = np.arange("2024-01-08", "2024-01-14", dtype="datetime64[D]")
    gap = Panel(
        sessions=days,
        symbols=("600000.SH", "600001.SH", "000001.SZ", "000002.SZ"),
        fields={"financing_balance": balance},
    )
    view = market_view(gap)
    assert view.days["jumps"].tolist() == [False, False, False, True, True, False]
    assert view.value("financing_balance", "change_1") == 0.0
    assert market_view(gap, "2024-01-11").value("financing_balance", "change_1") == 0.0  # the sum fell by half
    balance[3] = NAN
    nobody = market_view(gap.with_fields({"financing_balance": balance}))
    assert nobody.days["jumps"].tolist() == [False, False, False, True, True, False]


@pytest.fixture(scope="module")
def drawn():
    """Two years of 40 securities with gaps, in four industries that two of them change."""
    rng = np.random.default_rng(5)
    days = np.arange("2022-01-03", "2024-01-10", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    shape = (len(days), 40)
    balance = np.exp(rng.normal(18, 1, (1, 40)) + rng.normal(0, 0.02, shape).cumsum(axis=0))
    balance[rng.random(shape) < 0.04] = NAN
    balance[:200, :5] = NAN
    buy = rng.random(shape) * 1e6
    industry = np.tile(np.arange(40) % 4.0, (len(days), 1))
    industry[300:, 7], industry[:, 9] = 0.0, NAN
    fields: dict[str, np.ndarray] = {
        "financing_balance": balance,
        "financing_buy": buy,
        "financing_repay": rng.random(shape) * 1e6,
        "float_cap": np.exp(rng.normal(22, 1, shape)),
        "amount": buy * rng.uniform(4, 12, shape),
        "industry": industry,
    }
    symbols = tuple(f"6000{j:02d}.SH" for j in range(40))
    return Panel(sessions=days, symbols=symbols, fields=fields, industries=("banks", "brokers", "coal", "drugs"))


def test_breadth_concentration_and_percentiles_as_pandas_counts_them(drawn):
    days = market_days(basis_of(drawn))
    frames = {name: pd.DataFrame(values) for name, values in drawn.fields.items()}
    balance = frames["financing_balance"]
    mean = balance.rolling(60).mean()
    above = (balance > mean).where(balance.notna() & mean.notna())
    np.testing.assert_allclose(days["above_mean"], above.mean(axis=1).astype(float), rtol=1e-12)
    net = frames["financing_buy"] - frames["financing_repay"]
    np.testing.assert_allclose(days["buyers"], (net > 0).mean(axis=1), rtol=1e-12)
    largest = balance.apply(lambda row: row.nlargest(10).sum() / row.sum(), axis=1)
    np.testing.assert_allclose(days["largest_share"], largest, rtol=1e-12)
    share = balance.sum(axis=1) / frames["float_cap"].where(balance.notna()).sum(axis=1)
    np.testing.assert_allclose(days["float_cap_share"], share, rtol=1e-12)
    strictly = (share.expanding().rank(method="min") - 1) / (share.expanding().count() - 1)
    np.testing.assert_allclose(days["float_cap_percentile"], strictly, rtol=1e-12)
    both = balance.notna() & balance.shift(20).notna()
    before = balance.shift(20).where(both).sum(axis=1)
    like = balance.where(both).sum(axis=1) / before.where(before > 0) - 1
    np.testing.assert_allclose(days["change_20"], like, rtol=1e-9, atol=1e-12)
    joined = balance.notna() & balance.shift().isna()
    joined.iloc[0] = False
    np.testing.assert_array_equal(days["joined"], joined.sum(axis=1))


def test_industries_are_ranked_as_pandas_groups_them(drawn):
    row = int(np.flatnonzero(np.isfinite(drawn["financing_balance"][:, 9]))[-1])  # of no industry
    table = industry_ranks(basis_of(drawn).panel, row).set_index("industry")
    names = pd.Series([*drawn.industries, "no industry"])
    codes = drawn["industry"][row]
    label = names[np.where(np.isnan(codes), 4, codes).astype(int)].to_numpy()
    now = pd.Series(drawn["financing_balance"][row])
    sums = now.groupby(label).sum()
    np.testing.assert_allclose(table["financing_balance"], sums[table.index], rtol=1e-12)
    assert table.index.tolist() == sums.sort_values(ascending=False).index.tolist()
    assert table["rank"].tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(table["share"], (sums / sums.sum())[table.index], rtol=1e-12)
    assert table["securities"].to_dict() == now.groupby(label).count().to_dict()
    for span in (1, 5, 20, 60):
        then = pd.Series(drawn["financing_balance"][row - span]).where(now.notna())
        change = now.where(then.notna()).groupby(label).sum() / then.groupby(label).sum() - 1
        np.testing.assert_allclose(table[f"change_{span}"], change[table.index], rtol=1e-9)
    assert table["change_20"].idxmax() == table["change_rank"].idxmin()


def test_the_same_period_of_last_year_as_pandas_finds_it(drawn):
    basis = basis_of(drawn)
    days, row = market_days(basis), len(drawn.sessions) - 1
    index = pd.DatetimeIndex(drawn.sessions)
    before = index.get_indexer(pd.DatetimeIndex([index[row] - pd.DateOffset(years=1)]), method="pad")[0]
    assert row_a_year_ago(drawn.sessions, row) == before
    table = {(one["figure"], one["span"]): one for one in records(last_year(basis, days, row))}
    now, then = (pd.Series(drawn["financing_balance"][t]) for t in (row, before))
    both = now.notna() & then.notna()
    found = table["financing_balance", "day"]
    assert (found["now"], found["then"]) == pytest.approx((now[both].sum(), then[both].sum()))
    assert found["change"] == pytest.approx(now[both].sum() / then[both].sum() - 1)
    assert found["securities"] == both.sum()
    of_year = [(index.year == index[t].year) & (index <= index[t]) for t in (row, before)]
    bought = table["financing_buy", "year to date"]
    sums = [np.nansum(drawn["financing_buy"][rows]) for rows in of_year]
    assert (bought["now"], bought["then"]) == pytest.approx(tuple(sums))
    shares = [days["float_cap_share"][rows].mean() for rows in of_year]
    share = table["float_cap_share", "year to date"]
    assert (share["now"], share["then"], share["change"]) == pytest.approx((*shares, shares[0] - shares[1]))


@pytest.mark.parametrize("seed", range(4))
def test_places_among_equal_values_are_those_of_pandas(seed):
    values = np.random.default_rng(seed).integers(0, 5, 30).astype(float)
    values[::7] = NAN
    series = pd.Series(values)
    for j, value in enumerate(values):
        place, count = percentile(values, value)
        strictly = (series.rank(method="min") - 1) / (series.count() - 1)
        assert (place, count) == pytest.approx((strictly[j], series.count()), nan_ok=True)
        floored = (series < value).sum() * 100 // (count - 1)
        assert above_words(place) == ("–" if np.isnan(place) else f"{floored} %")
        rank = series.rank(ascending=False, method="min")[j]
        assert largest_first(values, value) == (None if np.isnan(value) else rank)


def test_100_per_cent_is_said_only_where_every_other_one_lies_below():
    values = np.arange(1266.0)
    values[3] = 5000.0  # an earlier session was higher
    place, count = percentile(values, values[-1])
    assert others_words(place, count) == "above 99 % of the other 1,265 sessions"
    assert others_words(*percentile(values, 5000.0)) == "above 100 % of the other 1,265 sessions"
    assert [above_words(k / 100) for k in range(101)] == [f"{k} %" for k in range(101)]
    tied = np.array([1.0, 2.0, 2.0])
    assert percentile(tied, 2.0) == (0.5, 3)
    assert np.isnan(percentile(tied[:1], 1.0)[0])
    market = panel_of(
        financing_balance=[[99, 1, NAN], [1, 0, NAN], [1, 1, NAN], [99, 1, NAN]],
        float_cap=[[1000, 1000, NAN]] * 4,
    )
    assert "above 66 % of the other 3 sessions" in market_view(market).sentence()
    assert "above 66 % of the other 3 sessions" in render_market(market_view(market), "mine", plotly="")


def test_a_leap_day_and_data_that_do_not_reach_back():
    days = np.array(["2023-02-27", "2023-02-28", "2023-03-01", "2024-02-29"], "datetime64[D]")
    assert row_a_year_ago(days, 3) == 1
    assert row_a_year_ago(days, 2) is None
    assert row_a_year_ago(np.array(["2022-01-04", "2024-02-29"], "datetime64[D]"), 1) is None


def test_published_totals_are_no_sum_and_beside_securities_tell_what_these_hold():
    totals = panel_of(
        symbols=("000300.SH", "000001.SH"),
        close=[[3000, 2000]] * 4,
        financing_balance=[[500, 300], [510, 305], [520, 310], [530, 312]],
        short_volume=[[7, 8]] * 4,
        short_balance=[[NAN, NAN]] * 3 + [[9, NAN]],
        total_balance=[[501, NAN]] * 4,
    )
    view = market_view(totals)
    assert view.basis == "the published totals, stored as 000300.SH"
    assert view.value("total_balance") == 501
    assert view.days["short_balance"].isna().tolist() == [True, True, True, False]  # the level is no price
    assert view.days["securities"].isna().all()
    merged = panel_of(
        symbols=("000300.SH", "600000.SH", "600001.SH"),
        financing_balance=[[500, 100, 50]] * 3 + [[500, 100, 150]],
        close=[[3000, 9, 9]] * 4,
    )
    beside = market_view(merged)
    assert beside.value("financing_balance") == 250
    assert "The securities held 50.0 % of the market's published financing balance on 2024-01-05." in beside.notes


def test_rules_that_changed_are_those_of_the_rulebook_after_the_first_day_up_to_the_last():
    found = rule_changes(np.datetime64("2015-08-04"), np.datetime64("2015-11-23"))
    assert found["change"].tolist() == ["financing margin ratio 50 % → 100 %"]
    assert [str(day.date()) for day in found["date"]] == ["2015-11-23"]
    apart = regimes_between(np.datetime64("2015-08-04"), np.datetime64("2015-11-23"))
    assert apart["regime"].tolist() == ["After the crash, financing ratio 50 %", "Financing ratio 100 %"]
    assert [str(day.date()) for day in apart["date"]] == ["2015-09-01", "2015-11-23"]
    early = rule_changes(np.datetime64("2015-06-01"), np.datetime64("2016-12-31"))["change"].tolist()
    assert early == [
        "contracts may be extended",
        "longest term of a contract 6 months as before, extended where broker and client agree",
        "maintenance call ratio 130 % as before, to be cured as the contract says",
        "a short may be covered from the next session on",
        "financing margin ratio 50 % → 100 %",
        "highest haircut rate of collateral (price-earnings ratio above 300, or a loss) 0 %",
    ]
    every = rule_changes(np.datetime64("2010-01-05"), np.datetime64("2026-10-01"))["change"]
    assert not [change for change in every if "_" in change or change.endswith((" 0", " 1", "contract"))]
    later = rule_changes(np.datetime64("2023-10-01"), np.datetime64("2024-08-01"))["change"].tolist()
    assert "short margin ratio (private fund) 50 % → 100 %" in later
    assert "Relending suspended" not in later
    assert rule_changes(np.datetime64("2016-01-04"), np.datetime64("2016-12-09")).empty


def test_the_page_begins_with_the_answer_and_escapes_what_the_data_say(drawn):
    view = market_view(drawn)
    page = render_market(view, "<mine>", plotly="")
    assert page.index(view.sentence()) < page.index("chart-balances") < page.index("chart-industries")
    assert "&lt;mine&gt;" in page
    assert "<mine>" not in page
    assert re.findall(r'class="chart" id="([^"]+)"', page) == list(figures_of(page))
    json.dumps(view.as_record(), allow_nan=False)


def test_the_peaks_of_the_real_totals(real, tmp_path):
    for name in ("clean", "raw"):
        import_data(None, [real / "ashare_market" / f"{name}.csv"], tmp_path / name)
        view = market_view(load(tmp_path / name))
        peaks = {peak.figure: (peak.value, peak.date) for peak in view.peaks}
        assert peaks["financing_balance"] == (pytest.approx(2.267e12, rel=5e-4), "2015-06-18")
        assert peaks["total_balance"] == (pytest.approx(2.273e12, rel=5e-4), "2015-06-18")
        assert peaks["float_cap_share"] == (pytest.approx(0.0470, rel=1e-3), "2015-07-03")
        assert market_view(load(tmp_path / name), "2015-06-18").value("financing_balance", "percentile") == 1.0
    table = pd.read_csv(real / "ashare_market" / "clean.csv")
    assert view.value("float_cap_share") == pytest.approx(table["rzyezb"].iloc[-1] / 100, rel=1e-9)
    assert {"financing_balance", "float_cap_share"} <= set(view.last_year["figure"])
    assert "financing margin ratio 50 % → 100 %" in view.rules["change"].tolist()


@pytest.mark.slow
def test_real_securities_of_taiwan_sum_to_what_pandas_sums(real, tmp_path):
    import_data(None, [real / "twse"], tmp_path / "ds")
    view = market_view(load(tmp_path / "ds"), "2026-07-09")
    margin = pd.read_parquet(real / "twse" / "margin.parquet").query("date == '20260709'")
    bars = pd.read_parquet(real / "twse" / "ohlcv.parquet").query("date == '20260709'").set_index("code")
    close = margin["股票代號"].str.strip().map(bars["close"])
    worth = margin["融資今日餘額"].fillna(0.0) * 1000 * close  # blank for zero, as the import says
    assert view.currency == "TWD"
    assert view.value("financing_balance") == pytest.approx(worth.sum(), rel=1e-12)
    assert view.days["securities"].iloc[-1] == worth.notna().sum()
    assert len(view.rules) == 0


def test_a_day_with_margin_rows_and_no_price_says_which_of_both_is_missing(real, tmp_path):
    import_data(None, [real / "twse"], tmp_path / "ds")
    panel = load(tmp_path / "ds")
    rows = pd.read_parquet(real / "twse" / "margin.parquet").query("date == '20260821'")
    bars = pd.read_parquet(real / "twse" / "ohlcv.parquet")
    assert bars["date"].max() == "20260804"
    said = f"{len(rows):,} securities have a financing volume on 2026-08-21 but no close, and the balance in money is "
    for view in (market_view(panel), security_list(panel)):
        assert view.notes[0].startswith(said)
        assert ": shown is 2026-08-04" in view.notes[0]
    notes = security_view(panel, "2330").notes
    assert [note for note in notes if note.startswith("There is a financing volume on 2026-08-21 but no close: ")]
    assert not [note for note in security_view(panel, "2330", "2026-08-04").notes if "financing volume on" in note]
