"""What is owed on a day, in the terminal."""

from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.markup import tuples
from .leverage_truth_terminal import truth_terminal
from .leverage_view import LeverageView

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 12
"""Securities and industries of a table; page and JSON have all."""

_ELSEWHERE = ", and so have `--json` and `--page`"


def leverage_terminal(view: LeverageView) -> "RenderableType":
    """Return the view for a console of any width."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(view.sentence(), style="bold"), Text(""), _figures(view), Text("")]
    parts += [Text("by force after a move of all prices against the debtors"), _falls(view)]
    if len(view.industries):
        parts += [Text(""), _industries(view)]
    if not view.symbol and "forced" in view.securities:
        parts += [Text(f"\nthe first {min(SHOWN, len(view.securities))} of {len(view.securities):,}"), _table(view)]
    parts += [] if view.truth is None else truth_terminal(view.truth)
    return Group(*parts, Text(""), *(Text(f"• {note}") for note in view.notes))


def _figures(view: LeverageView) -> "RenderableType":
    below = f"below\n{formats.asked_percent(view.line)}"
    many = () if view.symbol else ("securities", below)
    costs = ("close", "cost") if view.symbol else ()
    head = (
        "side",
        f"owed,\n{view.currency}",
        "ratio",
        *costs,
        *many,
        f"of debt\n{below}",
        f"after\na move\nof {formats.asked_percent(view.fall)}",
        "unknown\ncost",
    )
    table = Fitting(head, kept=2, elsewhere=_ELSEWHERE)
    for row in tuples(view.figures):
        ahead = "" if row.side == "financing" else "short_"
        own = [
            formats.number(float(view.securities[name].iloc[0])) for name in ("close", f"{ahead}cost") if view.symbol
        ]
        counts = () if view.symbol else (f"{row.securities:,}", f"{row.below:,}")
        parts = (formats.percent(value, 1) for value in (row.below_share, row.forced_share, row.opening))
        table.add_row(row.side, formats.short(row.owed), formats.percent(row.maintenance, 1), *own, *counts, *parts)
    return table


def _falls(view: LeverageView) -> "RenderableType":
    sides = list(view.figures["side"])
    names = {"financing": ("financing\nsold", "of\ndebt"), "short": ("short\nbought", "of what\nis owed")}
    count = [] if view.symbol else [f"securities\nbelow {formats.asked_percent(view.line)}"]
    head = [word for side in sides for word in (*names[side], *count)]
    table = Fitting(("move", *head), kept=2, elsewhere=_ELSEWHERE)
    for row in view.falls.to_dict("records"):
        cells = [formats.asked_percent(float(row["move"]))]
        for side in sides:
            cells += [formats.short(float(row[f"{side}_forced"])), formats.percent(float(row[f"{side}_share"]), 1)]
            cells += [] if view.symbol else [f"{row[f'{side}_securities']:,.0f}"]
        table.add_row(*cells)
    return table


def _industries(view: LeverageView) -> "RenderableType":
    below = f"below\n{formats.asked_percent(view.line)}"
    table = Fitting(
        ("industry", "side", "owed", "ratio", below, "sold\nby force", "of what\nis owed"),
        texts={0},
        kept=2,
        left={0, 1},
        elsewhere=_ELSEWHERE,
    )
    for row in tuples(view.industries.head(SHOWN)):
        figures = formats.short(row.owed), formats.percent(row.maintenance, 1), f"{row.below:,}"
        table.add_row(row.industry, row.side, *figures, formats.short(row.forced), formats.percent(row.forced_share, 1))
    return table


def _table(view: LeverageView) -> "RenderableType":
    table = Fitting(
        ("symbol", "close", "cost", "ratio", "owed", "sold\nby force", "days of\nturnover", "unknown\ncost"),
        kept=2,
        elsewhere=_ELSEWHERE,
    )
    for row in tuples(view.securities.head(SHOWN)):
        prices = formats.number(row.close), formats.number(row.cost), formats.percent(row.maintenance, 1)
        force = formats.short(row.forced), formats.number(row.forced_days, 1), formats.percent(row.opening, 0)
        table.add_row(row.symbol, *prices, formats.short(row.owed), *force)
    return table
