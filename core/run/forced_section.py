"""Forced sales step by step: what was owed, wanted and done, why not, and what it cost against the close before."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..account.order_kinds import BOUGHT, FORCED, names
from ..pages import formats
from ..pages.language import say
from ..pages.markup import day, muted, section, sorted_counts, tuples
from ..pages.table_markup import Cell, table
from .result import Result


def forced_section(result: Result) -> str:
    """Return the section; folded where the broker sold nothing."""
    title = say("Forced sales step by step")
    if result.forced_sales.empty:
        return section(title, muted(say("The broker sold nothing.")), folded=True)
    steps = forced_steps(result)
    head = (
        *(say("Date"), say("Cause"), say("Order"), say("Security"), say("Left undone because")),
        *(say("Owed before, CNY"), say("Ratio before"), say("Wanted"), say("Done"), say("Price")),
        *(say("Close before"), say("Against it, CNY")),
    )
    caption = say(
        "Owed and ratio: at the close before. Wanted and done: shares; of a repayment CNY. Against the close before, "
        "ex rights: what the price of the order gave less, or took more; below 0 it gave more. Fees are not in it."
    )
    made = table(head, [_row(row) for row in tuples(steps)], texts=5, file="forced_sales.csv")
    return section(title, muted(caption) + made, lead=_lead(result, steps))


def forced_steps(result: Result) -> pd.DataFrame:
    """Return the forced orders with `owed` (CNY) and `ratio` at the close before, `before` (CNY a share), `cost` (CNY).

    `cost` is what the price took against the close before; NaN where that is not known or nothing traded.
    """
    forced, account = result.forced_sales, result.equity
    row = np.searchsorted(account["date"].to_numpy(), forced["date"].to_numpy()) - 1
    owed = (account["principal"] + account["short_value"] + account["accrued"]).to_numpy()
    ratio = account["maintenance_ratio"].to_numpy()
    before = _before(result)
    direction = np.where(forced["kind"].str.removeprefix(FORCED).isin(names(BOUGHT)), -1.0, 1.0)
    cost = (before - forced["price"]) * forced["done"] * direction
    known = row >= 0
    return forced.assign(
        owed=np.where(known, owed[row], np.nan),
        ratio=np.where(known, ratio[row], np.nan),
        before=before,
        cost=np.where(forced["done"] > 0.0, cost, np.nan),
    )


def _before(result: Result) -> pd.Series:
    """Return the close before of each forced order, NaN where the run kept none."""
    forced, marks = result.forced_sales, result.forced_marks
    if marks is None:
        return pd.Series(np.nan, forced.index)
    known = marks.drop_duplicates(["date", "symbol"]).set_index(["date", "symbol"])["price"]
    keys = pd.MultiIndex.from_frame(forced[["date", "symbol"]])
    return pd.Series(known.reindex(keys).to_numpy(), forced.index)


def _lead(result: Result, steps: pd.DataFrame) -> str:
    part = steps["done"] < steps["wanted"]
    causes = ", ".join(
        f"{formats.words(name)} {formats.count(n)}"
        for name, n in sorted_counts(steps["cause"].value_counts().to_dict())
    )
    told = say(
        "{n} orders of the broker on {days} days ({causes}), {part} of them not wholly carried out.",
        n=formats.count(len(steps)),
        days=formats.count(int(steps["date"].nunique())),
        causes=causes,
        part=formats.count(int(part.sum())),
    )
    stopped = sorted_counts(steps.loc[part, "reason"].value_counts().to_dict())
    if stopped:
        reasons = ", ".join(f"{formats.words(name)} {formats.count(n)}" for name, n in stopped)
        told += " " + say("Why not: {reasons}.", reasons=reasons)
    if steps["cost"].notna().any():
        told += " " + say(
            "Against the close before they cost {cost} CNY, and {fees} CNY of fees.",
            cost=formats.amount(float(steps["cost"].sum())),
            fees=formats.amount(_fees(result.fills)),
        )
    return told


def _fees(fills: pd.DataFrame) -> float:
    forced = fills[fills["kind"].str.startswith(FORCED)]
    return float(forced[["commission", "stamp_duty", "transfer_fee"]].to_numpy().sum())


def _row(row: Any) -> tuple[str | Cell, ...]:
    return (
        day(row.date),
        formats.words(row.cause),
        formats.words(row.kind),
        row.symbol or formats.NONE,
        formats.words(row.reason) if row.reason else formats.NONE,
        formats.amount(row.owed),
        formats.percent(row.ratio, 1),
        formats.amount(row.wanted),
        formats.amount(row.done),
        formats.number(row.price),
        formats.number(row.before),
        formats.amount(row.cost, sign=True),
    )


def during(summary: Mapping[str, Any]) -> str:
    """Return the lowest ratio during a session, where the run judged it."""
    if summary.get("lowest_intraday_ratio") is None:
        return ""
    ratio, date = formats.percent(summary["lowest_intraday_ratio"]), summary["lowest_intraday_date"]
    return muted(
        say(
            "During a session the maintenance ratio was never below {ratio} ({date}): longs at the low of their day, "
            "shorts at the high, all at once, which is a bound. Events named low happened at such prices.",
            ratio=ratio,
            date=date,
        )
    )
