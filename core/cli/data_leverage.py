"""The command `liangrong data leverage`: what is owed, at which estimated cost, and what a fall would have sold."""

from typing import Annotated

import typer

from .answering import Json
from .console import working
from .data_show import Folder, On, Page, put
from .help_text import LOOK_AT, in_help
from .page_options import Lang, Palette
from .tab_names import one_of_these


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    leverage = in_help(
        LOOK_AT,
        "liangrong data leverage data/synth",
        "liangrong data leverage data/mine 600519.SH --fall 0.2 --page leverage.html",
        "liangrong data leverage data/mine --on 2015-07-08 --way fifo --json",
        "liangrong data leverage data/clients --truth",
    )
    app.command("leverage", **leverage)(data_leverage)


def data_leverage(
    folder: Folder,
    symbol: Annotated[str | None, typer.Argument(help="Such as 600519.SH; all securities where absent.")] = None,
    on: On = None,
    fall: Annotated[float, typer.Option(help="Fall of all prices, fraction; of the short side a rise.")] = 0.1,
    line: Annotated[float, typer.Option(help="Maintenance ratio below which is sold, fraction.")] = 1.3,
    way: Annotated[
        str,
        typer.Option(
            help="How repayments leave: proportional, or fifo (first in, first out).",
            autocompletion=one_of_these("proportional", "fifo"),
        ),
    ] = "proportional",
    truth: Annotated[
        bool,
        typer.Option("--truth", help="Of a market of many accounts: set the estimates against what is true of it."),
    ] = False,
    as_json: Json = False,
    page: Page = None,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Estimate cost line and maintenance ratio of what is owed, who is below a line, and what a fall would force.

    With --truth, of a market that `data synth --accounts` wrote, it also says how far the estimates are from the
    contracts of its accounts: bias and correlation by item and security.
    """
    from ..crowd.crowd_files import read_truth
    from ..dataset.store import load
    from ..pages.language import speaking
    from ..views.leverage_page import render_leverage
    from ..views.leverage_terminal import leverage_terminal
    from ..views.looking import show_leverage

    with working("estimating"):
        panel = load(folder)
        view = show_leverage(panel, symbol, on, way, line, fall, read_truth(folder) if truth else None)
    rendered = speaking(lang, colours)(lambda: render_leverage(view, folder.name))
    put("leverage", view, as_json, page, rendered, lambda: leverage_terminal(view))
