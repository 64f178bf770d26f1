"""The tables of a run: what each has for columns, and of which type."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError

COLUMNS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "equity": {
            "date": "date",
            "cash": "float",
            "long_value": "float",
            "short_value": "float",
            "principal": "float",
            "accrued": "float",
            "equity": "float",
            "maintenance_ratio": "float",
            "available_margin": "float",
        },
        "fills": {
            "date": "date",
            "symbol": "text",
            "kind": "text",
            "shares": "int",
            "price": "float",
            "value": "float",
            "commission": "float",
            "stamp_duty": "float",
            "transfer_fee": "float",
            "interest": "float",
        },
        "refusals": {"date": "date", "symbol": "text", "kind": "text", "shares": "int", "reason": "text"},
        "contracts": {
            "id": "int",
            "kind": "text",
            "symbol": "text",
            "opened": "date",
            "due": "date",
            "closed": "date",
            "principal": "float",
            "sell_amount": "float",
            "shares": "int",
            "rate": "float",
            "interest": "float",
        },
        "margin_events": {
            "date": "date",
            "event": "text",
            "ratio": "float",
            "deadline": "date",
            "amount": "float",
            "contract": "int",
        },
        "forced_sales": {
            "date": "date",
            "cause": "text",
            "symbol": "text",
            "kind": "text",
            "wanted": "float",
            "done": "float",
            "price": "float",
            "reason": "text",
        },
        "attribution": {"component": "text", "symbol": "text", "amount": "float"},
        "market": {"date": "date", "financing_balance": "float", "short_balance": "float", "spread": "float"},
    }
)
"""Table -> column -> type. Dates are datetime64[s], NaT = none; texts are never missing, "" = none; amounts are CNY."""

OPTIONAL: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "differences": {
            "date": "date",
            "symbol": "text",
            "kind": "text",
            "item": "text",
            "ours": "float",
            "brokers": "float",
            "difference": "float",
            "line": "int",
        },
    }
)
"""Tables that only some runs have, in the same terms."""


def make_table(name: str, columns: Mapping[str, Any] | pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the table `name` with the columns, their order and types of `COLUMNS`.

    Parameters
    ----------
    name : str
        A key of `COLUMNS` or `OPTIONAL`.
    columns : mapping of str to (rows,) or DataFrame, optional
        All columns of the table, and no other; None for a table without rows.

    Returns
    -------
    DataFrame
        A copy with the index 0, 1, ...

    Raises
    ------
    DataError
        A missing or unknown column, or values that are not of the column's type.

    Notes
    -----
    Float columns keep NaN and infinity; integer columns refuse them.
    """
    schema = COLUMNS.get(name) or OPTIONAL[name]
    given = (
        dict.fromkeys(schema, ()) if columns is None else {str(key): values for key, values in dict(columns).items()}
    )
    if set(given) != set(schema):
        raise DataError(f"table `{name}` should have the columns {', '.join(schema)}; got {', '.join(given)}")
    return pd.DataFrame({column: _typed(name, column, kind, given[column]) for column, kind in schema.items()})


def _typed(table: str, column: str, kind: str, values: Any) -> pd.Series:
    """Return `values` as a series of the type `kind`; DataError where they are of another."""
    series = pd.Series(values).reset_index(drop=True)
    try:
        if kind == "date":
            if len(series) and pd.api.types.is_numeric_dtype(series):
                raise ValueError("numbers are not dates")  # pandas would count nanoseconds from 1970
            return pd.to_datetime(series).dt.normalize().astype("datetime64[s]")
        if kind == "text":
            if not all(isinstance(value, str) for value in series):
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
