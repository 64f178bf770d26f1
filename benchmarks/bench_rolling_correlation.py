"""Rolling correlations of two whole panels, against pandas, polars and numbagg (both with all their threads)."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from liangrong.core.kernels.rolling_correlation import rolling_correlation
from numpy.testing import assert_allclose
from oracles.accuracy import measure
from oracles.rolling_correlation import KERNELS, two_pass_correlation

GAPS = 0.1
CONTEST = KERNELS["rolling_correlation"]
# Ours is held to 1e-12. The rivals are held to what two digits on a chart need: running sums lose the rest.
TOLERANCE = {"ours": 1e-12, "ours, 4 threads": 1e-12}


@lru_cache(maxsize=1)
def balances(shape):
    """Return two panels of balances of 1e8 to 1e10 yuan that change by 1 % a session, 10 % of either missing."""
    rng = np.random.default_rng(22)
    common = rng.normal(0.0, 0.005, shape)
    panels = []
    for _ in range(2):
        steps = common + rng.normal(0.0, 0.01, shape)
        values = np.round(10 ** rng.uniform(8, 10, shape[1]) * np.exp(np.cumsum(steps, axis=0)))
        values[rng.random(shape) < GAPS] = np.nan
        panels.append(values)
    return tuple(panels)


@lru_cache(maxsize=1)
def some_answers(shape, window):
    columns = np.unique(np.linspace(0, shape[1] - 1, 6).astype(int))
    first, second = balances(shape)
    return columns, two_pass_correlation(first[:, columns], second[:, columns], window, window // 2)


@lru_cache(maxsize=1)
def output(shape):
    return np.zeros(shape)


@lru_cache(maxsize=4)
def frames(shape, rival) -> Any:
    """Return what the rival's function takes before the window, in its own form; making it is not timed."""
    if rival == "pandas":
        pd = pytest.importorskip("pandas")
        return tuple(pd.DataFrame(side) for side in balances(shape))
    if rival == "polars":
        wide = pytest.importorskip("polars").from_numpy(np.hstack(balances(shape))).fill_nan(None)
        return wide, list(zip(wide.columns[: shape[1]], wide.columns[shape[1] :], strict=True))
    if rival == "numbagg":
        pytest.importorskip("numbagg")
    return balances(shape)


def to_numpy(panel):
    if isinstance(panel, np.ndarray):
        return panel
    return panel.fill_null(np.nan).to_numpy() if hasattr(panel, "fill_null") else panel.to_numpy()


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(balances, some_answers, output, frames)


@pytest.mark.parametrize("window", [60, 250])
@pytest.mark.parametrize("rival", ["ours", "ours, 4 threads", *CONTEST.rivals])
def test_correlation(contest, shape, rival, window):
    (first, second), least = frames(shape, rival), window // 2

    def run():
        if rival.startswith("ours"):
            threads = 4 if rival.endswith("threads") else 1
            return rolling_correlation(first, second, window, min_count=least, out=output(shape), threads=threads)
        return CONTEST.rivals[rival](first, second, window, least)

    def check(answer):
        columns, expected = some_answers(shape, window)
        assert_allclose(to_numpy(answer)[:, columns], expected, rtol=0, atol=TOLERANCE.get(rival, 1e-4))

    def accuracy(answer):
        columns, expected = some_answers(shape, window)
        return measure(to_numpy(answer)[:, columns], expected, scale=1.0)

    contest(f"correlation {window}", run, check=check, accuracy=accuracy)


@pytest.mark.parametrize("window", [60, 250])
@pytest.mark.parametrize("rival", ["ours", "pandas"])
def test_one_more_session(contest, shape, rival, window):
    """Compute the last row only: ours from a start row, pandas on the last `window` rows."""
    (first, second), least, last = frames(shape, rival), window // 2, shape[0] - 1

    def run():
        if rival == "ours":
            return rolling_correlation(
                first, second, window, min_count=least, start=last, out=output(shape), threads=1
            )[last]
        recent = (side.iloc[-window:] for side in (first, second))
        return CONTEST.rivals[rival](*recent, window, least).iloc[-1].to_numpy()

    def check(answer):
        columns, expected = some_answers(shape, window)
        assert_allclose(answer[columns], expected[last], rtol=0, atol=TOLERANCE.get(rival, 1e-4))

    contest(f"correlation {window}, one more session", run, check=check)
