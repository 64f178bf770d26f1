"""The leaderboard on the page: who leads, a table whose columns the reader chooses, each row with its command."""

from html import escape
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.departures_section import departures_list, departures_title
from ..pages.language import say, sentences
from ..pages.markup import muted, section, sorted_counts
from ..pages.table_markup import Cell, name_cell, table
from .board_figures import AMOUNT, BOARD_FIGURES, DATE, JUDGED, PERCENT
from .leaderboard import FORCED, REFUSED, STRESSED
from .rerun import trial_command
from .standing import differs, judged_words, none_has, none_words
from .warm import COLUMN

NAME = "label"
SHOWN = (
    *("rank", "total_return", "sharpe", "sharpe_error", JUDGED, "max_drawdown"),
    *("turnover", "margin_calls"),
)
"""Columns that the page shows beside the name; the others are there to be chosen."""

_WORDS = ("kind", "engine", STRESSED, COLUMN)


def board_section(comparison: Any) -> str:
    """Return the section of the leaderboard."""
    board = comparison.board
    listed = [name for name in SHOWN if name in board.columns and (name != JUDGED or differs(board))]
    rest = [name for name in board.columns if name not in (NAME, *listed)]
    columns = [NAME, *listed, *rest]
    shown = 1 + len(columns) - 1 - len(rest)
    rows = [
        [_name(comparison, row), *(_cell(name, row[name]) for name in columns[1:])] for row in board.to_dict("records")
    ]
    made = table(
        [Cell(_heading(name), tip=_tip(name)) for name in columns],
        rows,
        texts=1,
        name="board",
        file="leaderboard.csv",
        hidden=range(shown, len(columns)),
    )
    caption = say(
        "A click on a heading sorts, and the pointer on one tells what it means; there are more columns to choose. A "
        "name unfolds to the command that writes its whole result, and to where its settings differ from the file that "
        "it is named after."
    )
    return section(say("Leaderboard"), muted(caption) + made, lead=_lead(board))


def _lead(board: pd.DataFrame) -> str:
    """Say who leads, where the best control stands, and what the broker did by force."""
    controls = board[board["kind"] == "control"]
    if none_has(board.loc[board["kind"] == "trial", "sharpe"]):
        return sentences(none_words(), forced_words(board))
    first = board.iloc[0]
    values = {"name": first[NAME], "sharpe": formats.number(first["sharpe"])}
    values |= {"error": formats.number(first["sharpe_error"])}
    if first["kind"] == "control":
        told = say("A control leads: {name}, with a Sharpe ratio of {sharpe} ± {error} (one standard error).", **values)
    elif none_has(controls["sharpe"]):
        told = say("{name} leads with a Sharpe ratio of {sharpe} ± {error} (one standard error).", **values)
    else:
        best = controls.iloc[0]
        told = say(
            "{name} leads with a Sharpe ratio of {sharpe} ± {error} (one standard error); the best control, {control}, "
            "has rank {rank} with {own}.",
            **values,
            control=best[NAME],
            rank=formats.count(int(best["rank"])),
            own=formats.number(best["sharpe"]),
        )
    more = say("Ratios that lie closer than their errors are not told apart by these data.")
    return sentences(told, judged_words(board), more, forced_words(board))


def forced_words(board: pd.DataFrame) -> str:
    """Say how often the accounts were called, and why the broker traded by force; empty where neither happened."""
    calls, forced = int(board["margin_calls"].sum()), int(board["forced_orders"].sum())
    if not calls and not forced:
        return ""
    told = say("Margin calls of all rows together: {n}.", n=formats.count(calls))
    if not forced:
        return told
    by_cause = {
        name.removeprefix(FORCED): int(board[name].sum()) for name in board.columns if str(name).startswith(FORCED)
    }
    causes = ", ".join(f"{formats.words(cause)} {formats.count(n)}" for cause, n in sorted_counts(by_cause))
    more = say("Orders of the broker's own: {n}, by cause: {causes}.", n=formats.count(forced), causes=causes)
    return sentences(told, more)


def _name(comparison: Any, row: dict[str, Any]) -> Cell:
    """Return the name of a trial, which unfolds to its command and settings."""
    number, label = int(row["trial"]), str(row[NAME])
    departures = comparison.departures[number]
    command = trial_command(comparison.command, number)
    told = f'<div><code class="command">{escape(command)}</code></div>' if command else ""
    title = (
        say("command; {settings}", settings=departures_title(departures)) if command else departures_title(departures)
    )
    tag = f'<span class="tag">{escape(say("control"))}</span>' if row["kind"] == "control" else ""
    unfolding = f"<details><summary>{escape(title)}</summary>{told}{departures_list(departures)}</details>"
    return name_cell(label, tag + unfolding)


def _heading(name: str) -> str:
    if name in BOARD_FIGURES:
        return say(BOARD_FIGURES[name].heading)
    if name.startswith(FORCED):
        return say("Forced: {cause}", cause=formats.words(name.removeprefix(FORCED)))
    if name.startswith(REFUSED):
        return say("Refused: {reason}", reason=formats.words(name.removeprefix(REFUSED)))
    return say(_HEADINGS[name]) if name in _HEADINGS else short_key(name)


_HEADINGS = {
    NAME: "Name",
    "rank": "Rank",
    "trial": "No.",
    "kind": "Kind",
    "engine": "Engine",
    STRESSED: "Run under stress",
    COLUMN: "Can trade from",
}


def short_key(name: str) -> str:
    """Return the last part of a dotted key, which a reader calls it by."""
    return name.rpartition(".")[2]


def _tip(name: str) -> str:
    """Return unit and meaning of a figure, or the whole of a key: shown where the pointer rests on its heading."""
    figure = BOARD_FIGURES.get(name)
    if figure is None:
        return name if "." in name else ""
    meaning = say(figure.meaning)
    return f"{meaning} ({say(figure.unit)})" if figure.unit else meaning


def _cell(name: str, value: Any) -> str | Cell:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return formats.NONE
    figure = BOARD_FIGURES.get(name)
    if figure is None:
        return formats.words(value) if name in _WORDS[:3] else str(value)
    if figure.shown == DATE or isinstance(value, str):
        return str(value)
    if figure.shown == PERCENT:
        return Cell(formats.percent(value, 1, sign=name.endswith("return")), sort=float(value))
    if figure.shown == AMOUNT:
        return Cell(formats.headline(value), sort=float(value))
    return Cell(formats.number(value), sort=float(value)) if isinstance(value, float) else formats.count(int(value))
