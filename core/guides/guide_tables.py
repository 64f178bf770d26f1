"""The guide `tables`: every column of every file that a run or a comparison writes."""

from collections.abc import Iterator

from ..account.columns import DATE, FLOAT, INT, TABLES, TEXT
from ..compare.board_figures import AMOUNT, BOARD_FIGURES, COUNT, NUMBER, PERCENT
from ..pages import formats
from ..pages.language import Language, say, speaking
from .markdown import code, table

Row = tuple[str, str, str, str]
"""Column, type, unit, meaning."""


def tables(language: Language) -> str:
    """Return the tables of a result and of a leaderboard as Markdown."""
    with speaking(language):
        return "\n\n".join(_section(*one) for one in _declared())


def _declared() -> Iterator[tuple[str, str, bool, list[Row]]]:
    for name, one in TABLES.items():
        rows = [(c.name, _kinds()[c.kind], c.unit, c.meaning) for c in one.columns]
        yield f"{name}.csv", one.meaning, one.is_optional, rows
    figures = [(f.name, _kinds()[f.shown], f.unit, f.meaning) for f in BOARD_FIGURES.values()]
    yield "leaderboard.csv", "the figures of a comparison, one row a trial", False, figures


def _section(file: str, meaning: str, is_optional: bool, rows: list[Row]) -> str:
    told = say("{what} (some runs only).", what=_said(meaning)) if is_optional else say("{what}.", what=_said(meaning))
    head = (say("Column"), say("Type"), say("Unit"), say("Meaning"))
    return "\n\n".join(
        [
            f"## {file}",
            told[:1].upper() + told[1:],
            table(head, [(code(row[0]), row[1].lower(), _said(row[2]), _meaning(row)) for row in rows]),
        ]
    )


def _meaning(row: Row) -> str:
    """Return a column's meaning; its name in words where that says it all."""
    return _said(row[3]) or formats.words(row[0])


def _said(text: str) -> str:
    """Return a unit or a meaning, which is declared in English, in the language that is spoken."""
    return say(text) if text else ""


def _kinds() -> dict[str, str]:
    """Return types in words."""
    whole, number, date = say("whole number"), say("number"), say("Date")
    return {
        DATE: date,
        TEXT: say("Text"),
        INT: whole,
        FLOAT: number,
        PERCENT: number,
        AMOUNT: number,
        COUNT: whole,
        NUMBER: number,
    }
