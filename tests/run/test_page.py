import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.run.attribution_section import securities_chart
from liangrong.core.run.balances_section import balances_chart
from liangrong.core.run.contracts_section import SHOWN_CONTRACTS
from liangrong.core.run.equity_section import equity_chart
from liangrong.core.run.maintenance_section import maintenance_chart
from liangrong.core.run.metrics import summarise
from liangrong.core.run.orders_section import refusals_chart
from liangrong.core.run.page import render
from liangrong.core.run.result import Result, load
from page_parts import figures_of, part, unpacked
from run.fabricated import LINES, fabricated_result

VOID = {"meta", "br", "img", "link", "input", "hr"}


@pytest.fixture(scope="module")
def result():
    made = fabricated_result()
    return replace(made, summary=summarise(made, start_equity=1e6, synthetic=True, source="generated market"))


@pytest.fixture(scope="module")
def page(result):
    return render(result)


class Outline(HTMLParser):
    """Checks that tags are balanced; collects ids, texts and addresses."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.addresses, self.texts = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data.strip())


def rows_of(page, title):
    section = page[page.index(f"<h2>{title}") :]
    return re.findall(r"<tr>(.*?)</tr>", section[: section.index("</section>")])[1:]


def painted(value):
    """Put a colour in the place of the names of CSS variables, as the page's script does."""
    if isinstance(value, dict):
        return {key: painted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [painted(item) for item in value]
    return "#123456" if isinstance(value, str) and value.startswith("--") else value


def test_the_page_is_whole_and_needs_nothing_else(page):
    outline = Outline(page)
    assert [address for address in outline.addresses if not address.startswith("#")] == []
    assert {address[1:] for address in outline.addresses} <= set(outline.ids)
    assert len(set(outline.ids)) == len(outline.ids)
    assert "plotly.js v" in unpacked(part(page, "plotly")[1])[:200]
    assert "@import" not in page
    assert len(page.encode()) < 2.2e6


def test_each_chart_has_its_place_and_is_a_valid_figure(page):
    figures, ids = figures_of(page), Outline(page).ids
    names = (
        *("equity", "maintenance", "attribution", "debt", "exposure", "rolling"),
        *("securities", "refusals", "market"),
    )
    assert list(figures) == [f"chart-{name}" for name in names]
    for name, figure in figures.items():
        assert name in ids
        go.Figure(painted(figure))  # raises for a property or a value that plotly does not know


def test_every_colour_is_defined_for_light_and_dark(page):
    used = set(re.findall(r'"(--[a-z-]+)"', json.dumps(figures_of(page))))
    light, dark = page.split("@media (prefers-color-scheme: dark)", 1)
    assert len(used) > 5
    for name in used:
        assert f"{name}: " in light
        assert f"{name}: " in dark[: dark.index("box-sizing")]


def test_headlines_badge_notes_and_configuration(page, result):
    texts = Outline(page).texts
    for text in ("-16.16 %", "838,369", "synthetic data", "127.7 %", "5 of them forced", *result.notes):
        assert text in texts
    assert "call: 1.3" in page
    real = render(replace(result, summary=result.summary | {"synthetic": False}))
    assert "synthetic data" not in Outline(real).texts


def test_the_same_result_gives_the_same_page(page, result, tmp_path):
    assert render(result) == page
    folder = result.save(tmp_path / "run", render)
    assert (folder / "report.html").read_text(encoding="utf-8") == page
    assert render(load(folder)) == page


def test_the_contracts_table_is_limited_and_sorted(page, result):
    rows = rows_of(page, "Contracts")
    interest = [float(re.findall(r"<td>([^<]*)</td>", row)[-1].replace(",", "")) for row in rows]
    assert len(rows) == len(result.contracts) == 84
    assert interest == sorted(interest, reverse=True)
    assert interest[0] == pytest.approx(result.contracts["interest"].max(), abs=0.01)
    assert "more rows are in contracts.csv" not in page
    many = replace(result, contracts=pd.concat([result.contracts] * 7, ignore_index=True))
    assert len(rows_of(render(many), "Contracts")) == SHOWN_CONTRACTS
    assert f"{len(many.contracts) - SHOWN_CONTRACTS} more rows are in contracts.csv." in render(many)


def test_a_deposit_hides_no_drawdown():
    """1,000,000 falls to 900,000; 900,000 come in and it falls by a tenth again: 19 % below the peak, not 10 %."""
    days = pd.date_range("2024-01-02", periods=3)
    account = {name: [0.0] * 3 for name in ("long_value", "short_value", "principal", "accrued", "available_margin")}
    values = [1_000_000.0, 900_000.0, 1_620_000.0]
    flow = {"date": [days[2]], "kind": ["deposit"], "symbol": [""], "shares": [0], "price": [np.nan]}
    equity: Any = {**account, "cash": values, "equity": values, "date": days, "maintenance_ratio": [np.inf] * 3}
    flows: Any = {**flow, "amount": [900_000.0], "reason": [""]}
    config = {"account": {"cash": 1_000_000.0}}
    made = Result(name="paid in", config=config, equity=equity, flows=flows)
    chart = equity_chart(made)
    lines = {line["name"]: line["y"] for line in chart["data"]}
    assert lines["Drawdown"] == [0.0, -0.1, -0.19]
    assert lines["Without what moved"] == [1.0, 0.9, 0.81]
    assert [line["name"] for line in equity_chart(replace(made, flows=None))["data"]] == ["Equity", "Drawdown"]
    page = render(replace(made, summary=summarise(made)))
    assert "The account never had a debt." in Outline(page).texts
    assert "chart-maintenance" not in figures_of(page)


def test_no_debt_is_a_gap_and_the_axis_is_capped(result):
    chart = maintenance_chart(result)
    ratio = result.equity["maintenance_ratio"].to_numpy()
    drawn = chart["data"][0]["y"]
    assert [value is None for value in drawn] == np.isinf(ratio).tolist()
    assert np.isinf(ratio).any()
    bottom, top = chart["layout"]["yaxis"]["range"]
    assert bottom < min(LINES.values())
    assert max(LINES.values()) < top < ratio[np.isfinite(ratio)].max()
    labels = [note["text"] for note in chart["layout"]["annotations"]]
    lines = ["instant line 110 %", "call line 130 %", "warning line / restoring line 140 %", "withdrawal line 300 %"]
    assert labels == lines
    assert [note["xanchor"] for note in chart["layout"]["annotations"]] == ["left", "right"] * 2
    assert sorted(shape["y0"] for shape in chart["layout"]["shapes"]) == sorted(LINES.values())


def test_the_tiny_short_balance_has_a_scale_of_its_own(result):
    figure = balances_chart(result)
    short = next(line for line in figure["data"] if line["name"] == "Short balance")
    assert short["yaxis"] == "y2"
    assert figure["layout"]["yaxis2"]["title"]["text"] == "Short, CNY million"
    assert figure["layout"]["yaxis"]["title"]["text"] == "CNY billion"
    assert short["y"][0] * 1e6 == pytest.approx(result.market["short_balance"].iloc[0])
    assert figure["data"][0]["y"][100:104] == [None] * 4


def test_refusals_are_counted_by_reason_and_day(result):
    bubbles = refusals_chart(result)["data"][0]
    numbers = [int(text.split()[0]) for text in bubbles["text"]]
    assert sum(numbers) == len(result.refusals)
    assert max(numbers) > 1
    areas = {number: size**2 for number, size in zip(numbers, bubbles["marker"]["size"], strict=True)}
    assert areas[2] == pytest.approx(2 * areas[1], rel=1e-2)


def test_only_the_ends_of_many_securities_are_shown(result):
    symbols = [f"60{n:04d}.SH" for n in range(40)]
    many = {"component": ["price_pnl"] * 40, "symbol": symbols, "amount": [float(n) for n in range(40)]}
    bars = securities_chart(replace(result, attribution=many))["data"][0]
    assert bars["y"] == symbols[:29:-1] + symbols[9::-1]


def test_a_run_in_which_nothing_happened():
    days = pd.date_range("2024-01-02", periods=3)
    flat = {name: [0.0] * 3 for name in ("long_value", "short_value", "principal", "accrued")}
    cash = {name: [1e6] * 3 for name in ("cash", "equity", "available_margin")}
    equity: Any = {**flat, **cash, "date": days, "maintenance_ratio": [np.inf] * 3}
    idle = Result(name="idle", config={}, equity=equity)
    page = render(replace(idle, summary=summarise(idle)))
    texts = Outline(page).texts
    for text in ("No order was filled.", "No order was refused.", "No contract was opened.", "never in debt"):
        assert text in texts
    for figure in figures_of(page).values():
        go.Figure(painted(figure))
    nothing = Result(name="nothing", config={}, equity=make_table("equity"))
    assert figures_of(render(nothing)) == {}


def test_texts_are_escaped(result):
    evil = "</script><script>alert(1)</script> & $title ${x}"
    hostile = replace(
        result,
        name=evil,
        notes=(evil,),
        config={"name": evil},
        refusals=result.refusals.assign(reason=evil),
        attribution=result.attribution.assign(component=evil, symbol=evil),
        contracts=result.contracts.assign(symbol=evil),
        summary=result.summary | {"source": evil, "fills_by_kind": {evil: 1}},
    )
    page = render(hostile)
    assert "<script>alert" not in page
    assert Outline(page).texts.count(evil) >= 2
    assert evil.replace("_", " ") in figures_of(page)["chart-securities"]["data"][0]["y"][0]


def test_the_result_needs_neither_report_nor_plotly():
    code = (
        "import sys, liangrong.core.run.result, liangrong.core.pages, liangrong.core.run.terminal;"
        "print([m for m in sys.modules if m.split('.')[0] in ('plotly', 'rich') or 'report.page' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
