"""Tables as CSV: whatever a text begins with, a spreadsheet that opens the file takes it for a text.

A cell that begins with =, +, -, @ or a tab is a formula to spreadsheets, and may start programs; it is written with an
apostrophe before it, as is one that begins with an apostrophe, so that `texts` gives back what was. A carriage return,
which readers take for the end of a row, is written as the end of a line within the cell.
Source: OWASP, CSV injection.
"""

from typing import Any

import pandas as pd

_ACTIVE = ("=", "+", "-", "@", "\t", "'")


def csv_of(table: pd.DataFrame, **options: Any) -> str:
    """Return a table as CSV: no index, LF, dates in ISO form, each float in as many digits as give it back.

    Parameters
    ----------
    table : DataFrame
    **options
        Of ``DataFrame.to_csv``.
    """
    safe = {str(name): _inactive(table[name]) for name in table if _is_text(table[name])}
    told = table.assign(**safe) if safe else table
    return told.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", **options)


def texts(cells: pd.Series) -> pd.Series:
    """Return the texts that `csv_of` wrote as these cells."""
    is_marked = cells.str.startswith("'")
    return cells.where(~is_marked, cells.str[1:]) if is_marked.any() else cells


def _is_text(cells: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(cells.dtype) or pd.api.types.is_object_dtype(cells.dtype)


def _inactive(cells: pd.Series) -> pd.Series:
    """Return cells in which no text begins like a formula; what is no text stays as it is."""
    marked = [_marked(cell) if isinstance(cell, str) else cell for cell in cells.to_numpy(object)]
    return pd.Series(marked, cells.index, dtype=cells.dtype)


def _marked(cell: str) -> str:
    cell = cell.replace("\r", "\n") if "\r" in cell else cell
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell
