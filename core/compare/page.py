"""The page of a comparison: the headline first, then the table that can be sorted and filtered, and the charts."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.departures_section import Departures, departures_details
from ..pages.document import document
from ..pages.figures import Figure
from ..pages.language import say, speaking
from ..pages.markup import muted, pair, section
from ..pages.table_markup import table
from . import charts as charts
from .board_figures import AMOUNT, BOARD_FIGURES, COUNT, DATE, PERCENT
from .leaderboard import STRESSED
from .luck_section import luck_sections

Chart = Callable[[str, Figure], str]

FIXED = ("rank", "trial", "label", "kind", "engine")
MOST_HEATMAPS = 8

SCRIPT = """<script>
"use strict";
(function () {
  const board = document.getElementById("board");
  const rows = Array.from(board.tBodies[0].rows);
  const count = document.getElementById("board-count");
  const filter = document.getElementById("board-filter");
  const kind = document.getElementById("board-kind");
  function show() {
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.dataset.text;
      const fits = words.every((word) => text.includes(word)) && (!kind.value || row.dataset.kind === kind.value);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    count.textContent = shown + " of " + rows.length;
  }
  function key(row, column) {
    const value = row.cells[column].dataset.value;
    return value === "" ? null : isNaN(value) ? value : Number(value);
  }
  function sort(column, head) {
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of board.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const ordered = rows.slice().sort(function (a, b) {
      const x = key(a, column), y = key(b, column);
      if (x === null || y === null) return (x === null) - (y === null);
      const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
      return down ? -order : order;
    });
    board.tBodies[0].append(...ordered);
  }
  Array.from(board.tHead.rows[0].cells).forEach(function (head, column) {
    head.querySelector("button").addEventListener("click", () => sort(column, head));
  });
  filter.addEventListener("input", show);
  kind.addEventListener("change", show);
  show();
})();
</script>"""

STYLE = """<style>
#board th button { all: unset; cursor: pointer; }
#board th button:focus-visible { outline: 2px solid var(--accent); }
#board th[aria-sort=descending] button::after { content: " ▼"; }
#board th[aria-sort=ascending] button::after { content: " ▲"; }
#board details { color: var(--muted); font-size: 0.85em; }
#board details ul { margin: 4px 0; padding-left: 1.2em; }
#board tr[data-kind=control] td { color: var(--short); }
.tools { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
.tools input, .tools select { font: inherit; padding: 4px 8px; background: var(--page); color: var(--text);
  border: 1px solid var(--grid); border-radius: 6px; }
</style>"""


@speaking()
def render_leaderboard(comparison: Any) -> str:
    """Return the page of a comparison as HTML; the same comparison gives the same text.

    Parameters
    ----------
    comparison : Comparison
        Of `liangrong.core.compare.comparing`.
    """
    figures: dict[str, Figure] = {}

    def chart(name: str, figure: Figure) -> str:
        figures[f"chart-{name}"] = figure
        return f'<div class="chart" id="chart-{name}" style="height:{figure["layout"]["height"]}px"></div>'

    body = [STYLE, _header(comparison), _headline(comparison), _board(comparison.board, comparison.departures)]
    body += [*_charts(comparison, chart), *_stress(comparison, chart), *luck_sections(comparison.luck)]
    if comparison.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in comparison.notes)
        body.append(section(say("Notes"), f"<ul>{items}</ul>"))
    body += ["<footer>A backtest is not a forecast. Made by liangrong (两融).</footer>", SCRIPT]
    return document(f"Leaderboard of {comparison.config.name}", body, figures)


def _header(comparison: Any) -> str:
    badge = '<span class="badge">synthetic data</span>' if comparison.synthetic else ""
    dates = comparison.returns["date"]
    span = f"{dates.iloc[0]:%Y-%m-%d} to {dates.iloc[-1]:%Y-%m-%d}"
    controls = int((comparison.board["kind"] == "control").sum())
    counts = f"{len(comparison.board) - controls} trials, {controls} controls, {len(dates)} sessions"
    beneath = f"{span} · {counts} · data: {comparison.source}"
    described = f'<p class="muted">{escape(comparison.config.description)}</p>' if comparison.config.description else ""
    name = escape(comparison.config.name)
    return f'<header><h1>{name}</h1>{badge}<p class="muted">{escape(beneath)}</p>{described}</header>'


def _headline(comparison: Any) -> str:
    return section(
        say("What remains after luck"), f"<p>{escape(comparison.luck.headline)}</p>{muted(comparison.judged)}"
    )


_FIRST = (
    "rank",
    "label",
    "total_return",
    "sharpe",
    "sharpe_error",
    "max_drawdown",
    "turnover",
    "fees",
    "trial",
    "kind",
)
"""Columns of the page's leaderboard that come before the others."""


def _board(board: pd.DataFrame, departures: Mapping[int, Departures]) -> str:
    varied = [name for name in board.columns if "." in name]
    board = board[[*_FIRST, *(name for name in board.columns if name not in _FIRST)]]  # figures without scrolling
    head = "".join(
        f'<th{_class(name)}{_tip(name)} scope="col"><button>{escape(_title(name))}</button></th>'
        for name in board.columns
    )
    lines = []
    for row in board.to_dict("records"):
        unfolding = {"label": departures_details(departures[int(row["trial"])])}
        cells = "".join(_cell(str(name), value, unfolding.get(str(name), "")) for name, value in row.items())
        text = " ".join(str(row[name]) for name in ("trial", "label", "kind", "engine", *varied)).lower()
        lines.append(f'<tr data-kind="{row["kind"]}" data-text="{escape(text)}">{cells}</tr>')
    tools = (
        '<div class="tools"><label>Filter <input id="board-filter" type="search" placeholder="words"></label>'
        '<label>Show <select id="board-kind"><option value="">all</option><option value="trial">trials</option>'
        '<option value="control">controls</option></select></label><span id="board-count" class="muted"></span></div>'
    )
    caption = muted(
        "The highest Sharpe ratio first; a click on a heading sorts, and the pointer on one tells what it means. A "
        "label unfolds to where the settings of its trial differ from the file that it is named after. One row alone: "
        "liangrong compare CONFIG --trial NUMBER."
    )
    made = f'<table id="board"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    return section(say("Leaderboard"), f'{caption}{tools}<div class="scroll">{made}</div>')


def _class(name: str) -> str:
    return " class=text" if name in ("label", "kind", "engine", STRESSED) or "." in name else ""


def _tip(name: str) -> str:
    """Return unit and meaning of a figure, shown where the pointer rests on its heading."""
    figure = BOARD_FIGURES.get(name)
    if figure is None:
        return ""
    told = f"{figure.meaning} ({figure.unit})" if figure.unit else figure.meaning
    return f' title="{escape(told)}"'


def _title(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else formats.title(name)


def _cell(name: str, value: Any, unfolding: str = "") -> str:
    absent = value is None or (not isinstance(value, str) and pd.isna(value))
    data, text = "" if absent else str(value), formats.NONE if absent else _shown(name, value)
    return f'<td{_class(name)} data-value="{escape(data)}">{escape(text)}{unfolding}</td>'


def _shown(name: str, value: Any) -> str:
    figure = BOARD_FIGURES.get(name)
    if figure is None or figure.shown in (COUNT, DATE) or isinstance(value, str):
        return str(value)
    if figure.shown == PERCENT:
        return formats.percent(value, 1, sign=name.endswith("return"))
    return formats.amount(value) if figure.shown == AMOUNT else formats.number(value)


def _charts(comparison: Any, chart: Chart) -> Iterator[str]:
    board = comparison.board
    scatter = chart("scatter", charts.scatter_chart(board))
    fan = chart("fan", charts.fan_chart(comparison.returns, board))
    yield pair(section(say("Return and drawdown"), scatter), section(say("Equity"), fan))
    for number, (title, figure) in enumerate(_heatmaps(board)):
        yield section(title, chart(f"heatmap-{number}", figure))


def _heatmaps(board: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """Yield the Sharpe ratio over the two varied numbers with most values, for each value of the first other key."""
    part = board[board["kind"] == "trial"]
    varied = [name for name in board.columns if "." in name and len(part[name].unique()) > 1]
    numbers = [name for name in varied if part[name].map(lambda value: isinstance(value, int | float)).all()]
    if len(numbers) < 2:
        return
    x, y = sorted(numbers, key=lambda name: -part[name].nunique())[:2]
    others = [name for name in varied if name not in (x, y)]
    if not others:
        yield f"Sharpe ratio over {_title(x)} and {_title(y)}", charts.heatmap_chart(part, x, y)
        return
    for value, chosen in list(part.groupby(part[others[0]].astype(str)))[:MOST_HEATMAPS]:
        yield f"Sharpe ratio over {_title(x)} and {_title(y)}: {value}", charts.heatmap_chart(chosen, x, y)


def _stress(comparison: Any, chart: Chart) -> Iterator[str]:
    stress = comparison.stress
    if stress.empty:
        return
    names = [name.removeprefix("rank_") for name in stress.columns if name.startswith("rank_")]
    kept = stress.loc[stress["keeps_beating"], "label"].tolist()
    run, own = (int((table["kind"] == "trial").sum()) for table in (stress, comparison.board))
    rest = "" if run == own else f" (of {own:,}: the others were not run under stress)"
    which = f"{run:,} trials{rest}"
    said = f"{len(kept)} of {which} have a higher Sharpe ratio than every control"
    said += (
        f" as they are and under every stress{': ' + ', '.join(kept[:10]) if kept else ''}. This is no test of luck."
    )
    words = "; ".join(f"{stress_.name.replace('_', ' ')}: {stress_.words}" for stress_ in comparison.stresses)
    rows = [
        (
            row["label"],
            row["kind"],
            "yes" if row["keeps_beating"] else formats.NONE,
            *(
                formats.NONE
                if pd.isna(row[f"rank_{n}"])
                else f"{row[f'rank_{n}']} ({formats.number(row[f'sharpe_{n}'])})"
                for n in names
            ),
        )
        for row in stress.to_dict("records")
    ]
    head = ("Trial", "Kind", "Keeps beating", *(name.replace("_", " ") for name in names))
    content = (
        muted(f"Rank (Sharpe ratio). {words}.") + muted(said) + chart("stress", charts.stress_chart(stress, names))
    )
    yield section(say("Ranks under stress"), content + table(head, rows, texts=3))
