"""`liangrong data kinds`: every kind of finding, with its verdict and what to do about it."""

import typer

from .answering import Json, tell
from .help_text import VERIFY, in_help


def register(app: typer.Typer) -> None:
    """Add the command to those of `liangrong data`."""
    app.command("kinds", **in_help(VERIFY, "liangrong data kinds", "liangrong data kinds --json"))(data_kinds)


def data_kinds(as_json: Json = False) -> None:
    """List what an import or an audit may say: refused at import, failed by the audit, or a note; and the remedy."""
    from ..pages.fitting import Fitting
    from ..sources.kinds import KINDS

    head = ("kind", "verdict", "what", "remedy")
    table = Fitting(head, texts={2, 3}, left={0, 1}, elsewhere=", and so does `--json`")
    for name, one in KINDS.items():
        table.add_row(name, *one)
    tell("finding_kinds", {"kinds": KINDS}, lambda terminal: terminal.print(table), as_json=as_json)
