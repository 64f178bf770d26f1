"""The ledger's figures beside those that a broker printed."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ..account.tables import make_table
from ..pages.language import say

ACCOUNT = "account"
"""The kind of a claim on the account at the close, beside the kinds of orders."""

_REFUSED = "refused"
_ROUNDING = 1e-9


def compare(
    claims: pd.DataFrame | None, tables: Mapping[str, pd.DataFrame]
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Return where the ledger differs from a broker's own figures, and what the reader has to know of it.

    Parameters
    ----------
    claims : DataFrame or None
        One row per figure: date, symbol, kind (of an order, or `account`), item, brokers and tolerance (in the unit of
        the item), line (of the broker's file), fill (number of the order's fill among those of its date, symbol and
        kind; -1 = none), ours (NaN = to be found in the tables). The item of an order is a column of `fills`, or says
        why it was refused; that of the account is a column of `equity`.
    tables : mapping of str to DataFrame
        `fills` and `equity` of the result.

    Returns
    -------
    differences : DataFrame or None
        The table of the result: the figures that differ by more than their tolerance; None without claims.
    notes : tuple of str

    Notes
    -----
    An infinite maintenance ratio of ours differs from every figure of a broker's.
    """
    if claims is None:
        return None, ()
    claims = claims.assign(date=pd.to_datetime(claims["date"]))
    asked = claims["ours"].isna()
    rows = claims.assign(ours=claims["ours"].astype(float))
    rows.loc[asked, "ours"] = _ours(claims[asked], tables)
    rows["difference"] = rows["ours"] - rows["brokers"]
    agrees = rows["difference"].abs() <= rows["tolerance"] + _ROUNDING
    differing = rows[~agrees].drop(columns=["tolerance", "fill"])
    return make_table("differences", differing), (_note(len(rows), differing),)


def _ours(claims: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> list[float]:
    """Return the ledger's figure for each claim; 0 for an order that was refused."""
    fills = dict(iter(tables["fills"].groupby(["date", "symbol", "kind"], sort=False)))
    counts = claims.groupby(["date", "symbol", "kind"], sort=False)["fill"].max() + 1
    closes = tables["equity"].set_index("date")
    values: list[float] = []
    rows: Iterable[Any] = claims.itertuples()
    for claim in rows:
        key: Any = (claim.date, claim.symbol, claim.kind)
        if claim.kind == ACCOUNT:
            values.append(float(closes.loc[key[0], claim.item]))
        elif claim.fill < 0:
            values.append(0.0)
        else:  # interest that is posted stands among the repayments of its session, before those of the orders
            values.append(float(fills[key][claim.item].iloc[claim.fill - counts[key]]))
    return values


def _note(compared: int, differing: pd.DataFrame) -> str:
    """Return the sentence of the summary: how many figures differ, and the largest difference."""
    counts = {"n": compared, "beyond": len(differing)}
    is_refused = differing["item"].str.startswith(_REFUSED)
    refused, figures = int(is_refused.sum()), differing[~is_refused]
    if figures.empty:
        if not refused:
            return say("The broker's own figures: {n} compared, {beyond} beyond the tolerance.", **counts)
        return say(
            "The broker's own figures: {n} compared, {beyond} beyond the tolerance, {refused} of them because the "
            "ledger refused an order.",
            **counts,
            refused=refused,
        )
    row = figures.loc[figures["difference"].abs().fillna(math.inf).idxmax()]
    largest = say(
        "the largest is `{item}` of {what} on {day} (line {line}): ours {ours}, the broker's {brokers}",
        item=row["item"],
        what=say("{kind} {symbol}", kind=row["kind"], symbol=row["symbol"]) if row["symbol"] else row["kind"],
        day=f"{row['date']:%Y-%m-%d}",
        line=row["line"],
        ours=f"{row['ours']:,.4f}",
        brokers=f"{row['brokers']:,.4f}",
    )
    if not refused:
        return say(
            "The broker's own figures: {n} compared, {beyond} beyond the tolerance; {largest}.",
            **counts,
            largest=largest,
        )
    return say(
        "The broker's own figures: {n} compared, {beyond} beyond the tolerance, {refused} of them because the ledger "
        "refused an order; {largest}.",
        **counts,
        refused=refused,
        largest=largest,
    )
