"""The account's beginning and its flows in words: notes, a section of the page, cards and lines of the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.language import joined, say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table
from .beginning import left_out
from .scenario import Scenario

SHOWN_FLOWS = 60
"""Rows of the table; flows.csv has them all."""


def opening_told(scenario: Scenario) -> Iterator[str]:
    """Say with what an account begins that holds or owes something, and at which marks."""
    if scenario.config.account.opening is None:
        return
    opening = scenario.opening
    sums, on = opening.totals(), np.datetime64(opening.day, "D")
    yield say(
        "The account begins with an equity of {equity} CNY at the marks before the first session (cash {cash}, long "
        "{long}, short {short}, principal {principal}, interest and fees {accrued}); interest runs on from {day}.",
        equity=f"{opening.equity():,.2f}",
        cash=f"{sums.cash:,.2f}",
        long=f"{sums.long_value:,.2f}",
        short=f"{sums.short_value:,.2f}",
        principal=f"{sums.principal:,.2f}",
        accrued=f"{sums.accrued:,.2f}",
        day=str(on),
    )


def flows_told(scenario: Scenario, flows: pd.DataFrame | None) -> Iterator[str]:
    """Say which flows lie outside the run, and which were refused."""
    outside = left_out(scenario.config.account.flows, scenario.flows)
    if outside:
        yield say("Flows outside the run, left out: {n}.", n=outside)
    if flows is not None and (flows["reason"] != "").any():
        refused = flows.loc[flows["reason"] != "", "reason"].value_counts()
        listed = [
            say("{what} {n}", what=formats.words(str(reason)), n=count) for reason, count in sorted(refused.items())
        ]
        yield say("Flows that were refused: {flows}; `flows` has them.", flows=joined(listed, "{one}, {other}"))
    if flows is not None and (flows["reason"] == "").any():
        yield say(
            "Cash or collateral moved: returns and drawdowns are time-weighted, and the money-weighted return (a "
            "year) stands beside them."
        )


def flow_lines(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Give the lines of the terminal; none where nothing was to move."""
    get, amount = summary.get, formats.amount
    if "money_weighted_return" in summary:
        money = formats.percent(get("money_weighted_return"))
        yield "Money-weighted a year", money, "Gain (CNY)", amount(get("gain"), sign=True)
        yield "Moved in (CNY)", amount(get("moved_in")), "Moved out (CNY)", amount(get("moved_out"))


def flow_cards(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Give the cards of the page; none where nothing was to move."""
    get = summary.get
    if "money_weighted_return" in summary:
        gain = formats.headline(get("gain"), sign=True)
        beneath = say("a year; total return is time-weighted · gain {gain} CNY", gain=gain)
        yield say("Money-weighted return"), formats.percent(get("money_weighted_return"), sign=True), beneath, ""
        told = {"out": formats.headline(get("moved_out")), "n": formats.count(get("flows_refused"))}
        moved = say("CNY in, {out} out, {n} refused", **told)
        yield say("Cash and collateral moved"), formats.headline(get("moved_in")), moved, ""


def flows_section(flows: pd.DataFrame | None) -> str:
    """Return the section of the page; empty where nothing was to move."""
    if flows is None:
        return ""
    head = (
        *(say("Kind"), say("Security"), say("Day"), say("Shares"), say("Price"), say("Amount, CNY")),
        say("Refused"),
    )
    rows = [
        (
            formats.words(row.kind),
            row.symbol or formats.NONE,
            day(row.date),
            formats.count(row.shares) if row.symbol else formats.NONE,
            formats.number(row.price, 3),
            formats.amount(row.amount, sign=True),
            formats.words(row.reason) or formats.NONE,
        )
        for row in tuples(flows.head(SHOWN_FLOWS))
    ]
    rest = len(flows) - len(rows)
    caption = say("Before the open of the day; collateral counts at the mark of the close before.")
    if rest > 0:
        caption = f"{caption} {say('{n} more are in {file}.', n=formats.count(rest), file='flows.csv')}"
    return section(say("Cash and collateral moved"), muted(caption) + table(head, rows, texts=3))
