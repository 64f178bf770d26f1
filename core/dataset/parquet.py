"""Parts of a panel as Parquet files of long rows (date, symbol, fields), and back without a pivot.

A part is a run of sessions. Its rows are the cells in which any field has an observation, in the order of the panel.
Reading turns the date and the dictionary code of each row into its position in the panel once; the fields are then
scattered to those positions. All parts have the same columns, so that whoever reads the folder as one table gets it.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import DataError
from ..types import Panel2D, Sessions
from .digests import digest, words_of_cells, words_of_symbols
from .manifest import File

Positions = NDArray[np.int64] | slice

DAMAGED = "import the data again, or take the folder from a copy"


def observed_cells(fields: Sequence[Panel2D]) -> NDArray[np.bool_]:
    """Return in which cells (t, N) any field has an observation."""
    observed = np.zeros(fields[0].shape, dtype=bool)
    for values in fields:
        observed |= ~np.isnan(values)
    return observed


class Rows:
    """The observed cells of some sessions of a panel, as columns.

    Parameters
    ----------
    sessions : datetime64[D] (t,)
    symbols : sequence of str (N,)
    fields : mapping of str to float64 (t, N)
    """

    def __init__(self, sessions: Sessions, symbols: Sequence[str], fields: dict[str, Panel2D]) -> None:
        """Find the cells; the columns are made when they are asked for."""
        self.sessions, self.symbols, self.fields = sessions, symbols, fields
        self.cells = np.flatnonzero(observed_cells(list(fields.values())))
        t, self._j = np.divmod(self.cells, max(len(symbols), 1))
        self._days = sessions[t].astype(np.int64)

    def column(self, name: str) -> NDArray[np.float64]:
        """Return the values of a field, float64 (R,)."""
        return self.fields[name].reshape(-1)[self.cells]

    def digests(self) -> dict[str, str]:
        """Return field -> digest of its cells."""
        places = words_of_cells(self._days, words_of_symbols(self.symbols)[self._j])
        return {name: digest(self.column(name), places) for name in self.fields}

    def write(self, path: Path) -> None:
        """Write a new file."""
        dates = pa.array(self._days.astype(np.int32), pa.int32()).cast(pa.date32())
        symbols = pa.DictionaryArray.from_arrays(
            pa.array(self._j.astype(np.int32)), pa.array(list(self.symbols), pa.string())
        )
        columns = [pa.array(self.column(name), from_pandas=True) for name in self.fields]  # NaN is null to all readers
        table = pa.Table.from_arrays([dates, symbols, *columns], schema=_schema(list(self.fields)))
        # Plain encoding: a dictionary of floats is hardly smaller and slower to read.
        pq.write_table(
            table,
            path,
            row_group_size=max(len(self.cells), 1),
            compression="lz4",
            use_dictionary=["symbol"],
            write_statistics=["date"],
        )


def _schema(names: Sequence[str]) -> pa.Schema:
    kinds = [("date", pa.date32()), ("symbol", pa.dictionary(pa.int32(), pa.string()))]
    return pa.schema([*kinds, *((name, pa.float64()) for name in names)])


class Axes:
    """Where the rows of a file belong in a panel.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
    symbols : sequence of str (N,)
    """

    def __init__(self, sessions: Sessions, symbols: Sequence[str]) -> None:
        """Index both axes."""
        self.shape = (len(sessions), len(symbols))
        self._column = {symbol: j for j, symbol in enumerate(symbols)}
        numbers = sessions.astype(np.int64)
        self._first = int(numbers[0]) if len(numbers) else 0
        self._row_of_day = np.full(int(numbers[-1]) - self._first + 1 if len(numbers) else 0, -1, dtype=np.int64)
        self._row_of_day[numbers - self._first] = np.arange(len(numbers))

    def positions(self, days: NDArray[np.int64], coded: pa.DictionaryArray) -> Positions:
        """Return the flat positions of rows, as a slice where they follow one another; ValueError for one outside."""
        # The dictionary of a file need not be in the order of the axis.
        place = np.array([self._column.get(symbol, -1) for symbol in coded.dictionary.to_pylist()], dtype=np.int64)
        j = place[coded.indices.to_numpy()]
        behind = days - self._first
        if len(days) and (behind.min() < 0 or behind.max() >= len(self._row_of_day)):
            raise ValueError("it has a day that the dataset has not")
        t = self._row_of_day[behind]
        if (t < 0).any() or (j < 0).any():
            raise ValueError("it has a day or a security that the dataset has not")
        flat = t * self.shape[1] + j
        if (flat[1:] <= flat[:-1]).any():
            raise ValueError("its rows are not in the order of the dataset")
        is_run = len(flat) > 0 and flat[-1] - flat[0] == len(flat) - 1
        return slice(int(flat[0]), int(flat[-1]) + 1) if is_run else flat


def read_part(path: Path, rows: int, columns: Sequence[str], axes: Axes, out: dict[str, Panel2D]) -> None:
    """Scatter fields of a file into panels.

    Parameters
    ----------
    path : Path
        Written by `Rows.write`.
    rows : int
        That it has to have.
    columns : sequence of str
        Fields that it has to have, all of them.
    axes : Axes
    out : dict of str to float64 (T, N)
        Fields to read; filled where the file has an observation.

    Raises
    ------
    DataError
        It is no such file.
    FileNotFoundError
        It is gone.
    """
    try:
        with pq.ParquetFile(path, memory_map=True, read_dictionary=["symbol"]) as file:
            if file.metadata.num_rows != rows or not file.schema_arrow.equals(_schema(columns)):
                raise ValueError("it has other rows or columns than its manifest says")
            where = axes.positions(*_keys(file))
            for name, values in out.items():
                column = file.read(columns=[name], use_threads=False).column(0)
                values.reshape(-1)[where] = column.to_numpy()
    except FileNotFoundError:
        raise
    except (OSError, ValueError, IndexError, KeyError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read ({error}): {DAMAGED}") from error


def _keys(file: pq.ParquetFile) -> tuple[NDArray[np.int64], pa.DictionaryArray]:
    """Return day numbers and coded symbols of the rows."""
    table = file.read(columns=["date", "symbol"], use_threads=False).combine_chunks()
    if not table.num_rows:  # no chunk either
        raise ValueError("it has no row")
    days = table.column("date").chunk(0).cast(pa.int32()).to_numpy().astype(np.int64)
    return days, table.column("symbol").chunk(0)


def check_file(folder: Path, what: File) -> None:
    """Raise DataError where a file is not the one of its manifest; FileNotFoundError where it is gone."""
    path = folder / what.file
    size = path.stat().st_size
    if size != what.bytes or file_hash(path) != what.sha256:
        raise DataError(f"{path} is not the file of its manifest (its SHA-256 differs): {DAMAGED}")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
