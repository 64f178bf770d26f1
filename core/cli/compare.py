"""The command `liangrong compare`: many runs over one panel, ranked and judged."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .console import console, progress
from .page_options import Lang, Palette


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(compare)


def compare(
    config: Annotated[Path, typer.Argument(help="A YAML file, such as configs/compare_claims.yaml.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes that run trials at the same time.")] = 1,
    executor: Annotated[str, typer.Option(help="local, or dask: a cluster, see --address.")] = "local",
    address: Annotated[str | None, typer.Option(help="Of a Dask scheduler, tcp://...; a local one if absent.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder; comparisons/NAME where absent, of a trial runs/NAME.")
    ] = None,
    overrides: Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key.")] = [],  # noqa: B006 - typer's way to say "none given"
    trial: Annotated[int | None, typer.Option(min=1, help="Write the whole result of this trial instead.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Of a trial: replace another run in its folder.")] = False,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Compare many configurations on one panel; what is finished is kept, so the same command resumes."""
    _check(executor, address)
    terminal = console()
    with _progress() as bar:
        task = bar.add_task("preparing", total=None)
        from ..compare.comparing import prepare_comparison
        from ..pages.language import speaking

        prepared = prepare_comparison(config, overrides)
        if trial is not None:
            _write_trial(terminal, prepared, trial, out, force, config, speaking(lang, colours))
            return
        from ..compare.claim import claimed

        with claimed(out or Path("comparisons") / prepared.config.name) as folder:
            carry = _executor(executor, workers, address, folder)
            show = partial(bar.update, task)
            comparison, counts = _compare(terminal, prepared, folder, carry, show, speaking(lang, colours))
    _print(terminal, comparison, counts, folder)


def _compare(terminal: Any, prepared: Any, folder: Path, carry: Any, show: Any, spoken: Any) -> tuple[Any, str]:
    """Return the finished comparison, written into its folder, and in words how many runs were carried out."""
    from ..compare.comparing import carry_out_all, concluded
    from ..compare.save import prepare_folder, save_comparison

    prepare_folder(folder)
    for note in prepared.plan.notes:
        terminal.print(f"• {note}", highlight=False, markup=False)
    show(description="running")
    total = 0

    def report(done: int, runs: int) -> None:
        nonlocal total
        total = runs
        show(completed=done, total=runs)

    tell = partial(terminal.print, soft_wrap=True, highlight=False, markup=False)
    runs, now = carry_out_all(prepared, folder, carry, report, tell)
    show(description="judging")
    comparison = concluded(prepared, runs)
    with spoken:
        save_comparison(comparison, folder)
    show(description="done")
    return comparison, f"Runs: {now:,} now, {total - now:,} from before."


def _check(executor: str, address: str | None) -> None:
    if executor not in ("local", "dask"):
        raise ConfigError(f"`--executor` should be local or dask, got {executor}")
    if address and executor != "dask":
        raise ConfigError("`--address` belongs to `--executor dask`")


def _print(terminal: Any, comparison: Any, counts: str, folder: Path) -> None:
    from ..compare.board_section import forced_words
    from ..compare.terminal import leaderboard_table, track_record_line

    terminal.print(leaderboard_table(comparison), highlight=False)
    notes = [f"• {note}" for note in comparison.notes]
    where = f"Leaderboard: {folder / 'leaderboard.html'}"
    told = (forced_words(comparison.board), track_record_line(comparison.luck))
    for line in (*notes, counts, *filter(None, told), where, comparison.judged, comparison.luck.headline):
        terminal.print(line, soft_wrap=True, highlight=False, markup=False)


def _write_trial(
    terminal: Any, prepared: Any, number: int, out: Path | None, force: bool, file: Path, spoken: Any
) -> None:
    from ..archive.result_place import reserved, write_result
    from ..archive.run_record import command_of, record_of
    from ..compare.comparing import departures_of, run_trial, trial_of
    from ..compare.save import trial_folder
    from ..pages.departures_section import departures_line
    from ..run.page import render
    from ..run.terminal import summary_table

    config, data = trial_of(prepared, number).config, prepared.ground.data
    place = None if out is None else trial_folder(out, config.name)
    with reserved(config, data, place, force):
        result, paths = run_trial(prepared, number)
        departures, words = departures_of(prepared, number), ["liangrong", *sys.argv[1:]]
        record = record_of(config, data, words, file)
        page = partial(render, departures=departures, command=command_of(words), paths=paths)
        with spoken:
            folder = write_result(result, page, record, place, force)
    terminal.print(summary_table(result.summary, result.notes, title=result.name))
    for line in (departures_line(departures), f"Report: {folder / 'report.html'}"):
        terminal.print(line, soft_wrap=True, highlight=False, markup=False)


def _executor(name: str, workers: int, address: str | None, folder: Path) -> Any:
    from ..compare.executors import cluster, here, processes
    from ..compare.save import SHARED

    if name == "dask":
        return cluster(address, workers)
    return here if workers == 1 else processes(workers, folder / SHARED)


def _progress() -> Any:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:,.1f} runs/s" if task.speed else "")

    return progress(Rate())
