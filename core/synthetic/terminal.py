"""Stylised facts as a table for the terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..pages.fitting import Fitting
from .measured_facts import REAL, fact_notes
from .stylised_facts import FACTS

if TYPE_CHECKING:
    from rich.console import RenderableType


def facts_table(figures: Mapping[str, float]) -> "RenderableType":
    """Return the figures of `facts_of` beside those of real data, as a rich renderable."""
    from rich.console import Group
    from rich.text import Text

    table = Fitting(("stylised fact", "these data", *REAL), texts={0}, kept=2)
    for name, fact in FACTS.items():
        real = (one.figures.get(name, float("nan")) for one in REAL.values())
        table.add_row(fact.label, *(_number(value) for value in (figures[name], *real)))
    sources = [Text(f"{name}: {one.source}") for name, one in REAL.items()]
    notes = [Text(f"{note}\n") for note in fact_notes(figures)]
    return Group(table, "", *notes, *sources)


def _number(value: float) -> str:
    return "" if value != value else f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.5f}"
