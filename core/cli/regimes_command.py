"""The command `liangrong regimes`: one strategy under several regimes of the rules, the differences by cause."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from .answering import Json, tell
from .console import counting, progress
from .help_text import STUDY, in_help
from .origin import settings
from .page_options import Lang, Palette
from .tab_names import YAML_FILES


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    told = in_help(
        STUDY,
        "liangrong regimes configs/demo.yaml",
        "liangrong regimes configs/demo.yaml --margin 0.5 --margin 1.0 --page margins.html",
        "liangrong regimes configs/demo.yaml --as-of own --as-of 2015-06-01 --as-of 2023-09-11 --json",
    )
    app.command(**told)(regimes)


def regimes(
    config: Annotated[Path, typer.Argument(help="A YAML file, such as configs/demo.yaml.", autocompletion=YAML_FILES)],
    margins: Annotated[
        list[str],
        typer.Option("--margin", help="A margin ratio of financed purchases, such as 0.8; 0.5, 0.8, 1 if none."),
    ] = [],  # noqa: B006 - typer's way to say "none given"
    days: Annotated[
        list[str],
        typer.Option("--as-of", help="A day whose rules hold on every session; own: those of each session's day."),
    ] = [],  # noqa: B006 - the same
    overrides: Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key.")] = [],  # noqa: B006 - the same
    page: Annotated[
        Path | None, typer.Option("--page", help="The page to write; regimes/NAME.html where absent.")
    ] = None,
    lang: Lang = None,
    colours: Palette = None,
    as_json: Json = False,
) -> None:
    """Run a strategy under several regimes of the rules, and say what the differences come from.

    The first regime is the one that the others are held against.
    """
    with progress(unit="runs") as bar:
        bar.add_task("preparing", total=None)
        from ..compare.regime_page import render_regimes
        from ..compare.regime_runs import compare_regimes, regimes_of
        from ..config.yaml_file import load
        from ..folders import write_page
        from ..pages.language import speaking

        asked = regimes_of(margins, days)
        read = load(config, [*settings(), *overrides])
        made = compare_regimes(read, asked, counting(bar, "running"))
        page = page or Path("regimes") / f"{read.name}.html"
        with speaking(lang, colours):
            write_page(page, render_regimes(made))
    tell("regimes", made, partial(_print, made, page), as_json=as_json, written=page, page=page)


def _print(made: Any, page: Path, terminal: Any) -> None:
    from ..compare.regime_terminal import regimes_table

    terminal.print(regimes_table(made), highlight=False)
    terminal.print(f"Page: {page}", soft_wrap=True, highlight=False, markup=False)
