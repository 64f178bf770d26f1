"""The report: one HTML page that holds everything it needs, plotly.js included."""

from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import yaml

from ..config.presets import LIST_PRICE
from ..pages import formats
from ..pages.departures_section import Departures, departures_section
from ..pages.document import document
from ..pages.figures import Figure
from ..pages.language import say, speaking
from ..pages.markup import cards, day, muted, pair, section, sorted_counts, tuples
from ..pages.table_markup import table
from . import charts
from .differences_section import differences_section
from .endings_section import endings_section
from .flows_section import flow_cards, flows_section
from .metrics import maintenance_lines
from .rates_paid import BORROWED
from .result import Result
from .risk_section import risk_section
from .trips_section import trips_section

SHOWN_CONTRACTS = 50
"""Rows of the contracts table; contracts.csv has them all."""

Card = tuple[str, str, str, str]


@speaking()
def render(result: Result, departures: Departures | None = None) -> str:
    """Return the report of `result` as one self-contained HTML page.

    Parameters
    ----------
    result : Result
        With the `summary` of `summarise`; figures that are missing are shown as a dash.
    departures : Departures, optional
        Of a trial of a comparison: where its settings differ from the file that it is named after.

    Returns
    -------
    str
        About 5 MB, nearly all of it plotly.js: it opens offline. The same result and plotly give the same text.
    """
    figures: dict[str, Figure] = {}
    differing = [] if departures is None else [departures_section(departures)]
    body = [
        _header(result),
        *differing,
        cards(_headlines(result.summary)),
        *_sections(result, figures),
        _footer(result),
    ]
    return document(result.name, body, figures)


def _header(result: Result) -> str:
    get = result.summary.get
    badge = '<span class="badge">synthetic data</span>' if get("synthetic") else ""
    if get("insolvent_date"):
        badge += f' <span class="badge ruin">insolvent on {escape(str(get("insolvent_date")))}</span>'
    span = f"{get('start_date') or formats.NONE} to {get('end_date') or formats.NONE}"
    source = f" · data: {escape(str(get('source')))}" if get("source") else ""
    return (
        f"<header><h1>{escape(result.name)}</h1>{badge}"
        f'<p class="muted">{span} · {formats.count(get("sessions"))} sessions{source}</p></header>'
    )


def _headlines(summary: dict[str, Any]) -> list[Card]:
    """Return label, figure, what stands beneath it, and its tone ("", "gain" or "loss")."""
    get, percent, number, count, amount = summary.get, formats.percent, formats.number, formats.count, formats.amount
    gain = get("total_return")
    tone = "" if not gain else "gain" if gain > 0 else "loss"
    fallen = f"{get('max_drawdown_peak')} to {get('max_drawdown_trough')}" if get("max_drawdown_trough") else "none"
    lowest = get("lowest_maintenance_ratio")
    below = f"{get('lowest_maintenance_date')} · {count(get('sessions_below_call'))} sessions below call"
    costs, refusals = summary.get("costs") or {}, get("refusals_by_reason") or {}
    interest = (costs.get("financing_interest") or 0.0) + (costs.get("borrow_fee") or 0.0)
    reason = f"most often {formats.words(next(iter(sorted_counts(refusals)))[0])}" if refusals else "none"
    return [
        ("Total return", percent(gain, sign=True), f"{percent(get('annualised_return'), sign=True)} a year", tone),
        ("End equity", amount(get("end_equity")), f"CNY, from {amount(get('start_equity'))}", ""),
        (
            "Sharpe ratio",
            number(get("sharpe")),
            f"Sortino {number(get('sortino'))} · Calmar {number(get('calmar'))}",
            "",
        ),
        ("Volatility", percent(get("volatility")), "of returns, a year", ""),
        ("Max drawdown", percent(get("max_drawdown")), fallen, ""),
        ("Lowest maintenance ratio", percent(lowest, 1), "never in debt" if lowest is None else below, ""),
        ("Average leverage", number(get("average_leverage")), f"highest {number(get('highest_leverage'))}", ""),
        ("Turnover a year", number(get("turnover")), "traded value / average equity", ""),
        ("Costs", amount(costs.get("total")), f"CNY, {amount(interest)} interest and borrow fees", ""),
        ("Fills", count(get("fills")), f"{count(get('forced_fills'))} of them forced", ""),
        *_risk_cards(summary),
        *flow_cards(summary),
        ("Refused orders", count(get("refusals")), reason, ""),
        ("Open contracts", count(get("open_contracts")), "at the end", ""),
    ]


def _risk_cards(summary: dict[str, Any]) -> Iterable[Card]:
    """Give the cards of what not every run has: calls and forced sales, dividends, insolvency."""
    get, count, amount = summary.get, formats.count, formats.amount
    if get("margin_calls") or get("forced_orders"):
        unfilled = f"{count(get('forced_orders_unfilled'))} of {count(get('forced_orders'))} not wholly carried out"
        tone = "loss" if get("margin_calls") else ""
        yield "Margin calls", count(get("margin_calls")), f"traded by force: {amount(get('forced_value'))} CNY", tone
        yield "Forced orders", count(get("forced_orders")), unfilled, ""
    parts = get("attribution") or {}
    received, owed = parts.get("dividends") or 0.0, parts.get("dividends_owed") or 0.0
    if received or owed:
        yield "Dividends", amount(received), f"CNY received; {amount(-owed)} owed to lenders", ""
    if get("insolvent_date"):
        shortfall = f"{get('insolvent_date')} · debt above assets, CNY"
        yield "Insolvent by", amount(get("insolvency_shortfall")), shortfall, "loss"


def _sections(result: Result, figures: dict[str, Figure]) -> Iterable[str]:
    """Give the sections in order, putting each chart into `figures` under its div's id."""

    def chart(name: str, figure: Figure) -> str:
        figures[f"chart-{name}"] = figure
        return f'<div class="chart" id="chart-{name}" style="height:{figure["layout"]["height"]}px"></div>'

    if len(result.equity):
        yield section(say("Equity and drawdown"), chart("equity", charts.equity_chart(result)))
        yield section(say("Maintenance ratio"), _ratio(result, chart))
        yield section(say("Exposure"), chart("exposure", charts.exposure_chart(result)))
    if result.market[["financing_balance", "short_balance", "spread"]].notna().to_numpy().any():
        caption = muted("Sums over the universe. Spread (差额) = financing balance − short balance.")
        market = chart("market", charts.market_chart(result))
        yield section(say("Margin balances of the universe"), caption + market)
    costs = _costs(result.summary.get("costs") or {}) + _rates(result.summary)
    yield pair(
        section(say("Costs and attribution"), _attribution(result, chart) + costs),
        section(say("Best and worst securities"), _securities(result, chart)),
    )
    yield risk_section(result)
    yield section(say("Refused orders by reason and day"), _refusals(result, chart))
    kinds = _counts(result.summary.get("fills_by_kind") or {}, "Kind", "No order was filled.")
    yield section(say("Fills by kind"), kinds)
    yield trips_section(result.summary)
    if result.summary.get("regimes"):
        yield section(say("By market regime"), _regimes(result.summary["regimes"]))
    yield section(say("Contracts"), _contracts(result.contracts))
    yield differences_section(result.differences)
    yield flows_section(result.flows)
    yield endings_section(result.endings)
    if result.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
        yield section(say("Notes"), f"<ul>{items}</ul>")
    config = yaml.safe_dump(result.config, sort_keys=False, allow_unicode=True)
    yield section(say("Resolved configuration"), f"<pre>{escape(config)}</pre>", folded=True)


def _ratio(result: Result, chart: Any) -> str:
    if not np.isfinite(result.equity["maintenance_ratio"]).any():
        return muted("The account never had a debt.")
    figure = charts.maintenance_chart(result)
    return _ratio_caption(result, figure) + chart("maintenance", figure)


def _ratio_caption(result: Result, figure: Figure) -> str:
    ratio, top = result.equity["maintenance_ratio"], figure["layout"]["yaxis"]["range"][1]
    free, above = int(np.isinf(ratio).sum()), int((np.isfinite(ratio) & (ratio > top)).sum())
    parts = [f"Gap: no debt, {formats.count(free)} sessions."] if free else []
    parts += [f"Beyond the axis: {formats.count(above)} sessions above {formats.percent(top, 0)}."] if above else []
    parts += [] if maintenance_lines(result.config) else ["The configuration names no lines."]
    return muted(" ".join(parts)) if parts else ""


def _attribution(result: Result, chart: Any) -> str:
    if result.attribution.empty:
        return muted("Nothing was attributed.")
    residual = formats.number(result.summary.get("attribution_residual"), 6)
    return muted(f"Amounts in CNY. Left unexplained: {residual}.") + chart(
        "attribution", charts.attribution_chart(result)
    )


def _securities(result: Result, chart: Any) -> str:
    if (result.attribution["symbol"] == "").all():
        return muted("Nothing was attributed to a security.")
    shown = 2 * charts.SHOWN_SECURITIES
    beyond = result.attribution.loc[result.attribution["symbol"] != "", "symbol"].nunique() > shown
    caption = f"After costs, in CNY; the {shown // 2} best and worst." if beyond else "After costs, in CNY."
    return muted(caption) + chart("securities", charts.securities_chart(result))


def _refusals(result: Result, chart: Any) -> str:
    if result.refusals.empty:
        return muted("No order was refused.")
    return muted("A larger bubble: more orders on that day.") + chart("refusals", charts.refusals_chart(result))


def _counts(counts: dict[str, int], head: str, otherwise: str) -> str:
    if not counts:
        return muted(otherwise)
    rows = [(formats.words(name), formats.count(number)) for name, number in sorted_counts(counts)]
    return table((head, "Number"), rows, texts=1)


def _costs(costs: dict[str, float]) -> str:
    if not costs:
        return muted("The summary holds no costs.")
    rows = [(formats.title(name), formats.amount(costs[name])) for name in formats.COSTS if name in costs]
    return table(("Cost", "CNY"), rows, texts=1)


def _rates(summary: dict[str, Any]) -> str:
    """Return the rates paid on average for what was borrowed; nothing where nothing was."""
    paid, listed, costs = (summary.get(name) or {} for name in ("rates_paid", "at_list_price", "costs"))
    rows = [
        (
            formats.title(one.rate),
            formats.percent(paid[one.rate]),
            formats.amount(costs.get(one.cost)),
            formats.percent(LIST_PRICE[one.rate]),
            formats.amount(listed.get(one.cost)),
        )
        for one in BORROWED
        if paid.get(one.rate) is not None
    ]
    head = ("Rate per year", "Paid on average", "CNY", "List price", "CNY at list price")
    caption = muted("What was borrowed: the rate paid, and the same amounts and days at the list price.")
    return caption + table(head, rows, texts=1) if rows else ""


def _regimes(regimes: list[dict[str, Any]]) -> str:
    head = ("Regime", "From", "To", "Sessions", "Return", "Annualised", "Volatility", "Sharpe", "Max drawdown")
    fractions = ("total_return", "annualised_return", "volatility")
    rows = [
        [
            *(row["regime"], row["start_date"], row["end_date"], formats.count(row["sessions"])),
            *(formats.percent(row[name]) for name in fractions),
            *(formats.number(row["sharpe"]), formats.percent(row["max_drawdown"])),
        ]
        for row in regimes
    ]
    return table(head, rows, texts=1)


def _contracts(contracts: pd.DataFrame) -> str:
    if contracts.empty:
        return muted("No contract was opened.")
    shown = contracts.sort_values(["interest", "id"], ascending=[False, True]).head(SHOWN_CONTRACTS)
    head = ("Kind", "Security", "No.", "Opened", "Due", "Closed", "Shares", "Amount, CNY", "Rate", "Interest, CNY")
    rows = [
        (
            row.kind,
            row.symbol,
            str(row.id),
            day(row.opened),
            day(row.due),
            day(row.closed) if row.closed is not pd.NaT else "open",
            formats.count(row.shares),
            formats.amount(row.sell_amount if row.kind == "short" else row.principal),
            formats.percent(row.rate),
            formats.number(row.interest),
        )
        for row in tuples(shown)
    ]
    rest = len(contracts) - len(shown)
    tail = f" {formats.count(rest)} more are in contracts.csv." if rest else ""
    caption = f"Most interest first. Amount: principal of a financing contract, sale of a short one.{tail}"
    return muted(caption) + table(head, rows, texts=2)


def _footer(result: Result) -> str:
    warning = (
        "Generated prices: the figures say nothing about a real market. " if result.summary.get("synthetic") else ""
    )
    hint = "Drag in a chart to zoom, double-click to return."
    return f"<footer>{warning}A backtest is not a forecast. {hint} Made by liangrong (两融).</footer>"
