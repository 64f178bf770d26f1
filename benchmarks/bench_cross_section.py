"""Ranks, buckets, z-scores, clipping and neutralising of whole panels by session, against other libraries."""

from functools import lru_cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracles.accuracy import measure
from oracles.cross_section import KERNELS, SLOW_TO_COMPILE

GAPS = 0.1
GROUPS = 31
"""As many as the first level of Shenwan industries."""

# What the others are held to is what two digits on a chart need; ours to 1e-12 of the scale of an answer.
TOLERANCE = 1e-4
OURS = {"ours": 1, "ours, 4 threads": 4}


@lru_cache(maxsize=1)
def balances(shape):
    """Return whole-yuan balances of 1e8 to 1e11, 10 % of them missing."""
    rng = np.random.default_rng(31)
    values = np.round(10 ** rng.uniform(8, 11, shape))
    values[rng.random(shape) < GAPS] = np.nan
    return values


@lru_cache(maxsize=1)
def industries(columns):
    return np.random.default_rng(32).integers(0, GROUPS, columns).astype(np.float64)


IN_THE_UNIT = ("winsorise", "neutralise", "group_sum")
"""Kernels whose answers have the unit of the values."""


def arguments(name, shape):
    groups = (industries(shape[1]),)
    given = {"cross_quantile": (10,), "winsorise": (0.01, 0.99), "neutralise": groups, "group_sum": groups}
    return given.get(name, ())


@lru_cache(maxsize=1)
def some_answers(name, shape):
    """Return some sessions, their exact answers, and what errors of these are relative to."""
    sessions = np.unique(np.linspace(0, shape[0] - 1, 4).astype(int))
    values = balances(shape)[sessions]
    expected = KERNELS[name].oracle(values, *arguments(name, shape))
    return sessions, expected, np.nanmax(np.abs(values)) if name in IN_THE_UNIT else 1.0


@lru_cache(maxsize=1)
def output(shape):
    return np.zeros(shape)


@lru_cache(maxsize=4)
def form(shape, rival):
    """Return the balances in the rival's own form; making it is not timed."""
    if rival == "pandas":
        import pandas as pd

        return pd.DataFrame(balances(shape))
    if rival == "polars":
        return pytest.importorskip("polars").from_numpy(np.ascontiguousarray(balances(shape).T)).fill_nan(None)
    if rival not in OURS:
        pytest.importorskip(rival)
    return balances(shape)


def sessions_of(answer, sessions):
    """Return some sessions of an answer as an array; polars has a column for each session."""
    if isinstance(answer, np.ndarray):
        return answer[sessions]
    if hasattr(answer, "iloc"):
        return answer.iloc[sessions].to_numpy()
    return answer[:, sessions.tolist()].fill_null(np.nan).to_numpy().T


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(balances, industries, some_answers, output, form)


@pytest.mark.parametrize(
    ("name", "rival"), [(name, rival) for name, kernel in KERNELS.items() for rival in (*OURS, *kernel.rivals)]
)
def test_cross_section(contest, benchmark, shape, name, rival):
    if (name, rival) in SLOW_TO_COMPILE and benchmark.disabled:
        pytest.skip("compiles for 9 s: only where it is timed")
    data, others = form(shape, rival), arguments(name, shape)

    def run():
        if rival in OURS:
            return KERNELS[name].ours(data, *others, out=output(shape), threads=OURS[rival])
        return KERNELS[name].rivals[rival](data, *others)

    def judge(answer):
        sessions, expected, scale = some_answers(name, shape)
        return measure(sessions_of(answer, sessions), expected, scale)

    def check(answer):
        sessions, expected, scale = some_answers(name, shape)
        tolerance = 1e-12 if rival in OURS else TOLERANCE
        assert_allclose(sessions_of(answer, sessions) / scale, expected / scale, rtol=0, atol=tolerance)

    contest(name.replace("_", " "), run, check=check, accuracy=judge)


@pytest.mark.parametrize("rival", ["ours", "pandas"])
def test_one_more_session(contest, shape, rival):
    """Rank the last session only."""
    data, last = form(shape, rival), shape[0] - 1

    def run():
        if rival == "ours":
            return KERNELS["cross_rank"].ours(data, start=last, out=output(shape))[last]
        return KERNELS["cross_rank"].rivals[rival](data.iloc[-1:]).to_numpy()[0]

    def check(answer):
        assert_allclose(answer, some_answers("cross_rank", shape)[1][-1], rtol=1e-12)

    contest("cross rank, one more session", run, check=check)
