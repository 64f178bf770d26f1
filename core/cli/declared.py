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
    from rich.text import Text

    from ..pages.fitting import Fitting

    found = all_tables()
    chosen = [one for one in found if name in (None, one[0], one[0].removesuffix(".csv"))]
    if not chosen:
        known = table_names()
        raise ConfigError(f"there is no table `{name}`: {did_you_mean(str(name), known)}known are {', '.join(known)}")
    terminal = console()
    for file, meaning, rows in chosen:
        terminal.print(Text.assemble("\n", (file, "bold"), f": {meaning}"))
        view = Fitting(("column", "meaning", "unit", "type"), texts={1, 2}, kept=2, left={0, 3})
        for column, kind, unit, told in rows:
            view.add_row(column, told, unit, kind)
        terminal.print(view, highlight=False)
