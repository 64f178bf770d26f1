"""What was owed, what it cost, and at which average rate, over time, on a run's page."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..config.presets import LIST_PRICE
from ..pages import formats
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of
from ..pages.formats import unit_of
from ..pages.language import say
from ..pages.markup import muted, section
from ..pages.table_markup import table
from ..types import Row
from .rates_paid import BORROWED
from .result import Result


def debt_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    title = say("Debt, interest and the rate paid")
    owed = result.equity[["principal", "short_value", "accrued"]].to_numpy()
    if result.contracts.empty and not owed.any():
        return section(title, muted(say("Nothing was borrowed.")), folded=True)
    caption = say(
        "Average rate: of the contracts open on the day, what each was charged in all over its amount and time, "
        "weighted by its amount at opening. Paid and accrued: interest, borrow fees and dividends owed."
    )
    content = chart("debt", debt_chart(result)) + muted(caption) + rates_table(result)
    return section(title, content, lead=_lead(result))


def _lead(result: Result) -> str:
    costs, paid = (result.summary.get(name) or {} for name in ("costs", "rates_paid"))
    interest = (costs.get("financing_interest") or 0.0) + (costs.get("borrow_fee") or 0.0)
    start = result.summary.get("start_equity")
    if not interest or not start:
        return ""
    rates = [
        f"{formats.title(one.rate)} {formats.percent(paid.get(one.rate))}"
        for one in BORROWED
        if paid.get(one.rate) is not None
    ]
    return say(
        "Interest and borrow fees came to {amount} CNY, {share} of the equity at the start. Average rate: {rates}.",
        amount=formats.amount(interest),
        share=formats.percent(interest / start, 1),
        rates=", ".join(rates) or formats.NONE,
    )


class RatesByDay(NamedTuple):
    """Average rates (T,) of the open contracts, fractions a year; NaN where none was open."""

    financing: Row
    short: Row


def rates_by_day(result: Result) -> RatesByDay:
    """Return the average rate that the contracts open at each close paid over their lives, by their amounts."""
    return RatesByDay(*(_average(result, one.kind) for one in BORROWED))


def _average(result: Result, kind: str) -> Row:
    days = result.equity["date"].to_numpy()
    rows = result.contracts[(result.contracts["kind"] == kind) & (result.contracts["amount_years"] > 0.0)]
    amount = rows["sell_amount" if kind == "short" else "principal"].to_numpy()
    rate = rows["interest"].to_numpy() / rows["amount_years"].to_numpy()
    begin = np.searchsorted(days, rows["opened"].to_numpy())
    closed = rows["closed"].fillna(result.equity["date"].iloc[-1] + np.timedelta64(1, "D")).to_numpy()
    end = np.searchsorted(days, closed)  # a contract is open at the closes before the one on which it was closed
    sums = [_running(len(days), begin, end, weight) for weight in (amount, amount * rate, np.ones(len(rows)))]
    return np.divide(sums[1], sums[0], out=np.full(len(days), np.nan), where=sums[2] > 0.5)


def _running(size: int, begin: np.ndarray, end: np.ndarray, weight: Row) -> Row:
    """Return the sum (T,) of the weights of what lasts from `begin` to before `end`."""
    steps = np.zeros(size + 1)
    np.add.at(steps, begin, weight)
    np.add.at(steps, end, -weight)
    return np.cumsum(steps)[:size]


def charged(result: Result) -> Row:
    """Return interest, borrow fees and dividends owed (T,) in CNY that were paid or accrued since the first session."""
    paid = result.fills.groupby("date")["interest"].sum()
    dates = result.equity["date"]
    return dates.map(paid).fillna(0.0).cumsum().to_numpy() + result.equity["accrued"].to_numpy()


def debt_chart(result: Result) -> Figure:
    """Return the debt by what it is and what it cost so far above, the average rates beneath."""
    account, rates = result.equity, rates_by_day(result)
    dates, cost = day_texts(account["date"]), charged(result)
    unit, name = unit_of(np.concatenate([account["principal"], account["short_value"], cost]))
    figure = empty_figure(height=440)
    figure["data"] = [
        line_of(say("Financed principal"), dates, account["principal"] / unit, "--long", digits=6, width=2),
        line_of(say("Shares owed, at market"), dates, account["short_value"] / unit, "--short", digits=6, width=2),
        line_of(say("Paid and accrued so far"), dates, cost / unit, "--loss", digits=6, dash="dot"),
        line_of(say("Financing rate"), dates, rates.financing, "--long", axis="y2"),
        line_of(say("Borrow rate"), dates, rates.short, "--short", axis="y2"),
    ]
    for line in figure["data"][3:]:
        line["connectgaps"] = False
    figure["layout"] |= {
        "yaxis": axis_of(name, domain=[0.42, 1.0], rangemode="tozero"),
        "yaxis2": axis_of(say("Rate a year"), domain=[0.0, 0.32], tickformat=PERCENT, hoverformat=".2%"),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def rates_table(result: Result) -> str:
    """Return the rates paid on average for what was borrowed; nothing where nothing was."""
    paid, listed, costs = (result.summary.get(name) or {} for name in ("rates_paid", "at_list_price", "costs"))
    rows = [
        (
            formats.title(one.rate),
            formats.percent(paid[one.rate]),
            formats.amount(costs.get(one.cost)),
            formats.percent(LIST_PRICE[one.rate]),
            formats.amount(listed.get(one.cost)),
        )
        for one in BORROWED
        if paid.get(one.rate) is not None and math.isfinite(paid[one.rate])
    ]
    head = (say("Rate per year"), say("Paid on average"), say("CNY"), say("List price"), say("CNY at list price"))
    return table(head, rows, texts=1) if rows else ""
