"""Kept runs on the terminal: the list, one run, the difference of two."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.departures_section import Departure
from ..pages.fitting import Fitting
from ..pages.language import say
from ..pages.stacked import Stacked
from .run_diff import RunDiff
from .run_list import FIGURES, KeptRun

if TYPE_CHECKING:
    from rich.console import RenderableType

_RATIOS = ("sharpe", "sortino", "calmar", "turnover", "average_leverage", "highest_leverage")
_FRACTIONS = ("return", "volatility", "drawdown", "ratio", "rate", "exposure")
"""How the names of figures end that are shown in percent."""

_LABEL = 45
"""Columns within which the name of a run is not broken."""

_NAME = 18
"""The same for the name of a figure."""

_MOST = 12
"""Rows of a part of the difference; the page has all."""


def runs_table(runs: Sequence[KeptRun]) -> "RenderableType":
    """Return the list of runs for a rich console."""
    head = ("run, made in UTC, configuration, data", "return", "Sharpe", "max\ndrawdown", "lowest\nmaintenance")
    rows = [_row(run) for run in runs]
    return _figures(head, rows, least=min(max((len(run.label) for run in runs), default=0), _LABEL))


def _row(run: KeptRun) -> Sequence[str]:
    told = run.record.get("configuration")
    beneath = ", ".join([minute(run.made), *([str(told)] if told else [])])
    figures = (shown_figure(name, run.figure(name)) for name in FIGURES)
    return (f"{run.label}\n  {beneath}\n  {data_words(run)}", *figures)


def minute(made: str) -> str:
    """Return a moment to the minute."""
    return made[:16].replace("T", " ")


def data_words(run: KeptRun) -> str:
    """Return what a run read: its path, or its source where it has none, and the beginning of the digest."""
    where = run.data.get("path") or run.data.get("source")
    return f"{where} {str(run.data.get('digest'))[:8]}" if where else formats.NONE


def origin_lines(run: KeptRun) -> list[str]:
    """Return where a run comes from, a line each."""
    told, release = run.record.get, run.head.get("liangrong")
    lines = [f"{run.label}: made {run.made}" + (f" by liangrong {release}" if release else "")]
    lines += [f"Command: {told('command')}"] if told("command") else []
    return [*lines, f"Data: {data_words(run)}", f"Folder: {run.folder}"]


def diff_table(diff: RunDiff) -> "RenderableType":
    """Return what two runs differ in for a rich console."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = [Text(f"A {diff.first.label}"), Text(f"B {diff.second.label}"), Text(diff.verdict, style="bold")]
    for title, rows in (("configuration", diff.settings), ("data", diff.data), ("release", diff.release)):
        parts += _changes(title, rows)
    rows = [
        (one.name, *(shown_figure(one.name, value) for value in (one.first, one.second)), shown_change(one))
        for one in diff.figures
    ]
    parts += [_figures(("figure", "A", "B", "B − A"), rows[: 2 * _MOST], least=_NAME), *_rest(rows, 2 * _MOST)]
    if diff.tables:
        found = [(one.table, f"{one.first_rows:,}", f"{one.second_rows:,}", first_words(one)) for one in diff.tables]
        parts.append(_table(("table", "rows of A", "of B", "first difference"), found, texts={0, 3}))
    return Group(*parts)


def _changes(title: str, rows: Sequence[Departure]) -> list[Any]:
    if not rows:
        return []
    return [_table((title, "A", "B"), rows[:_MOST], texts={0, 1, 2}), *_rest(rows, _MOST)]


def _rest(rows: Sequence[Any], most: int) -> list[Any]:
    from rich.text import Text

    return [Text(f"and {len(rows) - most} more, see the page", style="dim")] if len(rows) > most else []


def shown_figure(name: str, value: float | None) -> str:
    """Return a figure of a summary as readers know it: by its name a fraction, a ratio, a number, or CNY."""
    last = name.rpartition(".")[2]
    if last in _RATIOS:
        return formats.number(value)
    if last.endswith(_FRACTIONS):
        return formats.percent(value)
    if isinstance(value, int):
        return formats.count(value)
    return formats.number(value)


def shown_change(one: Any) -> str:
    """Return by how much a figure differs, with its sign."""
    change = one.change
    if change is None:
        return formats.NONE
    sign = "+" if change > 0 else ""
    return f"{sign}{shown_figure(one.name, change)}" if change else "0"


def first_words(one: Any) -> str:
    """Return in words where a table first differs."""
    if one.row < 0:
        return say("the same rows, then only one goes on")
    told = {"n": one.row + 1, "column": one.column, "first": one.first, "second": one.second}
    return say("row {n}, {column}: {first} / {second}", **told)


def _figures(head: Sequence[str], rows: Iterable[Sequence[str]], least: int) -> Stacked:
    """Return a table of figures by name, of which none is cut."""
    table = Stacked(head, least=least, style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: Iterable[int]) -> "RenderableType":
    table = Fitting(head, texts, kept=1, elsewhere=", and so does the page")
    for row in rows:
        table.add_row(*row)
    return table
