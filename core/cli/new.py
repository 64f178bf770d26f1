"""The command `liangrong new`: a configuration from a few answers."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigError
from .help_text import BACKTEST, in_help

Answer = str | None


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(
        **in_help(
            BACKTEST,
            "liangrong new",
            "liangrong new my_backtest.yaml --rule spread_zscore --cash 5000000 --yes",
        )
    )(new)


def new(
    file: Annotated[Path, typer.Argument(help="The YAML file to write.")] = Path("my_backtest.yaml"),
    data: Annotated[Answer, typer.Option("--data", help="synthetic, or the folder of a dataset.")] = None,
    universe: Annotated[Answer, typer.Option("--universe", help="all, symbols with commas, or an index.")] = None,
    rule: Annotated[Answer, typer.Option("--rule", help="Of `liangrong rules`, or FILE.py:CLASS.")] = None,
    strategy: Annotated[Answer, typer.Option("--strategy", help="long, short or spread.")] = None,
    leverage: Annotated[Answer, typer.Option("--leverage", help="Long value over equity; 1: own cash alone.")] = None,
    short: Annotated[Answer, typer.Option("--short", help="Short value over equity.")] = None,
    cash: Annotated[Answer, typer.Option("--cash", help="CNY at the start.")] = None,
    period: Annotated[Answer, typer.Option("--period", help="all, or START..END, two days.")] = None,
    rates: Annotated[Answer, typer.Option("--rates", help="list, a preset, or two rates a year: 0.06,0.09.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: defaults for what no option says.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it exists.")] = False,
) -> None:
    """Ask a few questions and write a configuration; where there is no terminal, defaults and options answer."""
    from ..draft.new_file import check_target, write_new

    ask = _typed if not yes and all(one is not None and one.isatty() for one in (sys.stdin, sys.stdout)) else None
    given = {"data": data, "universe": universe, "rule": rule, "strategy": strategy, "leverage": leverage}
    given |= {"short": short, "cash": cash, "period": period, "rates": rates}
    check_target(file, force, ask)
    if ask is not None:
        typer.echo("Enter takes what stands in brackets; Ctrl-C leaves without a file.")
    write_new(file, given, ask, typer.echo, shutil.get_terminal_size().columns)
    name = shlex.quote(str(file))
    typer.echo(f"\nwrote {file}\n\nCheck it:  liangrong check {name}\nRun it:    liangrong run {name}")


def _typed(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:
        raise ConfigError("the answers ended: nothing was written; `--yes` takes the defaults") from None
