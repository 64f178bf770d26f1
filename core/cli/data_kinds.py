"""`liangrong data kinds`: every kind of finding, with its verdict and what to do about it."""

import typer

from .answering import Json, tell


def register(app: typer.Typer) -> None:
    """Add the command to those of `liangrong data`."""
    app.command("kinds")(data_kinds)


def data_kinds(as_json: Json = False) -> None:
    """List what an import or an audit may say: refused at import, failed by the audit, or a note; and the remedy."""
    from rich.table import Column, Table

    from ..sources.kinds import KINDS

    table = Table(Column("kind", no_wrap=True), "verdict", "what", "remedy", box=None)
    for name, one in KINDS.items():
        table.add_row(name, *one)
    tell("finding_kinds", {"kinds": KINDS}, lambda terminal: terminal.print(table), as_json=as_json)
