"""Every table that a run or a comparison writes, as it is declared."""

from typing import Any, NamedTuple

from ..run import guide
from .board_figures import BOARD_FIGURES


class DeclaredTable(NamedTuple):
    """A file, what it holds, and its columns: column, type, unit, meaning."""

    file: str
    meaning: str
    columns: list[guide.Row]

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        columns = [dict(zip(("column", "type", "unit", "meaning"), row, strict=True)) for row in self.columns]
        return {"file": self.file, "meaning": self.meaning, "columns": columns}


def declared_tables() -> list[DeclaredTable]:
    """Return the tables of a result, then the leaderboard."""
    figures = [(f.name, f.shown, f.unit, f.meaning) for f in BOARD_FIGURES.values()]
    board = DeclaredTable("leaderboard.csv", "the figures of a comparison, one row a trial", figures)
    return [*(DeclaredTable(*one) for one in guide.tables()), board]
