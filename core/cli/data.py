"""The commands `liangrong data`: import, inspect and audit data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import Json, note, tell
from .console import counting, progress, uncounted, working
from .page_options import Lang, Palette

app = typer.Typer(help="Import, inspect and audit data.", no_args_is_help=True, rich_markup_mode=None)


@app.command("sources")
def data_sources(as_json: Json = False) -> None:
    """List the sources that can be imported."""
    from rich.table import Table

    from ..sources import described

    found = described()
    table = Table("source", "reads", box=None)
    for one in found.items():
        table.add_row(*one)
    tell("sources", {"sources": found}, lambda terminal: terminal.print(table), as_json=as_json)


@app.command("import")
def data_import(
    paths: Annotated[list[str], typer.Argument(metavar="PATHS...", help="Files, folders, archives.")],
    to: Annotated[Path, typer.Option("--to", help="The dataset folder; one that exists gains what is new.")],
    source: Annotated[str | None, typer.Option("--source", help="Of `data sources`; else it is told.")] = None,
    columns: Annotated[str | None, typer.Option("--columns", metavar="date=day,close=price")] = None,
    prefer: Annotated[
        str,
        typer.Option(
            "--prefer", help="Where files and dataset, or files of several sources, disagree: new (the later) or old."
        ),
    ] = "new",
    options: Annotated[list[str], typer.Option("--option", metavar="NAME=VALUE", help="symbol, day.")] = [],  # noqa: B006 - typer's way to say "none given"
    as_json: Json = False,
) -> None:
    """Bring files into a dataset: parquet, manifest with source, units and hash, and every finding."""
    from ..dataset.importing import import_data
    from ..sources import SOURCES
    from ..sources.detect import mapping_of

    if source is None and len(paths) > 1 and paths[0] in SOURCES and not Path(paths[0]).exists():
        source, *paths = paths  # as it was written before files told what they are
    mapping = mapping_of(columns) if columns else None
    words: dict[str, Any] = {**dict(map(_name_and_value, options)), "columns": mapping, "prefer": prefer}
    with progress(unit="files", transient=True) as bar:
        task = bar.add_task("reading", total=None)
        count = counting(bar, "reading", task)

        def report(done: int, files: int) -> None:
            count(done, files)
            if done == files:
                uncounted(bar, "merging and writing")

        info = import_data(source, paths, to, tell=note, progress=report, **words)
    tell_import("import", info, to, as_json)


def tell_import(kind: str, brought: Any, to: Path, as_json: bool) -> None:
    """Print what an import did to the dataset `to`, or a fetch with its import."""
    from ..audit.doubts import doubts_of
    from ..dataset.store import load
    from ..dataset.terminal import findings_table, info_table, taken_lines
    from ..sources.kinds import FAIL

    info, lines = (brought, []) if isinstance(brought, Mapping) else (brought.info, [brought.counted, *brought.lines])
    with working("looking for what cannot be"):
        mend = [one.words() for one in doubts_of(load(to)) if one.verdict == FAIL]

    def show(terminal: Any) -> None:
        terminal.print(taken_lines(info["taken_for"]), soft_wrap=True)
        terminal.print(info_table(info))
        terminal.print(findings_table(info["brought"]))
        for line in (*(f"to be mended: {one}" for one in mend), f"Dataset: {to}", *lines):
            terminal.print(line, soft_wrap=True, markup=False, highlight=False)

    tell(kind, brought, show, as_json=as_json, written=to, to_be_mended=mend, folder=to)


def _name_and_value(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if not equals:
        raise ConfigError(f"`--option {option}` should read NAME=VALUE")
    return name, value


@app.command("info")
def data_info(folder: Annotated[Path, typer.Argument(help="A dataset folder.")], as_json: Json = False) -> None:
    """Print what a dataset holds: source, sessions, securities, fields with units and publication, what was imputed."""
    from ..dataset.store import info
    from ..dataset.terminal import findings_table, info_table
    from ..panel.publication import publications_of
    from ..sources import Finding
    from ..sources.reading import together
    from .data_publication import publication_table

    described = info(folder)
    public = publications_of(described["fields"], described["source"])

    def show(terminal: Any) -> None:
        terminal.print(info_table(described))
        terminal.print()
        terminal.print(publication_table(public))
        findings = together([Finding.of_record(one) for one in described["findings"]])
        terminal.print(findings_table(one.as_record() for one in findings))

    tell("dataset", {**described, "publication": public}, show, as_json=as_json, folder=folder)
    raise typer.Exit(1 if described["missing"] else 0)


@app.command("verify")
def data_verify(folder: Annotated[Path, typer.Argument(help="A dataset folder.")], as_json: Json = False) -> None:
    """Read every file of a dataset and compare it with its hashes, the cache too; exit code 1 where one differs."""
    from ..dataset.verify import verify

    with progress(unit="files", transient=True) as bar:
        task = bar.add_task("reading", total=None)
        found = verify(folder, counting(bar, "reading", task))

    def show(terminal: Any) -> None:
        terminal.print("\n".join(found.lines()), soft_wrap=True, markup=False, highlight=False)

    tell("verification", found, show, as_json=as_json, folder=folder)
    raise typer.Exit(found.exit_code)


@app.command("derive-actions")
def data_derive_actions(
    folder: Annotated[Path, typer.Argument(help="A dataset folder with unadjusted prices.")],
    to: Annotated[Path, typer.Option("--to", help="The CSV to write, for `data.actions`.")],
    adjusted: Annotated[Path | None, typer.Option("--adjusted", help="A dataset of the same prices, adjusted.")] = None,
    as_json: Json = False,
) -> None:
    """Read dividends and splits off prices: off adj_factor, a published pre_close, or an adjusted series."""
    from ..csv_text import csv_of
    from ..dataset.store import load
    from ..folders import write_file
    from ..panel.derived_actions import derive_actions

    with working("reading prices"):
        found = derive_actions(load(folder), None if adjusted is None else load(adjusted))
    write_file(to, csv_of(found.table))
    words = f"{len(found.table):,} corporate actions, read off {found.basis}: {to}"

    def show(terminal: Any) -> None:
        terminal.print(words, soft_wrap=True, markup=False)

    content = {"count": len(found.table), "basis": found.basis}
    tell("derived_actions", content, show, as_json=as_json, written=to, file=to)


@app.command("audit")
def data_audit(
    folder: Annotated[Path, typer.Argument(help="A dataset folder.")],
    as_json: Json = False,
    page: Annotated[Path | None, typer.Option("--page", help="Write a page (HTML) there too.")] = None,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Check identities, residuals, coverage, duplicates and gaps; exit code 1 where a finding is an error."""
    from ..audit.audit import audit_dataset

    with working("auditing"):
        result = audit_dataset(folder)
    if page is not None:
        from ..audit.page import render_page
        from ..folders import write_page
        from ..pages.language import speaking

        with speaking(lang, colours), working("writing the page"):
            write_page(page, render_page(result, folder.name))
    from ..audit.terminal import render

    shown = render(result)
    tell("audit", result, lambda terminal: terminal.print(shown), as_json=as_json, written=page, page=page)
    raise typer.Exit(result.exit_code)
