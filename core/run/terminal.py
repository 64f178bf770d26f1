"""The summary of a run as one table for the terminal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..pages import formats
from .flows_section import flow_lines
from .rates_paid import BORROWED
from .trips_section import trip_lines

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 80
"""Columns of the narrowest terminal that shows the table unbroken."""

Line = tuple[str, str, str, str]


def summary_table(summary: Mapping[str, Any], notes: Iterable[str] = (), title: str = "") -> "RenderableType":
    """Return the figures of `summary` for a rich console of 80 columns or more.

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
    from rich.table import Table
    from rich.text import Text

    heading = Text(title, style="bold") if title else None
    table = Table(title=heading, title_justify="left", show_header=False, width=WIDTH)
    for ratio, justify in ((22, "left"), (15, "right"), (22, "left"), (15, "right")):
        table.add_column(ratio=ratio, justify=justify, overflow="fold")
    blocks = (_span(summary), _performance(summary), _account(summary), _money(summary), _orders(summary))
    for block in blocks:
        for line in block:
            table.add_row(*(Text(cell) for cell in line))
        table.add_section()
    beneath = [Text(f"• {note}") for note in notes]
    if summary.get("synthetic"):
        beneath.insert(0, Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    return Group(table, *beneath)


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
    gains = [
        (formats.title(name), formats.amount(value, sign=True)) for name, value in parts.items() if name not in costs
    ]
    residual = summary.get("attribution_residual")
    gains.append(("Residual", formats.number(residual, 6)))
    yield from _side_by_side(cells, gains, ("Costs (CNY)", "Attribution (CNY)"))
    yield from _rates(summary)


def _rates(summary: Mapping[str, Any]) -> Iterator[Line]:
    """Give the rates paid on average for what was borrowed."""
    paid, listed = summary.get("rates_paid") or {}, summary.get("at_list_price") or {}
    for one in BORROWED:
        rate = paid.get(one.rate)
        if rate is not None:
            at_list = formats.amount(listed.get(one.cost))
            yield f"{formats.title(one.rate)} paid", formats.percent(rate), "  cost at list price", at_list


def _orders(summary: Mapping[str, Any]) -> Iterator[Line]:
    fills, refusals = summary.get("fills_by_kind") or {}, summary.get("refusals_by_reason") or {}
    left = [(" " + formats.words(kind), formats.count(number)) for kind, number in fills.items()]
    right = [(" " + formats.words(reason), formats.count(number)) for reason, number in refusals.items()]
    left.append(("Open contracts", formats.count(summary.get("open_contracts"))))
    heads = f"Fills: {formats.count(summary.get('fills'))}", f"Refusals: {formats.count(summary.get('refusals'))}"
    yield from _side_by_side(left, right, heads)
    yield from trip_lines(summary)


def _side_by_side(left: list[tuple[str, str]], right: list[tuple[str, str]], heads: tuple[str, str]) -> Iterator[Line]:
    yield heads[0], "", heads[1], ""
    for row in range(max(len(left), len(right))):
        (name, value), (other, its) = (side[row] if row < len(side) else ("", "") for side in (left, right))
        yield name, value, other, its
