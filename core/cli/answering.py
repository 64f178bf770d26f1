"""How every command answers: a document for a program, the path that was written, or what a reader sees."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import Quiet, console

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for a program, see `liangrong help json`.")]


def tell(
    kind: str,
    content: Any,
    shown: Callable[[Any], object],
    *,
    as_json: bool,
    written: Path | None = None,
    **places: Any,
) -> None:
    """Print an answer on stdout.

    Parameters
    ----------
    kind : str
        Of `answers.answer_kinds.ANSWERS`.
    content : mapping, or anything with `as_record`
    shown : callable(Console)
        Prints it for a reader.
    as_json : bool
        Print the document instead.
    written : path, optional
        File or folder that the command wrote: with `--quiet` its absolute path alone is printed.
    **places
        What the document has beside the content.
    """
    if as_json:
        from ..answers.envelope import as_json as document

        typer.echo(document(kind, content, sys.stdout.encoding or "utf-8", **places))
    elif Quiet.is_on and written is not None:
        typer.echo(written.absolute())
    else:
        shown(console())


def tell_run(result: Any, folder: Path, as_json: bool, departures: Any = None) -> None:
    """Print the summary of a run that was written, and where; of a trial also where it departs from its file."""
    from ..pages.departures_section import departures_line
    from ..run.terminal import summary_table

    report = folder / "report.html"

    def show(terminal: Any) -> None:
        terminal.print(summary_table(result.summary, result.notes, title=result.name))
        told = [] if departures is None else [departures_line(departures)]
        for line in (*told, f"Report: {report}"):
            terminal.print(line, soft_wrap=True, highlight=False, markup=False)

    places = {"folder": folder, "report": report, "departures": departures}
    if as_json:
        places |= _judged(folder, result)
    tell("run", result, show, as_json=as_json, written=folder, **places)


def _judged(folder: Path, result: Any) -> dict[str, Any]:
    from ..archive.run_list import read_run
    from ..archive.verdict import of_kept

    return {"verdict": of_kept(read_run(folder), result.returns())}


def note(text: str, err: bool = True) -> None:
    """Print what a reader may want to know besides, on stderr or on stdout; nothing with `--quiet`."""
    if not Quiet.is_on:
        typer.echo(text, err=err)
