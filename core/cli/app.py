"""The command `liangrong`: parse, call, print; no logic."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError, EngineError, LiangrongError
from ..run.first_use import tell_on_terminal
from . import compare, declared, rules, study
from .console import console, progress

app = typer.Typer(
    help="Backtests of A-share margin trading (两融) in a believable credit account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="Import, inspect and audit data.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(data_app, name="data")
rules.register(app)
declared.register(app)
study.register(app)
compare.register(app)

Overrides = Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key; may be repeated.")]
Out = Annotated[Path | None, typer.Option("--out", help="Result folder; runs/NAME where absent.")]
Engine = Annotated[str | None, typer.Option("--engine", help="backtrader, compiled, or both: run twice and compare.")]


@app.callback()
def _options(debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False) -> None:
    """Backtests of A-share margin trading (两融) in a believable credit account."""
    _Debug.is_on = debug


class _Debug:
    is_on = False


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="A YAML file, such as configs/demo.yaml.")],
    overrides: Overrides = [],  # noqa: B006 - typer's way to say "none given"
    out: Out = None,
    engine: Engine = None,
) -> None:
    """Run a backtest and write its result folder; exit code 1 where `--engine both` finds a difference."""
    from ..config.yaml_file import load

    _run(load(config, [*overrides, *([f"execution.engine={engine}"] if engine else [])]), out)


@app.command()
def demo(out: Out = None) -> None:
    """Run the embedded scenario on a synthetic market."""
    from ..config.yaml_file import load

    # The folders core and configs are neighbours, in a checkout and in an installed distribution.
    _run(load(Path(__file__).parents[2] / "configs" / "demo.yaml"), out)


def _run(config: Any, out: Path | None) -> None:
    terminal = console()
    with progress() as bar:
        task = bar.add_task("preparing", total=None)
        from ..run.engines import execute
        from ..run.page import render
        from ..run.scenario import prepare
        from ..run.terminal import summary_table

        scenario = prepare(config)
        bar.update(task, description="running", total=len(scenario.panel.sessions))
        result = execute(scenario, lambda done, total: bar.update(task, completed=done, total=total))
        bar.update(task, description="writing")
        folder = result.save(out or Path("runs") / config.name, report=render)
        bar.update(task, description="done")
    terminal.print(summary_table(result.summary, result.notes, title=result.name))
    terminal.print(f"Report: {folder / 'report.html'}", soft_wrap=True)


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="A YAML file, of a run or a comparison.")],
    overrides: Overrides = [],  # noqa: B006 - as above
    out: Annotated[Path | None, typer.Option("--out", help="Of a comparison: the folder with kept runs.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Of a comparison: processes to estimate its time for.")] = 1,
) -> None:
    """Print the resolved configuration and the dated rules that it uses, of a comparison also its runs."""
    from ..config.comparison import is_comparison

    if is_comparison(config):
        from ..compare.outlook import check_comparison

        found = check_comparison(config, overrides, out, workers)
    elif out is not None or workers > 1:
        raise ConfigError(f"`--out` and `--workers` belong to a comparison: {config} is the configuration of a run")
    else:
        from ..config.yaml_file import load
        from ..run.config_check import check_config

        found = check_config(load(config, overrides))
    console().print(repr(found), soft_wrap=True, highlight=False, markup=False)


@app.command()
def schema(
    of: Annotated[str, typer.Argument(metavar="[run|compare]", help="Of a run or a comparison.")] = "run",
) -> None:
    """Print the JSON schema of a configuration, of a run or of a comparison."""
    import json

    from ..config.comparison import CompareConfig
    from ..config.run import Config

    models = {"run": Config, "compare": CompareConfig}
    if of not in models:
        raise ConfigError(f"`schema` should be asked for {' or '.join(models)}, got {of}")
    typer.echo(json.dumps(models[of].model_json_schema(), indent=2, ensure_ascii=False))


@app.command()
def bench(
    sizes: Annotated[str, typer.Option(help="Sizes to measure, of S, M, L.")] = "S,M",
    keyword: Annotated[str | None, typer.Option("-k", help="Only benchmarks whose name holds this.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every field, for a program.")] = False,
) -> None:
    """Run the benchmarks of a source checkout and print one line for each contestant."""
    from . import bench as benchmarks

    table = benchmarks.run([size.strip() for size in sizes.split(",") if size.strip()], keyword)
    typer.echo(benchmarks.render_json(table) if as_json else benchmarks.render(table))


@app.command()
def warmup() -> None:
    """Compile the kernels into the cache, so that the next run starts at once."""
    import time

    from ..run.warmup import compile_kernels

    started = time.perf_counter()
    done = compile_kernels()
    console().print(f"{done} ({time.perf_counter() - started:.1f} s)", soft_wrap=True, highlight=False)


@data_app.command("sources")
def data_sources() -> None:
    """List the sources that can be imported."""
    from rich.table import Table

    from ..sources import SOURCES
    from ..sources.catalogue import LAYOUTS

    table = Table("source", "reads", box=None)
    read = {name: one.description for name, one in SOURCES.items()}
    for name, described in {**read, **{name: one.description for name, one in LAYOUTS.items()}}.items():
        table.add_row(name, described)
    console().print(table)


@data_app.command("import")
def data_import(
    paths: Annotated[list[str], typer.Argument(metavar="PATHS...", help="Files, folders, archives.")],
    to: Annotated[Path, typer.Option("--to", help="The dataset folder; one that exists gains what is new.")],
    source: Annotated[str | None, typer.Option("--source", help="Of `data sources`; else it is told.")] = None,
    columns: Annotated[str | None, typer.Option("--columns", metavar="date=day,close=price")] = None,
    prefer: Annotated[str, typer.Option("--prefer", help="Where files and dataset disagree: new or old.")] = "new",
    options: Annotated[list[str], typer.Option("--option", metavar="NAME=VALUE", help="symbol, day.")] = [],  # noqa: B006 - as above
) -> None:
    """Bring files into a dataset: parquet, manifest with source, units and hash, and every finding."""
    from ..audit.doubts import FAIL, doubts_of
    from ..dataset.importing import import_data
    from ..dataset.store import load
    from ..dataset.terminal import findings_table, info_table, taken_lines
    from ..sources import SOURCES
    from ..sources.detect import mapping_of

    if source is None and len(paths) > 1 and paths[0] in SOURCES and not Path(paths[0]).exists():
        source, *paths = paths  # as it was written before files told what they are
    mapping = mapping_of(columns) if columns else None
    words: dict[str, Any] = {**dict(map(_name_and_value, options)), "columns": mapping, "prefer": prefer}
    info = import_data(source, paths, to, **words)
    terminal = console()
    terminal.print(taken_lines(info["taken_for"]), soft_wrap=True)
    terminal.print(info_table(info))
    terminal.print(findings_table(info["brought"]))
    for one in doubts_of(load(to)):
        if one.verdict == FAIL:
            terminal.print(f"to be mended: {one.words()}", soft_wrap=True, markup=False, highlight=False)
    if info["actions"]:
        terminal.print(f"Corporate actions: {info['actions']:,}, {to / 'actions.csv'}", soft_wrap=True)
    terminal.print(f"Dataset: {to}", soft_wrap=True)


def _name_and_value(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if not equals:
        raise ConfigError(f"`--option {option}` should read NAME=VALUE")
    return name, value


@data_app.command("info")
def data_info(folder: Annotated[Path, typer.Argument(help="A dataset folder.")]) -> None:
    """Print what a dataset holds: source, sessions, securities, fields with units, what was imputed."""
    from ..dataset.store import info
    from ..dataset.terminal import findings_table, info_table

    described = info(folder)
    terminal = console()
    terminal.print(info_table(described))
    terminal.print(findings_table(described["findings"]))


@data_app.command("derive-actions")
def data_derive_actions(
    folder: Annotated[Path, typer.Argument(help="A dataset folder with unadjusted prices.")],
    to: Annotated[Path, typer.Option("--to", help="The CSV to write, for `data.actions`.")],
    adjusted: Annotated[Path | None, typer.Option("--adjusted", help="A dataset of the same prices, adjusted.")] = None,
) -> None:
    """Read dividends and splits off prices: off adj_factor, a published pre_close, or an adjusted series."""
    from ..dataset.store import load
    from ..folders import write_file
    from ..panel.derived_actions import derive_actions

    found = derive_actions(load(folder), None if adjusted is None else load(adjusted))
    write_file(to, found.table.to_csv(index=False, lineterminator="\n"))
    console().print(f"{len(found.table):,} corporate actions, read off {found.basis}: {to}", soft_wrap=True)


@data_app.command("audit")
def data_audit(
    folder: Annotated[Path, typer.Argument(help="A dataset folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    page: Annotated[Path | None, typer.Option("--page", help="Write a page (HTML) there too.")] = None,
) -> None:
    """Check identities, residuals, coverage, duplicates and gaps; exit code 1 where a finding is an error."""
    from ..audit.audit import audit_dataset

    result = audit_dataset(folder)
    if page is not None:
        from ..audit.page import render_page
        from ..folders import write_file

        write_file(page, render_page(result, folder.name))
    if as_json:
        import json

        typer.echo(json.dumps(result.as_record(), ensure_ascii=False, indent=2))
    else:
        from ..audit.terminal import render

        console().print(render(result))
    raise typer.Exit(result.exit_code)


def main() -> None:
    """Run the command line: one clear message and exit code 2 for the user's own error, 1 where engines differ."""
    tell_on_terminal()
    try:
        app()
    except LiangrongError as error:
        if _Debug.is_on:
            raise
        typer.echo(f"liangrong: {error}", err=True)
        sys.exit(1 if isinstance(error, EngineError) else 2)
