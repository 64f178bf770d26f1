"""The command that prints every column that a run or a comparison writes."""

from typing import Annotated, Any

import typer

from ..errors import ConfigError, did_you_mean
from .answering import Json, tell

Name = Annotated[str | None, typer.Argument(help="One table, such as equity; all where absent.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(tables)


def tables(name: Name = None, as_json: Json = False) -> None:
    """List the tables of a result and of a leaderboard: column, type, unit, meaning."""
    from rich.table import Table
    from rich.text import Text

    from ..compare.declared_tables import declared_tables

    found = declared_tables()
    chosen = [one for one in found if name in (None, one.file, one.file.removesuffix(".csv"))]
    if not chosen:
        known = [one.file.removesuffix(".csv") for one in found]
        raise ConfigError(f"there is no table `{name}`: {did_you_mean(str(name), known)}known are {', '.join(known)}")

    def show(terminal: Any) -> None:
        for one in chosen:
            view = Table("column", "type", "unit", "meaning", box=None, pad_edge=False, title_justify="left")
            view.title = Text.assemble("\n", (one.file, "bold"), f": {one.meaning}")
            for row in one.columns:
                view.add_row(*map(Text, row))
            terminal.print(view, highlight=False)

    tell("tables", {"tables": chosen}, show, as_json=as_json)
