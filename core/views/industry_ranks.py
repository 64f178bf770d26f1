"""Industries ranked by what is financed in them, and by how that changed."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..panel.panel import Panel
from .asked_day import SPANS

NO_INDUSTRY = "no industry"


def industry_ranks(panel: Panel, row: int) -> pd.DataFrame:
    """Return one row for each industry of a session, the largest financing balance first.

    Parameters
    ----------
    panel : Panel
        With financing_balance and industry, and float_cap where it is known.
    row : int

    Returns
    -------
    DataFrame
        ``rank`` by financing balance, ``industry``, ``securities`` with a balance, ``financing_balance`` (CNY),
        ``share`` of the sum, ``float_cap_share``, ``change_1`` .. ``change_60`` as fractions, ``change_rank`` (by the
        change over 20 sessions). No rows where the data have no industries.

    Notes
    -----
    An industry is that of the session. Changes are of the securities that have a balance on both sessions.
    """
    columns = ["rank", "industry", "securities", "financing_balance", "share", "float_cap_share"]
    changes = [f"change_{span}" for span in SPANS]
    if "industry" not in panel or not panel.industries:
        return pd.DataFrame(columns=[*columns, *changes, "change_rank"])
    balance, codes = panel["financing_balance"][row], panel["industry"][row]
    known = np.isfinite(balance)
    group = np.where(np.isnan(codes), len(panel.industries), codes).astype(np.int64)
    names = [*panel.industries, NO_INDUSTRY]
    table = pd.DataFrame({"industry": names, "securities": _sums(known.astype(float), known, group, len(names))})
    table["financing_balance"] = _sums(balance, known, group, len(names))
    table["share"] = table["financing_balance"] / table["financing_balance"].sum()
    cap = panel["float_cap"][row] if "float_cap" in panel else np.full(len(codes), np.nan)
    table["float_cap_share"] = _ratio(balance, cap, known & np.isfinite(cap), group, len(names))
    for span in SPANS:
        before = panel["financing_balance"][row - span] if row >= span else np.full(len(codes), np.nan)
        table[f"change_{span}"] = _ratio(balance - before, before, known & np.isfinite(before), group, len(names))
    table = table[table["securities"] > 0].sort_values("financing_balance", ascending=False, kind="stable")
    table["rank"] = np.arange(1, len(table) + 1)
    table["change_rank"] = table[f"change_{SPANS[2]}"].rank(ascending=False, method="min")
    table["securities"] = table["securities"].astype(int)
    return table[[*columns, *changes, "change_rank"]].reset_index(drop=True)


def _sums(
    values: NDArray[np.float64], known: NDArray[np.bool_], group: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    return np.bincount(group[known], weights=values[known], minlength=count).astype(np.float64)


def _ratio(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    known: NDArray[np.bool_],
    group: NDArray[np.int64],
    count: int,
) -> NDArray[np.float64]:
    whole = _sums(below, known, group, count)
    return np.divide(_sums(above, known, group, count), whole, out=np.full(count, np.nan), where=whole > 0.0)
