"""The page of a comparison."""

import re
from html import unescape

import pytest
from compare.small import RUN, written
from liangrong.core.compare.charts import heatmap_chart
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.page import render_leaderboard
from page_parts import figures_of

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


def test_the_headline_stands_on_top(page):
    comparison, text = page
    body = unescape(text[text.index("<main>") :])
    assert (
        body.index(comparison.luck.headline) < body.index('<table id="board">') < body.index("<h2>Ranks under stress")
    )
    assert "synthetic data" in body
    assert "<b>bold" not in text


def test_every_row_can_be_sorted_and_filtered(page):
    comparison, text = page
    rows = re.findall(r'<tr data-kind="(\w+)" data-text="(.*?)">(.*?)</tr>', text)
    assert len(rows) == len(comparison.board)
    assert [kind for kind, _, _ in rows] == comparison.board["kind"].tolist()
    headings = re.findall(r'scope="col"><button>(.*?)</button>', text)
    assert headings[:4] == ["Rank", "Label", "Total return", "Sharpe"]  # what is asked first needs no scrolling
    assert len(headings) == len(comparison.board.columns)
    place = headings.index("Sharpe")
    values = [float(re.findall(r'data-value="(.*?)"', cells)[place] or "nan") for _, _, cells in rows]
    assert values == pytest.approx(comparison.board["sharpe"].astype(float).tolist(), nan_ok=True)
    assert all("balance_trend" in words or "force_balance" in words for kind, words, _ in rows if kind == "trial")


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
    rows = re.findall(r'<tr data-kind="\w+" data-text=".*?">(.*?)</tr>', unescape(text))
    for cells, row in zip(rows, comparison.board.itertuples(), strict=True):
        unfolded = re.findall(r"<li>(.*?)</li>", cells)
        differing = comparison.departures[row.trial]
        assert f"settings differ from {differing.file}" in cells
        assert unfolded == [f"{one.key} {one.stated} → {one.own}" for one in differing.rows]
    own = comparison.board[comparison.board["kind"] == "trial"].iloc[0]
    assert f"strategy.parameters.quantile 0.25 → {own['strategy.parameters.quantile']:g}" in text or (
        own["strategy.parameters.quantile"] == 0.25
    )
