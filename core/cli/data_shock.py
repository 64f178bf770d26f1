"""The command `liangrong data shock`: what a fall of all prices would do among accounts of invented habits."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .answering import Json, tell
from .console import counting, progress
from .help_text import LOOK_AT, in_help
from .page_options import Lang, Palette


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    examples = (
        "liangrong data shock",
        "liangrong data shock --fall 0.2 --margin-ratio 0.5 --margin-ratio 1.0 --seeds 9 --page shock.html",
    )
    app.command("shock", **in_help(LOOK_AT, *examples))(data_shock)


def data_shock(
    fall: Annotated[float, typer.Option("--fall", help="Of all prices, at once, within the price limits.")] = 0.10,
    ratios: Annotated[
        list[float] | None,
        typer.Option("--margin-ratio", help="Financing margin ratio; repeatable; 0.5, 0.8 and 1 where absent."),
    ] = None,
    feedback: Annotated[
        float, typer.Option("--feedback", help="By which net purchases over turnover move the next prices.")
    ] = 0.1,
    accounts: Annotated[int, typer.Option("--accounts", help="Of each market.")] = 500,
    securities: Annotated[int, typer.Option("--securities", help="Of each market.")] = 60,
    before: Annotated[int, typer.Option("--before", help="Sessions until the fall.")] = 250,
    after: Annotated[int, typer.Option("--after", help="Sessions from the fall on.")] = 20,
    seeds: Annotated[int, typer.Option("--seeds", help="Markets of each margin ratio.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="The first of them.")] = 7,
    as_json: Json = False,
    page: Annotated[Path | None, typer.Option("--page", help="Write a page (HTML) there too.")] = None,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Show how deep a fall goes under one margin ratio or another, in synthetic markets of many accounts.

    Each market is made with the fall and without it; what differs is told: prices, calls, forced sales, debt. It is a
    what-if of invented clients and an invented impact, without an order book, new money or a regulator: which margin
    ratio goes deeper can be read off it, and how much, not what a real market would do.
    """
    from ..crowd.shock import RATIOS, ShockPlan, shock
    from ..crowd.shock_page import render_shock
    from ..crowd.shock_terminal import shock_terminal
    from ..pages.language import speaking

    chosen = tuple(ratios) if ratios else RATIOS
    asked = ShockPlan(fall, chosen, feedback, accounts, securities, before, after, seeds, seed)
    with progress(unit="markets") as bar:
        found = shock(asked, counting(bar, "falling", bar.add_task("falling", total=None)))
    if page is not None:
        from ..folders import write_page

        write_page(page, speaking(lang, colours)(lambda: render_shock(found))())

    def show(terminal: Any) -> None:
        terminal.print(shock_terminal(found), highlight=False)
        if page is not None:
            terminal.print(f"Page: {page}", soft_wrap=True, highlight=False, markup=False)

    tell("shock", found, show, as_json=as_json, written=page, page=page)
