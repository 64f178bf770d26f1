"""The command `liangrong compare`: many runs over one panel, ranked and judged."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import Json, tell, tell_run
from .console import Quiet, counting, progress, uncounted
from .help_text import STUDY, in_help
from .origin import command_words, settings
from .page_options import Lang, Palette
from .tab_names import YAML_FILES, one_of_these

Executor = Annotated[
    str,
    typer.Option(help="local, or dask: a cluster, see --address.", autocompletion=one_of_these("local", "dask")),
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    told = in_help(
        STUDY,
        "liangrong compare configs/compare_claims.yaml --workers 2",
        "liangrong compare configs/compare_claims.yaml --trial 3 --out out/third",
        "liangrong compare configs/compare_claims.yaml --executor dask --address tcp://127.0.0.1:8786",
    )
    app.command(**told)(compare)


def compare(
    config: Annotated[
        Path, typer.Argument(help="A YAML file, such as configs/compare_claims.yaml.", autocompletion=YAML_FILES)
    ],
    workers: Annotated[int, typer.Option(min=1, help="Processes that run trials at the same time.")] = 1,
    executor: Executor = "local",
    address: Annotated[str | None, typer.Option(help="Of a Dask scheduler, tcp://...; a local one if absent.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder; comparisons/NAME where absent, of a trial runs/NAME.")
    ] = None,
    overrides: Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key.")] = [],  # noqa: B006 - typer's way to say "none given"
    trial: Annotated[int | None, typer.Option(min=1, help="Write the whole result of this trial instead.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Of a trial: replace another run in its folder.")] = False,
    lang: Lang = None,
    colours: Palette = None,
    as_json: Json = False,
) -> None:
    """Compare many configurations on one panel; what is finished is kept, so the same command resumes."""
    _check(executor, address)
    found = settings()
    with progress(unit="runs") as bar:
        bar.add_task("preparing", total=None)
        from ..compare.comparing import prepare_comparison
        from ..pages.language import speaking

        prepared = prepare_comparison(config, [*found, *overrides], is_judged=trial is None)
        spoken = speaking(lang, colours)
        result: Any = None
        departures: Any = None
        comparison: Any = None
        runs: dict[str, int] = {}
        if trial is None:
            place, carried = out or Path("comparisons") / prepared.config.name, (executor, workers, address)
            comparison, runs, folder = _carry_out(prepared, place, carried, bar, spoken, () if as_json else None)
        else:
            result, folder, departures = _write_trial(prepared, trial, out, force, config, spoken, found)
    if trial is None:
        _tell(comparison, runs, folder, as_json)
    else:
        tell_run(result, folder, as_json, departures)


def _tell(comparison: Any, runs: dict[str, int], folder: Path, as_json: bool) -> None:
    page = folder / "leaderboard.html"
    places = {"runs": runs, "folder": folder, "report": page}
    tell("comparison", comparison, partial(_print, comparison, runs, page), as_json=as_json, written=folder, **places)


def _carry_out(
    prepared: Any, place: Path, carried: tuple[str, int, str | None], bar: Any, spoken: Any, notes: Any
) -> tuple[Any, dict[str, int], Path]:
    """Return the finished comparison, how many runs were carried out now and before, and its folder."""
    from ..compare.claim import claimed
    from ..run.first_use import to_compile

    executor, workers, address = carried
    with claimed(place) as folder:
        carry = _executor(executor, workers, address, folder)
        if workers > 1 and executor == "local" and not Quiet.is_on:
            for group in to_compile(prepared.config.engine):
                bar.console.print(group.told("in each worker"), highlight=False, markup=False)
        _print_notes(prepared.plan.notes if notes is None else notes, bar)
        comparison, runs = _compare(prepared, folder, carry, bar, spoken)
    return comparison, runs, folder


def _print_notes(notes: tuple[str, ...], bar: Any) -> None:
    """Print beforehand, above the bar, what is left out, which may be reason enough to stop."""
    if not Quiet.is_on:
        for text in notes:
            bar.console.print(f"• {text}", highlight=False, markup=False)


def _compare(prepared: Any, folder: Path, carry: Any, bar: Any, spoken: Any) -> tuple[Any, dict[str, int]]:
    """Return the finished comparison, written into its folder, and how many runs were carried out now and before."""
    from ..compare.comparing import carry_out_all, concluded
    from ..compare.save import prepare_folder, save_comparison

    prepare_folder(folder)
    total, show = 0, counting(bar, "running")

    def report(done: int, runs: int) -> None:
        nonlocal total
        total = runs
        show(done, runs)

    runs, now = carry_out_all(prepared, folder, carry, report, partial(_warn, bar))
    uncounted(bar, "judging")
    comparison = concluded(prepared, runs)
    with spoken:
        save_comparison(comparison, folder)
    bar.update(0, description="done", total=1, completed=1)
    return comparison, {"now": now, "before": total - now}


def _warn(bar: Any, text: str) -> None:
    bar.console.print(f"liangrong: {text}", soft_wrap=True, highlight=False, markup=False)


def _check(executor: str, address: str | None) -> None:
    if executor not in ("local", "dask"):
        raise ConfigError(f"`--executor` should be local or dask, got {executor}")
    if address and executor != "dask":
        raise ConfigError("`--address` belongs to `--executor dask`")


def _print(comparison: Any, runs: dict[str, int], page: Path, terminal: Any) -> None:
    from ..compare.board_section import forced_words
    from ..compare.power_words import power_words
    from ..compare.standing import differs, judged_words
    from ..compare.terminal import leaderboard_table, track_record_line
    from ..compare.walk_section import walk_line

    terminal.print(leaderboard_table(comparison), highlight=False)
    judged = " judged: over the judged sessions, of which the verdict speaks." if differs(comparison.board) else ""
    notes = [f"• Sharpe: ± one standard error.{judged}", *(f"• {note}" for note in comparison.notes)]
    counts, where = f"Runs: {runs['now']:,} now, {runs['before']:,} from before.", f"Leaderboard: {page}"
    told = (forced_words(comparison.board), track_record_line(comparison.luck))
    finds = power_words(comparison.luck.power, comparison.luck.periods_per_year)
    told = (*filter(None, told), walk_line(comparison.luck), where, finds)
    two = judged_words(comparison.board)
    for line in filter(None, (*notes, counts, *told, comparison.judged, two, comparison.luck.headline)):
        terminal.print(line, soft_wrap=True, highlight=False, markup=False)


def _write_trial(
    prepared: Any, number: int, out: Path | None, force: bool, file: Path, spoken: Any, found: Any
) -> tuple[Any, Path, Any]:
    """Return the result of one trial, its folder, and where its settings depart from the file of its name."""
    from ..archive.result_place import reserved, write_result
    from ..archive.run_record import command_of, record_of
    from ..compare.comparing import departures_of, run_trial, trial_of
    from ..compare.save import trial_folder
    from ..run.page import render

    config, data = trial_of(prepared, number).config, prepared.ground.data
    place = None if out is None else trial_folder(out, config.name)
    with reserved(config, data, place, force):
        result, paths = run_trial(prepared, number)
        departures, words = departures_of(prepared, number), command_words(found)
        record = record_of(config, data, words, file, found)
        keys = [setting.key for setting in found]
        page = partial(render, departures=departures, command=command_of(words), paths=paths, environment=keys)
        with spoken:
            folder = write_result(result, page, record, place, force)
    return result, folder, departures


def _executor(name: str, workers: int, address: str | None, folder: Path) -> Any:
    from ..compare.executors import cluster, here, processes
    from ..compare.save import SHARED

    if name == "dask":
        return cluster(address, workers)
    return here if workers == 1 else processes(workers, folder / SHARED)
