"""A comparison of regimes on the terminal: figures, the differences by cause, the rules that differ."""

from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.stacked import Stacked
from .board_figures import AMOUNT, BOARD_FIGURES, COUNT, PERCENT
from .regime_causes import CAUSES, Causes

if TYPE_CHECKING:
    from rich.console import RenderableType

END, LOWEST = "end_equity", "lowest_maintenance_ratio"
"""The figures of a regime that a leaderboard has not: CNY at the last close, and the fraction at its lowest."""

_OWN = {END: (AMOUNT, "End equity, CNY"), LOWEST: (PERCENT, "Lowest maintenance ratio")}


def shown(name: str, value: Any) -> str:
    """Return a figure of a regime as readers know it."""
    kind = _OWN[name][0] if name in _OWN else BOARD_FIGURES[name].shown
    if value is None:
        return formats.NONE
    makers = {PERCENT: formats.percent, AMOUNT: formats.amount, COUNT: formats.count}
    return str(value) if isinstance(value, str) else makers.get(kind, formats.number)(value)


def heading(name: str) -> str:
    """Return the name of a figure above its column."""
    return _OWN[name][1] if name in _OWN else BOARD_FIGURES[name].heading


def used_causes(causes: tuple[Causes, ...]) -> list[str]:
    """Return the causes that any regime has, in their order, and what is unexplained where it is a cent or more."""
    return [name for name in Causes._fields[1:] if any(abs(getattr(one, name)) >= 0.005 for one in causes)]


def regimes_table(comparison: Any) -> "RenderableType":
    """Return the tables for a rich console, and a sentence for each regime."""
    from rich.console import Group
    from rich.text import Text

    figures = list(comparison.figures[0])
    figures = [name for name in figures if any(one[name] not in (None, 0) for one in comparison.figures)]
    board = Stacked(("regime", *map(heading, figures)), style="dim")
    names = used_causes(comparison.causes)
    split = Stacked(("regime", "difference, CNY", *(CAUSES[name].heading for name in names)), style="dim")
    for regime, one, causes in zip(comparison.regimes, comparison.figures, comparison.causes, strict=True):
        board.add_row(regime.label, *(shown(name, one[name]) for name in figures))
        amounts = (causes.difference, *(getattr(causes, name) for name in names))
        split.add_row(regime.label, *(formats.amount(value, sign=True) for value in amounts))
    parts: list[Any] = [board, Text(f"Difference from {comparison.regimes[0].label}, by cause", style="bold"), split]
    if len(comparison.rules):
        parts.append(_rules(comparison.rules))
    return Group(
        Text(comparison.headline(), style="bold"),
        *parts,
        *(Text(f"• {line}") for line in (*comparison.sentences(), *comparison.notes)),
    )


def _rules(rules: Any) -> "RenderableType":
    table = Fitting(list(rules.columns), texts=range(len(rules.columns)), kept=1, elsewhere=", and so does the page")
    for row in rules.astype(str).to_numpy().tolist():
        table.add_row(*row)
    return table
