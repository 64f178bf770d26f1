"""A panel as one parquet file of long rows (date, symbol, fields), and back without a pivot.

The rows that are stored are the cells in which any field has an observation, in the order of the panel. Reading turns
the date and the dictionary code of each row into its position in the panel once; every field is then scattered to those
positions, one field per thread.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import DataError
from ..panel.panel import Panel
from ..types import Panel2D, Sessions

ROWS_PER_GROUP = 1 << 20
"""Rows that are in memory beside the panel: 8 MB per field and thread."""

Positions = NDArray[np.int64] | slice

_AXES = b"liangrong.axes"


def write_long(panel: Panel, path: Path) -> None:
    """Write the observed cells of `panel` to a new parquet file.

    Parameters
    ----------
    panel : Panel
        At least one field. Sessions and securities without any observation are kept too: the axes stand in the footer.
    path : Path
        Of the file.

    Raises
    ------
    DataError
        A panel without a field.
    """
    if not panel.fields:
        raise DataError("a panel without any field cannot be stored")
    observed = np.zeros(panel.shape, dtype=bool)
    for values in panel.fields.values():
        observed |= ~np.isnan(values)
    cells = np.flatnonzero(observed)
    axes = json.dumps({"sessions": panel.sessions.astype(str).tolist(), "symbols": panel.symbols}, ensure_ascii=False)
    kinds = [("date", pa.date32()), ("symbol", pa.dictionary(pa.int32(), pa.string()))]
    kinds += [(name, pa.float64()) for name in panel.fields]
    schema = pa.schema(kinds, metadata={_AXES: axes.encode()})
    # Plain encoding: a dictionary of floats is hardly smaller and slower to read.
    with pq.ParquetWriter(
        path, schema, compression="lz4", use_dictionary=["symbol"], write_statistics=["date"]
    ) as writer:
        for start in range(0, max(len(cells), 1), ROWS_PER_GROUP):
            writer.write_table(_rows_of(panel, cells[start : start + ROWS_PER_GROUP], schema))


def _rows_of(panel: Panel, cells: NDArray[np.int64], schema: pa.Schema) -> pa.Table:
    """Return the rows of some cells as an Arrow table."""
    t, j = np.divmod(cells, max(panel.shape[1], 1))
    dates = pa.array(panel.sessions[t].astype(np.int32), pa.int32()).cast(pa.date32())
    symbols = pa.DictionaryArray.from_arrays(pa.array(j.astype(np.int32)), pa.array(panel.symbols, pa.string()))
    columns = [pa.array(values.ravel()[cells], from_pandas=False) for values in panel.fields.values()]
    return pa.Table.from_arrays([dates, symbols, *columns], schema=schema)


def read_axes(path: Path) -> tuple[Sessions, tuple[str, ...]]:
    """Return the sessions and the symbols of a file; DataError for a file that `write_long` did not write."""
    try:
        axes = json.loads((pq.read_schema(path).metadata or {})[_AXES])
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise DataError(f"{path} is not a data file of liangrong, or damaged: import the data again") from error
    return np.array(axes["sessions"], dtype="datetime64[D]"), tuple(axes["symbols"])


def read_long(path: Path, names: Sequence[str], sha256: str) -> dict[str, Panel2D]:
    """Return the fields `names` of a file as (T, N) arrays, NaN where it has no row.

    Parameters
    ----------
    path : Path
        Written by `write_long`.
    names : sequence of str
        Fields.
    sha256 : str
        That the file must have; computed on a thread beside the reading.

    Raises
    ------
    DataError
        Another hash, or a file that cannot be read.
    """
    sessions, symbols = read_axes(path)
    shape = (len(sessions), len(symbols))
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        digest = pool.submit(file_hash, path)
        try:
            cells = _cells(pool, path, sessions, symbols)
            fields = list(pool.map(lambda name: _field(path, name, cells, shape), names))
        except (OSError, IndexError, KeyError, pa.ArrowException) as error:
            raise DataError(f"{path} cannot be read: {error}; import the data again") from error
        if digest.result() != sha256:
            raise DataError(f"{path} is not the file of its manifest (its SHA-256 differs): import the data again")
    return dict(zip(names, fields, strict=True))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cells(pool: Executor, path: Path, sessions: Sessions, symbols: tuple[str, ...]) -> list[Positions]:
    """Return for each row group the flat positions of its rows, as a slice where they follow one another."""
    column = {symbol: j for j, symbol in enumerate(symbols)}
    numbers = sessions.astype(np.int64)
    first = numbers[0] if len(numbers) else 0
    row_of_day = np.zeros(numbers[-1] - first + 1 if len(numbers) else 1, dtype=np.int64)
    row_of_day[numbers - first] = np.arange(len(sessions))

    def positions(group: int) -> Positions:
        with pq.ParquetFile(path, memory_map=True, read_dictionary=["symbol"]) as file:
            table = file.read_row_group(group, columns=["date", "symbol"], use_threads=False).combine_chunks()
        if not table.num_rows:
            return slice(0, 0)
        days = table.column("date").chunk(0).cast(pa.int32()).to_numpy()
        coded = table.column("symbol").chunk(0)
        # The dictionary of a row group need not be in the order of the axis.
        place = np.array([column[symbol] for symbol in coded.dictionary.to_pylist()], dtype=np.int64)
        flat = row_of_day[days - first] * len(symbols) + place[coded.indices.to_numpy()]
        is_run = flat[-1] - flat[0] == len(flat) - 1
        return slice(int(flat[0]), int(flat[-1]) + 1) if is_run else flat

    return list(pool.map(positions, range(pq.read_metadata(path).num_row_groups)))


def _field(path: Path, name: str, cells: Sequence[Positions], shape: tuple[int, int]) -> Panel2D:
    """Return one field, scattered row group by row group."""
    out = np.full(shape, np.nan)
    flat = out.reshape(-1)
    with pq.ParquetFile(path, memory_map=True) as file:
        for group, where in enumerate(cells):
            table = file.read_row_group(group, columns=[name], use_threads=False)
            if table.num_rows:
                flat[where] = table.combine_chunks().column(name).chunk(0).to_numpy()
    return out
