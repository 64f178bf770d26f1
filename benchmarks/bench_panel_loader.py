"""Loading a dataset into panels: ours from parquet and from the mapped cache, against a pivot by pandas and by polars.

All read the same parquet files of long rows (10 % of the cells missing, 12 fields; size L is 17.6 M rows) and end with
one (T, N) array per field.
"""

import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from liangrong.core.dataset import store
from liangrong.core.panel.panel import FIELDS, Panel

NAMES = tuple(FIELDS)[:12]
Fields = dict[str, np.ndarray]


@lru_cache(maxsize=1)
def dataset(shape: tuple[int, int]) -> tuple[Path, Panel, tempfile.TemporaryDirectory]:
    """Return the folder of a dataset, its panel, and the handle that removes the folder in the end."""
    rng = np.random.default_rng(11)
    gaps = rng.random(shape) < 0.1
    fields = {}
    for name in NAMES:
        fields[name] = np.round(rng.random(shape) * 1e4, 2)
        fields[name][gaps] = np.nan
    panel = Panel(
        sessions=np.datetime64("2005-01-01") + np.arange(shape[0]),
        symbols=tuple(f"{j:06d}.SZ" for j in range(shape[1])),
        fields=fields,
    )
    holder = tempfile.TemporaryDirectory(prefix="liangrong-bench-")
    folder = store.save(panel, [], Path(holder.name) / "data")
    store.load(folder)
    return folder, panel, holder


def ours_from_parquet(folder: Path) -> Fields:
    return dict(store.load(folder, cache=False).fields)


def ours_from_cache(folder: Path) -> Fields:
    """Map the fields and read every page once: a mapping alone would cost nothing and say nothing."""
    fields = dict(store.load(folder).fields)
    for values in fields.values():
        values.reshape(-1)[:: 4096 // 8].sum()
    return fields


def pandas_pivot(folder: Path) -> Fields:
    frame = pd.read_parquet(folder / "data")
    wide = frame.pivot(index="date", columns="symbol", values=list(NAMES))  # noqa: PD010, the rival is the pivot
    return {name: wide[name].to_numpy() for name in NAMES}


def polars_pivot(folder: Path) -> Fields:
    frame = pl.read_parquet(folder / "data" / "*.parquet").with_columns(pl.col("symbol").cast(pl.String))
    out = {}
    for name in NAMES:
        one = frame.select("date", "symbol", name)
        wide = one.pivot(on="symbol", index="date", values=name).sort("date")  # noqa: PD010, as above
        out[name] = wide.select(sorted(wide.columns[1:])).fill_null(np.nan).to_numpy()
    return out


LOADERS: dict[str, Callable[[Path], Fields]] = {
    "ours": ours_from_parquet,
    "ours, mapped": ours_from_cache,
    "pandas pivot": pandas_pivot,
    "polars pivot": polars_pivot,
}
# Twelve pivots by polars took 205 s at size M: it is measured where that is bearable.
TOO_SLOW = {("polars pivot", "M"), ("polars pivot", "L")}


@pytest.mark.parametrize("rival", LOADERS)
def test_load(contest, size, shape, rival):
    if (rival, size) in TOO_SLOW:
        pytest.skip("takes minutes at this size")
    folder, panel, _holder = dataset(shape)

    def check(got: Fields) -> None:
        assert set(got) == set(NAMES)
        for name in NAMES:
            np.testing.assert_array_equal(got[name], panel[name], err_msg=name)

    moved = 2 * sum(values.nbytes for values in panel.fields.values())
    contest("load panels", lambda: LOADERS[rival](folder), check=check, moved_bytes=moved)
