"""The command `liangrong replicate`: do published results hold on data of one's own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import Json, tell
from .console import counting, progress
from .data_show import Page, put
from .help_text import STUDY, in_help
from .origin import settings
from .page_options import Lang, Palette

Names = Annotated[
    list[str], typer.Argument(metavar="RESULT", help="Of `liangrong replicate --list`; all where absent.")
]
Data = Annotated[Path | None, typer.Option("--data", help="A dataset folder, or a YAML file that names the data.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    told = in_help(
        STUDY,
        "liangrong replicate --data data/synth",
        "liangrong replicate liu_luo_zhao_2020 kang_gu_2021_trend --data my_run.yaml --page results.html",
        "liangrong replicate --list",
    )
    app.command(**told)(replicate)


def replicate(
    names: Names = [],  # noqa: B006 - typer's way to say "none given"
    data: Data = None,
    is_list: Annotated[bool, typer.Option("--list", help="Show the register; no data are read.")] = False,
    start: Annotated[str | None, typer.Option(help="First session, such as 2015-01-05.")] = None,
    end: Annotated[str | None, typer.Option(help="Last session.")] = None,
    as_json: Json = False,
    page: Page = None,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Look up published results about margin balances in your data: agrees, disagrees, too little, or what it needs."""
    if is_list:
        _show_register(names, data, page, as_json)
        return
    if data is None:
        raise ConfigError("`replicate` should be given `--data` (a dataset folder or a YAML file), or `--list`")
    from ..pages.language import speaking
    from ..replicate.page import render_replication
    from ..replicate.terminal import replication_table

    made = _replicated(names, data, (start, end))
    place = page / "report.html" if page is not None and page.is_dir() else page
    rendered = speaking(lang, colours)(lambda: render_replication(made, data.name))
    put("replication", made, as_json, place, rendered, lambda: replication_table(made))


def _show_register(names: list[str], data: Path | None, page: Path | None, as_json: bool) -> None:
    from ..replicate.outcome import published_record
    from ..replicate.register import results_named
    from ..replicate.terminal import register_table

    for option, given in (("--data", data), ("--page", page)):
        if given is not None:
            raise ConfigError(f"`--list` reads no data: leave `{option}` out, or leave `--list` out")
    results = results_named(names)
    shown = register_table(results)
    content = {"results": [published_record(one) for one in results]}
    tell("published_results", content, lambda terminal: terminal.print(shown, highlight=False), as_json=as_json)


def _replicated(names: list[str], data: Path, window: tuple[str | None, str | None]) -> Any:
    with progress(unit="parts") as bar:
        task = bar.add_task("preparing", total=None)
        from ..replicate.replicating import replicate as engine

        counts: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            counts.setdefault(what, counting(bar, what, task))(done, total)

        overrides = settings() if data.suffix in (".yaml", ".yml") else ()
        made = engine(data, names, *window, overrides, report)
        bar.update(task, description="done", total=1, completed=1)
    return made
