"""Layouts -> sources: what `SOURCES` offers for each declared kind of file."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..errors import DataError
from . import (
    akshare,
    baostock,
    canonical,
    eastmoney,
    index_tables,
    joinquant,
    lists,
    market_totals,
    ohlcv,
    rqdata,
    sse_margin,
    szse_margin,
    tdx,
    tushare,
    twse_margin,
)
from .base import Finding, Imported, Source
from .grid import Grid
from .layout import Fit, Layout, expected, fit, known_headers
from .opening import grids
from .reading import imported

_MODULES = (
    market_totals,
    sse_margin,
    szse_margin,
    ohlcv,
    tushare,
    akshare,
    baostock,
    joinquant,
    rqdata,
    eastmoney,
    tdx,
    lists,
    index_tables,
    canonical,
)
LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {layout.name: layout for module in _MODULES for layout in module.LAYOUTS}
)
"""Name -> layout, of panels and of other tables."""

HEADERS = known_headers(LAYOUTS) | twse_margin.HEADERS
"""Every header that some source understands."""


def source_of(layout: Layout) -> Source:
    """Return the source of a layout of panels."""

    def read(paths: Any, *, symbol: str | None = None, day: str | None = None) -> Imported:
        findings: list[Finding] = []
        panel, noticed = imported(fitted(paths, layout, findings), symbol=symbol, day=day)
        return Imported(panel, (*findings, *noticed))

    return Source(name=layout.name, description=layout.description, read=read)


def fitted(paths: Any, layout: Layout, findings: list[Finding]) -> Iterator[tuple[Grid, Fit]]:
    """Yield the tables of `paths` with how they fit `layout`.

    Raises
    ------
    DataError
        One that lacks a required column.
    """
    for grid in grids(paths, HEADERS | set(layout.meanings()), findings):
        yield grid, required(grid, layout)


def required(grid: Grid, layout: Layout) -> Fit:
    """Return how `grid` fits `layout`; DataError where it lacks a required column."""
    found = fit(layout, grid)
    for name in layout.required:
        if name in found.places or (name == "code" and layout.table == "panel"):
            continue
        raise DataError(
            f"{grid.path} has no column for `{name.removeprefix('_')}` (expected {expected(layout, name)}); "
            f"its columns are {', '.join(grid.header)}"
        )
    return found


SOURCES = {layout.name: source_of(layout) for layout in LAYOUTS.values() if layout.table == "panel"}
"""Name -> source of panels."""
