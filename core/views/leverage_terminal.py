"""What is owed on a day, in the terminal."""

from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.markup import tuples
from ..pages.stacked import Stacked
from .leverage_view import LeverageView

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 12
"""Securities and industries of a table; page and JSON have all."""


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
    return Group(*parts, Text(""), *(Text(f"• {note}") for note in view.notes))


def _figures(view: LeverageView) -> "RenderableType":
    many = () if view.symbol else ("securities", f"below {formats.percent(view.line, 0)}")
    costs = ("close", "cost") if view.symbol else ()
    head = (
        "side",
        "owed",
        "ratio",
        *costs,
        *many,
        "of owed below",
        f"after {formats.percent(view.fall, 0)}",
        "opening",
    )
    table = Stacked(head)
    for row in tuples(view.figures):
        ahead = "" if row.side == "financing" else "short_"
        own = [
            formats.number(float(view.securities[name].iloc[0])) for name in ("close", f"{ahead}cost") if view.symbol
        ]
        counts = () if view.symbol else (f"{row.securities:,}", f"{row.below:,}")
        parts = (formats.percent(value, 1) for value in (row.below_share, row.forced_share, row.opening))
        owed = formats.with_currency(formats.short(row.owed), view.currency)
        table.add_row(row.side, owed, formats.percent(row.maintenance, 1), *own, *counts, *parts)
    return table


def _falls(view: LeverageView) -> "RenderableType":
    sides = list(view.figures["side"])
    names = {"financing": "financing sold", "short": "short bought"}
    head = [word for side in sides for word in (names[side], "of owed", *([] if view.symbol else ["below"]))]
    table = Stacked(("move", *head))
    for row in view.falls.to_dict("records"):
        cells = [formats.percent(float(row["move"]), 0)]
        for side in sides:
            cells += [formats.short(float(row[f"{side}_forced"])), formats.percent(float(row[f"{side}_share"]), 1)]
            cells += [] if view.symbol else [f"{row[f'{side}_securities']:,.0f}"]
        table.add_row(*cells)
    return table


def _industries(view: LeverageView) -> "RenderableType":
    table = Stacked(("industry", "side", "owed", "ratio", "below", "by force", "of owed"), keys=2)
    for row in tuples(view.industries.head(SHOWN)):
        figures = formats.short(row.owed), formats.percent(row.maintenance, 1), f"{row.below:,}"
        table.add_row(row.industry, row.side, *figures, formats.short(row.forced), formats.percent(row.forced_share, 1))
    return table


def _table(view: LeverageView) -> "RenderableType":
    table = Stacked(("symbol", "close", "cost", "ratio", "owed", "by force", "days", "opening"))
    for row in tuples(view.securities.head(SHOWN)):
        prices = formats.number(row.close), formats.number(row.cost), formats.percent(row.maintenance, 1)
        force = formats.short(row.forced), formats.number(row.forced_days, 1), formats.percent(row.opening, 0)
        table.add_row(row.symbol, *prices, formats.short(row.owed), *force)
    return table
