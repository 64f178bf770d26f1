"""Moments, sums, extremes, lags and exponential means of balances over whole panels, against other libraries."""

from functools import lru_cache, partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracles import changes, rolling, rolling_extremes, rolling_sums, smoothing
from oracles.accuracy import measure
from oracles.awkward import balances

SAMPLE = 400
"""Sessions at the end of a column for which the slow oracles of windows are asked."""

# Work -> contest and its parameters beside the values.
WORK = {
    "mean 60": (rolling.KERNELS["rolling_mean"], (60, 30)),
    "std 60": (rolling.KERNELS["rolling_std"], (60, 30)),
    "sum 60": (rolling_sums.KERNELS["rolling_sum"], (60, 30)),
    "count 60": (rolling_sums.KERNELS["rolling_count"], (60,)),
    "min 60": (rolling_extremes.KERNELS["rolling_min"], (60, 30)),
    "max 250": (rolling_extremes.KERNELS["rolling_max"], (250, 125)),
    "lag 5": (changes.KERNELS["lag"], (5,)),
    "change 5": (changes.KERNELS["change"], (5,)),
    "relative change 5": (changes.KERNELS["relative_change"], (5,)),
    "exponential mean 60": (smoothing.KERNELS["exponential_mean"], (60,)),
}
CASES = [(work, rival) for work in WORK for rival in ("ours", "ours, 4 threads", *WORK[work][0].rivals)]
OURS, LOOSE = 1e-12, 1e-4


@lru_cache(maxsize=1)
def panel(shape):
    return balances(shape, seed=21, level=1e10)


@lru_cache(maxsize=1)
def output(shape):
    return np.zeros(shape)


@lru_cache(maxsize=4)
def frame(shape, rival):
    """Return the balances in the rival's own form; making it is not timed."""
    if rival == "pandas":
        return pytest.importorskip("pandas").DataFrame(panel(shape))
    if rival == "polars":
        return pytest.importorskip("polars").from_numpy(panel(shape)).fill_nan(None)
    if not rival.startswith("ours"):
        pytest.importorskip(rival)
    return panel(shape)


@lru_cache(maxsize=1)
def some_answers(shape, work):
    """Return a few columns, and the exact answers in their last sessions."""
    columns = np.unique(np.linspace(0, shape[1] - 1, 3).astype(int))
    values, (contest, parameters) = panel(shape)[:, columns], WORK[work]
    if work.startswith("exponential"):
        return columns, smoothing.in_long_doubles(values, *parameters)[-SAMPLE:]
    history = values[-SAMPLE - parameters[0] :]  # a window before the sample
    return columns, contest.oracle(history, *parameters)[-SAMPLE:]


def to_numpy(answer):
    if isinstance(answer, np.ndarray):
        return answer
    return answer.fill_null(np.nan).to_numpy() if hasattr(answer, "fill_null") else answer.to_numpy()


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(panel, output, frame, some_answers)


@pytest.mark.parametrize(("work", "rival"), CASES)
def test_windows(contest, shape, rival, work):
    kernel, parameters = WORK[work]
    data = frame(shape, rival)

    def ours(threads):
        least = {"min_count": parameters[1]} if len(parameters) > 1 else {}
        return kernel.ours(data, parameters[0], **least, out=output(shape), threads=threads)

    if rival.startswith("ours"):
        run = partial(ours, 4 if rival.endswith("threads") else 1)
    else:
        run = partial(kernel.rivals[rival], data, *parameters)

    def compared(answer):
        columns, expected = some_answers(shape, work)
        return to_numpy(answer)[-len(expected) :, columns], expected

    def check(answer):
        got, expected = compared(answer)
        both = np.isnan(got) == np.isnan(expected)
        assert both.all() or not rival.startswith("ours")
        assert_allclose(got[both], expected[both], rtol=OURS if rival.startswith("ours") else LOOSE)

    contest(work, run, check=check, accuracy=lambda answer: measure(*compared(answer)))
