"""Rolling z-scores of balances over whole panels, against pandas, polars, bottleneck, numbagg and vectorbt."""

from functools import lru_cache

import numpy as np
import pytest
from liangrong.core.kernels.rolling import rolling_zscore
from numpy.testing import assert_allclose
from oracles.accuracy import measure
from oracles.rolling import KERNELS, two_pass_zscore

GAPS = 0.1
CONTEST = KERNELS["rolling_zscore"]
# Ours is held to 1e-12. The rivals are held to what two digits on a chart need: running sums lose the rest.
TOLERANCE = {"ours": 1e-12, "ours, 4 threads": 1e-12}
LOOSE = 1e-4


@lru_cache(maxsize=1)
def balances(shape):
    """Return balances of 1e8 to 1e10 yuan that change by 1 % a session, 10 % of them missing."""
    rng = np.random.default_rng(21)
    steps = rng.normal(0.0, 0.01, shape)
    values = np.round(10 ** rng.uniform(8, 10, shape[1]) * np.exp(np.cumsum(steps, axis=0)))
    values[rng.random(shape) < GAPS] = np.nan
    return values


@lru_cache(maxsize=1)
def some_answers(shape, window):
    columns = np.unique(np.linspace(0, shape[1] - 1, 6).astype(int))
    return columns, two_pass_zscore(balances(shape)[:, columns], window, window // 2)


@lru_cache(maxsize=1)
def output(shape):
    return np.zeros(shape)


@lru_cache(maxsize=4)
def frame(shape, rival):
    """Return the balances in the rival's own form; making it is not timed."""
    if rival == "pandas":
        import pandas as pd

        return pd.DataFrame(balances(shape))
    if rival == "polars":
        return pytest.importorskip("polars").from_numpy(balances(shape)).fill_nan(None)
    if not rival.startswith("ours"):
        pytest.importorskip(rival)
    return balances(shape)


def to_numpy(panel):
    if isinstance(panel, np.ndarray):
        return panel
    return panel.fill_null(np.nan).to_numpy() if hasattr(panel, "fill_null") else panel.to_numpy()


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(balances, some_answers, output, frame)


@pytest.mark.parametrize("window", [60, 250])
@pytest.mark.parametrize("rival", ["ours", "ours, 4 threads", *CONTEST.rivals])
def test_zscore(contest, shape, rival, window):
    data, least = frame(shape, rival), window // 2

    def run():
        if rival.startswith("ours"):
            threads = 4 if rival.endswith("threads") else 1
            return rolling_zscore(data, window, min_count=least, out=output(shape), threads=threads)
        return CONTEST.rivals[rival](data, window, least)

    def check(answer):
        columns, expected = some_answers(shape, window)
        got = to_numpy(answer)[:, columns]
        both = np.isnan(got) == np.isnan(expected)  # running sums find deviations where there are none: a mismatch
        assert both.all() or not rival.startswith("ours")
        assert_allclose(got[both], expected[both], rtol=0, atol=TOLERANCE.get(rival, LOOSE))

    def accuracy(answer):
        columns, expected = some_answers(shape, window)
        return measure(to_numpy(answer)[:, columns], expected, scale=1.0)

    contest(f"zscore {window}", run, check=check, accuracy=accuracy)


@pytest.mark.parametrize("window", [60, 250])
@pytest.mark.parametrize("rival", ["ours", "pandas"])
def test_one_more_session(contest, shape, rival, window):
    """Compute the last row only: ours from a start row, pandas on the last `window` rows."""
    data, least, last = frame(shape, rival), window // 2, shape[0] - 1

    def run():
        if rival == "ours":
            return rolling_zscore(data, window, min_count=least, start=last, out=output(shape))[last]
        return CONTEST.rivals[rival](data.iloc[-window:], window, least).iloc[-1].to_numpy()

    def check(answer):
        columns, expected = some_answers(shape, window)
        assert_allclose(answer[columns], expected[last], rtol=0, atol=TOLERANCE.get(rival, LOOSE))

    contest(f"zscore {window}, one more session", run, check=check)
