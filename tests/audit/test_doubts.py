"""Each doubt is raised by what deserves it, and by nothing else."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from liangrong.core.audit.audit import audit
from liangrong.core.audit.doubts import doubts_of
from liangrong.core.audit.page import render_page
from liangrong.core.audit.shift import best_lags
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.sources import read
from liangrong.core.sources.kinds import FAIL, NOTE

DAYS = mainland().between("2019-01-02", "2019-12-31")
SYMBOLS = ("600000.SH", "600036.SH", "000001.SZ", "300750.SZ")
PRICES = ("open", "high", "low", "close")


def market(seed=1, symbols=SYMBOLS, sessions=DAYS):
    """Return bars that nothing is wrong with: small moves on the tick, purchases that follow the turnover."""
    rng, shape = np.random.default_rng(seed), (len(sessions), len(symbols))
    close = np.round(20.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, shape), axis=0)), 2)
    low, high = np.round(close * 0.99, 2), np.round(close * 1.01, 2)
    volume = np.round(1e6 * np.exp(rng.normal(0.0, 0.5, shape)))
    buy = np.round(volume * close * np.exp(rng.normal(-2.5, 0.2, shape)))
    fields = {"open": low, "high": high, "low": low, "close": close, "volume": volume, "amount": volume * close}
    return Panel(sessions=sessions, symbols=symbols, fields={**fields, "financing_buy": buy}, source="made")


def kinds(panel):
    return {one.kind: one for one in doubts_of(panel)}


def scaled(panel, t, j, factor, **more):
    """Return the panel with the prices of a security times `factor` from a session on."""
    made = {}
    for name in (*PRICES, "amount"):
        made[name] = panel[name].copy()
        made[name][t:, j] = np.round(made[name][t:, j] * factor, 2)
    return panel.with_fields({**made, **more})


def put(panel, t, j, **cells):
    made = {name: panel[name].copy() for name in cells}
    for name, value in cells.items():
        made[name][t, j] = value
    return panel.with_fields(made)


def test_sound_bars_raise_no_doubt():
    assert doubts_of(market()) == []
    assert audit(market()).ok


def test_a_split_that_no_table_tells_is_named_with_its_day():
    panel = scaled(market(), 100, 2, 0.5)
    before, after = panel["close"][99:101, 2]
    (one,) = doubts_of(panel)
    assert (one.kind, one.verdict, one.count) == ("move_beyond_limit", FAIL, 1)
    assert one.examples[0].startswith(f"000001.SZ {DAYS[100]}: {after:g} after {before:g} (-")
    assert "limit 10%" in one.examples[0]
    result = audit(panel)
    assert result.exit_code == 1
    assert str(DAYS[100]) in result.problems[0]
    assert "`data.actions`" in result.problems[0]


@pytest.mark.parametrize(("j", "doubted"), [(3, False), (0, True)])
def test_the_limit_is_that_of_the_board_and_the_day(j, doubted):
    sessions = mainland().between("2020-06-01", "2020-12-31")
    day = int(np.searchsorted(sessions, np.datetime64("2020-09-15")))  # ChiNext has had 20 % since 2020-08-24
    assert ("move_beyond_limit" in kinds(scaled(market(sessions=sessions), day, j, 1.15))) == doubted


def test_a_fund_may_track_a_board_with_wide_limits():
    sessions = mainland().between("2020-10-09", "2021-03-31")
    made = market(symbols=("159915.SZ", "600000.SH"), sessions=sessions)
    assert "move_beyond_limit" not in kinds(scaled(made, 50, 0, 1.15))
    assert "move_beyond_limit" in kinds(scaled(made, 50, 0, 1.25))


def test_a_published_reference_explains_an_ex_date():
    panel = scaled(market(), 100, 0, 0.5)
    pre = np.full(panel.shape, np.nan)
    pre[1:] = panel["close"][:-1]
    pre[100, 0] = np.round(panel["close"][99, 0] / 2.0, 2)
    assert doubts_of(panel.with_fields({"pre_close": pre})) == []


def test_published_limits_decide_where_there_are_some():
    """A close 12 % up inside a published limit of 20 % is none, one 8 % up beyond a published 5 % is one."""
    panel = scaled(market(), 100, 0, 1.12)
    assert "move_beyond_limit" in kinds(panel)
    before, after = panel["close"][99:101, 0]
    up, down = np.full((2, *panel.shape), np.nan)
    up[100, 0], down[100, 0] = round(before * 1.2, 2), round(before * 0.8, 2)
    assert doubts_of(panel.with_fields({"limit_up": up, "limit_down": down})) == []
    up[100, 0], down[100, 0] = 0.0, 0.0  # no limit of that day is published: that of the board
    assert "move_beyond_limit" in kinds(panel.with_fields({"limit_up": up, "limit_down": down}))
    panel = scaled(market(), 100, 0, 1.08)
    before, after = panel["close"][99:101, 0]
    up[100, 0], down[100, 0] = round(before * 1.05, 2), round(before * 0.95, 2)
    (one,) = doubts_of(panel.with_fields({"limit_up": up, "limit_down": down}))
    assert one.examples[0].startswith(f"600000.SH {DAYS[100]}: {after:g} after {before:g} (+")
    assert one.examples[0].endswith(f", published limits {down[100, 0]:g} to {up[100, 0]:g})")


@pytest.mark.parametrize("is_said", [True, False])
def test_adjusted_prices_have_no_limit(is_said):
    panel = scaled(market(), 100, 0, 0.7)
    assert "move_beyond_limit" in kinds(panel)
    if is_said:
        panel = replace(panel, adjusted="forward-adjusted")
    else:
        close = panel["close"] * np.where(np.arange(4) == 0, 0.9731, 1.0)
        panel = panel.with_fields({"close": close, "low": np.minimum(close, panel["low"])})
    assert set(kinds(panel)) == {"adjusted_prices"}


def test_the_table_of_actions_of_the_data_explains_an_ex_date_in_a_suspension_too():
    split = CorporateAction(DAYS[100], "600000.SH", 0.2, 1.0)
    panel = scaled(market(), 100, 0, 0.5)
    assert "move_beyond_limit" in kinds(panel)
    assert "move_beyond_limit" in kinds(replace(panel, actions=(split._replace(day=DAYS[99]),)))
    assert doubts_of(replace(panel, actions=(split,))) == []
    shut = {name: values.copy() for name, values in panel.fields.items()}
    for values in shut.values():
        values[98:103, 0] = np.nan
    assert doubts_of(replace(panel.with_fields(shut), actions=(split,))) == []


def test_adjusted_prices_with_a_table_of_actions_count_dividends_twice():
    panel = replace(market(), adjusted="forward-adjusted")
    action = CorporateAction(DAYS[100], "600000.SH", 0.2, 0.0)
    assert kinds(replace(panel, actions=(action,)))["adjusted_with_actions"].verdict == FAIL
    assert "adjusted_with_actions" not in kinds(panel)


def test_an_action_that_only_the_factor_tells_is_a_note():
    factor = np.ones((len(DAYS), 4))
    factor[100:, 0] = 2.0
    (one,) = doubts_of(scaled(market(), 100, 0, 0.5, adj_factor=factor))
    assert (one.kind, one.verdict) == ("action_in_adj_factor_only", NOTE)


def test_a_bar_ten_times_too_high():
    panel = market()
    ten = put(panel, 50, 1, **{name: panel[name][50, 1] * 10.0 for name in PRICES})
    assert kinds(ten)["move_beyond_limit"].count == 2  # there and back


def test_bars_that_contradict_themselves():
    panel = market()
    (one,) = doubts_of(put(panel, 7, 0, high=panel["low"][7, 0] - 0.01))
    assert (one.kind, one.verdict, one.examples) == ("bar_contradicts_itself", FAIL, (f"600000.SH {DAYS[7]}",))


def test_a_high_below_the_low_without_open_and_close():
    made = market()
    bare = Panel(sessions=DAYS, symbols=SYMBOLS, fields={"high": made["high"].copy(), "low": made["low"]})
    assert doubts_of(bare) == []
    assert [one.kind for one in doubts_of(put(bare, 7, 0, high=1.0))] == ["bar_contradicts_itself"]


def test_a_new_listing_has_no_limit_at_first_and_one_later():
    for day, doubted in ((41, False), (44, False), (45, True), (60, True)):
        made = market()
        fields = {name: values.copy() for name, values in made.fields.items()}
        for values in fields.values():
            values[:40, 0] = np.nan  # listed on the fortieth session
        found = kinds(scaled(made.with_fields(fields), day, 0, 1.4))
        assert ("move_beyond_limit" in found) == doubted, day


def test_rows_in_another_unit():
    panel = market()
    amount = panel["amount"].copy()
    amount[200:, 0] /= 1e4
    (one,) = [d for d in doubts_of(panel.with_fields({"amount": amount})) if d.kind != "margin_rows_shifted"]
    assert (one.kind, one.count, one.verdict) == ("unit_changes", len(DAYS) - 200, FAIL)


def test_adjusted_prices_and_a_factor_beside_them():
    panel = market()
    factor = np.where(np.arange(len(DAYS)) < 120, 0.9731, 1.0)[:, None] * np.ones(4)
    adjusted = panel.with_fields({name: panel[name] * factor for name in PRICES})
    (one,) = doubts_of(adjusted)
    assert (one.kind, one.verdict, one.count) == ("adjusted_prices", NOTE, 4)
    assert one.examples[0].startswith("600000.SH: ")
    assert kinds(adjusted.with_fields({"adj_factor": factor}))["adjusted_twice"].verdict == FAIL
    assert set(kinds(adjusted.with_fields({"adj_factor": np.ones(panel.shape)}))) == {"adjusted_prices"}


def test_prices_that_the_import_knows_to_be_adjusted_are_named_though_they_lie_on_the_tick():
    panel = replace(market(), adjusted="forward-adjusted (adjustflag 2)")
    (one,) = doubts_of(panel)
    assert (one.kind, one.count, one.detail) == ("adjusted_prices", 4, "the prices are forward-adjusted (adjustflag 2)")


@pytest.mark.parametrize("lag", [-2, -1, 1, 2])
def test_shifted_margin_rows(lag):
    panel = market(seed=4)
    assert set(best_lags(panel).values()) == {0}
    buy = panel["financing_buy"].copy()
    buy[:, :2] = np.roll(buy[:, :2], lag, axis=0)  # Shanghai's
    (one,) = doubts_of(panel.with_fields({"financing_buy": buy}))
    assert (one.kind, one.verdict, one.examples) == ("margin_rows_shifted", FAIL, (f"SH by {lag:+d}",))


@pytest.mark.parametrize("seed", range(20))
def test_purchases_that_follow_no_turnover_are_not_called_shifted(seed):
    panel = market(seed=seed)
    buy = np.random.default_rng(seed + 100).uniform(1e6, 1e7, panel.shape)
    assert set(best_lags(panel.with_fields({"financing_buy": buy})).values()) == {0}


def test_what_stops_and_what_is_no_share():
    panel = market(symbols=("600000.SH", "900901.SH", "000300.SH", "200002.SZ"))
    close = panel["close"].copy()
    close[150:, 0] = np.nan
    found = kinds(panel.with_fields({"close": close}))
    assert found["stops"].examples == (f"600000.SH {DAYS[149]}",)
    assert found["b_shares"].examples == ("900901.SH", "200002.SZ")
    assert found["indices"].examples == ("000300.SH",)
    assert {one.verdict for one in found.values()} == {NOTE}


def test_an_exchange_that_ends_before_the_data_is_a_problem():
    panel = market()
    fields = {name: values.copy() for name, values in panel.fields.items()}
    for values in fields.values():
        values[-40:, 2:] = np.nan  # Shenzhen ends eight weeks before Shanghai
    result = audit(panel.with_fields(fields))
    assert any(f"exchange SZ: no security on 40 sessions, the first {DAYS[-40]}" in line for line in result.problems)
    assert result.exit_code == 1


def test_a_day_on_which_the_securities_break_an_identity():
    panel = market()
    repay = np.round(np.random.default_rng(2).uniform(1e6, 2e6, panel.shape))
    balance = 1e9 + np.cumsum(panel["financing_buy"] - repay, axis=0)
    balance[80:, :3] += 1e6
    result = audit(panel.with_fields({"financing_repay": repay, "financing_balance": balance}))
    (one,) = result.doubts
    assert (one.kind, one.examples) == ("identity_breaks_by_day", (f"{DAYS[80]}: 75% of 4",))
    assert result.ok


def test_json_and_page_say_all_of_it():
    result = audit(put(market(), 7, 0, high=market()["low"][7, 0] - 0.01))
    record = json.loads(json.dumps(result.as_record()))
    assert record["ok"] is False
    assert record["doubts"][0]["kind"] == "bar_contradicts_itself"
    assert len(record["coverage"]) == len(result.coverage)
    page = render_page(result, "<b>mine</b>")
    assert "&lt;b&gt;mine&lt;/b&gt;" in page
    assert "bar_contradicts_itself" in page
    assert len(page) < 200_000
    assert "1 problem: a backtest is wrong where it touches the places named" in page
    assert "Coverage by exchange" in page
    assert "<td class=text>SH</td>" in page
    assert page.count("A high below its low") == 1  # what is wrong is said once


def test_all_places_are_in_json_and_on_the_page_and_the_first_few_in_the_terminal():
    panel = market()
    low = panel["low"].copy()
    high = panel["high"].copy()
    high[10:40, 1] = low[10:40, 1] - 0.01
    result = audit(panel.with_fields({"high": high}))
    (one,) = [one for one in json.loads(json.dumps(result.as_record()))["doubts"] if one["verdict"] == FAIL]
    assert one["places"] == [{"symbol": "600036.SH", "day": str(day), "words": ""} for day in DAYS[10:40]]
    page = render_page(result, "mine")
    assert all(f"<td class=text>{day}</td>" in page for day in DAYS[10:40])
    assert "2 problems" not in page
    (line,) = result.problems
    assert f"600036.SH {DAYS[14]} and 25 more, all of them in `data audit DIR --json` and `--page FILE`" in line
    assert str(DAYS[15]) not in line


def test_a_page_that_does_not_hold_every_place_says_so_with_both_numbers(monkeypatch):
    monkeypatch.setattr("liangrong.core.audit.page.ON_PAGE", 20)
    monkeypatch.setattr("liangrong.core.audit.doubt.ON_PAGE", 20)
    high, low = market()["high"].copy(), market()["low"]
    high[10:40, 1] = low[10:40, 1] - 0.01
    result = audit(market().with_fields({"high": high}))
    page = render_page(result, "mine")
    assert "The first 20 of 30: `data audit DIR --json` lists all." in page
    assert f"<td class=text>{DAYS[29]}</td>" in page
    assert f"<td class=text>{DAYS[30]}</td>" not in page
    assert "25 more, all of them in `data audit DIR --json`, the first 20 in `--page FILE`" in result.problems[0]


def bars(folder):
    parts = [pd.read_csv(path).assign(symbol=f"{path.stem[3:9]}.SH") for path in sorted(folder.glob("*.csv"))]
    rows = pd.concat(parts)
    wide = {name: rows.pivot_table(index="date", columns="symbol", values=name) for name in PRICES}
    days = pd.to_datetime(wide["close"].index).to_numpy().astype("datetime64[D]")
    fields = {name: np.ascontiguousarray(frame.to_numpy(dtype=float)) for name, frame in wide.items()}
    return Panel(sessions=days, symbols=tuple(wide["close"].columns), fields=fields)


def test_real_bars_unadjusted_and_adjusted(real):
    raw, adjusted = (bars(real / "ashare300" / "pairs" / name) for name in ("raw", "forward_adjusted"))
    assert {name: one.count for name, one in kinds(raw).items()} == {"move_beyond_limit": 6}
    assert {name: one.count for name, one in kinds(adjusted).items()} == {"adjusted_prices": 12}


@pytest.mark.parametrize("lag", [-1, 1])
def test_real_margin_rows_stand_on_their_session(real, lag):
    panel = read("ashare", real / "ashare").panel
    assert best_lags(panel) == {"SH": 0, "SZ": 0}
    late = panel.with_fields({"financing_buy": np.roll(panel["financing_buy"], lag, axis=0)})
    assert best_lags(late) == {"SH": lag, "SZ": lag}
