"""The command that prints every column that a run or a comparison writes."""

from typing import Annotated

import typer

from ..errors import ConfigError, did_you_mean
from .console import console

Name = Annotated[str | None, typer.Argument(help="One table, such as equity; all where absent.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(tables)


def tables(name: Name = None) -> None:
    """List the tables of a result and of a leaderboard: column, type, unit, meaning."""
    from rich.table import Table
    from rich.text import Text

    from ..compare.board_figures import BOARD_FIGURES
    from ..run import guide

    figures = [(f.name, f.shown, f.unit, f.meaning) for f in BOARD_FIGURES.values()]
    found = [*guide.tables(), ("leaderboard.csv", "the figures of a comparison, one row a trial", figures)]
    chosen = [one for one in found if name in (None, one[0], one[0].removesuffix(".csv"))]
    if not chosen:
        known = [file.removesuffix(".csv") for file, _, _ in found]
        raise ConfigError(f"there is no table `{name}`: {did_you_mean(str(name), known)}known are {', '.join(known)}")
    terminal = console()
    for file, meaning, rows in chosen:
        view = Table("column", "type", "unit", "meaning", box=None, pad_edge=False, title_justify="left")
        view.title = Text.assemble("\n", (file, "bold"), f": {meaning}")
        for row in rows:
            view.add_row(*map(Text, row))
        terminal.print(view, highlight=False)
