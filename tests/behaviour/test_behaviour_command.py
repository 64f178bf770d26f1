"""`study --behaviour` from the command line and from Python: what it finds, writes and refuses."""

import json

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from behaviour.markets import drawn
from liangrong.core.behaviour.behaviour_study import study_behaviour
from liangrong.core.behaviour.lag_design import LagDesign
from liangrong.core.behaviour.page import render
from liangrong.core.behaviour.verdict import judge
from liangrong.core.cli.app import app
from liangrong.core.dataset.store import save
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.panel import Panel
from typer.testing import CliRunner

SYMBOLS = (*(f"{600000 + j}.SH" for j in range(8)), *(f"{300001 + j}.SZ" for j in range(6)))


def market(symbols=SYMBOLS, *, sessions=160, after_falls=1.5, seed=2):
    """Return a panel whose margin buyers repay after falls, by `after_falls` of the fall; nothing else is related."""
    flow, returns = drawn(np.random.default_rng(seed), sessions, len(symbols), memory=0.3)
    flow[1:] += after_falls * np.minimum(returns[:-1], 0.0)
    flow = np.clip(flow, -0.5, 0.5)
    balance = 1e8 * np.exp(np.log1p(flow).cumsum(axis=0))
    earlier = np.concatenate([np.full((1, len(symbols)), 1e8), balance[:-1]])
    bought = np.full(balance.shape, 1e8)
    fields = {
        "close": 10.0 * np.exp(np.log1p(np.clip(returns, -0.5, 0.5)).cumsum(axis=0)),
        "financing_balance": balance,
        "financing_buy": bought,
        "financing_repay": bought - (balance - earlier),
        "float_cap": np.arange(1.0, len(symbols) + 1.0) * 1e9 * np.ones(balance.shape),
    }
    days = np.busday_offset("2023-01-02", np.arange(sessions), roll="forward")
    return Panel(sessions=days, symbols=tuple(symbols), fields=fields, source="a test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("behaviour") / "ds"
    save(market(), [], place)
    return place


def told(*words):
    result = CliRunner().invoke(app, ["study", "--behaviour", *map(str, words)])
    return result.exit_code, result.stdout, f"{result.stderr} {result.exception}"


def test_it_finds_what_was_planted_and_writes_it_whole(folder, tmp_path):
    code, out, _ = told("--data", folder, "--lags", "1,2-3", "--out", tmp_path / "out", "--json")
    assert code == 0
    found = json.loads(out)["content"]
    assert found["verdicts"] == {"financing": "follows the trend"}
    rows = {(row["method"], row["model"], row["lag"]): row for row in found["responses"]}
    assert rows["pooled", "alone", "1"]["down"] == pytest.approx(1.5, abs=0.4)
    assert rows["pooled", "alone", "1"]["down_t"] > rows["pooled", "alone", "1"]["down_needed"]
    assert abs(rows["pooled", "alone", "1"]["up_t"]) < rows["pooled", "alone", "1"]["up_needed"]
    assert {row["group"] for row in found["groups"]} == {"main", "chinext", "low", "middle", "high"}
    assert "financing" not in {row["kind"] for row in found["groups"]}
    assert any("no flows of the side short" in note for note in found["notes"])
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        *("responses.csv", "groups.csv", "securities.csv", "shares.csv"),
        *("summary.json", "report.html"),
    }
    table = pd.read_csv(tmp_path / "out" / "responses.csv")
    assert table["down"].to_numpy() == pytest.approx([row["down"] for row in found["responses"]], rel=1e-8)
    assert set(pd.read_csv(tmp_path / "out" / "securities.csv")["symbol"]) == set(SYMBOLS)
    again = told("--data", folder, "--out", tmp_path / "out")  # its own folder may be written anew
    assert again[0] == 0
    assert "follows the trend" in again[1]


def test_python_gives_what_the_command_gives(folder, tmp_path):
    made = lr.behaviour(folder, lags=[1, (2, 3)], out=tmp_path / "one")
    _, out, _ = told("--data", folder, "--lags", "1,2-3", "--out", tmp_path / "two", "--json")
    content = json.loads(out)["content"]
    assert made.as_record() == {name: content[name] for name in made.as_record()}
    assert (tmp_path / "one" / "responses.csv").read_bytes() == (tmp_path / "two" / "responses.csv").read_bytes()
    assert "follows the trend" in made._repr_html_()
    assert made.plot().data


def test_the_page_says_it_in_both_languages(folder):
    made = lr.behaviour(folder, lags=1)
    assert "Who trades after what" in render(made, "plotly.js")
    with lr.speaking("zh"):
        page = render(made, "plotly.js")
    assert "谁在什么之后交易" in page
    assert "追随趋势" in page
    assert "Margin buyers" not in page


@pytest.mark.parametrize(
    ("words", "told_so"),
    [
        (("spread_level",), "`--behaviour` studies no rule, got RULE spread_level with it"),
        (("--quantiles", "3"), "got `--quantiles` with it"),
        (("--lags", "2,1-3"), "`lags` should be periods"),
        (("--scale", "turnover"), "`scale` turnover needs `amount`"),
    ],
)
def test_what_does_not_fit_is_said(folder, words, told_so):
    code, _, err = told(*words, "--data", folder)
    assert code != 0
    assert told_so in err


def test_its_options_need_it_and_a_study_needs_a_rule(folder):
    for words, told_so in (
        (("--weekly",), "`--weekly` belongs to `--behaviour`"),
        ((), "`--events` or `--behaviour`, got none"),
    ):
        result = CliRunner().invoke(app, ["study", *words, "--data", str(folder)])
        assert result.exit_code != 0
        assert told_so in str(result.exception)


def test_odd_data_are_answered_in_words():
    design = LagDesign(lags=((1, 1),))
    few = study_behaviour(market(sessions=12), design)
    assert few.verdicts == {"financing": "no answer"}
    assert "cannot be judged" in few.words
    assert render(few, "plotly.js")
    alone = study_behaviour(market(SYMBOLS[:1]), design)
    assert alone.tables["groups"].empty
    assert alone.tables["responses"]["method"].unique().tolist() == ["total"]
    index = study_behaviour(market(("000300.SH", *SYMBOLS[:5])), design)
    assert set(index.tables["responses"]["of"]) == {"000300.SH", "all securities"}
    assert "000300.SH" not in set(index.tables["securities"]["symbol"])
    whole = market()
    bare = Panel(sessions=whole.sessions, symbols=whole.symbols, fields={"close": whole["close"]})
    with pytest.raises(DataError, match="needs `financing_balance` or `short_volume`"):
        study_behaviour(bare, design)
    with pytest.raises(DataError, match="needs the field `close`"):
        study_behaviour(whole.with_fields({"close": np.full(whole.shape, np.nan)}), design)
    with pytest.raises(ConfigError, match="`lags` should be numbers or pairs"):
        lr.behaviour("nowhere", lags=[])


def test_verdicts():
    row = {"windows": 100.0, "up": 0.2, "up_t": 1.0, "up_needed": 2.0, "down": 0.5, "down_t": 3.0, "down_needed": 2.0}
    assert judge("financing", row) == "follows the trend"
    assert judge("short", row) == "goes against the trend"
    assert judge("financing", {**row, "down_needed": 3.5}) == "not shown"
    assert judge("financing", {**row, "up": -0.2, "up_t": -2.5}) == "mixed"
    assert judge("financing", {**row, "windows": 19.0}) == "too short"


def test_too_few_sessions_for_flows_of_other_dates_are_too_short():
    design = LagDesign(lags=((1, 1),))
    verdicts = {sessions: verdicts_of(market(SYMBOLS[:2], sessions=sessions), design) for sessions in (40, 160)}
    assert verdicts[40] == {"financing": "too short"}
    assert verdicts[160] != {"financing": "too short"}


def verdicts_of(panel, design):
    return study_behaviour(panel, design).as_record()["verdicts"]


def test_the_market_totals_with_their_dates_mended(real, tmp_path):
    """Three rows of the file lie on weekends; the import moves them to the days that they are of."""
    path = real / "ashare_market" / "clean.csv"
    if not path.is_file():
        pytest.skip(f"no market totals at {path}")
    lr.import_data(None, path, tmp_path / "ds")
    made = lr.behaviour(tmp_path / "ds", weekly=True, start="2012-01-01")
    (row, _) = made.main_rows()
    assert (row["of"], row["periods"], row["error_lags"]) == ("000300.SH", 357, 8)
    assert [round(row[name], 3) for name in ("up", "up_t", "down", "down_t")] == [0.256, 2.560, 0.763, 3.848]
    assert made.verdicts["financing"] == "follows the trend"


def test_a_market_that_begins_does_not_decide(real, tmp_path):
    """The first weeks of 2010, of up to +434 % of the balance, hid what every other cut of the data shows."""
    path = real / "ashare_market" / "clean.csv"
    if not path.is_file():
        pytest.skip(f"no market totals at {path}")
    lr.import_data(None, path, tmp_path / "ds")
    made = lr.behaviour(tmp_path / "ds", weekly=True)
    financing, short = made.main_rows()
    assert made.verdicts["financing"] == "follows the trend"
    assert (financing["periods"], short["periods"]) == (403, 424)
    assert [round(financing[name], 2) for name in ("up", "up_t", "down", "down_t")] == [0.27, 2.85, 0.75, 3.87]
    assert "over 403 weeks from 2011-02-11" in made.words
    assert "over 424 weeks from 2010-09-17" in made.words
    notes = " ".join(made.notes)
    assert "financing: 44 flows before 2011-02-11 are left out" in notes
    assert "the largest: +434 %" in notes
    assert "12 flows are above 50 % of the balance, the largest +175 % (2011-01-07)" in notes
    assert "from 2014-11-07, answers otherwise, not shown" in made.words  # short sales, which turn
    cap = lr.behaviour(tmp_path / "ds", weekly=True, scale="float_cap")
    assert cap.main_rows()[1]["periods"] == 443  # over the float cap the first flows are small
    assert "0.000" not in cap.words.replace("0.0000", "").replace("0.0001", "").replace("0.0002", "")
    assert "-0.00011 % of the float cap (coefficient -0.00011, t -2.2)" in cap.words
    assert "-0.000 " not in render(cap, "plotly.js")


def test_a_wild_flow_of_one_security_does_not_decide_by_group_nor_by_itself():
    design, found = LagDesign(lags=((1, 1),)), []
    for bought in (1e10, 1e12):
        panel = market()
        column = panel["financing_buy"].copy()
        column[50, 3] = bought
        found.append(study_behaviour(panel.with_fields({"financing_buy": column}), design).tables)
    for name in ("groups", "securities"):
        pd.testing.assert_frame_equal(found[0][name], found[1][name])


def test_the_terminal_tells_what_each_t_is_held_against(folder, monkeypatch):
    for width in (80, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        _, out, _ = told("--data", folder, "--lags", "1")
        assert "For a rise of 1 % at lag 1 (sessions before the flow) the flow was" in " ".join(out.split())
        assert "(positive: outflow, since the return is below 0)" in " ".join(out.split())
        assert "pooled" in out
    made = lr.behaviour(folder, lags=1)
    (row,) = made.main_rows()
    line = next(line for line in out.splitlines() if "pooled" in line)
    assert f"{row['down_t']:.2f}*" in line
    assert f"{row['up_needed']:.2f}  " in line
    assert f"{row['down_needed']:.2f}  " in line
