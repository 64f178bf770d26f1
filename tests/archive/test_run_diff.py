"""How two runs differ: known differences are all told, and nothing else."""

import io
from dataclasses import replace

import numpy as np
import pytest
from archive.shelf import kept, made
from liangrong.core.archive.page import equities_chart, render_diff
from liangrong.core.archive.run_diff import RunDiff
from liangrong.core.archive.run_list import read_run
from liangrong.core.archive.terminal import diff_table, shown_change, shown_figure
from liangrong.core.kernels import statistics
from liangrong.core.pages.language import speaking
from rich.console import Console

FIRST, SECOND = "2026-07-31T08:05:09Z", "2026-07-31T08:05:10Z"


def diff(runs, first=None, **second):
    one = kept(runs, FIRST, **(first or {}))
    other = kept(runs, SECOND, **second)
    return RunDiff(*(read_run(folder, f"demo/{folder.name}") for folder in (one, other)))


def changed(table, column, row, value):
    table = table.copy()
    table.loc[row, column] = value
    return table


def test_the_same_run_twice(tmp_path):
    found = diff(tmp_path)
    assert (found.settings, found.data, found.release, found.tables, found.notes) == ((), (), (), (), ((), ()))
    assert {one.change for one in found.figures} == {0}
    assert found.verdict == "Nothing differs: configuration, data, release and every table are the same."


def test_each_kind_of_difference_is_told_with_both_values(tmp_path):
    account = {**made().config["account"], "cash": 2e6, "lines": {"warn": 1.5}}
    fills = changed(made().fills, "shares", 7, 12_300)
    equity = changed(made().equity, "cash", 3, 0.1 + 0.2)
    found = diff(
        tmp_path,
        config={"account": account},
        digest="f" * 32,
        fills=fills,
        equity=equity,
        refusals=made().refusals.iloc[:-2],
        summary={"total_return": 0.5, "costs": {"total": 100.0, "commission": 7.5}, "sharpe": None},
        notes=("A second thought.",),
    )
    settings = {row.key: (row.stated, row.own) for row in found.settings}
    before = made().config["account"]["lines"]
    assert settings["account.cash"] == (f"{made().config['account']['cash']:.15g}", "2000000")
    assert settings["account.lines.warn"] == (f"{before['warn']:.15g}", "1.5")
    assert settings["account.lines.call"] == (f"{before['call']:.15g}", "–")
    assert set(settings) == {"account.cash", *(f"account.lines.{name}" for name in before)}
    assert [tuple(row) for row in found.data] == [("digest", "0" * 32, "f" * 32)]
    figures = {one.name: (one.first, one.second, one.change) for one in found.figures}
    assert figures["total_return"] == (0.25, 0.5, 0.25)
    assert figures["sharpe"] == (1.5, None, None)
    assert figures["costs.commission"] == (None, 7.5, None)  # no headline, and only one run has it
    assert figures["max_drawdown"] == (-0.1, -0.1, 0.0)  # a headline that is the same
    tables = {one.table: one for one in found.tables}
    assert set(tables) == {"equity", "fills", "refusals"}
    assert tables["fills"][3:] == (7, "shares", str(made().fills["shares"][7]), "12300")
    assert tables["equity"][3:5] == (3, "cash")
    assert tables["equity"].second == "0.30000000000000004"
    assert (tables["refusals"].first_rows - 2, tables["refusals"].row) == (tables["refusals"].second_rows, -1)
    assert found.notes == (made().notes, ("A second thought.",))
    assert found.verdict.endswith("What made them differs in this: the configuration, the data.")


def test_the_last_digit_counts(tmp_path):
    value = made().equity["equity"][9]
    found = diff(tmp_path, equity=changed(made().equity, "equity", 9, np.nextafter(value, np.inf)))
    (table,) = found.tables
    assert (table.row, table.column) == (9, "equity")
    assert found.verdict.startswith("The tables differ though configuration, data and release do not")


def test_another_window_of_the_same_data_is_a_matter_of_the_configuration(tmp_path):
    shorter = made().equity.iloc[10:].reset_index(drop=True)
    told = {"config": {"window": {"start": "2024-02-01", "end": None}}, "summary": {"start_date": "2024-02-01"}}
    found = diff(tmp_path, equity=shorter, **told)
    assert [row.key for row in found.data] == ["window.start"]
    assert found.verdict.endswith("What made them differs in this: the configuration.")
    found = diff(tmp_path / "b", equity=shorter, digest="f" * 32, **told)
    assert found.verdict.endswith("What made them differs in this: the configuration, the data.")


def test_other_settings_that_change_nothing(tmp_path):
    found = diff(tmp_path, name="other", config={"description": "again"})
    assert {row.key for row in found.settings} == {"name", "description"}
    assert found.verdict == "Nothing differs: configuration, data, release and every table are the same."
    found = diff(tmp_path / "b", config={"output": {"positions": True}})
    assert found.verdict == "Every table is the same to the last digit. What differs: the configuration."


def test_the_chart_draws_both_equities_and_drawdowns_over_each_other(tmp_path):
    shorter = made().equity.iloc[10:].reset_index(drop=True)
    found = diff(tmp_path, equity=shorter)
    traces = equities_chart(found.results)["data"]
    assert [(one["name"], one["yaxis"]) for one in traces] == [("A", "y"), ("A", "y2"), ("B", "y"), ("B", "y2")]
    assert [len(one["x"]) for one in traces] == [60, 60, 50, 50]
    assert np.allclose(np.array(traces[0]["y"]) * 1e6, made().equity["equity"], atol=1.0)
    path = np.r_[1e6, shorter["equity"]]
    assert np.allclose(traces[3]["y"], (path / np.maximum.accumulate(path) - 1.0)[1:], atol=1e-5)
    assert min(traces[1]["y"]) == pytest.approx(
        statistics.max_drawdown(np.r_[1e6, made().equity["equity"]]).depth, abs=1e-5
    )


def test_accounts_of_different_size_are_drawn_as_multiples(tmp_path):
    twice = made().equity.assign(equity=made().equity["equity"] * 2.0)
    found = diff(tmp_path, equity=twice, summary={"start_equity": 2e6})
    one, _, other, _ = equities_chart(found.results)["data"]
    assert one["y"] == other["y"]
    assert one["y"][0] == pytest.approx(made().equity["equity"][0] / 1e6, abs=1e-6)


def test_a_loss_before_the_first_close_is_a_drawdown(tmp_path):
    start = {"start_equity": 1.25 * float(made().equity["equity"][0])}
    found = diff(tmp_path, first={"summary": start}, summary=start)
    _, fallen, _, other = equities_chart(found.results)["data"]
    assert fallen["y"][0] == other["y"][0] == pytest.approx(-0.2, abs=1e-5)


def test_the_page_has_all_and_no_markup_of_a_user(tmp_path):
    found = diff(tmp_path, config={"description": "<script>alert(1)</script>"}, notes=("<b>bold</b>",))
    page = render_diff(found)
    assert page == render_diff(found)
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "&lt;script&gt;alert(1)" in page
    for text in (found.first.label, found.second.label, "liangrong run demo.yaml", "chart-equities", "B − A"):
        assert text in page


def test_the_page_speaks_chinese(tmp_path):
    found = diff(tmp_path, digest="f" * 32, fills=changed(made().fills, "shares", 7, 12_300))
    with speaking("zh"):
        page = render_diff(found)
    for text in ("两次回测对比", "各表不同。成因的不同之处：数据。", "首处差异"):
        assert text in page
    assert "The tables differ" not in page


def test_a_run_without_a_session_has_no_chart(tmp_path):
    empty = replace(made(), equity=made().equity.iloc[:0]).equity
    page = render_diff(diff(tmp_path, first={"equity": empty}, equity=empty))
    assert 'id="chart-equities"' not in page


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.125, "12.50 %"),
        ("costs.total", 1234.5, "1,234.50"),
        ("lowest_maintenance_ratio", 1.5, "150.00 %"),
        ("sharpe", 1.234, "1.23"),
        ("fills", 12_000, "12,000"),
        ("anything", None, "–"),
    ],
)
def test_how_figures_are_shown(name, value, text):
    assert shown_figure(name, value) == text


def test_a_change_has_its_sign(tmp_path):
    found = {one.name: one for one in diff(tmp_path, summary={"total_return": 0.5, "max_drawdown": -0.3}).figures}
    assert shown_change(found["total_return"]) == "+25.00 %"
    assert shown_change(found["max_drawdown"]) == "-20.00 %"
    assert shown_change(found["sharpe"]) == "0"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_terminal_breaks_no_figure(tmp_path, width):
    found = diff(tmp_path, {"summary": {"end_equity": 1e13}}, summary={"end_equity": 9e12})
    text = io.StringIO()
    Console(width=width, file=text).print(diff_table(found))
    words = text.getvalue().split()
    assert {"10,000,000,000,000.00", "9,000,000,000,000.00", "-1,000,000,000,000.00"} <= set(words)
