"""What the files of a result hold, in words: the declaration of its tables, row by row."""

from collections.abc import Iterator

from ..account.columns import TABLES

Row = tuple[str, str, str, str]
"""Column, type, unit, meaning."""


def tables() -> Iterator[tuple[str, str, list[Row]]]:
    """Yield file, meaning and columns of every table of a result."""
    for name, table in TABLES.items():
        some = " (some runs only)" if table.is_optional else ""
        rows = [(c.name, c.kind, c.unit, c.meaning) for c in table.columns]
        yield f"{name}.csv", table.meaning + some, rows
