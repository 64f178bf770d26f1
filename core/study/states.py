"""What followed a state, such as "price falls while the balance rises", against what followed all security-sessions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .inference import FEWEST_WINDOWS, block_length, interval, resampled
from .measure import Measures
from .plan import Plan

_NUMBER, _SUM, _RISES = range(3)


def states_table(measures: Measures, plan: Plan) -> pd.DataFrame:
    """Return one row for each state and horizon of detail that has events.

    Notes
    -----
    Events: security-sessions in the state with a known return. `all` is over the security-sessions whose state is
    known, of whatever kind. `difference`: mean of the state less that of all, which holds both when the state occurs
    and in which securities. `same_session`: the state less the mean of its own sessions, weighted by events, which
    holds the securities only. `hit_difference`: share of positive returns, the state less all. Intervals: 95 %,
    stationary bootstrap of whole sessions in blocks (`block_length`), so that what securities share and overlapping
    returns do not count as independent; NaN where the sessions hold fewer than `FEWEST_WINDOWS` spans of the horizon.
    """
    rows: list[tuple[int, int, dict[str, Any]]] = []
    for d, horizon in enumerate(plan.detail):
        used = np.any([values[d, :, _NUMBER].sum(axis=1) > 0.0 for values in measures.states.values()], axis=0)
        count = int(used.sum())
        if count < 2:
            continue
        block = block_length(horizon, count)
        is_trusted = count / horizon >= FEWEST_WINDOWS
        draws = resampled(count, block, plan.resamples, plan.seed) if is_trusted else np.empty((0, count))
        for place, (partition, values) in enumerate(measures.states.items()):
            for k, figures in _states(values[d, used], draws, count / block):
                head = {"partition": partition.name, "state": partition.labels[k], "horizon": horizon}
                rows.append((place, k, {**head, **figures}))
    rows.sort(key=lambda row: row[:2])  # stable: the horizons of a state stay in order
    return pd.DataFrame([row[2] for row in rows]) if rows else pd.DataFrame(columns=["partition", "state", "horizon"])


def _states(
    sums: NDArray[np.float64], draws: NDArray[np.float64], blocks: float
) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield each state with events, and its figures, from (T, 3, states) sums and the (B, T) resamples."""
    count, _, states = sums.shape
    all_ = sums.sum(axis=2)
    means = np.divide(all_[:, _SUM], all_[:, _NUMBER], out=np.zeros(count), where=all_[:, _NUMBER] > 0.0)
    expected = sums[:, _NUMBER] * means[:, None]
    parts = np.concatenate([sums, np.repeat(all_[:, :, None], states, axis=2), expected[:, None]], axis=1)
    drawn = (draws @ parts.reshape(count, -1)).reshape(len(draws), parts.shape[1], states)
    whole = parts.sum(axis=0)[None]
    for k in range(states):
        if whole[0, _NUMBER, k] > 0.0:
            yield k, {**_counts(sums[:, :, k], whole[0, :, k]), **_differences(whole[:, :, k], drawn[:, :, k], blocks)}


def _counts(own: NDArray[np.float64], whole: NDArray[np.float64]) -> dict[str, float]:
    return {
        "events": int(whole[0]),
        "sessions": int((own[:, _NUMBER] > 0.0).sum()),
        "share": whole[0] / whole[3],
        "mean": whole[1] / whole[0],
        "all": whole[4] / whole[3],
        "hit_rate": whole[2] / whole[0],
        "all_hit_rate": whole[5] / whole[3],
    }


def _differences(whole: NDArray[np.float64], drawn: NDArray[np.float64], blocks: float) -> dict[str, float]:
    row = {}
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may miss a rare state
        for name, statistic in _STATISTICS.items():
            estimate = float(statistic(whole)[0])
            low, high = interval(estimate, statistic(drawn), blocks)
            row |= {name: estimate, f"{name}_low": low, f"{name}_high": high}
    return row


_STATISTICS = {
    "difference": lambda s: s[:, 1] / s[:, 0] - s[:, 4] / s[:, 3],
    "same_session": lambda s: (s[:, 1] - s[:, 6]) / s[:, 0],
    "hit_difference": lambda s: s[:, 2] / s[:, 0] - s[:, 5] / s[:, 3],
}
"""Of the sums: number, sum, rises of the state; of all; and what the state's events would have had on average."""
