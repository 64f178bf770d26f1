"""The command `liangrong`: parse, call, print; no logic."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..config.environment import Setting
from ..errors import ConfigError
from ..run.first_use import tell_nothing, tell_on_terminal
from ..run.provenance import release
from . import (
    archive,
    compare,
    data,
    data_fetch,
    data_kinds,
    data_leverage,
    data_shock,
    data_show,
    data_synth,
    declared,
    guides,
    mcp_server,
    new,
    regimes_command,
    replicate,
    rules,
    study,
)
from .answering import Json, tell, tell_run
from .console import Quiet, console, counting, progress, uncounted, working
from .ending import carry_out
from .help_text import BACKTEST, DATA, HERE, KEPT, LOOK_UP, Commands, in_help
from .origin import command_words, extended_line, settings
from .page_options import Lang, Palette
from .tab_names import ENGINES, YAML_FILES, hush, one_of_these

app = typer.Typer(
    help="Backtests of A-share margin trading (两融) in a believable credit account.",
    no_args_is_help=True,
    cls=Commands,
    epilog="liangrong demo\nliangrong init\nliangrong run my_run.yaml\nliangrong help my_data",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Overrides = Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key; may be repeated.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="Result folder; a new one in runs/NAME where absent, see `liangrong runs`.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace another run in the folder of `--out`.")]
Engine = Annotated[
    str | None,
    typer.Option("--engine", autocompletion=ENGINES, help="backtrader, compiled, or both: run twice and compare."),
]


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
    quiet: Annotated[
        bool,
        typer.Option("--quiet", help="Print no bar, no notes, no table of what is written: only its folder or file."),
    ] = False,
    version: Version = False,  # noqa: ARG001 - its callback acts
) -> None:
    """Backtests of A-share margin trading (两融) in a believable credit account."""
    _Debug.is_on, Quiet.is_on = debug, quiet
    if quiet:
        tell_nothing()


class _Debug:
    is_on = False


@app.command(
    **in_help(
        BACKTEST,
        "liangrong run configs/demo.yaml",
        "liangrong run my_run.yaml --set account.cash=5_000_000 --out out/five --force",
        "liangrong run my_run.yaml --engine both --lang zh",
    )
)
def run(
    config: Annotated[Path, typer.Argument(help="A YAML file, such as configs/demo.yaml.", autocompletion=YAML_FILES)],
    overrides: Overrides = [],  # noqa: B006 - typer's way to say "none given"
    out: Out = None,
    engine: Engine = None,
    force: Force = False,
    lang: Lang = None,
    colours: Palette = None,
    as_json: Json = False,
) -> None:
    """Run a backtest and write its result folder; exit code 1 where `--engine both` finds a difference."""
    from ..config.yaml_file import load

    found = settings()
    told = load(config, [*found, *overrides, *([f"execution.engine={engine}"] if engine else [])])
    _run(told, config, out, force, (lang, colours), as_json, found)


@app.command(**in_help(BACKTEST, "liangrong demo", "liangrong demo --lang zh --out out/demo"))
def demo(
    out: Out = None, force: Force = False, lang: Lang = None, colours: Palette = None, as_json: Json = False
) -> None:
    """Run the embedded scenario on a synthetic market."""
    from ..config.yaml_file import load

    # The folders core and configs are neighbours, in a checkout and in an installed distribution.
    _run(load(Path(__file__).parents[2] / "configs" / "demo.yaml"), None, out, force, (lang, colours), as_json)


def _run(
    config: Any,
    file: Path | None,
    out: Path | None,
    force: bool,
    look: tuple[Any, Any],
    as_json: bool,
    found: Sequence[Setting] = (),
) -> None:
    with progress(unit="sessions") as bar:
        task = bar.add_task("preparing", total=None)
        from ..archive.result_place import reserved, write_result
        from ..archive.run_record import command_of, record_of
        from ..pages.language import speaking
        from ..run.engines import execute
        from ..run.page import render
        from ..run.scenario import prepare
        from ..run.security_paths import security_paths

        scenario = prepare(config, is_audited=True)
        with reserved(config, scenario.data, out, force):
            result = execute(scenario, counting(bar, "running", task))
            uncounted(bar, "writing")
            words = command_words(found)
            record = record_of(config, scenario.data, words, file, found)
            command, paths = command_of(words), security_paths(scenario, result)
            page = partial(render, command=command, paths=paths, environment=[setting.key for setting in found])
            with speaking(*look):
                folder = write_result(result, page, record, out, force)
        bar.update(task, description="done", total=1, completed=1)
    tell_run(result, folder, as_json)


@app.command(
    **in_help(
        BACKTEST,
        "liangrong check my_run.yaml",
        "liangrong check my_run.yaml --set window.start=2022-01-04",
        "liangrong check configs/compare_claims.yaml --workers 2",
    )
)
def check(
    config: Annotated[Path, typer.Argument(help="A YAML file, of a run or a comparison.", autocompletion=YAML_FILES)],
    overrides: Overrides = [],  # noqa: B006 - as above
    out: Annotated[Path | None, typer.Option("--out", help="Of a comparison: the folder with kept runs.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Of a comparison: processes to estimate its time for.")] = 1,
    no_code: Annotated[
        bool, typer.Option("--no-code", help="Execute nothing: only tell what is read and which code would run.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell before a run what it reads, executes and assumes, what is unusual, and how long it takes."""
    from ..config.comparison import files_below, is_comparison
    from ..run.check_text import named_first
    from ..run.config_check import based

    compared = is_comparison(config)
    if not compared and (out is not None or workers > 1):
        raise ConfigError(f"`--out` and `--workers` belong to a comparison: {config} is the configuration of a run")
    stated = [*settings(), *overrides]
    named = _named(config, stated, compared)
    if no_code:
        found = named
    else:
        first = "" if Quiet.is_on else named_first(named.code)
        if first:  # before any of it can act
            console(stderr=True).print(first, soft_wrap=True, highlight=False, markup=False)
        found = _checked(config, stated, compared, out, workers)
    found = based(found, files_below(config))
    kind = "comparison_check" if compared and not no_code else "check"
    text = "\n\n".join(filter(None, (extended_line(config), repr(found))))
    tell(
        kind,
        found,
        lambda terminal: terminal.print(text, soft_wrap=True, highlight=False, markup=False),
        as_json=as_json,
    )


def _named(config: Path, overrides: list[str | Setting], is_comparison: bool) -> Any:
    if is_comparison:
        from ..compare.named_only import named_of_comparison

        return named_of_comparison(config, overrides)
    from ..config.yaml_file import load
    from ..run.config_check import named_only

    return named_only(load(config, overrides))


def _checked(config: Path, overrides: list[str | Setting], is_comparison: bool, out: Path | None, workers: int) -> Any:
    with working("reading, auditing"):
        if is_comparison:
            from ..compare.outlook import check_comparison

            return check_comparison(config, overrides, out, workers)
        from ..config.yaml_file import load
        from ..run.config_check import check_config

        return check_config(load(config, overrides))


@app.command(**in_help(LOOK_UP, "liangrong schema", "liangrong schema compare", "liangrong schema --yaml"))
def schema(
    of: Annotated[
        str,
        typer.Argument(
            metavar="[run|compare]", help="Of a run or a comparison.", autocompletion=one_of_these("run", "compare")
        ),
    ] = "run",
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print a configuration of a run instead, every key at its default.")
    ] = False,
) -> None:
    """Print the JSON schema of a configuration, of a run or of a comparison."""
    import json

    from ..config.comparison import CompareConfig
    from ..config.run import Config

    models = {"run": Config, "compare": CompareConfig}
    if of not in models:
        raise ConfigError(f"`schema` should be asked for {' or '.join(models)}, got {of}")
    if as_yaml:
        if of != "run":
            raise ConfigError("`--yaml` prints the keys of a run: a comparison has none but its trials that it needs")
        from ..guides.base_file import base_file

        typer.echo(base_file(), nl=False)
        return
    typer.echo(json.dumps(models[of].model_json_schema(), indent=2, ensure_ascii=False))


@app.command(**in_help(HERE, "liangrong bench", "liangrong bench --sizes S -k balances --json"))
def bench(
    sizes: Annotated[str, typer.Option(help="Sizes to measure, of S, M, L.")] = "S,M",
    keyword: Annotated[str | None, typer.Option("-k", help="Only benchmarks whose name holds this.")] = None,
    as_json: Json = False,
) -> None:
    """Run the benchmarks of a source checkout and print one line for each contestant."""
    from . import bench as benchmarks

    with working("timing each contestant in turn"):
        table = benchmarks.run([size.strip() for size in sizes.split(",") if size.strip()], keyword)
    tell("bench", table, lambda _: typer.echo(benchmarks.render(table)), as_json=as_json)


@app.command(**in_help(HERE, "liangrong warmup"))
def warmup(as_json: Json = False) -> None:
    """Compile the kernels into the cache, so that the next run starts at once."""
    import time

    from ..run.warmup import compile_kernels

    started = time.perf_counter()
    with working("compiling"):
        done = compile_kernels()
    seconds = time.perf_counter() - started

    def show(terminal: Any) -> None:
        terminal.print(f"{done.words()} ({seconds:.1f} s)", soft_wrap=True, highlight=False)

    tell("warmup", done, show, as_json=as_json, written=done.folder, seconds=seconds)


app.add_typer(data.app, name="data", rich_help_panel=DATA)
app.add_typer(archive.app, name="runs", rich_help_panel=KEPT)
data_kinds.register(data.app)
data_show.register(data.app)
data_leverage.register(data.app)
data_synth.register(data.app)
data_shock.register(data.app)
data_fetch.register(data.app)
guides.register(app)
rules.register(app)
declared.register(app)
new.register(app)
study.register(app)
replicate.register(app)
compare.register(app)
regimes_command.register(app)
mcp_server.register(app)


def main() -> None:
    """Run the command line; `ending` says with which exit code it ends."""
    hush()
    tell_on_terminal()
    carry_out(app, lambda: _Debug.is_on)
