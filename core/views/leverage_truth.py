"""The estimates of what is owed against the truth, where it is known: bias and correlation, by item and security."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import DataError
from ..pages.language import say
from ..panel.leverage import FIELDS, Leverage
from ..panel.panel import Panel
from ..types import Panel2D

WARM_UP, HOLDERS, SESSIONS = 120, 5, 100
"""Sessions left out at the start, accounts with contracts that a session needs, sessions that a security needs."""

NEAR, CLOSE = 0.1, 0.9
"""A bias below the first is near the truth; a correlation above the second goes with it."""

TRUE = {
    "financing_cost": "financing_cost",
    "financing_shares": "financed_shares",
    "estimated_maintenance": "maintenance_ratio",
    "short_cost": "short_price",
    "estimated_short_maintenance": "short_maintenance_ratio",
}
"""What is estimated -> the column of the truth that it stands for; of the short side the shares are published."""

_ACCOUNTS = {"financing": "holders", "short": "borrowers"}


class LeverageTruth(NamedTuple):
    """How near the estimates are to the truth.

    Parameters
    ----------
    items : DataFrame
        A row for each estimate of `TRUE` that the data allow: ``item``, ``truth`` (its column), ``securities`` judged,
        ``sessions`` (pairs of all of them), ``bias_pooled`` (of all pairs), ``bias_mean``, ``bias_median`` (by
        security), ``near`` (securities with a bias within `NEAR`), ``correlated`` (securities that have a
        correlation), ``correlation_mean``, ``correlation_low``, ``correlation_median``, ``correlation_high`` (mean,
        quartiles), ``above`` (securities with one above `CLOSE`).
    securities : DataFrame
        A row for each item and judged security, of an item the least correlated first: ``item``, ``symbol``,
        ``sessions``, ``bias``, ``correlation``.

    Notes
    -----
    A pair is a session from row `WARM_UP` on on which estimate and truth are finite and above 0 and at least `HOLDERS`
    accounts have a contract; a security is judged that has at least `SESSIONS` of them. Bias is exp(mean(ln estimate -
    ln truth)) - 1, a fraction; correlation that of the logarithms over time, NaN where one of them never changes.
    """

    items: pd.DataFrame
    securities: pd.DataFrame


def leverage_truth(panel: Panel, sides: Mapping[str, Leverage], truth: pd.DataFrame) -> LeverageTruth:
    """Return how near estimates are to the truth.

    Parameters
    ----------
    panel : Panel
        Whose sessions and securities those of `sides` are.
    sides : mapping of str to Leverage
        ``financing``, ``short``, or one of them.
    truth : DataFrame
        As `read_truth`: a row for each date and symbol; rows of others than the panel's do not matter.

    Raises
    ------
    DataError
        A column is missing, a row stands twice, no row is of the panel, or no security can be judged.
    """
    named = [(side, item, part) for side in sides for item, part in FIELDS[side].items() if item in TRUE]
    true = _panels(panel, truth, [*(TRUE[item] for _, item, _ in named), *(_ACCOUNTS[side] for side in sides)])
    rows, items = [], []
    for side, item, part in named:
        estimate, accounts = getattr(sides[side], part), true[_ACCOUNTS[side]]
        found, gaps = _judged(panel.symbols, estimate, true[TRUE[item]], accounts)
        items.append({"item": item, "truth": TRUE[item], **_summary(found, gaps)})
        rows.append(found.assign(item=item))
    securities = pd.concat(rows, ignore_index=True)[["item", "symbol", "sessions", "bias", "correlation"]]
    if securities.empty:
        raise DataError(
            f"no security can be set against the truth: each needs {SESSIONS} sessions, the first {WARM_UP} left out, "
            f"with an estimate and {HOLDERS} accounts that have a contract: make a market of more sessions or "
            "accounts, such as `--sessions 360 --accounts 800`, or choose a later day or another security"
        )
    return LeverageTruth(pd.DataFrame(items), securities)


def truth_words() -> str:
    """Return what counts, for a note."""
    return say(
        "Against the truth: a session counts where estimate and truth are both known and above 0 and at least "
        "{holders} accounts have a contract, the first {first} sessions left out; a security with at least {sessions} "
        "of them is judged. Bias and correlation are those of logarithms; the bias by security weighs each security "
        "alike.",
        holders=f"{HOLDERS}",
        first=f"{WARM_UP}",
        sessions=f"{SESSIONS}",
    )


def _panels(panel: Panel, truth: pd.DataFrame, names: list[str]) -> dict[str, Panel2D]:
    """Return columns of the truth as float64 (T, N); NaN where it has no row."""
    lacking = [name for name in ("date", "symbol", *names) if name not in truth]
    if lacking:
        raise DataError(f"the truth should have the column `{lacking[0]}`, it does not: make the market again")
    if truth.duplicated(["date", "symbol"]).any():
        raise DataError("the truth should have one row for each date and symbol, one stands twice: make it again")
    t = pd.DatetimeIndex(panel.sessions).get_indexer(pd.DatetimeIndex(truth["date"]))
    j = pd.Index(panel.symbols).get_indexer(pd.Index(truth["symbol"]))
    ours = (t >= 0) & (j >= 0)
    if not ours.any():
        raise DataError("the truth has no session and security of these data: it is that of another market")
    made = {name: np.full(panel.shape, np.nan) for name in names}
    for name, values in made.items():
        values[t[ours], j[ours]] = truth[name].to_numpy(dtype=np.float64)[ours]
    return made


def _judged(
    symbols: tuple[str, ...], estimate: Panel2D, true: Panel2D, accounts: Panel2D
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return a row for each judged security, the least correlated first, and the differences of logarithms of each."""
    known = np.isfinite(estimate) & np.isfinite(true) & (accounts >= HOLDERS)
    known &= (estimate > 0.0) & (true > 0.0)
    known[:WARM_UP] = False
    rows: list[tuple[str, int, float, float]] = []
    gaps: list[np.ndarray] = []
    for j in np.flatnonzero(known.sum(axis=0) >= SESSIONS):
        x, y = np.log(estimate[known[:, j], j]), np.log(true[known[:, j], j])
        gaps.append(x - y)
        rows.append((symbols[j], len(x), float(np.expm1(np.mean(x - y))), _correlation(x, y)))
    found = pd.DataFrame(rows, columns=["symbol", "sessions", "bias", "correlation"])
    return found.sort_values(["correlation", "symbol"], kind="stable"), gaps


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    return np.nan if np.ptp(x) == 0.0 or np.ptp(y) == 0.0 else float(np.corrcoef(x, y)[0, 1])


def _summary(found: pd.DataFrame, gaps: list[np.ndarray]) -> dict[str, float | int]:
    """Return what a row of `items` holds of the securities of an item; NaN and 0 where none is judged."""
    bias, correlation = found["bias"].astype(float), found["correlation"].astype(float)
    low, median, high = correlation.quantile([0.25, 0.5, 0.75])
    return {
        "securities": len(found),
        "sessions": sum(len(gap) for gap in gaps),
        "bias_pooled": float(np.expm1(np.concatenate(gaps).mean())) if gaps else np.nan,
        "bias_mean": float(bias.mean()),
        "bias_median": float(bias.median()),
        "near": int((bias.abs() < NEAR).sum()),
        "correlated": int(correlation.count()),
        "correlation_mean": float(correlation.mean()),
        "correlation_low": float(low),
        "correlation_median": float(median),
        "correlation_high": float(high),
        "above": int((correlation > CLOSE).sum()),
    }
