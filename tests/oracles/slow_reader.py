"""A reader of text files that shares nothing with the importers: csv, Decimal, one cell after the other."""

import csv
import io
from decimal import Decimal, InvalidOperation
from pathlib import Path

Cells = dict[tuple[str, str], dict[str, Decimal]]
"""(day, symbol) -> field -> value."""


def slow_read(path: Path, columns: dict[str, tuple[str, str]], date: str | None, symbol: str | None) -> Cells:
    """Return the values of a file.

    Parameters
    ----------
    path : Path
    columns : dict
        Header -> field and factor, as a decimal text; ``code`` is the column of symbols.
    date : str or None
        Header of the days; None = the first column.
    symbol : str or None
        Of all rows.
    """
    text = path.read_bytes().decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    header, out = [cell.strip("\ufffc ") for cell in rows[0]], {}
    for row in rows[1:]:
        cells = dict(zip(header, row, strict=True))
        day = (cells[date] if date is not None else row[0]).strip()
        day = day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"
        values = {}
        for name, (field, factor) in columns.items():
            try:
                values[field] = Decimal(cells[name].replace(",", "")) * Decimal(factor)
            except InvalidOperation:
                continue
        out[day, symbol or _symbol(cells["code"])] = values
    return out


def _symbol(code: str) -> str:
    market, number = code.split(".")
    return f"{number}.{market.upper()}"
