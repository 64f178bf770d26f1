"""All balances of a panel in one pass, against numpy, pandas and polars, and against the speed of a plain copy.

Two kinds of data, both with 10 % of the cells missing: with published balances (anchors) and gaps everywhere, as real
sources have them; and from flows only, where a security leaves the list for good. Amounts are whole yuan, so that the
cumulative sums of the rivals are exact and every answer can be compared with `==`.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from liangrong.core.kernels.balance_series import Flows, Series, balance_series
from numpy.testing import assert_array_equal
from oracles.balances import KERNELS

GAPS = 0.1
CONTEST = KERNELS["balance_series"]


@lru_cache(maxsize=1)
def market(shape, is_anchored) -> Any:
    """Return flows (T, N); without anchors, gaps only where a security has left, so that cumulative sums can do it."""
    rng = np.random.default_rng(20)
    missing = rng.random(shape) < GAPS
    if not is_anchored:
        last = rng.integers(int(shape[0] * (1 - 2 * GAPS)), shape[0], shape[1])
        missing = np.arange(shape[0])[:, None] > last
    panels: list[Any] = [rng.integers(0, 10**6, shape).astype(np.float64) for _ in range(4)]
    panels.append(rng.integers(100, 10**5, shape) / 100)
    panels += [rng.integers(10**8, 10**10, shape).astype(np.float64) for _ in range(2)] if is_anchored else [None] * 2
    for k, panel in enumerate(panels):
        if panel is not None:
            panel[np.roll(missing, 7 * k, axis=1) if is_anchored else missing] = np.nan
    openings: Any = [None] * 2 if is_anchored else rng.integers(10**8, 10**10, (2, shape[1])).astype(np.float64)
    return Flows(*panels, *openings)


@lru_cache(maxsize=1)
def some_answers(shape, is_anchored):
    """Return the columns that are checked and what the oracle says of them."""
    columns = np.unique(np.linspace(0, shape[1] - 1, 12).astype(int))
    flows = market(shape, is_anchored)
    picked: list[Any] = [None if array is None else array[..., columns] for array in flows]
    return columns, CONTEST.oracle(Flows(*picked))


@lru_cache(maxsize=1)
def arrays(shape):
    """Return output arrays that are reused, as a caller in a loop would."""
    return Series(*(np.zeros(shape) for _ in Series._fields))


@lru_cache(maxsize=3)
def frames(shape, is_anchored, rival):
    """Return the market in the rival's own form; making it is not timed."""
    flows = market(shape, is_anchored)
    if rival == "pandas":
        import pandas as pd

        make = pd.DataFrame
    elif rival == "polars":
        pl = pytest.importorskip("polars")

        def make(panel):
            return pl.from_numpy(panel).fill_nan(None)
    else:
        return flows
    made: list[Any] = [None if panel is None else make(panel) for panel in flows[:7]]
    return Flows(*made, *flows[7:])


def to_numpy(panel):
    if isinstance(panel, np.ndarray):
        return panel
    return panel.fill_null(np.nan).to_numpy() if hasattr(panel, "fill_null") else panel.to_numpy()


@pytest.fixture(scope="module", autouse=True)
def _forget(forget):
    forget(market, some_answers, arrays, frames)


@pytest.mark.parametrize("is_anchored", [True, False], ids=["anchors", "flows"])
@pytest.mark.parametrize("rival", ["ours", "ours, new arrays", *CONTEST.rivals])
def test_balance_series(contest, shape, rival, is_anchored):
    data = frames(shape, is_anchored, rival)

    def run():
        if rival == "ours":
            return balance_series(data, out=arrays(shape))
        return balance_series(data) if rival.startswith("ours") else CONTEST.rivals[rival](data)

    def check(answer):
        columns, expected = some_answers(shape, is_anchored)
        for panel, right in zip(answer, expected, strict=True):
            assert_array_equal(to_numpy(panel)[:, columns], right)

    panels = (7 if is_anchored else 5) + len(Series._fields)
    work = "balances" if is_anchored else "balances from flows"
    contest(work, run, check=check, moved_bytes=panels * 8 * shape[0] * shape[1])


@pytest.mark.parametrize("rival", ["ours"])
def test_limit(contest, shape):
    source, target = market(shape, True).financing_buy, arrays(shape).spread

    def run():
        np.copyto(target, source)

    contest("copy", run, check=lambda _: assert_array_equal(target, source), moved_bytes=2 * source.nbytes)
