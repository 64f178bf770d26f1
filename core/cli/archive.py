"""The commands about runs that are kept: list, show, compare, open, delete."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from ..path_kinds import what_it_is
from .answering import Json, note, tell
from .help_text import Commands, in_help
from .page_options import Lang
from .tab_names import RUNS

app = typer.Typer(
    help="Runs that are kept.",
    cls=Commands,
    epilog="liangrong runs --name demo --limit 5\nliangrong runs --in out --json",
    rich_markup_mode=None,
)

Runs = Annotated[Path, typer.Option("--in", help="Folder of the runs.")]
Run = Annotated[
    str,
    typer.Argument(help="NAME (its newest), NAME/STAMP, the beginning of a stamp, or a path.", autocompletion=RUNS),
]
Several = Annotated[list[str], typer.Argument(metavar="RUN", help="As `runs show` takes them.", autocompletion=RUNS)]
HERE = Path("runs")


@app.callback(invoke_without_command=True)
def runs(
    context: typer.Context,
    name: Annotated[str | None, typer.Option("--name", help="Only runs of this name.", autocompletion=RUNS)] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 20,
    folder: Runs = HERE,
    as_json: Json = False,
) -> None:
    """List the runs that are kept, the newest first: when, configuration, data, figures. Times are UTC."""
    if context.invoked_subcommand is not None:
        return
    from ..archive.run_list import list_runs
    from ..archive.terminal import runs_table

    if folder != HERE and not folder.is_dir():
        raise ConfigError(f"`--in` should be a folder of runs, got {folder}: {what_it_is(folder)}")
    found = list_runs(folder, name)
    for problem in found.problems:
        typer.echo(f"liangrong: {problem}", err=True)
    listed, more = found.runs[:limit], max(len(found.runs) - limit, 0)

    def show(terminal: Any) -> None:
        if listed:
            terminal.print(runs_table(listed), highlight=False)
        else:
            note(f"No runs{f' of {name}' if name else ''} in {folder}: `liangrong run` keeps them there.", err=False)
        if more:
            note(f"{more} more: `--limit {len(found.runs)}` lists them all.", err=False)

    tell("runs", {"runs": listed, "problems": found.problems, "more": more}, show, as_json=as_json)


@app.command(**in_help("", "liangrong runs show demo", "liangrong runs show demo/20260731 --json"))
def show(run: Run, folder: Runs = HERE, as_json: Json = False) -> None:
    """Print the summary of a run again, and where it comes from."""
    from ..archive.run_names import find_run
    from ..archive.terminal import origin_lines
    from ..run.terminal import summary_table

    found = find_run(run, folder)

    def print_summary(terminal: Any) -> None:
        result = found.result()
        terminal.print(summary_table(result.summary, result.notes, title=result.name))
        for line in origin_lines(found):
            terminal.print(line, soft_wrap=True, highlight=False, markup=False)

    figures = {name: found.head[name] for name in ("metrics", "notes")}
    if as_json:
        from ..archive.verdict import of_kept

        figures["verdict"] = of_kept(found, runs=folder)
    tell("kept_run", found, print_summary, as_json=as_json, **figures)


@app.command(
    **in_help("", "liangrong runs diff my_run demo", "liangrong runs diff demo/20260731 demo --page what_changed.html")
)
def diff(
    first: Run,
    second: Run,
    folder: Runs = HERE,
    page: Annotated[Path | None, typer.Option("--page", help="The page to write; runs/diff.html where absent.")] = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Say what differs between two runs, and write a page that draws both equities and drawdowns."""
    from ..archive.page import render_diff
    from ..archive.run_diff import RunDiff
    from ..archive.run_names import find_run
    from ..archive.terminal import diff_table
    from ..folders import write_page
    from ..pages.language import speaking

    found = RunDiff(find_run(first, folder), find_run(second, folder))
    page = page or folder / "diff.html"
    with speaking(lang):
        write_page(page, render_diff(found))

    def print_differences(terminal: Any) -> None:
        terminal.print(diff_table(found), highlight=False)
        terminal.print(f"Page: {page}", soft_wrap=True, highlight=False, markup=False)

    tell("run_diff", found, print_differences, as_json=as_json, written=page, page=page)


@app.command("open", **in_help("", "liangrong runs open demo"))
def open_(run: Run, folder: Runs = HERE) -> None:
    """Open the report of a run in the browser, and print its path."""
    from ..archive.browser import open_page
    from ..archive.run_names import find_run

    found = find_run(run, folder)
    page = found.folder / "report.html"
    if not page.is_file():
        raise ConfigError(f"{found.label} has no report.html: it was written without one")
    typer.echo(str(page))
    if not open_page(page):
        note("No browser was found here: open this file in one.")


@app.command(**in_help("", "liangrong runs rm demo/20260731", "liangrong runs rm demo/20260731 my_run --yes"))
def rm(
    names: Several,
    folder: Runs = HERE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete runs: only folders that hold a run and nothing else; links are not followed."""
    from ..archive.run_names import find_folder, label_of
    from ..archive.run_removal import refuse_other, remove_run

    found = list(dict.fromkeys(find_folder(name, folder) for name in names))
    for one in found:
        refuse_other(one)
    labels = [label_of(one, folder) for one in found]
    if not yes and not _is_meant(", ".join(labels)):
        typer.echo("Nothing was deleted.")
        raise typer.Exit(1)
    for one, label in zip(found, labels, strict=True):
        remove_run(one, folder)
        note(f"deleted {label}", err=False)


def _is_meant(labels: str) -> bool:
    """Ask whether runs are to be deleted; ConfigError where nobody can answer."""
    try:
        if sys.stdin is not None:
            return typer.confirm(f"Delete {labels}?", default=False, err=True)
    except typer.Abort as stopped:
        if not isinstance(stopped.__context__, EOFError):
            raise
    raise ConfigError(f"`runs rm` asks before it deletes {labels}, and nobody answers: add `--yes`")
