"""The command `liangrong`: parse, call, print; no logic."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from ..run.first_use import tell_on_terminal
from ..run.provenance import release
from . import archive, compare, data, data_fetch, data_kinds, data_show, data_synth, declared, guides, rules, study
from .console import console, progress
from .ending import carry_out
from .page_options import Lang, Palette

app = typer.Typer(
    help="Backtests of A-share margin trading (两融) in a believable credit account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data.app, name="data")
app.add_typer(archive.app, name="runs")
data_kinds.register(data.app)
data_show.register(data.app)
data_synth.register(data.app)
data_fetch.register(data.app)
guides.register(app)
rules.register(app)
declared.register(app)
study.register(app)
compare.register(app)

Overrides = Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key; may be repeated.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="Result folder; a new one in runs/NAME where absent, see `liangrong runs`.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace another run in the folder of `--out`.")]
Engine = Annotated[str | None, typer.Option("--engine", help="backtrader, compiled, or both: run twice and compare.")]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"liangrong {release()}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Version = False,  # noqa: ARG001 - its callback acts
) -> None:
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
    force: Force = False,
    lang: Lang = None,
    colours: Palette = None,
) -> None:
    """Run a backtest and write its result folder; exit code 1 where `--engine both` finds a difference."""
    from ..config.yaml_file import load

    told = load(config, [*overrides, *([f"execution.engine={engine}"] if engine else [])])
    _run(told, config, out, force, lang, colours)


@app.command()
def demo(out: Out = None, force: Force = False, lang: Lang = None, colours: Palette = None) -> None:
    """Run the embedded scenario on a synthetic market."""
    from ..config.yaml_file import load

    # The folders core and configs are neighbours, in a checkout and in an installed distribution.
    _run(load(Path(__file__).parents[2] / "configs" / "demo.yaml"), None, out, force, lang, colours)


def _run(config: Any, file: Path | None, out: Path | None, force: bool, lang: str | None, colours: str | None) -> None:
    terminal = console()
    with progress() as bar:
        task = bar.add_task("preparing", total=None)
        from ..archive.result_place import reserved, write_result
        from ..archive.run_record import command_of, record_of
        from ..pages.language import speaking
        from ..run.engines import execute
        from ..run.page import render
        from ..run.scenario import prepare
        from ..run.security_paths import security_paths
        from ..run.terminal import summary_table

        scenario = prepare(config, is_audited=True)
        with reserved(config, scenario.data, out, force):
            bar.update(task, description="running", total=len(scenario.panel.sessions))
            result = execute(scenario, lambda done, total: bar.update(task, completed=done, total=total))
            bar.update(task, description="writing")
            words = ["liangrong", *sys.argv[1:]]
            record = record_of(config, scenario.data, words, file)
            page = partial(render, command=command_of(words), paths=security_paths(scenario, result))
            with speaking(lang, colours):
                folder = write_result(result, page, record, out, force)
        bar.update(task, description="done")
    terminal.print(summary_table(result.summary, result.notes, title=result.name))
    terminal.print(f"Report: {folder / 'report.html'}", soft_wrap=True, markup=False)


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


def main() -> None:
    """Run the command line; `ending` says with which exit code it ends."""
    tell_on_terminal()
    carry_out(app, lambda: _Debug.is_on)
