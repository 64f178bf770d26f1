"""The summary of a run as one table for the terminal, of which no figure is ever cut."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.markup import sorted_counts
from .attribution import GAINS
from .flows_section import flow_lines
from .rates_paid import BORROWED
from .trips_section import trip_lines

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

WIDTH = 80
"""Columns of the table where the terminal has as many and its figures need no more."""

_NARROWEST = 14
"""Columns of a name beneath which two pairs of name and figure no longer stand side by side."""

_EDGES = 13
"""How wide the lines and blanks of four columns are."""

Line = tuple[str, str, str, str]
Lines = Sequence[Line]


def summary_table(summary: Mapping[str, Any], notes: Iterable[str] = (), title: str = "") -> "RenderableType":
    """Return the figures of `summary` for a rich console of any width.

    Parameters
    ----------
    summary : mapping
        What `summarise` returns; figures that are missing are shown as a dash.
    notes : iterable of str
        Printed beneath, one each.
    title : str
        Printed above.

    Returns
    -------
    rich renderable
        The table, refusals by reason, and the notes.
    """
    from rich.console import Group
    from rich.text import Text

    blocks = (
        *((_span(summary),), (_performance(summary),), (_account(summary),)),
        *((_money(summary), _rates(summary)), (_orders(summary), trip_lines(summary))),
    )
    table = _Figures(title, [[list(group) for group in block] for block in blocks])
    beneath = [Text(f"• {note}") for note in notes]
    if summary.get("synthetic"):
        beneath.insert(0, Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    return Group(table, *beneath)


class _Figures:
    """Pairs of name and figure, two side by side where the terminal is wide enough, else one beneath the other.

    Parameters
    ----------
    title : str
    blocks : sequence of sequence of group of lines
        A line parts the blocks. A group that begins with two headings is two lists, any other is read line by line.
    """

    def __init__(self, title: str, blocks: Sequence[Sequence[Lines]]) -> None:
        self.title, self.blocks = title, blocks

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[Table]":
        """Yield the table in the form that fits."""
        from rich.table import Table
        from rich.text import Text

        rows = [[line for group in block for line in group] for block in self.blocks]
        if (width := _width(rows, options.max_width)) is None:
            rows = [[pair for group in block for pair in _pairs(group)] for block in self.blocks]
        heading = Text(self.title, style="bold") if self.title else None
        table = Table(title=heading, title_justify="left", show_header=False, width=width)
        for place, column in enumerate(zip(*(line for block in rows for line in block), strict=True)):
            if place % 2:
                table.add_column(justify="right", no_wrap=True, width=_longest(column))
            else:
                table.add_column(ratio=None if width is None else 1, overflow="fold")
        for block in rows:
            for line in block:
                table.add_row(*(Text(cell) for cell in line))
            table.add_section()
        yield table


def _width(rows: Sequence[Sequence[Line]], most: int) -> int | None:
    """Return how wide a table of two pairs side by side is; None where it does not fit into `most` columns."""
    names, figures, others, theirs = map(_longest, zip(*(line for block in rows for line in block), strict=True))
    fixed = figures + theirs + _EDGES
    if fixed + 2 * _NARROWEST > most:
        return None
    return min(most, max(WIDTH, fixed + 2 * max(names, others)))


def _longest(cells: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, cells))


def _pairs(group: Lines) -> Iterator[tuple[str, str]]:
    """Give each name with its figure: of two lists beside each other one after the other."""
    if group and not group[0][1] and not group[0][3]:
        pairs = [line[:2] for line in group] + [line[2:] for line in group]
    else:
        pairs = [pair for line in group for pair in (line[:2], line[2:])]
    yield from (pair for pair in pairs if any(pair))


def _span(summary: Mapping[str, Any]) -> Iterator[Line]:
    get = summary.get
    yield "Start", get("start_date") or formats.NONE, "Start equity (CNY)", formats.amount(get("start_equity"))
    yield "End", get("end_date") or formats.NONE, "End equity (CNY)", formats.amount(get("end_equity"))
    start, end = get("start_equity"), get("end_equity")
    change = None if start is None or end is None else end - start
    yield "Sessions", formats.count(get("sessions")), "Change (CNY)", formats.amount(change, sign=True)


def _performance(summary: Mapping[str, Any]) -> Iterator[Line]:
    get, percent, number = summary.get, formats.percent, formats.number
    yield "Total return", percent(get("total_return")), "Sharpe", number(get("sharpe"))
    yield "Annualised return", percent(get("annualised_return")), "Sortino", number(get("sortino"))
    yield from flow_lines(summary)
    yield "Volatility", percent(get("volatility")), "Calmar", number(get("calmar"))
    trough = get("max_drawdown_trough") or formats.NONE
    yield "Max drawdown", percent(get("max_drawdown")), "  its trough", trough


def _account(summary: Mapping[str, Any]) -> Iterator[Line]:
    get, percent, number, count = summary.get, formats.percent, formats.number, formats.count
    yield "Average leverage", number(get("average_leverage")), "Average long", percent(get("average_long_exposure"))
    yield "Highest leverage", number(get("highest_leverage")), "Average short", percent(get("average_short_exposure"))
    lowest = percent(get("lowest_maintenance_ratio"))
    yield "Lowest maintenance", lowest, "  on", get("lowest_maintenance_date") or formats.NONE
    if "lowest_intraday_ratio" in summary:
        during = percent(get("lowest_intraday_ratio"))
        yield "  during a session", during, "  on, as a bound", get("lowest_intraday_date") or formats.NONE
    below = {name: count(get(f"sessions_below_{name}")) for name in ("warn", "call", "instant")}
    yield "Sessions below warn", below["warn"], "Sessions below call", below["call"]
    yield "  below instant", below["instant"], "Turnover per year", number(get("turnover"))
    yield from _risk(summary)


def _risk(summary: Mapping[str, Any]) -> Iterator[Line]:
    """Give the lines of what not every run has: calls and forced sales, insolvency."""
    get, count, amount = summary.get, formats.count, formats.amount
    if get("margin_calls") or get("forced_orders"):
        yield "Margin calls", count(get("margin_calls")), "Forced orders", count(get("forced_orders"))
        unfilled = count(get("forced_orders_unfilled"))
        yield "Traded by force (CNY)", amount(get("forced_value")), "  not wholly done", unfilled
    if get("insolvent_date"):
        yield "Insolvent on", str(get("insolvent_date")), "  short by (CNY)", amount(get("insolvency_shortfall"))


def _money(summary: Mapping[str, Any]) -> Iterator[Line]:
    costs = summary.get("costs") or {}
    cells = [(formats.title(name), formats.amount(costs[name])) for name in formats.COSTS if name in costs]
    parts = summary.get("attribution") or {}
    shown = [name for name in (*GAINS, *sorted(parts.keys() - {*GAINS})) if name in parts and name not in costs]
    gains = [(formats.title(name), formats.amount(parts[name], sign=True)) for name in shown]
    residual = summary.get("attribution_residual")
    gains.append(("Residual", formats.number(residual, 6)))
    yield from _side_by_side(cells, gains, ("Costs (CNY)", "Attribution (CNY)"))


def _rates(summary: Mapping[str, Any]) -> Iterator[Line]:
    """Give the rates paid on average for what was borrowed."""
    paid, listed = summary.get("rates_paid") or {}, summary.get("at_list_price") or {}
    for one in BORROWED:
        rate = paid.get(one.rate)
        if rate is not None:
            at_list = formats.amount(listed.get(one.cost))
            yield f"{formats.title(one.rate)} paid", formats.percent(rate), "  cost at list price", at_list


def _orders(summary: Mapping[str, Any]) -> Iterator[Line]:
    fills, refusals = (sorted_counts(summary.get(name) or {}) for name in ("fills_by_kind", "refusals_by_reason"))
    left = [(" " + formats.words(kind), formats.count(number)) for kind, number in fills]
    right = [(" " + formats.words(reason), formats.count(number)) for reason, number in refusals]
    left.append(("Open contracts", formats.count(summary.get("open_contracts"))))
    heads = f"Fills: {formats.count(summary.get('fills'))}", f"Refusals: {formats.count(summary.get('refusals'))}"
    yield from _side_by_side(left, right, heads)


def _side_by_side(left: list[tuple[str, str]], right: list[tuple[str, str]], heads: tuple[str, str]) -> Iterator[Line]:
    yield heads[0], "", heads[1], ""
    for row in range(max(len(left), len(right))):
        (name, value), (other, its) = (side[row] if row < len(side) else ("", "") for side in (left, right))
        yield name, value, other, its
