"""The commands `liangrong data show` and `liangrong data market`: look at one security, at all, at the market."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import Json, tell
from .console import working
from .help_text import LOOK_AT, in_help
from .page_options import Lang, Palette
from .tab_names import RULES, RUNS, one_of_these

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A dataset folder.")]
On = Annotated[str | None, typer.Option("--on", help="A day such as 2015-06-18; the last session where absent.")]
Page = Annotated[Path | None, typer.Option("--page", help="Write a page (HTML) there too.")]

Run = Annotated[
    str | None,
    typer.Option(
        "--run", help="A kept run, as `runs` names it: its fills and contracts on the page.", autocompletion=RUNS
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    show = in_help(
        LOOK_AT,
        "liangrong data show data/synth",
        "liangrong data show data/mine 600519 --on 2024-06-28 --rule net_financing_rate",
        "liangrong data show data/mine 600519.SH --run demo --page 600519.html",
    )
    market = in_help(
        LOOK_AT,
        "liangrong data market data/synth",
        "liangrong data market data/mine --on 2015-06-18 --page market.html",
    )
    app.command("show", **show)(data_show)
    app.command("market", **market)(data_market)


def data_show(
    folder: Folder,
    symbol: Annotated[str | None, typer.Argument(help="Such as 600519.SH; all are listed where absent.")] = None,
    on: On = None,
    rules: Annotated[
        list[str],
        typer.Option("--rule", metavar="RULE", help="As `study` names them; repeatable.", autocompletion=RULES),
    ] = [],  # noqa: B006 - typer's way to say "none given"
    decision: Annotated[
        str,
        typer.Option(
            help="before_open (of the next session) or at_close: what is public then is shown.",
            autocompletion=one_of_these("before_open", "at_close"),
        ),
    ] = "before_open",
    as_json: Json = False,
    page: Page = None,
    run: Run = None,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Show a security on a day: figures, ranks, percentiles, flows, what rules say, events; or list what there is."""
    from ..pages.language import speaking
    from ..views.looking import as_security, show
    from ..views.security_list import SecurityList
    from ..views.security_page import render_security
    from ..views.terminal import list_terminal, security_terminal

    if run is not None and page is None:
        raise ConfigError("`--run` is drawn on a page: give `--page FILE` too")
    with working("reading"):
        view = show(folder, symbol, on, _named(rules), decision)
    if isinstance(view, SecurityList) and page is None:
        shown = list_terminal(view, str(folder))
        tell("securities", view, lambda terminal: terminal.print(shown, highlight=False), as_json=as_json)
    else:
        one = as_security(view)
        overlay = None if run is None else _overlay(run, one.symbol, folder)
        rendered = speaking(lang, colours)(lambda: render_security(one, folder.name, overlay=overlay))
        put("security", one, as_json, page, rendered, lambda: security_terminal(one))


def _overlay(run: str, symbol: str, folder: Path) -> Any:
    from ..archive.run_names import find_folder
    from ..dataset.store import digest
    from ..run.result import load
    from ..views.run_overlay import overlay_of

    return overlay_of(load(find_folder(run)), symbol, digest(folder))


def _named(rules: list[str]) -> Any:
    if not rules:
        return {}
    from ..study.names import named_rules

    return named_rules(rules)


def data_market(
    folder: Folder,
    on: On = None,
    as_json: Json = False,
    page: Page = None,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Show the whole market on a day: totals, share of float cap, breadth, industries, last year, changed rules."""
    from ..pages.language import speaking
    from ..views.looking import show_market
    from ..views.market_page import render_market
    from ..views.terminal import market_terminal

    with working("reading"):
        view = show_market(folder, on)
    rendered = speaking(lang, colours)(lambda: render_market(view, folder.name))
    put("market", view, as_json, page, rendered, lambda: market_terminal(view))


def put(kind: str, view: Any, as_json: bool, page: Path | None, rendered: Any, shown: Any) -> None:
    """Write the page that was asked for, and print the view."""
    if page is not None:
        from ..folders import write_page

        with working("writing the page"):
            write_page(page, rendered())

    def show(terminal: Any) -> None:
        terminal.print(shown(), highlight=False)
        if page is not None:
            terminal.print(f"Page: {page}", soft_wrap=True, highlight=False, markup=False)

    tell(kind, view, show, as_json=as_json, written=page, page=page)
