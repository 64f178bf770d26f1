"""The estimates of what is owed against the truth, in the terminal."""

from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.markup import tuples
from .leverage_truth import CLOSE, NEAR, LeverageTruth

if TYPE_CHECKING:
    from rich.console import RenderableType

WORST = 3
"""Securities shown of each item; page and JSON have all."""

_ELSEWHERE = ", and so have `--json` and `--page`"


def truth_terminal(found: LeverageTruth) -> "list[RenderableType]":
    """Return a table of the items and one of the securities whose estimates go least with the truth."""
    from rich.text import Text

    head = Text("the estimates against the truth, by item")
    worst = Text(f"\nof each item the {WORST} securities that are least correlated")
    return [Text(""), head, _items(found), worst, _worst(found)]


def _items(found: LeverageTruth) -> "RenderableType":
    near, above = f"bias\nwithin\n{formats.percent(NEAR, 0)}", f"corr.\nabove\n{CLOSE:g}"
    biases = ("bias,\nall\nsessions", "bias,\nmedian")
    head = (
        "item",
        "judged",
        *biases,
        "corr.,\nmedian",
        above,
        "quartiles\nof corr.",
        near,
        "bias,\nmean",
        "corr.,\nmean",
    )
    table = Fitting(head, kept=2, elsewhere=_ELSEWHERE)
    for row in tuples(found.items):
        quartiles = f"{formats.number(row.correlation_low)} {formats.number(row.correlation_high)}"
        counted = f"{row.above:,} of {row.correlated:,}"
        biases = _bias(row.bias_pooled), _bias(row.bias_median)
        level = formats.number(row.correlation_median), counted, quartiles
        means = _bias(row.bias_mean), formats.number(row.correlation_mean)
        table.add_row(row.item, f"{row.securities:,}", *biases, *level, f"{row.near:,}", *means)
    return table


def _worst(found: LeverageTruth) -> "RenderableType":
    table = Fitting(("item", "symbol", "bias", "correlation", "sessions"), kept=2, left={0, 1}, elsewhere=_ELSEWHERE)
    for row in tuples(found.securities.groupby("item", sort=False).head(WORST)):
        figures = _bias(row.bias), formats.number(row.correlation), f"{row.sessions:,}"
        table.add_row(row.item, row.symbol, *figures)
    return table


def _bias(value: float) -> str:
    return formats.percent(value, 1, sign=True)
