"""The page of a comparison."""

import io
import json
import re
import shlex
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from compare.small import RUN, written
from liangrong.core.cli.app import app
from liangrong.core.compare.charts import (
    FEWEST_FOR_FAN,
    LONGEST_LABEL,
    fan_chart,
    heatmap_chart,
    scatter_chart,
    stress_chart,
)
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.evidence_sections import heatmap_sections
from liangrong.core.compare.page import render_leaderboard
from liangrong.core.compare.rerun import command_of
from liangrong.core.compare.terminal import leaderboard_table, track_record_line
from liangrong.core.compare.walk_section import walk_table
from liangrong.core.luck.walk import Window
from liangrong.core.pages.labels import shortened
from liangrong.core.pages.language import say, speaking
from liangrong.core.run.engines import run
from page_parts import figures_of
from rich.console import Console
from typer.testing import CliRunner

KEYS = {
    "strategy.rule": ["balance_trend", "force_balance"],
    "strategy.rule.parameters.window": [5, 10],
    "strategy.parameters.quantile": [0.25, 0.4],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    run = {**RUN, "data": {**RUN["data"], "source": "synthetic"}}
    prepared = prepare_comparison(written(folder, run=run, trials={"keys": KEYS}, description="<b>bold</b>"))
    comparison = concluded(prepared, carry_out_all(prepared, folder / "out")[0])
    return comparison, render_leaderboard(comparison)


def test_the_verdict_stands_on_top(page):
    comparison, text = page
    body = unescape(text[text.index("<main>") :])
    assert "<h2>Verdict: no trial beats the controls beyond luck</h2>" in body
    told = [comparison.luck.headline, "To conclude: ", comparison.judged, '<table id="board"', "<h2>Ranks under stress"]
    assert [body.index(one) for one in told] == sorted(body.index(one) for one in told)
    assert "synthetic data" in body
    assert "<b>bold" not in text


def rows_of(text, name):
    """Return the headings of a table, and its rows as lists of cells: attributes and HTML."""
    (table,) = re.findall(rf'<table id="{name}".*?</table>', text, re.S)
    heads = re.findall(r"<th( [^>]*)?>(.*?)</th>", table)
    rows = [re.findall(r"<td([^>]*)>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]]
    return heads, rows


def test_every_column_is_there_and_nine_are_shown(page):
    comparison, text = page
    heads, rows = rows_of(text, "board")
    assert len(heads) == len(comparison.board.columns)
    shown = [name for given, name in heads if "data-more" not in given]
    figures = ["Rank", "Total return", "Sharpe ratio", "± error", "Judged Sharpe", "Max drawdown"]
    figures += ["Turnover a year", "Margin calls"]
    assert shown == ["Name", *figures]
    assert len(rows) == len(comparison.board)
    place = [name for _, name in heads].index("Sharpe ratio")
    sharpe = [float(re.findall(r'data-sort="(.*?)"', cells[place][0])[0]) for cells in rows]
    assert sharpe == pytest.approx(comparison.board["sharpe"].astype(float).tolist(), rel=1e-12)
    found = [re.findall(r'data-find="(.*?)"', cells[0][0])[0] for cells in rows]
    assert found == comparison.board["label"].tolist()
    tagged = ["control</span>" in cells[0][1] for cells in rows]
    assert tagged == (comparison.board["kind"] == "control").tolist()


def test_a_row_has_the_command_that_runs_it_again(page, tmp_path):
    comparison, text = page
    _, rows = rows_of(text, "board")
    commands = [unescape(re.findall(r'<code class="command">(.*?)</code>', cells[0][1])[0]) for cells in rows]
    numbers = comparison.board["trial"].tolist()
    assert commands == [f"{comparison.command} --trial {number}" for number in numbers]
    words = shlex.split(commands[0])
    out = ["--out", str(tmp_path / "one")]
    done = CliRunner().invoke(app, [*words[1:], *out])
    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "one" / "summary.json").read_text(encoding="utf-8"))
    assert summary["metrics"]["sharpe"] == comparison.board["sharpe"].iloc[0]


def test_the_command_has_the_overrides_of_its_user():
    given = Path("my plans/a.yaml")
    assert command_of(given, ["judge.seed=3"]) == "liangrong compare 'my plans/a.yaml' --set judge.seed=3"
    assert command_of(given, {"judge.seed": 3, "stress": False}) == (
        "liangrong compare 'my plans/a.yaml' --set judge.seed=3 --set stress=false"
    )
    assert command_of({"name": "none"}) == ""


def test_every_figure_has_its_place(page):
    _, text = page
    drawn = figures_of(text)
    assert sorted(drawn) == ["chart-fan", "chart-heatmap-0", "chart-heatmap-1", "chart-scatter", "chart-stress"]
    assert all(f'id="{name}"' in text for name in drawn)


def test_a_point_for_each_trial(page):
    comparison, text = page
    scatter = figures_of(text)["chart-scatter"]["data"]
    assert [len(trace["x"]) for trace in scatter] == [8, 4]
    own = comparison.board[comparison.board["kind"] == "trial"].iloc[0]
    assert scatter[0]["x"][0] == pytest.approx(-own["max_drawdown"], abs=1e-5)
    assert scatter[0]["y"][0] == pytest.approx(own["annualised_return"], abs=1e-5)


def test_a_heatmap_holds_the_mean_of_its_trials(page):
    comparison, _ = page
    board = comparison.board[comparison.board["kind"] == "trial"]
    x, y = "strategy.rule.parameters.window", "strategy.parameters.quantile"
    drawn = heatmap_chart(board, x, y)["data"][0]
    assert (drawn["x"], drawn["y"]) == (["5", "10"], ["0.25", "0.4"])
    inside = board[(board[x] == 10) & (board[y] == 0.25)]["sharpe"].astype(float)
    assert len(inside) == 2
    assert drawn["z"][0][1] == pytest.approx(inside.mean(), abs=1e-3)


def test_the_fan_lies_around_its_median(page):
    _, text = page
    lines = {trace["name"]: trace["y"] for trace in figures_of(text)["chart-fan"]["data"]}
    low, middle, high = lines["5 %"], lines["Median trial"], lines["5 % to 95 % of the trials"]
    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))
    assert any(a < c for a, c in zip(low, high, strict=True))


def test_the_same_comparison_gives_the_same_page(page):
    comparison, text = page
    assert render_leaderboard(comparison) == text


def test_a_row_unfolds_to_where_its_settings_differ(page):
    comparison, text = page
    _, rows = rows_of(text, "board")
    for cells, row in zip(rows, comparison.board.itertuples(), strict=True):
        unfolded = [unescape(one) for one in re.findall(r"<li>(.*?)</li>", cells[0][1])]
        differing = comparison.departures[row.trial]
        assert f"Settings that differ from {differing.file}" in cells[0][1]
        assert unfolded == [f"{one.key} {one.stated} → {one.own}" for one in differing.rows]


def test_a_track_record_that_nobody_can_use_is_bounded(page):
    comparison, _ = page
    luck = comparison.luck
    best = int(np.nanargmax(luck.sharpe))
    record = np.full(len(luck.names), 20_294_627.0)
    record[:2] = np.inf, 363.0
    long = replace(luck, track_record=record, periods_per_year=242.0)
    text = render_leaderboard(replace(comparison, luck=long))
    assert "20,294,627" not in text
    told = [text.count(f">{words}<") for words in ("never", "1.5 years", "more than 100 years")]
    assert told == [1, 1, len(luck.names) - 2]
    one = replace(long, track_record=np.full(len(luck.names), 20_294_627.0))
    assert track_record_line(one) == (
        f"Track record needed by {luck.names[best]} alone before it is told from 0: more than 100 years."
    )


def test_regimes_are_split_only_where_there_are_two(page):
    comparison, text = page
    assert len(comparison.luck.by_regime.regime) == 1
    assert "By regime" not in text
    split = comparison.luck.by_regime
    two = replace(
        split,
        regime=np.array([3, 4]),
        sessions=np.array([40, 50]),
        total_return=np.vstack([split.total_return, np.full_like(split.total_return, -0.5)]),
        sharpe=np.vstack([split.sharpe] * 2),
    )
    text = render_leaderboard(replace(comparison, luck=replace(comparison.luck, by_regime=two)))
    assert "<h2>By regime</h2>" in text
    assert "0 of 8 trials gained under each of the 2 regimes" in text


def test_few_trials_have_lines_of_their_own(page):
    comparison, _ = page
    few = comparison.board.groupby("kind").head(FEWEST_FOR_FAN - 1)
    names = [trace["name"] for trace in fan_chart(comparison.returns, few)["data"]]
    assert names[:4] == shortened(few.loc[few["kind"] == "trial", "label"].tolist(), LONGEST_LABEL)
    assert not any("% to" in name for name in names)


@pytest.mark.parametrize(
    ("ratios", "told"),
    [
        ([[0.1, 0.2], [0.3, 0.4]], "the exact value matters little"),
        ([[0.1, 2.4], [0.3, 2.5]], "it hangs on the exact values"),
        ([[0.1, 0.2], [0.3, 2.5]], "it stands alone"),
    ],
)
def test_a_grid_says_whether_its_best_cell_stands_alone(ratios, told):
    rows = [
        {"a.x": float(x), "a.y": float(y), "sharpe": ratios[y][x], "sharpe_error": 0.7, "kind": "trial"}
        for x in (0, 1)
        for y in (0, 1)
    ]
    ((_, section),) = [(None, one) for one in heatmap_sections(pd.DataFrame(rows), lambda *_: "")]
    assert told in section


def test_the_terminal_breaks_labels_between_words_and_cuts_none(page):
    comparison, _ = page
    board = comparison.board.copy()
    board["label"] = [f"strategy.rule=spread_zscore rebalance=monthly number={n} reserve=0.1" for n in board["trial"]]
    console = Console(width=70, record=True, file=io.StringIO())
    console.print(leaderboard_table(replace(comparison, board=board)))
    text = console.export_text()
    assert all(f" number={n} " in text for n in board["trial"])
    for word in ("rebalance=monthly", "reserve=0.1"):
        assert text.count(word) == len(board)
    assert "…" not in text


def test_a_chinese_page_has_no_english_sentence_left(page):
    comparison, _ = page
    with speaking("zh"):
        text = render_leaderboard(comparison)
    figures = figures_of(text)
    assert figures["chart-scatter"]["layout"]["yaxis"]["title"]["text"] == "年化收益"
    body = re.sub(r"<(code|script|style)\b.*?</\1>|<li>.*?</li>", "", text[text.index("<main>") :], flags=re.S)
    words = {
        word
        for given in re.findall(r">([^<]+)<", body)
        for word in re.findall(r"(?<![\w=])[a-z]{3,} [a-z]{3,}(?![\w=])", given)
    }
    assert words == set()


def test_the_notes_of_a_chinese_page_are_chinese_but_for_names(page):
    comparison, _ = page
    why = "rule `Odd` looks back 251 sessions, longer than the history of 90: shorten its window or give more data"
    how = "the last close before; on an ex-right date it is not the reference price (3 of 90 cells)"
    notes = (
        say("The control {name} is left out: {why}.", name="spread_level", why=why),
        say("The strategy reads `{field}`, which is imputed: {how}.", field="pre_close", how=how),
    )
    with speaking("zh"):
        body = body_of(render_leaderboard(replace(comparison, notes=notes)))
    assert "对照组 spread_level 已略去：规则 `Odd`需回看 251 个交易日，长于历史的 90 个交易日" in body
    assert "前一收盘价；除权日并非除权参考价（90 格中的 3 格）" in body
    assert "looks back" not in body


ODD = "<b>x</b>[/b] 中文[red]"
"""A name that HTML, rich and plotly would each take for markup."""


def test_the_terminal_prints_names_as_they_are(page, monkeypatch):
    comparison, _ = page
    monkeypatch.setenv("COLUMNS", "160")
    board = comparison.board.copy()
    board["label"] = [f"{n} {ODD}" for n in board["trial"]]
    config = comparison.config.model_copy(update={"name": ODD})
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(leaderboard_table(replace(comparison, board=board, config=config)), highlight=False)
    text = console.export_text()
    assert text.count(ODD) == len(board) + 1


def body_of(text):
    """Return the words of a page, without scripts and what unfolds."""
    kept = re.sub(r"<(code|script|style)\b.*?</\1>", "", text[text.index("<main>") :], flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", kept)).split())


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """Give a comparison in which no trial trades: each asks for more securities than there are."""
    folder = tmp_path_factory.mktemp("idle")
    strategy = {**RUN["strategy"], "parameters": {**RUN["strategy"]["parameters"], "minimum": 1000}}
    grid = {"account.cash": [1e6, 2e6, 3e6], "strategy.parameters.quantile": [0.25, 0.4]}
    hold = {"name": "hold", "strategy": {"name": "buy_and_hold"}}
    trials = {"method": "grid", "keys": grid}
    path = written(
        folder,
        run={**RUN, "strategy": strategy, "market": {"board": "star"}},
        trials=trials,
        controls=[hold],
        stress={"best": 2},
    )
    prepared = prepare_comparison(path)
    comparison = concluded(prepared, carry_out_all(prepared, folder / "out")[0])
    return comparison, render_leaderboard(comparison)


def test_a_comparison_in_which_nothing_trades_claims_nothing(idle):
    comparison, text = idle
    body = body_of(text)
    assert "Verdict: no trial traded" in body
    assert "Best trial – No trial has a Sharpe ratio: none of them traded." in body
    for claim in (
        "overfitting",
        "Walk-forward",
        "leads with",
        "A control leads",
        "– ± –",
        "of 6 trials earned",
        "Half of",
    ):
        assert claim not in body
    assert comparison.luck.overfitting is None
    assert sorted(figures_of(text)) == ["chart-fan", "chart-scatter"]
    assert not any("Best" in trace["name"] for trace in figures_of(text)["chart-fan"]["data"])


def test_what_never_trades_has_no_rank_and_comes_last(idle):
    comparison, _ = idle
    board, stress = comparison.board, comparison.stress
    assert board["label"].iloc[0] == "hold"  # whatever it earned
    assert board["rank"].iloc[0] == 1
    assert board["rank"].iloc[1:].isna().all()
    assert stress["label"].tolist() == ["hold"]  # of no ratio is the best
    assert "the best 0 of 6 trials" in " ".join(comparison.notes)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(leaderboard_table(comparison), highlight=False)
    lines = [line for line in console.export_text().splitlines() if "cash=" in line]
    assert len(lines) == 6
    assert not any("±" in line for line in lines)


def test_what_choosing_by_the_past_earned_has_its_size_and_error(page):
    comparison, text = page
    walk = comparison.luck.walk_forward
    told = (
        f"Walk-forward {walk.sharpe:.2f} Sharpe ratio ± {walk.sharpe_error:.2f} (one standard error) of choosing by "
        f"the past: {len(walk.windows)} windows, {len(walk.returns)} sessions; {walk.in_sample_sharpe:.2f} in its "
        "training"
    )
    body = body_of(text)
    assert told in body
    assert re.search(r"leads.* ± [\d.]+ \(one standard error\)", body)
    assert re.search(r"Best trial -?[\d.]+ [^()]*Sharpe ratio ± [\d.]+ \(one standard error\)", body)


def test_a_chart_shows_names_as_they_are(page):
    """Plotly takes what stands in a text for HTML."""
    comparison, _ = page
    board, stress = (
        table.assign(label=[f"{n}<b>x</b>" for n in table["trial"]]) for table in (comparison.board, comparison.stress)
    )
    few = board.groupby("kind").head(FEWEST_FOR_FAN - 1)
    names = [name.removeprefix("rank_") for name in stress if name.startswith("rank_")]
    drawn = [scatter_chart(board), fan_chart(comparison.returns, board), fan_chart(comparison.returns, few)]
    texts = json.dumps([*drawn, stress_chart(stress, names)])
    assert "<b>" not in texts
    assert texts.count("&lt;b&gt;x&lt;/b&gt;") >= 2 * len(board) + len(few)


def test_the_notes_are_those_that_a_run_has_of_its_data(idle):
    comparison, text = idle
    alone = run(comparison.trials[0].config).notes
    place = comparison.notes.index("Of the data, as cash=1e+06 quantile=0.25 run by itself says:")
    told = comparison.notes[place + 1 :]
    assert any("No table of corporate actions" in note for note in told)
    assert any("board `star`, by configuration" in note for note in told)
    assert list(told) == [note for note in alone if note in told]
    assert all(note in body_of(text) for note in told)


def test_the_walk_forward_tells_what_was_kept_only_where_it_is_more_than_noise(page):
    comparison, _ = page
    walk = comparison.luck.walk_forward
    windows = tuple(Window(0, 120 + 30 * n, 120 + 30 * n, 150 + 30 * n) for n in range(5))
    given = {"windows": windows, "chosen": np.array([0, 0, 1, 1, 2]), "changes": 0.5}
    noise = replace(walk, **given, sharpe=1.36, sharpe_error=1.37, in_sample_sharpe=0.30, ratio=4.47)
    long = tuple(Window(0, 1000, 1000 + n, 1001 + n) for n in range(5))
    sure = replace(noise, sharpe=2.0, sharpe_error=0.3, in_sample_sharpe=2.5, ratio=0.8, windows=long)
    weak = replace(sure, in_sample_sharpe=0.3, ratio=6.67)  # 1,000 sessions of training have an error of 0.5
    text = walk_table(replace(comparison.luck, walk_forward=noise, other_walk_forward=sure))
    assert "447 %" not in text
    assert "80 %" in text
    assert text.count("2 of 4") == 2
    assert "50 %" not in text
    assert "667 %" not in walk_table(replace(comparison.luck, walk_forward=weak, other_walk_forward=noise))
