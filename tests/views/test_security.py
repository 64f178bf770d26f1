"""A security on a day: every figure by hand and by pandas, what is public then, rules and states, events, refusals."""

import json
from dataclasses import replace
from typing import Any

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from liangrong.core.dataset.importing import import_data
from liangrong.core.dataset.store import load, save
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.ideas.registry import resolve_rule
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.panel import Panel
from liangrong.core.study.names import named_rules
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.views.asked_day import found_symbol
from liangrong.core.views.looking import as_security, show
from liangrong.core.views.security_list import security_list
from liangrong.core.views.security_page import render_security
from liangrong.core.views.security_view import security_view
from page_parts import figures_of

NAN = np.nan
DAYS = np.arange("2024-01-08", "2024-01-13", dtype="datetime64[D]")
SYMBOLS = ("600000.SH", "600001.SH", "000001.SZ")
MARKET = generate(seed=3, securities=30, sessions=330)


def panel_of(symbols=SYMBOLS, **fields):
    arrays = {name: np.array(values, dtype=float) for name, values in fields.items()}
    return Panel(sessions=DAYS, symbols=symbols, fields=arrays)


BY_HAND = panel_of(
    close=[[10, 20, 30], [11, 20, 30], [12, 20, 30], [12, 20, 33], [9, 20, 33]],
    adj_factor=[[1, 1, 1]] * 4 + [[1.5, 1, 1]],
    volume=[[100, 200, 300]] * 5,
    amount=[[1000, 4000, 9000]] * 5,
    float_shares=[[1000, 1000, 2000]] * 5,
    float_cap=[[10000, 20000, 60000]] * 5,
    financing_balance=[[100, 200, 50], [110, 210, 60], [130, 205, 70], [125, 200, 80], [NAN, 220, 90]],
    financing_buy=[[50, 20, 9], [60, 30, 12], [70, 10, 14], [20, 10, 10], [NAN, 30, 20]],
    financing_repay=[[40, 25, 5], [50, 20, 2], [50, 15, 4], [25, 15, 0], [NAN, 10, 10]],
    short_volume=[[10, 20, 40]] * 5,
    financing_eligible=[[1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1], [0, 1, 1]],
)


def strictly(series):
    """Return which part of the others lies strictly below each value of a series, by pandas."""
    return (series.rank(method="min") - 1) / (series.count() - 1)


def test_each_figure_by_hand():
    view = security_view(BY_HAND, "600000")
    assert (view.symbol, str(view.date)) == ("600000.SH", "2024-01-12")
    # The balance ended a session earlier: everything of it is of that session.
    assert view.of("financing_balance") == 125
    assert str(view.of("financing_balance", "date").date()) == "2024-01-11"
    assert view.of("financing_balance", "change_1") == pytest.approx(125 / 130 - 1)
    assert np.isnan(view.of("financing_balance", "change_5"))
    assert (view.of("financing_balance", "rank"), view.of("financing_balance", "securities")) == (2, 3)
    assert view.of("financing_balance", "cross_percentile") == pytest.approx(1 / 2)
    assert view.of("financing_balance", "own_percentile") == pytest.approx(2 / 3)
    assert view.of("financing_balance", "own_sessions") == 4
    assert view.of("net_buy") == 20 - 25
    assert view.of("net_buy", "rank") == 2.0  # -5 and -5 share it, 10 is the first
    assert view.of("float_cap_share") == pytest.approx(125 / 10000)
    assert view.of("float_cap_share", "change_1") == pytest.approx(125 / 10000 - 130 / 10000)
    assert view.of("purchase_share") == pytest.approx(20 / 1000)
    assert view.of("short_ratio") == pytest.approx(10 / 1000)
    assert view.of("turnover_rate") == pytest.approx(100 / 1000)
    assert np.isnan(view.of("days_to_cover"))  # of ten sessions at least
    # A split of one for two: the change of the close is of close x adj_factor.
    assert view.of("close") == 9
    assert np.isnan(view.of("close", "rank"))  # a price says nothing beside others
    assert view.of("close", "change_1") == pytest.approx(9 * 1.5 / 12 - 1)
    assert str(view.of("close", "date").date()) == "2024-01-12"
    assert "as of 2024-01-11" in view.sentence()
    assert any(note.startswith("As of 2024-01-11, the last that is known then: net purchases, ") for note in view.notes)


def test_runs_count_days_of_net_buying_and_end_at_its_contrary():
    lengths = {}
    for day in DAYS[:4].astype(str):
        lengths[day] = {run.name: run.length for run in security_view(BY_HAND, "600000.SH", day).runs}
    assert [one["net purchases"] for one in lengths.values()] == [1, 2, 3, -1]
    assert [one.get("financing balance rises") for one in lengths.values()] == [None, 1, 2, -1]
    assert "net repayments 1 in a row" in security_view(BY_HAND, "600000.SH").sentence()


def test_a_decision_at_the_close_sees_the_balances_of_the_session_before():
    open_, close = (security_view(BY_HAND, "600001.SH", "2024-01-10", decision=d) for d in ("before_open", "at_close"))
    assert (open_.of("financing_balance"), close.of("financing_balance")) == (205, 210)
    assert str(close.of("financing_balance", "date").date()) == "2024-01-09"
    assert (open_.of("close"), close.of("close")) == (20, 20)
    assert str(close.of("close", "date").date()) == "2024-01-10"
    assert close.of("financing_balance", "rank") == 1
    assert np.isnan(close.history["financing_balance"].iloc[-1])  # nor does the page show it
    assert (close.of("financing_balance", "public"), close.of("close", "public")) == (
        "before the open of the next session",
        "at the close of its session",
    )
    with pytest.raises(ConfigError, match="`decision` should be one of before_open, at_close, got 'noon'"):
        security_view(BY_HAND, "600001.SH", decision="noon")


@pytest.mark.parametrize("decision", ["before_open", "at_close"])
def test_nothing_after_the_day_is_looked_at(decision):
    row = 280
    rules = named_rules(["spread_zscore", "net_financing_rate"])
    short = MARKET.window(None, MARKET.sessions[row])
    symbol, day = MARKET.symbols[4], MARKET.sessions[row]
    records = [security_view(panel, symbol, day, rules, decision).as_record() for panel in (MARKET, short)]
    assert json.dumps(records[0], sort_keys=True) == json.dumps(records[1], sort_keys=True)


def test_figures_as_pandas_counts_them():
    t = 320
    held = (MARKET["financing_balance"][250:] > 0) & (MARKET["short_volume"][250:] > 0)
    j = int(held.all(axis=0).argmax())
    symbol = MARKET.symbols[j]
    view = security_view(MARKET, symbol, MARKET.sessions[t])
    get = {name: pd.DataFrame(MARKET[name][: t + 1]) for name in MARKET.fields}
    cover = get["short_volume"] / get["volume"].rolling(20, min_periods=10).mean()
    frames = {
        "financing_balance": get["financing_balance"],
        "short_balance": get["short_balance"],
        "float_cap_share": get["financing_balance"] / get["float_cap"],
        "purchase_share": get["financing_buy"] / get["amount"],
        "short_ratio": get["short_volume"] / get["float_shares"],
        "short_to_financing": get["short_balance"] / get["financing_balance"],
        "turnover_rate": get["volume"] / get["float_shares"],
        "days_to_cover": cover,
        "net_buy": get["financing_buy"] - get["financing_repay"],
    }
    for name, frame in frames.items():
        last = frame.iloc[-1]
        assert view.of(name) == pytest.approx(last[j], rel=1e-12), name
        assert view.of(name, "rank") == last.rank(ascending=False, method="min")[j], name
        assert view.of(name, "cross_percentile") == pytest.approx(strictly(last)[j]), name
        own = strictly(frame[j].iloc[-250:]).iloc[-1]
        assert view.of(name, "own_percentile") == pytest.approx(own), name
        is_share = name.endswith(("share", "ratio", "rate", "to_financing"))
        for span in (1, 5, 20, 60) if name != "net_buy" else ():  # whose sign changes
            before = frame[j].iloc[-1 - span]
            change = last[j] - before if is_share else last[j] / before - 1
            assert view.of(name, f"change_{span}") == pytest.approx(change, rel=1e-9, abs=1e-15), (name, span)
    shares = frames["float_cap_share"][j]
    window = shares.rolling(250, min_periods=1)
    rolled = (window.rank(method="min") - 1) / (window.count() - 1)
    np.testing.assert_allclose(view.history["percentile"], rolled, rtol=1e-12)
    np.testing.assert_allclose(view.history["band_90"], shares.rolling(250, min_periods=20).quantile(0.9), rtol=1e-12)


def test_a_rule_is_read_as_it_scores_and_forms_say_what_they_would_order():
    t, rules = 320, named_rules(["price_momentum", "smooth(balance_trend)"])
    until = MARKET.window(None, MARKET.sessions[t])
    scores = resolve_rule(rules["price_momentum"]).score(until)
    row = scores[-1]
    best, worst = (MARKET.symbols[place] for place in (np.nanargmax(row), np.nanargmin(row)))
    first = security_view(MARKET, best, MARKET.sessions[t], rules).readings
    assert [one.rule for one in first] == ["price_momentum", "smooth(balance_trend)"]
    assert (first[0].score, first[0].rank, first[0].scored) == (np.nanmax(row), 1, np.isfinite(row).sum())
    assert first[0].cross_percentile == 1.0
    own = strictly(pd.Series(scores[-250:, MARKET.symbols.index(best)])).iloc[-1]
    assert first[0].own_percentile == pytest.approx(own)
    trend = resolve_rule(rules["smooth(balance_trend)"]).score(until)[:, MARKET.symbols.index(best)]
    assert first[1].own_percentile == pytest.approx(strictly(pd.Series(trend[-250:])).iloc[-1])
    assert first[1].own_sessions == np.isfinite(trend[-250:]).sum() < np.isfinite(trend).sum()
    states = {signal.strategy: signal for signal in first[0].signals}
    count = int(np.isfinite(row).sum() * 0.1)
    assert states["quantile"].state == states["long_only"].state == "long"
    assert states["quantile"].weight == pytest.approx(1.2 / count)
    assert states["timing"].state == ("long" if np.nanmean(row) > 0 else "out")
    last = security_view(MARKET, worst, MARKET.sessions[t], rules).readings[0]
    assert (last.rank, last.cross_percentile) == (last.scored, 0.0)
    assert {s.strategy: s.state for s in last.signals}["long_only"] == "out"


def test_a_rule_that_the_data_do_not_suffice_for_says_what_they_lack():
    bare = MARKET.select(MARKET.symbols[:12])
    bare = Panel(sessions=bare.sessions, symbols=bare.symbols, fields={"close": bare["close"]})
    with pytest.raises(DataError, match="rule `net_financing_rate` needs the field"):
        security_view(bare, bare.symbols[0], rules=named_rules(["net_financing_rate"]))
    few = MARKET.select(MARKET.symbols[:3])
    reading = security_view(few, few.symbols[0], rules=named_rules(["price_momentum"])).readings[0]
    assert {s.strategy: s.words for s in reading.signals}["quantile"].startswith("nothing is ordered: too few")


def test_events_are_found_and_placed():
    days = np.arange("2024-03-04", "2024-03-16", dtype="datetime64[D]")
    days = days[np.is_busday(days)]  # ten of them
    close = np.array([10.0, 11.0, 9.9, NAN, NAN, 10.0, 10.1, 5.0, 5.1, 5.2])[:, None]
    balance = np.array([5.0, 5, NAN, NAN, 5, 5, 5, 5, NAN, NAN])[:, None]
    listed = np.array([0.0, 0, 0, 0, 1, 1, 1, 1, 1, 0])[:, None]
    fields = {"close": close, "financing_balance": balance, "short_eligible": listed}
    panel = Panel(sessions=days, symbols=("600000.SH",), fields=fields)
    found = [(str(e.start), str(e.end), e.kind) for e in security_view(panel, "600000.SH").events]
    assert found == [
        ("2024-03-05", "2024-03-05", "limit up"),
        ("2024-03-06", "2024-03-06", "limit down"),
        ("2024-03-06", "2024-03-07", "missing rows"),
        ("2024-03-07", "2024-03-08", "suspended"),
        ("2024-03-08", "2024-03-08", "list"),
        ("2024-03-13", "2024-03-13", "beyond limit"),
        ("2024-03-14", "2024-03-15", "missing rows"),
        ("2024-03-15", "2024-03-15", "list"),
    ]
    words = {e.kind: e.words for e in security_view(panel, "600000.SH").events}
    assert words["list"] == "short eligible: yes → no"
    assert words["beyond limit"].startswith("5 after 10.1 (-50.5%, limit 10%)")
    assert words["suspended"] == "no trading on 2 sessions"
    rows = panel.with_fields({"short_volume": np.where(np.arange(10) == 8, 7.0, NAN)[:, None]})
    missing = [str(e.start) for e in security_view(rows, "600000.SH").events if e.kind == "missing rows"]
    assert missing == ["2024-03-06", "2024-03-15"]  # the balance of 03-14 is absent, its row is not
    factor = np.where(np.arange(10) < 7, 1.0, 2.0)[:, None]
    split = security_view(panel.with_fields({"adj_factor": factor}), "600000.SH").events
    assert ("2024-03-13", "ex-date", "1 new shares a share") in [(str(e.start), e.kind, e.words) for e in split]


def test_the_first_days_of_a_listing_have_limits_of_their_own():
    closes = [NAN, 10.0, 11.0, 12.1, 13.31, 14.64, 16.1, 17.71]
    days = np.arange("2024-03-04", "2024-03-14", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    young = Panel(sessions=days, symbols=("600000.SH",), fields={"close": np.array(closes)[:, None]})
    found = [(str(e.start), e.kind) for e in security_view(young, "600000.SH").events]
    assert found == [("2024-03-12", "limit up"), ("2024-03-13", "limit up")]


def test_corporate_actions_of_the_data_are_events_and_no_falls(tmp_path):
    """Closes 10, 11, 12 | 0.4 in cash and one share for one: the reference is 5.8 | 6.38 is the limit of that day."""
    close = np.array([10.0, 11.0, 12.0, 6.38, 6.0])[:, None]
    actions = (
        CorporateAction(DAYS[3], "600000.SH", 0.4, 1.0),
        CorporateAction(DAYS[4] + np.timedelta64(30, "D"), "600000.SH", 1.0, 0.0),
    )
    bare = Panel(sessions=DAYS, symbols=("600000.SH",), fields={"close": close})
    save(replace(bare, actions=actions), [], tmp_path / "ds")
    view = as_security(show(tmp_path / "ds", "600000", "2024-01-11"))
    assert [(str(e.start), e.kind) for e in view.events if e.start > DAYS[2]] == [
        ("2024-01-11", "ex-date"),
        ("2024-01-11", "limit up"),
    ]
    assert next(e.words for e in view.events if e.kind == "ex-date") == "0.4 a share in cash and 1 new shares a share"
    assert view.of("close", "change_1") == pytest.approx(6.38 / 5.8 - 1)
    later = as_security(show(tmp_path / "ds", "600000"))
    assert later.of("close", "change_1") == pytest.approx(6.0 / 6.38 - 1)
    assert not [note for note in later.notes if "no corporate actions" in note]
    without = security_view(bare, "600000.SH", "2024-01-11")
    assert [e.kind for e in without.events if e.start == DAYS[3]] == ["beyond limit"]
    assert [note for note in without.notes if "no corporate actions: a dividend or split looks like a fall" in note]


@pytest.mark.parametrize("text", ["600000", "sh600000", "600000.XSHG", " 600000.sh ", "600000.SH"])
def test_a_security_is_found_as_people_write_it(text):
    assert found_symbol(BY_HAND, text) == "600000.SH"


def test_a_security_that_is_not_there_is_answered_with_what_is_near():
    with pytest.raises(DataError, match=r"no security '600002'; they have 3 others: .*600000\.SH"):
        found_symbol(BY_HAND, "600002")
    both = panel_of(symbols=("000001.SZ", "000001.SH", "2330.TW"), close=np.ones((5, 3)))
    with pytest.raises(DataError, match=r"`symbol` 000001 means 000001\.SZ and 000001\.SH of these data"):
        found_symbol(both, "000001")
    assert found_symbol(both, "2330") == "2330.TW"


def test_the_list_has_the_largest_first_and_those_without_a_balance_last():
    listed = security_list(BY_HAND)
    assert listed.table["symbol"].tolist() == ["600001.SH", "000001.SZ", "600000.SH"]
    assert listed.table["rank"].tolist()[:2] == [1, 2]
    assert listed.table.set_index("symbol").loc["600000.SH", "last"] == "2024-01-11"
    assert listed.sentence() == "3 securities, 2 with financing balance on 2024-01-12."
    early = security_list(BY_HAND, "2024-01-10")
    assert early.table["financing_balance"].tolist() == [205, 130, 70]
    with pytest.raises(ConfigError, match="`rule` needs a security"):
        show(BY_HAND, rules=named_rules(["balance_trend"]))
    with pytest.raises(DataError, match="neither balances nor prices"):
        security_list(panel_of(volume=np.ones((5, 3))))


def test_an_index_with_totals_is_no_price_and_ranks_among_nobody():
    totals = panel_of(
        symbols=("000300.SH", "600000.SH", "600001.SH"),
        close=[[3000, 9, 8]] * 5,
        short_volume=[[7, 5, 6]] * 5,
        financing_balance=[[500, 40, 50]] * 5,
    )
    index = security_view(totals, "000300.SH")
    assert index.of("short_balance") is None
    assert index.of("financing_balance", "securities") == 1
    assert not [event for event in index.events if event.kind.startswith("limit")]
    assert not index.notes
    share = security_view(totals, "600000.SH")
    assert share.of("short_balance") == 45
    assert (share.of("financing_balance", "rank"), share.of("financing_balance", "securities")) == (2, 2)


def test_the_page_has_the_answer_first_and_a_chart_for_each_kind_of_figure(tmp_path):
    rules = ["balance_trend"]
    view = lr.show(MARKET, MARKET.symbols[0], rules=rules, page=tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page.index("In a sentence") < page.index('id="chart-price"')
    figures = figures_of(page)
    for name in ("price", "balances", "band", "flows", "score-0"):
        assert f'id="chart-{name}"' in page
        assert f"chart-{name}" in figures
    prices = next(one for one in figures["chart-price"]["data"] if one["name"] == "Close")
    np.testing.assert_allclose(np.array(prices["y"], dtype=float), view.history["close"], atol=1e-4)
    score = figures["chart-score-0"]["data"][0]["y"]
    np.testing.assert_allclose(np.array(score, dtype=float), view.readings[0].scores, atol=1e-6)
    small = security_view(BY_HAND, "600000.SH")
    assert '"candlestick"' not in render_security(small, "ds", plotly="")
    json.dumps(small.as_record(), allow_nan=False)
    of_all: Any = {"page": tmp_path / "all.html"}
    with pytest.raises(ConfigError, match="`page` is of one security"):
        lr.show(MARKET, **of_all)
    assert not (tmp_path / "all.html").exists()


def test_real_securities_on_a_day_are_what_their_files_say(real, tmp_path):
    import_data(None, [real / "ashare"], tmp_path / "ds")
    view = security_view(load(tmp_path / "ds"), "600519", "2018-05-10", named_rules(["spread_zscore"]))
    margin = pd.read_csv(real / "ashare" / "600519_margin_sse.csv", index_col="日期")
    bars = pd.read_csv(real / "ashare" / "600519_daily.csv", index_col="day")
    place = margin.index.tolist().index("2018-05-10")
    assert view.of("financing_balance") == margin["融资余额(元)"].iloc[place]
    assert view.of("short_balance") == pytest.approx(margin["融券余量"].iloc[place] * bars.loc["2018-05-10", "close"])
    assert view.of("close") == bars.loc["2018-05-10", "close"]
    net = (margin["融资买入额(元)"] - margin["融资偿还额(元)"]).iloc[: place + 1]
    ended = np.flatnonzero((np.sign(net) != np.sign(net.iloc[-1])).to_numpy())
    assert abs(view.runs[0].length) == len(net) - 1 - ended[-1]
    own = margin["融资余额(元)"].iloc[: place + 1].tail(250)
    assert view.of("financing_balance", "own_percentile") == pytest.approx(strictly(own).iloc[-1])
    others = [pd.read_csv(path, index_col="日期")["融资余额(元)"] for path in (real / "ashare").glob("*_margin_*.csv")]
    place_now = sum(one["2018-05-10"] > view.of("financing_balance") for one in others) + 1
    assert view.of("financing_balance", "rank") == place_now


def test_real_prices_that_no_action_explains_are_named_as_events(real, tmp_path):
    import_data(None, [real / "ashare300" / "bars.parquet"], tmp_path / "ds")
    events = security_view(load(tmp_path / "ds"), "600309", "2006-06-30").events
    beyond = [str(event.start) for event in events if event.kind == "beyond limit"]
    assert beyond == ["2005-04-01", "2006-06-05"]
    assert ("2006-02-27", "2006-03-28") in [(str(e.start), str(e.end)) for e in events if e.kind == "suspended"]
