"""The command that prints every column that a run or a comparison writes."""

from typing import Annotated

import typer

from ..errors import ConfigError, did_you_mean
from .console import console
from .help_text import LOOK_UP, in_help
from .tab_names import TABLES
from .table_list import all_tables, table_names

Name = Annotated[str | None, typer.Argument(help="One table, such as equity; all where absent.", autocompletion=TABLES)]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(**in_help(LOOK_UP, "liangrong tables", "liangrong tables equity"))(tables)


def tables(name: Name = None) -> None:
    """List the tables of a result and of a leaderboard: column, type, unit, meaning."""
    from rich.table import Table
    from rich.text import Text

    found = all_tables()
    chosen = [one for one in found if name in (None, one[0], one[0].removesuffix(".csv"))]
    if not chosen:
        known = table_names()
        raise ConfigError(f"there is no table `{name}`: {did_you_mean(str(name), known)}known are {', '.join(known)}")
    terminal = console()
    for file, meaning, rows in chosen:
        view = Table("column", "type", "unit", "meaning", box=None, pad_edge=False, title_justify="left")
        view.title = Text.assemble("\n", (file, "bold"), f": {meaning}")
        for row in rows:
            view.add_row(*map(Text, row))
        terminal.print(view, highlight=False)
