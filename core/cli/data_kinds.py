"""`liangrong data kinds`: every kind of finding, with its verdict and what to do about it."""

from typing import Annotated

import typer

from .console import console
from .help_text import VERIFY, in_help


def register(app: typer.Typer) -> None:
    """Add the command to those of `liangrong data`."""
    app.command("kinds", **in_help(VERIFY, "liangrong data kinds", "liangrong data kinds --json"))(data_kinds)


def data_kinds(
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """List what an import or an audit may say: refused at import, failed by the audit, or a note; and the remedy."""
    from ..sources.kinds import KINDS

    if as_json:
        import json

        typer.echo(json.dumps({name: one._asdict() for name, one in KINDS.items()}, ensure_ascii=False, indent=2))
        return
    from ..pages.fitting import Fitting

    table = Fitting(
        ("kind", "verdict", "what", "remedy"), texts={2, 3}, left={0, 1}, elsewhere=", and so does `--json`"
    )
    for name, one in KINDS.items():
        table.add_row(name, *one)
    console().print(table)
