"""Regimes of the rules: the differences of runs by cause, by hand, against slow loops, and that they always sum."""

import html
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.compare.regime_causes import causes_of
from liangrong.core.compare.regime_page import render_regimes
from liangrong.core.compare.regime_path import BY_FORCE, REFUSED, SIZED, AccountPath, path_of
from liangrong.core.compare.regime_runs import compare_regimes, regimes_of
from liangrong.core.compare.regime_terminal import regimes_table
from liangrong.core.errors import ConfigError
from liangrong.core.pages.language import speaking
from liangrong.core.panel.panel import Panel
from liangrong.core.run import engines
from liangrong.core.run.compiled import run_compiled
from liangrong.core.run.scenario import assemble
from rich.console import Console
from run import flip_market
from run.configured import configured
from run.random_scenarios import draw, with_targets

approx = pytest.approx
CALM = {"source": "synthetic", "options": {"seed": 5, "securities": 20, "sessions": 60, "start": "2022-05-05"}}
LEVERED = {"strategy.parameters.long_weight": 2.6, "strategy.parameters.short_weight": 0.0}
BOUGHT = {"name": "buy_and_hold", "parameters": {"leverage": 1.9}}
HELD = ("price_pnl", "dividends", "dividends_owed", "rights_owed")


def path(gained, followed, since, symbols=("A",), ended=None, **costs):
    gained = np.array(gained, dtype=float)
    interest, fees, moved = (costs.get(name, 0.0) for name in ("interest", "fees", "moved"))
    equity = np.array([100.0] * (len(gained) - 1) + [100.0 + gained.sum() - interest - fees + moved])
    followed, since = np.array(followed, np.int8), np.array(since)
    end = len(gained) if ended is None else ended
    return AccountPath(symbols, gained, followed, since, interest, fees, moved, 100.0, equity, end)


def test_by_hand():
    """Of A: 1 of size, then 20 refused, 300 forced; B both refuse on one session; C only the second holds."""
    first = path(
        [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]], [[0, 0], [0, 1], [0, 1]], [[0, 0], [0, 1], [0, 1]], ("A", "B"), fees=3.0
    )
    second = path(
        [[2.0, 9.0, 7.0], [22.0, 9.0, 7.0], [303.0, 9.0, 7.0]],
        [[SIZED, SIZED, SIZED], [REFUSED, REFUSED, SIZED], [BY_FORCE, REFUSED, SIZED]],
        [[0, 0, 0], [1, 1, 0], [2, 1, 0]],
        ("A", "B", "C"),
        interest=4.0,
        fees=1.0,
        moved=50.0,
    )
    found = causes_of(first, second)
    assert (found.size, found.refused, found.forced) == (1.0 + 12.0 + 21.0, 20.0, 300.0)
    assert (found.interest, found.fees, found.moved) == (-4.0, 2.0, 50.0)
    assert found.difference == approx(34.0 + 20.0 + 300.0 - 4.0 + 2.0 + 50.0)
    assert found.unexplained == approx(0.0, abs=1e-9)
    assert causes_of(second, first)[:-1] == approx([-value for value in found[:-1]])


def test_of_an_insolvent_account_everything_is_force():
    first = path([[1.0], [1.0], [1.0]], [[0], [0], [0]], [[0], [0], [0]])
    second = path([[1.0], [0.0], [0.0]], [[0], [0], [0]], [[0], [0], [0]], ended=1)
    assert causes_of(first, second)[:4] == (-2.0, 0.0, 0.0, -2.0)


def test_a_refused_purchase_is_what_its_shares_would_have_earned():
    """Own cash buys A at 10.00, a loan as much again under a margin of 0.5; A closes at 12.00, without dividends."""
    days = flip_market.DAYS[:6]
    close = np.array([10.0, 10.0, 10.0, 10.5, 11.3, 12.0])[:, None]
    fields = {"open": close, "close": close, "pre_close": np.vstack([close[:1], close[:-1]]), "volume": close * 1e8}
    panel = Panel(sessions=days, symbols=("600000.SH",), fields={**fields, "suspended": close * 0.0})
    paths, bought = [], 0.0
    for ratio in (0.5, 1.0):
        keys = {"account.financing_margin_ratio": {"value": ratio, "override": True}, "account.borrow_share": None}
        strategy = {"name": "buy_and_hold", "parameters": {"reserve": 0.02}}
        scenario = assemble(configured(keys, strategy=strategy, cash=1e6), panel)
        weights = np.full((6, 1), np.nan)
        weights[1] = 1.9
        scenario = with_targets(scenario, weights)
        paths.append(path_of(scenario, outcome := run_compiled(scenario)))
        orders = outcome.journal.tables()
        if ratio == 0.5:
            (bought,) = [n for kind, n in zip(orders["fills"]["kind"], orders["fills"]["shares"], strict=True)
                         if kind == "margin_buy"]  # fmt: skip
        else:
            assert list(orders["refusals"]["reason"]) == ["no_margin"]
    found = causes_of(*paths)
    assert bought > 90_000
    assert found.refused == approx(-bought * 2.0)
    assert (found.size, found.forced) == (0.0, 0.0)
    assert found.interest > 0.0
    assert found.difference == approx(paths[1].equity[-1] - paths[0].equity[-1])


def by_loops(first, second):
    """Return size, refused and forced of two outcomes: by tables of positions, fills and refusals alone."""
    tables = [
        {n: {k: list(v) for k, v in c.items()} for n, c in one.journal.tables().items()} for one in (first, second)
    ]
    sums, days = [0.0, 0.0, 0.0], [str(day) for day in tables[0]["equity"]["date"]]
    symbols = {s for one in tables for n in ("positions", "fills", "refusals") for s in one[n]["symbol"] if s}
    for symbol in symbols:
        state, value = [(0, ""), (0, "")], [0.0, 0.0]
        for day in days:
            gain = []
            for i, one in enumerate(tables):
                new, cash = 0.0, 0.0
                for d, s, v in zip(*(one["positions"][k] for k in ("date", "symbol", "value")), strict=True):
                    new += v if (str(d), s) == (day, symbol) else 0.0
                last = []
                for d, s, kind, v in zip(*(one["fills"][k] for k in ("date", "symbol", "kind", "value")), strict=True):
                    if (str(d), s) == (day, symbol):
                        plain = kind.removeprefix("forced_")
                        cash += v if plain.startswith("s") else -v if "buy" in plain else 0.0
                        last.append(2 if kind != plain else 0)
                for d, s, why in zip(*(one["refusals"][k] for k in ("date", "symbol", "reason")), strict=True):
                    if (str(d), s) == (day, symbol):
                        last.append(2 if why in ("frozen", "below_warning_line") else 1)
                state[i] = (max(last), day) if last else state[i]
                gain.append(new - value[i] + cash)
                value[i] = new
            codes = [code for code, _ in state]
            is_same = state[0] == state[1] and codes[0] == 1
            sums[2 if 2 in codes else 1 if 1 in codes and not is_same else 0] += gain[1] - gain[0]
    return sums


@pytest.mark.parametrize(("rows", "key", "value"), [
    ("both", "account.financing_margin_ratio", {"value": 1.0, "override": True}),
    ("fall", "market.rules_as_of", "2015-06-01"),
    ("fall", "account.lines.call", 1.4),
])  # fmt: skip
def test_it_is_what_slow_loops_find(rows, key, value, tmp_path):
    market = {"data.actions": None} if rows == "fall" else {}
    pair = []
    for keys in ({}, {key: value}):
        scenario = flip_market.targeted({**keys, **market, "output.positions": True}, tmp_path, rows)
        pair.append((scenario, run_compiled(scenario)))
    found = causes_of(*(path_of(*one) for one in pair))
    assert found.unexplained == approx(0.0, abs=1e-6)
    paid = [sum(got - owed for _, _, got, owed, *_ in one.journal.actions()) for _, one in pair]
    assert sum(found[1:4]) == approx(sum(by_loops(pair[0][1], pair[1][1])) + paid[1] - paid[0])
    if rows == "fall":
        assert found[1:4] == approx(by_loops(pair[0][1], pair[1][1]), abs=1e-6)
        assert found.forced != 0.0
    else:
        assert found.refused != 0.0


@pytest.mark.parametrize("seed", range(12))
def test_what_positions_gained_is_what_is_attributed_to_them(seed):
    """Random accounts with dividends, splits, rights, endings, recalls, openings and flows."""
    scenario = draw(seed)
    outcome = run_compiled(scenario)
    found = path_of(scenario, outcome)
    scale = max(np.abs(found.gained).max(), 1.0) * 1e-9
    rest = found.moved - found.interest - found.fees
    assert found.gained.sum() + rest == approx(found.change, abs=1e-5)
    rows = engines._result(scenario, outcome).attribution
    told = rows[rows["component"].isin(HELD)].groupby("symbol")["amount"].sum()
    of_each = dict(zip(found.symbols, found.gained.sum(axis=0), strict=True))
    for symbol, amount in told.items():
        assert of_each.get(str(symbol), 0.0) == approx(amount, abs=max(1e-5, 100 * scale))


def test_a_strategy_under_three_margins_and_by_days():
    config = configured(LEVERED, data=CALM)
    made = compare_regimes(config, regimes_of())
    ends = [one["end_equity"] for one in made.figures]
    assert [one.difference for one in made.causes] == approx([end - ends[0] for end in ends])
    assert all(one.difference == approx(sum(one[1:]), abs=1e-6) for one in made.causes)
    assert made.causes[2].refused != 0.0
    assert made.rules["rule"].tolist() == ["financing_margin_ratio"]
    assert made.rules.iloc[0, 1:].tolist() == ["0.5", "0.8", "1"]
    days = compare_regimes(config, regimes_of((), ["2015-06-01"]))
    assert [regime.label for regime in days.regimes] == ["as configured", "rules of 2015-06-01"]
    assert days.causes[1].fees != 0.0
    record = made.as_record()
    assert [row["causes"]["size"] for row in record["regimes"]] == [one.size for one in made.causes]
    Console(width=80, file=(text := io.StringIO())).print(regimes_table(made))
    assert "Difference from margin 0.5, by cause" in text.getvalue()
    assert "margin 1" in repr(made)
    assert "margin 1" in made._repr_html_()
    for language, words in (("en", "by cause"), ("zh", "按原因")):
        with speaking(language):
            assert words in render_regimes(made)


def test_the_headline_says_whether_luck_explains_it_and_the_tables_have_the_lowest_ratio():
    made = compare_regimes(configured(LEVERED, data=CALM), regimes_of([0.5, 1.0]))
    lows = [one["lowest_maintenance_ratio"] for one in made.figures]
    assert 1.0 < lows[0] < lows[1]  # a larger margin leaves less debt
    assert "Synthetic data: these figures say nothing about a real market." in made.notes

    def of(t):
        return replace(made, increments=(made.increments[0], made.increments[1]._replace(t=t)))

    told = "No regime can be told from margin 0.5 beyond luck: |t| of the daily returns is at most 0.6, 1.96 is needed."
    assert of(-0.6).headline() == told
    assert of(-2.4).headline() == "Told from margin 0.5 beyond luck (|t| of 1.96 or more): margin 1."
    same = replace(made, causes=(made.causes[0], made.causes[0]))
    assert same.headline() == "No regime ends elsewhere than margin 0.5."
    Console(width=200, file=(text := io.StringIO())).print(regimes_table(of(-0.6)))
    assert text.getvalue().startswith(told)
    assert "Lowest maintenance ratio" in text.getvalue()
    page = html.unescape(render_regimes(of(-0.6)))
    assert told in page
    heads = re.findall(r"<th[^>]*>(.*?)</th>", page.split("<h2>Figures</h2>")[1].split("</table>")[0])
    assert [re.sub("<.*?>", "", head).strip() for head in heads][:3] == ["Figure", "margin 0.5", "margin 1"]


@pytest.mark.parametrize("held", [None, "2023-09-11"])
def test_as_configured_is_what_a_run_of_it_gives(held):
    """The base of one regime is the configuration as it is; `own` lets go of the day whose rules it names."""
    config = configured({**LEVERED, "market.rules_as_of": held}, data=CALM)
    ends = {day: engines.run(configured({**LEVERED, "market.rules_as_of": day}, data=CALM)).equity["equity"].to_numpy()
            for day in (None, "2023-09-11", "2015-06-01")}  # fmt: skip
    assert ends[None][-1] != ends["2023-09-11"][-1]
    for asked in (regimes_of([0.9]), regimes_of((), ["2015-06-01"])):
        made = compare_regimes(config, asked)
        assert made.regimes[0].label == "as configured"
        np.testing.assert_array_equal(made.equity[0], ends[held])
    np.testing.assert_array_equal(made.equity[1], ends["2015-06-01"])
    made = compare_regimes(config, regimes_of((), ["own", "2015-06-01"]))
    assert made.regimes[0].label == "each session's own rules"
    np.testing.assert_array_equal(made.equity[0], ends[None])
    alone = regimes_of((), ["own"])
    if held is None:
        with pytest.raises(ConfigError, match=r"got as configured and each session's own rules, which are the same"):
            compare_regimes(config, alone)
    else:
        assert [one[-1] for one in compare_regimes(config, alone).equity] == [ends[held][-1], ends[None][-1]]


def test_a_few_sessions_have_no_t():
    """Nineteen sessions are told without it, twenty with."""
    for sessions in (19, 20):
        market = {**CALM, "options": {**CALM["options"], "sessions": sessions}}
        made = compare_regimes(configured({}, data=market, strategy=BOUGHT), regimes_of([0.5, 1.0]))
        assert made.causes[1].difference != 0.0
        assert np.isnan(made.increments[1].t) == (sessions == 19)
        assert np.isfinite(made.increments[1].mean)
        assert any("No t from 19 sessions" in note for note in made.notes) == (sessions == 19)
        assert ("(t of the daily returns –)" in made.sentences()[0]) == (sessions == 19)


def test_event_driven_strategies_run_on_backtrader(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("date,symbol,kind,shares\n2022-05-09,600000.SH,buy,1000\n", encoding="utf-8")
    asked = configured({}, data=CALM)
    symbol = engines.prepare(asked).panel.symbols[0]
    file.write_text(f"date,symbol,kind,shares\n2022-05-09,{symbol},margin_buy,1000\n", encoding="utf-8")
    config = configured({}, data=CALM, strategy={"name": "replay", "parameters": {"file": str(file)}})
    made = compare_regimes(config, regimes_of([0.5, 1.0]))
    assert made.causes[1].difference == 0.0
    assert made.sentences() == ["margin 1: the same as margin 0.5."]


def test_what_is_asked_wrongly():
    with pytest.raises(ConfigError, match=r"should differ, got margin 0\.5 twice"):
        regimes_of([0.5, "0.50"])
    with pytest.raises(ConfigError, match=r"should be a number, got '50%': write 0\.5"):
        compare_regimes(configured({}, data=CALM), regimes_of(["50%"]))
    with pytest.raises(ConfigError, match=r"`market\.rules_as_of`: should be a day"):
        compare_regimes(configured({}, data=CALM), regimes_of((), ["soon"]))
