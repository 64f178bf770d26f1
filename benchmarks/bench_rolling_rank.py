"""Rolling percentile ranks over whole panels, against pandas, polars (all its threads) and bottleneck.

Polars and bottleneck rank on scales of their own; what turns theirs into percentiles is not timed.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from liangrong.core.kernels.rolling_rank import rolling_rank
from numpy.testing import assert_allclose
from oracles.accuracy import measure
from oracles.rolling_rank import KERNELS, TRANSLATE, counted_rank

GAPS = 0.1
CONTEST = KERNELS["rolling_rank"]


@lru_cache(maxsize=1)
def panel(shape, kind):
    """Return balances that hardly ever tie, or prices in ticks of 0.01 that often do; 10 % are missing."""
    rng = np.random.default_rng(21)
    steps = np.exp(np.cumsum(rng.normal(0.0, 0.01, shape), axis=0))
    values = np.round(10 ** rng.uniform(8, 10, shape[1]) * steps) if kind == "balances" else np.round(20.0 * steps, 2)
    values[rng.random(shape) < GAPS] = np.nan
    return values


@lru_cache(maxsize=1)
def some_answers(shape, kind, window):
    """Return sample columns, their exact ranks and how many values each window has."""
    columns = np.unique(np.linspace(0, shape[1] - 1, 6).astype(int))
    values = panel(shape, kind)[:, columns]
    sums = np.cumsum(~np.isnan(values), axis=0)
    counts = sums - np.concatenate([np.zeros((window, len(columns)), dtype=int), sums])[: len(sums)]
    return columns, counted_rank(values, window, window // 2), counts


@lru_cache(maxsize=1)
def output(shape):
    return np.zeros(shape)


@lru_cache(maxsize=4)
def frame(shape, kind, rival) -> Any:
    """Return the panel in the rival's own form; making it is not timed."""
    if rival == "pandas":
        return pytest.importorskip("pandas").DataFrame(panel(shape, kind))
    if rival == "polars":
        return pytest.importorskip("polars").from_numpy(panel(shape, kind)).fill_nan(None)
    if rival == "bottleneck":
        pytest.importorskip("bottleneck")
    return panel(shape, kind)


def to_numpy(answer):
    if isinstance(answer, np.ndarray):
        return answer
    return answer.fill_null(np.nan).to_numpy() if hasattr(answer, "fill_null") else answer.to_numpy()


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(panel, some_answers, output, frame)


@pytest.mark.parametrize(("kind", "window"), [("balances", 60), ("balances", 250), ("ticks", 250)])
@pytest.mark.parametrize("rival", ["ours", "ours, 4 threads", *CONTEST.rivals])
def test_rank(contest, shape, rival, kind, window):
    data, least = frame(shape, kind, rival), window // 2

    def run():
        if rival.startswith("ours"):
            threads = 4 if rival.endswith("threads") else 1
            return rolling_rank(data, window, min_count=least, out=output(shape), threads=threads)
        return CONTEST.rivals[rival](data, window, least)

    def percentiles(answer):
        columns, expected, counts = some_answers(shape, kind, window)
        sample = to_numpy(answer)[:, columns]
        return (TRANSLATE[rival](sample, counts) if rival in TRANSLATE else sample), expected

    def check(answer):
        got, expected = percentiles(answer)
        assert_allclose(got, expected, rtol=0 if rival.startswith("ours") else 1e-12)

    contest(f"rank {window}, {kind}", run, check=check, accuracy=lambda answer: measure(*percentiles(answer)))


@pytest.mark.parametrize("window", [60, 250])
@pytest.mark.parametrize("rival", ["ours", "pandas"])
def test_one_more_session(contest, shape, rival, window):
    """Compute the last row only: ours from a start row, pandas on the last `window` rows."""
    data, least, last = frame(shape, "balances", rival), window // 2, shape[0] - 1

    def run():
        if rival == "ours":
            return rolling_rank(data, window, min_count=least, start=last, out=output(shape), threads=1)[last]
        return CONTEST.rivals[rival](data.iloc[-window:], window, least).iloc[-1].to_numpy()

    def check(answer):
        columns, expected, _ = some_answers(shape, "balances", window)
        assert_allclose(answer[columns], expected[last], rtol=0)

    contest(f"rank {window}, one more session", run, check=check)
