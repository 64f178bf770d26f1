"""The tables of a run as data frames of the columns and types that are declared."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from .columns import TABLES


def kinds_of(name: str) -> dict[str, str]:
    """Return column -> type of a table."""
    return {column.name: column.kind for column in TABLES[name].columns}


def make_table(name: str, columns: Mapping[str, Any] | pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the table `name` with the columns, their order and types of `TABLES`.

    Parameters
    ----------
    name : str
        A key of `TABLES`.
    columns : mapping of str to (rows,) or DataFrame, optional
        All columns of the table, and no other; None for a table without rows.

    Returns
    -------
    DataFrame
        A copy with the index 0, 1, ...; ``attrs`` holds the name of the ``table`` and ``units``, column -> unit, of
        those that have one.

    Raises
    ------
    DataError
        A missing or unknown column, or values that are not of the column's type.

    Notes
    -----
    Float columns keep NaN and infinity; integer columns refuse them.
    """
    schema = kinds_of(name)
    given = (
        dict.fromkeys(schema, ()) if columns is None else {str(key): values for key, values in dict(columns).items()}
    )
    if set(given) != set(schema):
        raise DataError(f"table `{name}` should have the columns {', '.join(schema)}; got {', '.join(given)}")
    table = pd.DataFrame({column: _typed(name, column, kind, given[column]) for column, kind in schema.items()})
    table.attrs = {"table": name, "units": {one.name: one.unit for one in TABLES[name].columns if one.unit}}
    return table


def _typed(table: str, column: str, kind: str, values: Any) -> pd.Series:
    """Return `values` as a series of the type `kind`; DataError where they are of another."""
    series = pd.Series(values).reset_index(drop=True)
    try:
        if kind == "date":
            if len(series) and pd.api.types.is_numeric_dtype(series):
                raise ValueError("numbers are not dates")  # pandas would count nanoseconds from 1970
            spelling = "ISO8601" if pd.api.types.is_string_dtype(series.dtype) else None
            return pd.to_datetime(series, format=spelling).dt.normalize().astype("datetime64[s]")
        if kind == "text":
            given = values.to_numpy(object) if isinstance(values, pd.Series) else values
            if not all(isinstance(value, str) for value in given):
                raise ValueError("not all are text")
            return series.astype(str)
        numbers = series.astype("float64")
        if kind == "float":
            return numbers
        if not np.all(np.isfinite(numbers) & (numbers == numbers.round())):
            raise ValueError("not all are whole numbers")
        return series.astype("int64")
    except (ValueError, TypeError) as error:
        raise DataError(f"column `{column}` of table `{table}` should hold {kind} values: {error}") from error
