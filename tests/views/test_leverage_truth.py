"""The estimates against the truth: by hand, by pandas, what counts and what does not, the command, pages, refusals."""

import io
import re
from typing import Any

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from cli.conftest import content, liangrong
from liangrong.core.errors import DataError
from liangrong.core.guides.guide_honesty import everything_tried
from liangrong.core.panel.leverage import financing_leverage
from liangrong.core.panel.panel import Panel
from liangrong.core.views.leverage_page import render_leverage
from liangrong.core.views.leverage_terminal import leverage_terminal
from liangrong.core.views.leverage_truth import leverage_truth
from rich.console import Console

__all__ = ["content", "liangrong"]

NAN = np.nan
LONG = 240
PAIRS = {
    "financing_cost": ("financing_cost", "holders"),
    "financing_shares": ("financed_shares", "holders"),
    "estimated_maintenance": ("maintenance_ratio", "holders"),
    "short_cost": ("short_price", "borrowers"),
    "estimated_short_maintenance": ("short_maintenance_ratio", "borrowers"),
}
"""Item -> column of the truth, and of the accounts."""


def waves():
    """Return a panel of two securities, and its financing side."""
    t = np.arange(LONG)[:, None]
    balance = 1e6 * (2.0 + np.sin(t / 9.0 + np.array([0.0, 1.0])))
    close = 10.0 + np.cos(t / 17.0 + np.array([0.0, 2.0]))
    days = pd.bdate_range("2020-01-02", periods=LONG).to_numpy().astype("datetime64[D]")
    fields = {"close": close, "financing_balance": balance}
    panel = Panel(sessions=days, symbols=("600000.SH", "600001.SH"), fields=fields)
    return panel, financing_leverage(panel)


PANEL, SIDE = waves()


def truth_of(cost=None, holders=9.0, **others):
    """Return a truth that is what is estimated, but for what is given, each float64 (T, N)."""
    made = {"financing_cost": SIDE.cost if cost is None else cost}
    made |= {"financed_shares": SIDE.shares, "maintenance_ratio": SIDE.maintenance, **others}
    made["holders"] = np.broadcast_to(holders, PANEL.shape)
    ids = {"date": np.repeat(PANEL.sessions, 2), "symbol": np.tile(PANEL.symbols, LONG)}
    return pd.DataFrame({**ids, **{name: values.ravel() for name, values in made.items()}})


def judged(truth, item="financing_cost"):
    """Return the row of an item, and the rows of its securities by symbol."""
    found = leverage_truth(PANEL, {"financing": SIDE}, truth)
    rows = found.securities[found.securities["item"] == item].set_index("symbol")
    return found.items.set_index("item").loc[item], rows


def test_bias_and_correlation_by_hand():
    # Twice and half of the truth; the second runs against it: 4 / x has the mean logarithm ln 4 - mean(ln x).
    second = 4.0 / SIDE.cost[:, 1]
    row, rows = judged(truth_of(np.column_stack([SIDE.cost[:, 0] / 2.0, second])))
    mean = np.log(SIDE.cost[120:, 1]).mean()
    other = np.exp(2.0 * mean - np.log(4.0)) - 1.0
    assert rows["bias"].to_dict() == pytest.approx({"600000.SH": 1.0, "600001.SH": other})
    assert rows["correlation"].to_dict() == pytest.approx({"600000.SH": 1.0, "600001.SH": -1.0})
    assert rows.index.tolist() == ["600001.SH", "600000.SH"]  # the least correlated first
    assert rows["sessions"].tolist() == [120, 120]
    assert row["bias_pooled"] == pytest.approx(np.sqrt(2.0 * (1.0 + other)) - 1.0)
    assert row["bias_mean"] == row["bias_median"] == pytest.approx((1.0 + other) / 2.0)
    assert (row["securities"], row["sessions"], row["above"], row["correlated"], row["near"]) == (2, 240, 1, 2, 0)
    levels = [row[f"correlation_{name}"] for name in ("low", "median", "high")]
    assert levels == pytest.approx([-0.5, 0.0, 0.5])
    same, _ = judged(truth_of(), "financing_shares")
    assert (same["near"], same["above"], same["bias_pooled"]) == (2, 2, 0.0)


@pytest.mark.parametrize("value", [NAN, np.inf, -np.inf, 0.0, -1.0])
def test_a_session_counts_where_both_sides_are_finite_and_above_0(value):
    cost = SIDE.cost.copy()
    cost[130:135, 0] = value
    assert judged(truth_of(cost))[1]["sessions"].to_dict() == {"600000.SH": 115, "600001.SH": 120}
    cost[:120] = 1e9  # within the first 120 sessions nothing matters
    assert judged(truth_of(cost))[0]["bias_pooled"] == pytest.approx(0.0)
    cost[135:151, 0] = value
    assert judged(truth_of(cost))[1].index.tolist() == ["600001.SH"]  # 99 sessions are too few


def test_a_session_of_few_accounts_or_without_a_row_counts_not():
    holders = np.full(PANEL.shape, 5.0)
    holders[200:203, 1] = 4.0
    truth = truth_of(holders=holders)
    assert judged(truth)[1]["sessions"].to_dict() == {"600000.SH": 120, "600001.SH": 117}
    assert judged(truth.drop(index=range(450, 460)))[1]["sessions"].to_dict() == {"600000.SH": 115, "600001.SH": 112}


def test_what_never_changes_has_a_bias_and_no_correlation():
    row, rows = judged(truth_of(np.full(PANEL.shape, 3.7)))
    assert rows["correlation"].isna().all()
    assert rows["bias"].notna().all()
    assert (row["securities"], row["correlated"], row["above"]) == (2, 0, 0)
    assert np.isnan(row["correlation_median"])


REFUSED = {
    "a column": (truth_of().drop(columns="holders"), "should have the column `holders`, it does not"),
    "twice": (pd.concat([truth_of(), truth_of().tail(1)]), "one row for each date and symbol, one stands twice"),
    "another": (
        truth_of().replace({"symbol": {"600000.SH": "000001.SZ", "600001.SH": "000002.SZ"}}),
        "of another market",
    ),
    "few": (truth_of(holders=4.0), "make a market of more sessions or accounts, such as `--sessions 360"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_truth_that_says_nothing_of_the_data_is_refused(name):
    truth, words = REFUSED[name]
    with pytest.raises(DataError, match=re.escape(words)):
        leverage_truth(PANEL, {"financing": SIDE}, truth)


def by_pandas(folder, way: Any):
    """Return bias and correlation of each item and security: long tables, merged and grouped."""
    panel = lr.with_leverage(lr.read_dataset(folder), way=way)
    truth = pd.read_parquet(folder / "truth.parquet")
    dates = pd.Index(panel.sessions.astype("datetime64[ns]"), name="date")
    parts = []
    for item, (column, accounts) in PAIRS.items():
        wide = pd.DataFrame(panel[item], index=dates, columns=pd.Index(panel.symbols, name="symbol"))
        estimated = wide.iloc[120:].melt(value_name="estimated", ignore_index=False).reset_index()
        truth["date"] = truth["date"].astype(estimated["date"].dtype)
        both = estimated.merge(truth[["date", "symbol", column, accounts]], on=["date", "symbol"])
        both = both[(both[accounts] > 4) & (both[column] > 0) & (both["estimated"] > 0)].dropna()
        both = both.groupby("symbol").filter(lambda rows: len(rows) > 99)
        logs = both.assign(item=item, x=np.log(both["estimated"]), y=np.log(both[column]))
        parts.append(logs[["item", "symbol", "x", "y"]])
    return pd.concat(parts)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Return the folder of a market of many accounts that is long enough to be judged."""
    folder = tmp_path_factory.mktemp("market") / "clients"
    made = lr.account_market(accounts=500, securities=40, sessions=280, seed=3, history=True, corporate_actions=True)
    made.save(folder)
    return folder


@pytest.mark.parametrize("way", ["proportional", "fifo"])
def test_the_command_says_what_pandas_finds(content, market, way):
    code, kind, told = content("data", "leverage", market, "--truth", "--way", way)
    assert (code, kind) == (0, "leverage")
    logs = by_pandas(market, way)
    groups = logs.groupby(["item", "symbol"])
    bias = (groups["x"].mean() - groups["y"].mean()).map(np.exp).sub(1.0)
    correlation = groups[["x", "y"]].corr().xs("x", level=-1)["y"]
    found = pd.DataFrame(told["truth_securities"]).set_index(["item", "symbol"])
    assert len(found) == len(bias) > 30
    pd.testing.assert_series_equal(found["bias"].sort_index(), bias, check_names=False, rtol=1e-9)
    pd.testing.assert_series_equal(found["correlation"].sort_index(), correlation, check_names=False, rtol=1e-9)
    assert (found["sessions"].sort_index() == groups.size()).all()
    for row in told["truth"]:
        ours = logs[logs["item"] == row["item"]]
        assert row["truth"] == PAIRS[row["item"]][0]
        if not len(ours):
            assert (row["securities"], row["bias_pooled"]) == (0, None)
            continue
        b, c = bias[row["item"]], correlation[row["item"]]
        assert row["bias_pooled"] == pytest.approx(np.exp((ours["x"] - ours["y"]).mean()) - 1.0)
        assert [row["bias_mean"], row["bias_median"]] == pytest.approx([b.mean(), b.median()])
        assert (row["near"], row["above"], row["securities"]) == ((abs(b) < 0.1).sum(), (c > 0.9).sum(), len(b))
        levels = [row[f"correlation_{name}"] for name in ("low", "median", "high", "mean")]
        assert levels == pytest.approx([*np.percentile(c, [25, 50, 75]), c.mean()])
    assert [row["item"] for row in told["truth"]] == list(PAIRS)


def test_a_security_and_a_day_are_set_against_the_truth_by_themselves(content, market):
    whole = content("data", "leverage", market, "--truth")[2]
    symbol = whole["truth_securities"][0]["symbol"]
    one = content("data", "leverage", market, symbol, "--truth")[2]
    assert one["truth_securities"] == [row for row in whole["truth_securities"] if row["symbol"] == symbol]
    day = str(lr.read_dataset(market).sessions[230])
    before = content("data", "leverage", market, "--truth", "--on", day)[2]["truth_securities"]
    assert {row["sessions"] for row in before} <= set(range(100, 112))


def test_of_all_securities_one_that_stopped_trading_is_judged_as_it_is_alone(market):
    """What is owed without a price for weeks is left out of the figures of a day, and not of the comparison."""
    panel, truth = lr.read_dataset(market), lr.read_truth(market)
    symbol = leverage_truth(panel, {"financing": financing_leverage(panel)}, truth).securities["symbol"].iloc[0]
    gone = np.zeros(panel.shape, dtype=np.bool_)
    gone[200:, panel.symbols.index(symbol)] = True
    prices = {
        name: np.where(gone, np.nan, panel[name]) for name in ("open", "high", "low", "close", "volume", "amount")
    }
    stopped = panel.with_fields(prices)
    found = []
    for asked in (None, symbol):
        view = lr.leverage(stopped, asked, truth=truth)
        assert view.truth is not None
        found.append(view.truth.securities.query("symbol == @symbol").reset_index(drop=True))
    assert len(found[0]) > 0
    pd.testing.assert_frame_equal(found[0], found[1])


def test_without_the_option_nothing_is_said_of_the_truth(content, market):
    told = content("data", "leverage", market)[2]
    assert (told["truth"], told["truth_securities"]) == (None, None)
    assert not any("truth" in note for note in told["notes"])


def test_a_folder_without_a_truth_is_refused_with_the_remedy(liangrong):
    assert liangrong("data", "synth", "--to", "plain", "--securities", 4, "--sessions", 30)[0] == 0
    code, out, said = liangrong("data", "leverage", "plain", "--truth")
    assert (code, out) == (2, "")
    assert "plain should hold truth.parquet, which `liangrong data synth --accounts N` writes; it does not" in said
    code, _, said = liangrong("data", "leverage", "nothing", "--truth")
    assert code == 2
    assert "truth" not in said
    few = ("--accounts", 60, "--securities", 6, "--sessions", 40, "--no-history")
    assert liangrong("data", "synth", "--to", "short", *few)[0] == 0
    code, _, said = liangrong("data", "leverage", "short", "--truth")
    assert code == 2
    assert "make a market of more sessions or accounts" in said


def test_page_and_terminal_show_it_and_the_function_is_the_same(liangrong, content, market):
    view = lr.leverage(market, truth=lr.read_truth(market))
    assert view.truth is not None
    assert view.as_record() == {
        name: value for name, value in content("data", "leverage", market, "--truth")[2].items() if name != "page"
    }
    shown = Console(file=io.StringIO(), width=140, record=True)
    shown.print(leverage_terminal(view))
    text = shown.export_text()
    items = view.truth.items.set_index("item")
    row, shares = items.loc["financing_cost"], items.loc["financing_shares"]
    assert row["bias_pooled"] != pytest.approx(row["bias_median"], abs=1e-3)  # columns in another order are seen
    assert shares["above"] != shares["near"]
    bias, above = f"{100 * row['bias_pooled']:+.1f} %", f"{row['above']} of {row['correlated']}"
    assert re.search(rf"financing_cost +{row['securities']} +{re.escape(bias)} .* {above} ", text)
    assert re.search(rf"financing_shares .* {shares['above']} of {shares['correlated']} ", text)
    page = render_leverage(view, "clients")
    assert "<h2>Against the truth</h2>" in page
    assert f">{above}</td>" in page
    cells = [row["securities"], bias, f"{100 * row['bias_median']:+.1f} %", row["near"]]
    following = "".join(rf"<td[^>]*>{re.escape(str(cell))}</td>" for cell in cells)
    assert re.search(f"Financing cost line</td>{following}", page)
    assert "the truth" not in render_leverage(lr.leverage(market), "clients")
    assert liangrong("data", "leverage", market, "--truth", "--page", "page.html", "--lang", "zh")[0] == 0
    with open("page.html", encoding="utf-8") as file:
        chinese = file.read()
    assert "与真值对照" in chinese
    assert "Against the truth" not in chinese


@pytest.mark.slow
def test_on_the_markets_of_the_guide_the_command_gives_its_figures(liangrong, content):
    """Three markets by the command; the guide `honesty` has what another test counts of the same."""
    rows = []
    for seed in (1, 2, 3):
        asked = ("--accounts", 800, "--securities", 60, "--sessions", 360, "--no-history", "--no-actions")
        assert liangrong("data", "synth", "--to", f"clients{seed}", "--seed", seed, *asked)[0] == 0
        rows += content("data", "leverage", f"clients{seed}", "--truth")[2]["truth_securities"]
    table, told = pd.DataFrame(rows), {row.key: (row.found, row.tried) for row in everything_tried()}
    of = {item: table[table["item"] == item] for item in PAIRS}
    for name, item in {"cost": "financing_cost", "shares": "financing_shares"}.items():
        bias, correlation = of[item]["bias"], of[item]["correlation"]
        assert (f"{100.0 * bias.mean():+.1f} %", len(bias)) == told[f"estimated_{name}_bias"]
        assert ((bias.abs() < 0.1).sum(), len(bias)) == told[f"estimated_{name}_near"]
        assert ((correlation > 0.9).sum(), len(bias)) == told[f"estimated_{name}_correlation"]
    ratio = of["estimated_maintenance"]
    assert (f"{100.0 * ratio['bias'].mean():+.1f} %", len(ratio)) == told["estimated_maintenance_bias"]
    assert (f"{ratio['correlation'].mean():.2f}", len(ratio)) == told["estimated_maintenance_correlation"]
