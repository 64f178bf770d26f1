"""What followed a state, such as "price falls while the balance rises", against what followed all security-sessions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..inference.bootstrap import draws, times_drawn
from ..inference.means import FEWEST_WINDOWS, interval, usual_block
from .design import Design
from .measured import HELD_EXPECTED, HELD_NUMBER, HELD_SUM, Measures

_NUMBER, _SUM, _RISES = range(3)


def states_table(measures: Measures, plan: Design) -> pd.DataFrame:
    """Return one row for each state and horizon of detail that has events.

    Notes
    -----
    Events: security-sessions in the state with a known return. `all` is over the security-sessions whose state is
    known, of whatever kind. `difference`: mean of the state less that of all, which holds both when the state occurs
    and in which securities. `same_session`: the state less the mean of its own sessions, weighted by events, which
    holds the securities only. `hit_difference`: share of positive returns, the state less all; it has no interval,
    since the sign of a return over h sessions is no sum over them. Intervals: 95 %, stationary bootstrap of whole
    sessions in blocks (`usual_block`), so that what securities share does not count as independent. What is resampled
    are the sessions in which returns were earned, not those of the decisions, so that returns do not overlap (see
    `inference`); NaN where the sessions hold fewer than `FEWEST_WINDOWS` spans of the horizon. Of crash risk, which no
    single session has, it is the sessions of the decisions, in blocks of twice the horizon.
    """
    rows: list[tuple[int, int, dict[str, Any]]] = []
    for d, horizon in enumerate(plan.detail):
        used = np.any([values[d, :, _NUMBER].sum(axis=1) > 0.0 for values in measures.states.values()], axis=0)
        count = int(used.sum())
        if count < 2:
            continue
        is_summed = measures.target.is_summed
        by_state = {part: _sorted(values[d], horizon, is_summed) for part, values in measures.states.items()}
        rows_held = np.any([values[:, HELD_NUMBER].sum(axis=1) > 0.0 for values in by_state.values()], axis=0)
        held = int(rows_held.sum())
        block = usual_block(held) if is_summed else 2.0 * horizon
        is_trusted = count / horizon >= FEWEST_WINDOWS
        times = times_drawn(draws(held, block, plan.resamples if is_trusted else 0, plan.seed))
        for place, (partition, values) in enumerate(by_state.items()):
            drawn = _drawn(values[rows_held], times, horizon)
            for k, figures in _states(values[used], drawn, held / block):
                head = {"partition": partition.name, "state": partition.labels[k], "horizon": horizon}
                rows.append((place, k, {**head, **figures}))
    rows.sort(key=lambda row: row[:2])  # stable: the horizons of a state stay in order
    return pd.DataFrame([row[2] for row in rows]) if rows else pd.DataFrame(columns=["partition", "state", "horizon"])


def _sorted(values: NDArray[np.float64], horizon: int, is_summed: bool) -> NDArray[np.float64]:
    """Return (T, 6, states) with the parts by session of return; where there are none, by session of decision."""
    if is_summed:
        return values
    number, total = values[:, _NUMBER], values[:, _SUM]
    many = number.sum(axis=1, keepdims=True)
    means = np.divide(total.sum(axis=1, keepdims=True), many, out=np.zeros(many.shape), where=many > 0.0)
    by_decision = np.stack([number * horizon, total, number * means], axis=1)  # `_drawn` counts each horizon times
    return np.concatenate([values[:, :HELD_NUMBER], by_decision], axis=1)


def _drawn(sums: NDArray[np.float64], times: NDArray[np.float64], horizon: int) -> NDArray[np.float64]:
    """Return the parts of `_STATISTICS` by session of return, (1 + B, 5, states): of the sample, of the resamples."""
    own = np.stack([sums[:, HELD_NUMBER] / horizon, sums[:, HELD_SUM], sums[:, HELD_EXPECTED]], axis=1)
    whole = np.repeat(own[:, :2].sum(axis=2, keepdims=True), own.shape[2], axis=2)
    parts = np.concatenate([own[:, :2], whole, own[:, 2:]], axis=1)
    every = np.concatenate([np.ones((1, len(parts))), times])
    return (every @ parts.reshape(len(parts), -1)).reshape(len(every), *parts.shape[1:])


def _states(
    sums: NDArray[np.float64], drawn: NDArray[np.float64], blocks: float
) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield each state with events, and its figures, from (T, 6, states) sums and the resamples of `_drawn`."""
    all_ = sums.sum(axis=2)
    means = np.divide(all_[:, _SUM], all_[:, _NUMBER], out=np.zeros(len(sums)), where=all_[:, _NUMBER] > 0.0)
    for k in range(sums.shape[2]):
        own, whole = sums[:, :3, k], all_[:, :3].sum(axis=0)
        if not own[:, _NUMBER].any():
            continue
        counts = _counts(own, np.concatenate([own.sum(axis=0), whole]))
        parts = np.array([[*own[:, :2].sum(axis=0), *whole[:2], own[:, _NUMBER] @ means]])
        hits = counts["hit_rate"] - counts["all_hit_rate"]
        yield k, {**counts, **_differences(parts, drawn[:, :, k], blocks), "hit_difference": hits}


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
    """Return the statistics of (1, 5) parts with the intervals of (1 + B, 5) parts by session of return."""
    row = {}
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may miss a rare state
        for name, statistic in _STATISTICS.items():
            estimate, values = float(statistic(whole)[0]), statistic(drawn)
            low, high = interval(estimate, estimate + values[1:] - values[0], blocks)
            row |= {name: estimate, f"{name}_low": low, f"{name}_high": high}
    return row


_STATISTICS = {
    "difference": lambda s: s[:, 1] / s[:, 0] - s[:, 3] / s[:, 2],
    "same_session": lambda s: (s[:, 1] - s[:, 4]) / s[:, 0],
}
"""Of the parts: number and sum of the state, of all, and what the state's events would have had on average."""
