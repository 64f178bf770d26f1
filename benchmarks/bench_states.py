"""The age of trends and the state of a threshold with hysteresis over whole panels."""

from functools import lru_cache

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.accuracy import measure
from oracles.states import KERNELS

GAPS = 0.1
OURS = {"ours": 1, "ours, 4 threads": 4}
ARGUMENTS = {"trend_age": (), "hysteresis": (2.0, 1.0)}


@lru_cache(maxsize=2)
def signals(shape, gaps):
    """Return random walks, whose signs last from one session to hundreds."""
    rng = np.random.default_rng(41)
    values = np.cumsum(rng.normal(0.0, 1.0, shape), axis=0)
    values[rng.random(shape) < gaps] = np.nan
    return values


@lru_cache(maxsize=3)
def some_answers(name, shape, gaps):
    columns = np.unique(np.linspace(0, shape[1] - 1, 6).astype(int))
    return columns, KERNELS[name].oracle(signals(shape, gaps)[:, columns], *ARGUMENTS[name])


@lru_cache(maxsize=1)
def output(shape):
    return np.zeros(shape)


@lru_cache(maxsize=5)
def form(shape, rival, gaps):
    """Return the signals in the rival's own form; making it is not timed."""
    if rival == "polars":
        return pytest.importorskip("polars").from_numpy(signals(shape, gaps)).fill_nan(None)
    if rival in OURS:
        return signals(shape, gaps)
    pytest.importorskip(rival)
    if rival == "bottleneck":
        return signals(shape, gaps)
    import pandas as pd

    return pd.DataFrame(signals(shape, gaps))


def columns_of(answer, columns):
    if isinstance(answer, np.ndarray):
        return answer[:, columns]
    if hasattr(answer, "iloc"):
        return answer.iloc[:, columns].to_numpy()
    return answer[:, columns.tolist()].fill_null(np.nan).to_numpy()


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(signals, some_answers, output, form)


def race(contest, work, shape, rival, name, gaps=GAPS):
    data, kernel, others = form(shape, rival, gaps), KERNELS[name], ARGUMENTS[name]

    def run():
        if rival in OURS:
            return kernel.ours(data, *others, out=output(shape), threads=OURS[rival])
        return kernel.rivals[rival](data, *others)

    def check(answer):
        columns, expected = some_answers(name, shape, gaps)
        assert_array_equal(columns_of(answer, columns), expected)

    def judge(answer):
        columns, expected = some_answers(name, shape, gaps)
        return measure(columns_of(answer, columns), expected)

    moved = 2 * signals(shape, gaps).nbytes if rival in OURS else None
    contest(work, run, check=check, accuracy=judge, moved_bytes=moved)


@pytest.mark.parametrize("rival", [*OURS, "pandas", "polars"])
def test_trend_age(contest, shape, rival):
    race(contest, "trend age", shape, rival, "trend_age")


@pytest.mark.parametrize("rival", [*OURS, "vectorbt"])
def test_trend_age_without_gaps(contest, shape, rival):
    """The only way that vectorbt knows: a gap ends its runs."""
    race(contest, "trend age, no gaps", shape, rival, "trend_age", gaps=0.0)


@pytest.mark.parametrize("rival", [*OURS, *KERNELS["hysteresis"].rivals])
def test_hysteresis(contest, shape, rival):
    race(contest, "hysteresis", shape, rival, "hysteresis")
