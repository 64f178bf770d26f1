"""The options of `liangrong data synth` that make a market of many accounts, and the making of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

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


class Asked(NamedTuple):
    """What these options say."""

    accounts: int
    margin_ratio: float | None
    feedback: float


def written(
    plan: "Plan", asked: Asked, to: Path, progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Write the market of a plan, with accounts where they are asked for; return its `info` and its stylised facts."""
    if not asked.accounts:
        from ..synthetic.writing import write_market

        if asked.margin_ratio is not None or asked.feedback != 0.0:
            name = "--feedback" if asked.margin_ratio is None else "--margin-ratio"
            raise ConfigError(f"`{name}` is of a market of many accounts: give `--accounts N` too, or leave it out")
        return write_market(plan, to, progress)
    from ..crowd.account_market import crowd_plan, make_market

    return make_market(crowd_plan(plan, *asked), progress).save(to)
