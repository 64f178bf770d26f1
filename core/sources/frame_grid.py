"""A data frame (pandas, or a parquet file) -> a grid: its columns stay what they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ..errors import DataError
from .grid import Cells, Grid, Kinds, Taken


def frame_grid(path: Path, frame: pd.DataFrame) -> Grid:
    """Return the table of a data frame; a named index, or one of days, becomes columns.

    Raises
    ------
    DataError
        No row.
    """
    if not len(frame):
        raise DataError(f"{path} has columns and no row: nothing to import")
    if isinstance(frame.columns, pd.MultiIndex):
        raise DataError(f"{path} has columns in several levels: give one row per day and security (`stack`)")
    index = frame.index
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) and index.name is None:
        frame = frame.rename_axis("date").reset_index()
    elif any(name is not None and name not in frame.columns for name in index.names):
        frame = frame.reset_index()

    def read(grid: Grid, kinds: Kinds) -> Taken:
        columns = {place: _cells(frame.iloc[:, place], is_number) for place, is_number in kinds.items()}
        assert len(grid.header) == frame.shape[1]
        return Taken(np.arange(1, len(frame) + 1, dtype=np.int64), columns)

    grid = Grid(path=path, header=[str(name) for name in frame.columns], read=read, word="row")
    grid.head = [[_text(cell) for cell in row] for row in frame.iloc[:3].itertuples(index=False)]
    return grid


def _cells(column: "pd.Series[Any]", is_number: bool) -> Cells:
    """Return a column as numbers, or as a dictionary of texts."""
    if is_number and (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, words = pd.factorize(column)
    texts = pa.array([*(_text(word) for word in words), ""], pa.string())
    coded = pa.DictionaryArray.from_arrays(pa.array(np.where(codes < 0, len(words), codes).astype(np.int32)), texts)
    return coded.dictionary_decode() if is_number else coded


def _text(cell: Any) -> str:
    """Return a value as a text file would have it: a whole float without its point, a day without midnight."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, bool | np.bool_):
        return "1" if cell else "0"
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell)
