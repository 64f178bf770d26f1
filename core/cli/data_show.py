"""The commands `liangrong data show` and `liangrong data market`: look at one security, at all, at the market."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .console import console

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A dataset folder.")]
On = Annotated[str | None, typer.Option("--on", help="A day such as 2015-06-18; the last session where absent.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
Page = Annotated[Path | None, typer.Option("--page", help="Write a page (HTML) there too.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("market")(data_market)


def data_market(folder: Folder, on: On = None, as_json: AsJson = False, page: Page = None) -> None:
    """Show the whole market on a day: totals, share of float cap, breadth, industries, last year, changed rules."""
    from ..dataset.store import load
    from ..views.market_page import render_market
    from ..views.market_view import market_view
    from ..views.terminal import market_terminal

    view = market_view(load(folder), on)
    _put(view, as_json, page, lambda: render_market(view, folder.name), lambda: market_terminal(view))


def _put(view: Any, as_json: bool, page: Path | None, rendered: Any, shown: Any) -> None:
    """Write the page that was asked for, and print the view."""
    if page is not None:
        from ..folders import write_file

        write_file(page, rendered())
    if as_json:
        import json

        typer.echo(json.dumps(view.as_record(), ensure_ascii=False, indent=2, allow_nan=False))
        return
    terminal = console()
    terminal.print(shown(), highlight=False)
    if page is not None:
        terminal.print(f"Page: {page}", soft_wrap=True, highlight=False)
