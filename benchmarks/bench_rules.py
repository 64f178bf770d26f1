"""The rules over a whole market, all of them as one work and each by itself, against pandas and polars.

One rule: ``-k "test_rule and spread_zscore"``. In the suite a score is dropped before the next one is computed, but for
the sample that is checked: all of them would not fit into a small machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numba
import numpy as np
import pytest
from liangrong.core.panel.panel import Panel
from oracles.accuracy import measure
from oracles.careful_frames import CarefulFrame
from oracles.rules_polars_across import ACROSS
from oracles.rules_suite import SUITE, polars_frame

OURS = {"ours": 1, "ours, 4 threads": 4}
RIVALS = [*OURS, "pandas", "polars"]
LATE_LISTINGS, SUSPENDED, OFF_THE_SHORT_LIST = 0.2, 0.005, 0.25
SAMPLES = 24
# In units of the rule's largest score, and the share of cells that may be further off. Running sums lose digits.
TOLERANCE = {"ours": 1e-12, "ours, 4 threads": 1e-12, "pandas": 1e-4, "polars": 1e-4}
STRAY = {"ours": 0.0, "ours, 4 threads": 0.0, "pandas": 1e-3, "polars": 1e-3}


def walk(rng, shape, change):
    return np.exp(np.cumsum(rng.normal(0.0, change, shape), axis=0))


def margin_fields(rng, shape, volume, amount, close, float_shares):
    """Return what is published of margin trading, whole yuan and shares, balances from 1e8 to 1e10."""
    balance = np.round(10 ** rng.uniform(8, 10, shape[1]) * walk(rng, shape, 0.02))
    short_volume = np.round(float_shares * 0.002 * walk(rng, shape, 0.03))
    short_balance = short_volume * close
    has_no_short = rng.random(shape[1]) < OFF_THE_SHORT_LIST
    fields = {
        "financing_balance": balance,
        "financing_buy": np.round(amount * rng.uniform(0.05, 0.15, shape)),
        "financing_repay": np.round(amount * rng.uniform(0.05, 0.15, shape)),
        "short_volume": short_volume,
        "short_sell": np.round(volume * rng.uniform(0.0, 0.02, shape)),
        "short_repay": np.round(volume * rng.uniform(0.0, 0.02, shape)),
        "short_balance": short_balance,
        "total_balance": balance + short_balance,
        "spread": balance - short_balance,
    }
    for name in ("short_volume", "short_sell", "short_repay", "short_balance"):
        fields[name][:, has_no_short] = np.nan
    return fields


@lru_cache(maxsize=1)
def market(shape):
    """Return a market whose numbers have the sizes of real ones: late listings, suspensions, a short list."""
    rng = np.random.default_rng(51)
    close = np.maximum(np.round(10.0 * walk(rng, shape, 0.02), 2), 0.01)
    float_shares = np.broadcast_to(np.round(10 ** rng.uniform(8, 10, shape[1])), shape).copy()
    volume = np.round(float_shares * rng.uniform(0.001, 0.03, shape))
    fields: dict[str, Any] = {
        "close": close,
        "adj_factor": np.cumprod(np.where(rng.random(shape) < 0.002, 1.05, 1.0), axis=0),
        "volume": volume,
        "amount": volume * close,
        "float_shares": float_shares,
        "outstanding_shares": 2.0 * float_shares,
        "float_cap": float_shares * close,
        "industry": np.broadcast_to(rng.integers(0, 30, shape[1]).astype(float), shape).copy(),
    }
    fields |= margin_fields(rng, shape, volume, fields["amount"], close, float_shares)
    listed_from = np.where(rng.random(shape[1]) < LATE_LISTINGS, rng.integers(0, shape[0], shape[1]), 0)
    is_suspended = rng.random(shape) < SUSPENDED
    for name, values in fields.items():
        values[np.arange(shape[0])[:, None] < listed_from] = np.nan
        if name in ("volume", "amount"):
            values[is_suspended] = np.nan
    sessions = np.busday_offset(np.datetime64("2010-03-31"), np.arange(shape[0]))
    return Panel(sessions=sessions, symbols=tuple(f"{600000 + j}.SH" for j in range(shape[1])), fields=fields)


@lru_cache(maxsize=2)
def form(shape, rival):
    """Return the market in the rival's own form; making it is not timed."""
    if rival == "polars":
        pytest.importorskip("polars")
        return polars_frame(market(shape))
    import pandas as pd

    panel = market(shape)
    return {name: pd.DataFrame(values, columns=list(panel.symbols)) for name, values in panel.fields.items()}


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(market, form, some_answers)


@contextmanager
def using(threads) -> Iterator[None]:
    """Let the kernels use so many threads where nobody says how many."""
    settings: Any = numba.config
    kept = settings.NUMBA_NUM_THREADS
    settings.NUMBA_NUM_THREADS = threads
    try:
        yield
    finally:
        settings.NUMBA_NUM_THREADS = kept


def scorer(rival, shape):
    """Return the function that scores a rule by its name."""
    if rival in OURS:
        panel = market(shape)
        return lambda name: SUITE[name].ours(panel)
    data = form(shape, rival)
    if rival == "pandas":
        return lambda name: SUITE[name].rivals[rival](data)
    return lambda name: SUITE[name].rivals[rival](data, market(shape).symbols)


def sample(answer):
    """Return some columns of a score."""
    columns = places(answer.shape[1])
    if isinstance(answer, np.ndarray):
        return answer[:, columns].copy()
    if hasattr(answer, "iloc"):
        return answer.iloc[:, columns].to_numpy(copy=True)
    return answer[:, columns.tolist()].fill_null(np.nan).to_numpy()


def places(count):
    return np.unique(np.linspace(0, count - 1, SAMPLES).astype(int))


@lru_cache(maxsize=len(SUITE))
def some_answers(shape, name):
    """Return what the score should be on the sample columns; those across securities are computed for all."""
    is_across = name in ACROSS
    columns = slice(None) if is_across else places(shape[1])
    panel = market(shape)
    frames = {
        field: CarefulFrame(values[:, columns], columns=np.array(panel.symbols)[columns], copy=False)
        for field, values in panel.fields.items()
    }
    answer = SUITE[name].oracle(frames)
    return sample(answer) if is_across else answer.to_numpy()


def check(got, shape, rival):
    """Hold ours to every cell; a rival whose sums have drifted may see an event that is none, now and then."""
    for name, values in got.items():
        expected = some_answers(shape, name)
        size = np.nanmax(np.abs(expected), initial=1e-300)
        is_off = ~np.isclose(values, expected, rtol=0.0, atol=TOLERANCE[rival] * size, equal_nan=True)
        assert is_off.mean() <= STRAY[rival], f"{rival}, {name}: {is_off.sum()} of {is_off.size} cells"


def judge(got, shape):
    """Return the largest error in units of the rule's largest score, and the NaN mismatches, over all rules."""
    error, mismatches = 0.0, 0
    for name, values in got.items():
        expected = some_answers(shape, name)
        one = measure(values, expected, scale=np.nanmax(np.abs(expected), initial=1e-300))
        error, mismatches = max(error, one[0]), mismatches + one[1]
    return error, mismatches


def race(contest, work, shape, rival, names):
    score = scorer(rival, shape)

    def run():
        with using(OURS.get(rival, 1)):
            return {name: sample(score(name)) for name in names}

    contest(work, run, check=lambda got: check(got, shape, rival), accuracy=lambda got: judge(got, shape))


@pytest.mark.parametrize("rival", RIVALS)
def test_suite(contest, shape, rival):
    race(contest, f"suite of {len(SUITE)} rules", shape, rival, list(SUITE))


@pytest.mark.parametrize("name", SUITE)
@pytest.mark.parametrize("rival", RIVALS)
def test_rule(contest, shape, rival, name):
    race(contest, name, shape, rival, [name])
