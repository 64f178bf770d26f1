"""What a broker's debt query (合约查询) says of each contract, beside the ledger's."""

from collections.abc import Iterator, Sequence
from datetime import date as Day
from typing import Any

import numpy as np

from ..account.credit import SHORT
from .account_file import StatedDebt

_Key = tuple[str, str, Day]
_SUMMED = ("amount", "shares", "accrued", "opened_amount", "opened_shares", "proceeds", "repaid", "paid")
_OF_WHOLE_LIFE = ("opened_amount", "opened_shares", "repaid", "paid")


def contract_claims(
    date: np.datetime64,
    since: np.datetime64,
    stated: Sequence[StatedDebt],
    contracts: np.ndarray,
    symbols: Sequence[str],
    tolerance: float,
) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of a debt query: what each contract owed at the close of `date`.

    Parameters
    ----------
    date, since : datetime64[D]
        `since` is the first session of the run.
    stated : sequence of StatedDebt
        Several of one day and security count together.
    contracts : CONTRACT (n,)
        The ledger's at that close.
    symbols : sequence of str (N,)
    tolerance : float, CNY

    Notes
    -----
    A contract of ours that the query does not list is a claim that nothing is owed. What a contract was at its opening
    and what was paid on it is compared where it opened in the run. `due` is a day as a number, 20240708.
    """
    mine = _ours(contracts, symbols)
    theirs: dict[_Key, dict[str, float]] = {}
    lines: dict[_Key, int] = {}
    for one in stated:
        key = (one.kind, one.symbol, one.opened)
        lines.setdefault(key, one.line)
        sums = theirs.setdefault(key, {})
        for item, value in one.figures.items():
            sums[item] = sums.get(item, 0.0) + value if item in _SUMMED else value
    for key in dict.fromkeys([*theirs, *mine]):
        kind, symbol, opened = key
        own = mine.get(key, {})
        for item, value in theirs.get(key, {"amount": 0.0}).items():
            if item in _OF_WHOLE_LIFE and (not own or np.datetime64(opened, "D") < since):
                continue
            if not own and item not in ("amount", "shares", "accrued") and not theirs[key].get("amount"):
                continue  # both say that nothing is owed
            name = ("sell_amount" if kind == "short" else "principal") if item == "amount" else item
            yield date, symbol, kind, name, value, _allowed(item, tolerance), lines.get(key, 0), -1, own.get(item, 0.0)


def _ours(contracts: np.ndarray, symbols: Sequence[str]) -> dict[_Key, dict[str, float]]:
    made: dict[_Key, dict[str, float]] = {}
    for row in contracts:
        is_short = row["kind"] == SHORT
        opened = np.datetime64(int(row["opened"]), "D").item()
        key = ("short" if is_short else "financing", symbols[row["symbol"]], opened)
        sums = made.setdefault(key, dict.fromkeys(_SUMMED, 0.0))
        amount = float(row["sell_amount"] if is_short else row["principal"])
        sums["amount"] += amount
        sums["repaid"] += float(row["opened_amount"]) - amount
        sums["proceeds"] += float(row["locked"])
        for name in ("shares", "accrued", "opened_amount", "opened_shares", "paid"):
            sums[name] += float(row[name])
        sums |= {"rate": float(row["rate"]), "ratio": float(row["ratio"])}
        sums["due"] = float(str(np.datetime64(int(row["due"]), "D")).replace("-", ""))
    return made


def _allowed(item: str, tolerance: float) -> float:
    """Return by how much a figure may differ; what accrues is printed in whole cents."""
    if item in ("rate", "ratio", "due"):
        return 1e-6
    return max(tolerance, 0.005) if item == "accrued" else tolerance
