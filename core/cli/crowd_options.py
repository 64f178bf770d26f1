"""The options of `liangrong data synth` that make a market of many accounts, and the making of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..synthetic.blocks import Plan

Accounts = Annotated[
    int, typer.Option("--accounts", min=0, help="The balances are those of so many accounts: 1 to 20,000.")
]
MarginRatio = Annotated[
    float | None,
    typer.Option("--margin-ratio", help="With --accounts: their financing margin ratio; by date where absent."),
]
Feedback = Annotated[
    float,
    typer.Option(
        "--feedback",
        help="With --accounts: by which their net purchases over turnover move the next prices; 0.1 is much.",
    ),
]


def refuse_without(accounts: int, margin_ratio: float | None, feedback: float) -> None:
    """Raise ConfigError where an option is given that only accounts have a use for."""
    if not accounts and (margin_ratio is not None or feedback != 0.0):
        name = "--feedback" if margin_ratio is None else "--margin-ratio"
        raise ConfigError(f"`{name}` is of a market of many accounts: give `--accounts N` too, or leave it out")


def write_accounts(
    plan: "Plan",
    accounts: int,
    margin_ratio: float | None,
    feedback: float,
    to: Path,
    progress: Callable[[int, int], object],
) -> tuple[dict[str, Any], dict[str, float]]:
    """Make a market of many accounts, write it, and return its `info` and its stylised facts."""
    from ..crowd.account_market import crowd_plan, make_market
    from ..crowd.crowd_files import save_market

    return save_market(make_market(crowd_plan(plan, accounts, margin_ratio, feedback), progress), to)
