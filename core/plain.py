"""Values as JSON can hold them: the one place that says how figures, days, tables and records become plain."""

import datetime as dt
import math
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it.

    Numbers keep their type; NaN, infinity and what is missing are None; days are YYYY-MM-DD; paths are texts. Arrays
    and sequences are lists; a data frame is a list of its rows by column. What has `as_record`, fields or a model is a
    mapping of them.
    """
    if value is None or isinstance(value, bool | int | str):
        return _exact(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return rows_of(value)
    if isinstance(value, np.datetime64 | dt.date) or value is pd.NaT or value is pd.NA:
        return _moment(value)
    return _made_of(value)


def fields_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as plain values, by name: its record where it needs no other."""
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one mapping for each row of a table, of plain values by column."""
    names = [str(name) for name in table.columns]
    return [dict(zip(names, map(plain, row), strict=True)) for row in table.itertuples(index=False, name=None)]


def _exact(value: Any) -> Any:
    """Return a text, a number or a truth of the very type, where `value` is of a type made from it."""
    for kind in (bool, int, str):
        if isinstance(value, kind):
            return value if type(value) is kind else kind(value)
    return value


def _moment(value: Any) -> str | None:
    """Return a day, or a moment with its time, as text; None where there is none."""
    found = None if value is pd.NA else pd.Timestamp(value)
    if found is None or found is pd.NaT:
        return None
    return found.date().isoformat() if found == found.normalize() else found.isoformat()


def _made_of(value: Any) -> Any:
    """Return what is no single value: a sequence as a list, what has names as a mapping."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if hasattr(value, "as_record"):
        return plain(value.as_record())
    if is_dataclass(value) and not isinstance(value, type):
        return fields_of(value)
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json"))
    if isinstance(value, Set):
        return sorted(map(plain, value))
    if isinstance(value, list | tuple | pd.Series):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, PurePath) else value
