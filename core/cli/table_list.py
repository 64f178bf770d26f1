"""Every table that a run or a comparison writes."""

from typing import Any


def all_tables() -> list[tuple[str, str, Any]]:
    """Return file, meaning and columns of each; columns as name, type, unit and meaning."""
    from ..compare.board_figures import BOARD_FIGURES
    from ..run import guide

    figures = [(f.name, f.shown, f.unit, f.meaning) for f in BOARD_FIGURES.values()]
    return [*guide.tables(), ("leaderboard.csv", "the figures of a comparison, one row a trial", figures)]


def table_names() -> list[str]:
    """Return their names, as `liangrong tables` takes them."""
    return [file.removesuffix(".csv") for file, _, _ in all_tables()]
