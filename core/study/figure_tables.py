"""From what each session says to tables: by horizon, quantile, group and session."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..inference.means import Mean, newey_west
from ..rulebook.regimes import REGIMES, regime_of
from .design import LAGS, Design
from .measured import Measures, spread


def sessions_table(measures: Measures, plan: Design) -> pd.DataFrame:
    """Return date, horizon, securities, ic, spread: one row for each session and horizon that has a correlation."""
    dates = measures.sessions.astype("datetime64[s]")
    spreads = spread(measures.counts, measures.sums)
    parts = []
    for h, horizon in enumerate(plan.horizons):
        known = ~np.isnan(measures.ic[h])
        parts.append(
            pd.DataFrame(
                {
                    "date": dates[known],
                    "horizon": np.full(known.sum(), horizon),
                    "securities": measures.securities[h, known].astype(np.int64),
                    "ic": measures.ic[h, known],
                    "spread": spreads[h, known],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def decay_table(measures: Measures, plan: Design) -> pd.DataFrame:
    """Return one row for each horizon: correlation, spread, monotonicity, timing, and slopes where they were computed.

    Notes
    -----
    `timing`: rank correlation over time of the mean score and the mean return that followed; all that a score can say
    which is the same for every security.
    """
    spreads = spread(measures.counts, measures.sums)
    rows = []
    for h, horizon in enumerate(plan.horizons):
        series = measures.ic[h]
        ic = measures.target.mean(series, measures.ic_held[h], horizon)
        top = measures.target.mean(spreads[h], measures.spread_held[h], horizon)
        timing = measures.target.timing(measures.level, _all(measures, h), _all(measures, 0), horizon)
        row = {
            "horizon": horizon,
            "sessions": ic.count,
            "windows": ic.count / horizon,
            "securities": _mean(measures.securities[h, ~np.isnan(series)]),
            **_named("ic", ic),
            "ic_std": ic.std,
            "ic_ir": ic.mean / ic.std if ic.std > 0.0 else np.nan,
            "ic_positive": _mean((series[~np.isnan(series)] > 0.0).astype(float)),
            **_named("spread", top),
            "spread_sessions": top.count,
            "monotonicity": _monotonicity(_excess(measures, h)),
            **_named("timing", timing),
            "timing_sessions": timing.count,
            "lags": ic.lags,
        }
        for k, name in enumerate(("slope", "slope_alone")):
            row |= _named(name, _slope(measures, plan, horizon, k))
        rows.append(row)
    return pd.DataFrame(rows)


def _slope(measures: Measures, plan: Design, horizon: int, k: int) -> Mean:
    """Return the mean slope with controls (k 0) or without them (1); nothing where the horizon is none of detail."""
    if horizon not in plan.detail:
        return newey_west([])
    d = plan.detail.index(horizon)
    return measures.target.mean(measures.slopes[d, k], measures.slopes_held[d, k], horizon)


def quantiles_table(measures: Measures, plan: Design) -> pd.DataFrame:
    """Return mean return and excess over the session's mean, by horizon and quantile (1 = lowest score)."""
    rows = []
    for h, horizon in enumerate(plan.horizons):
        means, excess = quantile_means(measures, h), _excess(measures, h)
        held, beyond = measures.held[h], measures.excess_held[h]
        for q in range(plan.quantiles):
            total = measures.counts[h, :, q].sum()
            rows.append(
                {
                    "horizon": horizon,
                    "quantile": q + 1,
                    "sessions": int((~np.isnan(means[:, q])).sum()),
                    "securities": _mean(measures.counts[h, ~np.isnan(means[:, q]), q]),
                    **_named("return", measures.target.mean(means[:, q], held[:, q], horizon)),
                    **_named("excess", measures.target.mean(excess[:, q], beyond[:, q], horizon)),
                    "hit_rate": measures.rises[h, :, q].sum() / total if total else np.nan,
                }
            )
    return pd.DataFrame(rows)


def curves_table(measures: Measures, plan: Design) -> pd.DataFrame:
    """Return the growth of one yuan in each quantile and in all scored securities, formed anew every session, no costs.

    Notes
    -----
    A row holds the growth by the decisions up to its date, which end one session after their entry. A session without
    a return leaves a curve where it is.
    """
    means = quantile_means(measures, 0)
    columns = {f"q{q + 1}": means[:, q] for q in range(plan.quantiles)} | {"all": _all(measures, 0)}
    grown = {name: np.cumprod(1.0 + np.nan_to_num(values)) for name, values in columns.items()}
    return pd.DataFrame({"date": measures.sessions.astype("datetime64[s]"), **grown})


def turnover_table(measures: Measures) -> pd.DataFrame:
    """Return coverage, rank autocorrelation and share of new securities in the outer quantiles, by session."""
    columns: dict[str, ArrayLike] = {
        "date": measures.sessions.astype("datetime64[s]"),
        "listed": measures.listed.astype(np.int64),
        "scored": measures.scored.astype(np.int64),
        "coverage": _ratio(measures.scored, measures.listed),
    }
    for i, lag in enumerate(LAGS):
        columns[f"autocorrelation_{lag}"] = measures.autocorrelation[i]
    for i, lag in enumerate(LAGS):
        columns |= {f"new_in_top_{lag}": measures.entered[i, 0], f"new_in_bottom_{lag}": measures.entered[i, 1]}
    return pd.DataFrame(columns)


def groups_table(measures: Measures, plan: Design) -> pd.DataFrame:
    """Return correlation and spread at the focus by board, industry and regime; groups without a session are left out.

    Notes
    -----
    Boards and industries: ranks and quantiles are those within the group. Regimes: those of the mainland's rules.
    """
    horizon, h = plan.horizon, plan.horizons.index(plan.horizon)
    cases = [
        (grouping.kind, label, values[g])
        for grouping, values in measures.groups.items()
        for g, label in enumerate(grouping.labels)
    ]
    of = regime_of(measures.sessions)
    regimes = np.unique(of) if measures.is_mainland else ()
    whole = np.stack([measures.ic[h], spread(measures.counts[h], measures.sums[h]), measures.securities[h]])
    cases += [
        ("regime", REGIMES[r].label, np.vstack([np.where(of == r, whole, np.nan), measures.regimes_held[r]]))
        for r in regimes
    ]
    rows = []
    for kind, label, (ics, spreads, securities, ic_held, held) in cases:
        ic = measures.target.mean(ics, ic_held, horizon)
        if ic.count:
            many = _mean(securities[~np.isnan(ics)])
            row = {"kind": kind, "group": label, "horizon": horizon, "sessions": ic.count}
            row |= {"windows": ic.count / horizon, "securities": many}
            top = measures.target.mean(spreads, held, horizon)
            rows.append({**row, **_named("ic", ic), **_named("spread", top), "spread_sessions": top.count})
    head = ["kind", "group", "horizon", "sessions", "windows", "securities"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=head)


def quantile_means(measures: Measures, h: int) -> NDArray[np.float64]:
    """Return the mean return of each quantile by session, (T, Q), for the horizon of index `h`."""
    return _ratio(measures.sums[h], measures.counts[h])


def _all(measures: Measures, h: int) -> NDArray[np.float64]:
    return _ratio(measures.sums[h].sum(axis=1), measures.counts[h].sum(axis=1))


def _excess(measures: Measures, h: int) -> NDArray[np.float64]:
    return quantile_means(measures, h) - _all(measures, h)[:, None]


def _monotonicity(excess: NDArray[np.float64]) -> float:
    """Return the rank correlation of a quantile's number and its mean excess: 1 = each beats the one below."""
    means = np.array([_mean(column[~np.isnan(column)]) for column in excess.T])
    if np.isnan(means).any() or len(np.unique(means)) < len(means):
        return np.nan
    return float(np.corrcoef(np.arange(len(means)), means.argsort().argsort())[0, 1])


def _named(name: str, mean: Mean) -> dict[str, float]:
    return {name: mean.mean, f"{name}_error": mean.error, f"{name}_t": mean.t}


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0.0)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else np.nan
