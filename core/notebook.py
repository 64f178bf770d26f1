"""How objects show themselves: a few lines of text, and the same with a small plot where a notebook asks for HTML.

The HTML needs nothing from elsewhere. It takes its text colour from the page, and its lines are of middle tones, so
that it can be read on light and on dark ground.
"""

from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = ("#3b82f6", "#e8710a", "#1a9e6f", "#a86bd6", "#d0496f", "#8a8f98")
POINTS = 300
"""Most points of a line: as many as it has pixels."""

TEXTS = 2
"""Columns of a table that are words, the first ones."""

LONGEST, SENTENCES = 116, 4
"""Signs of a sentence, and sentences, that are shown as text; HTML has them whole."""

_WIDTH, _HEIGHT, _PAD = 420.0, 96.0, 4.0
_CARD = "font:13px/1.5 system-ui,sans-serif;max-width:52em;padding:2px 0;overflow-x:auto"
_MUTED = "opacity:.7"
_CELL = "font:inherit;padding:0 12px 0 0;border:0;background:none;white-space:nowrap;text-align:"


class Curve(NamedTuple):
    """One line of a plot; NaN is a gap."""

    name: str
    values: ArrayLike  # (T,)


class Card(NamedTuple):
    """What an object shows of itself.

    Parameters
    ----------
    title : str
    figures : sequence of (name, value)
        The words of each value are made already.
    lines : sequence of str
        Sentences.
    table : sequence of sequence of str
        Rows of words, the head first.
    curves : sequence of Curve
        Drawn on one scale; HTML only.
    caption : str
        What the curves are.
    """

    title: str
    figures: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    table: Sequence[Sequence[str]] = ()
    curves: Sequence[Curve] = ()
    caption: str = ""

    def text(self) -> str:
        """Return it as lines of text."""
        rows = [" · ".join(f"{name} {value}" for name, value in part) for part in _threes(self.figures)]
        widths = [max(map(len, column)) for column in zip(*self.table, strict=True)]
        cells = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in self.table)
        lines = [line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…" for line in self.lines[:SENTENCES]]
        more = [f"and {len(self.lines) - SENTENCES} more lines"] if len(self.lines) > SENTENCES else []
        return "\n  ".join([self.title, *rows, *(row.rstrip() for row in cells), *lines, *more])

    def html(self) -> str:
        """Return it as a piece of HTML; every text is escaped."""
        figures = " ".join(
            f'<span style="display:inline-block;margin-right:12px"><span style="{_MUTED}">{escape(name)}</span> '
            f"{escape(value)}</span>"
            for name, value in self.figures
        )
        lines = "".join(f'<div style="{_MUTED}">{escape(line)}</div>' for line in self.lines)
        return (
            f'<div style="{_CARD}"><div style="font-weight:600">{escape(self.title)}</div><div>{figures}</div>'
            f"{_plot(self.curves, self.caption)}{_table(self.table)}{lines}</div>"
        )


class Shown:
    """Base of what shows itself by a `Card`, and draws itself where it says what has its charts."""

    charts: ClassVar[str] = ""
    """Module of core whose `plot` draws it, such as ``run.page``: it lies above, and is asked for by name."""

    def card(self) -> Card:
        """Return what is shown."""
        return Card(type(self).__name__)

    def plot(self, name: str = "", *, theme: str = "light") -> "Figure":
        """Return a chart of its page as a figure of plotly, which shows itself in a notebook.

        Parameters
        ----------
        name : str
            Of the chart, such as ``equity``; by default the one that matters most. An unknown one is answered with
            those that there are: only what has something to draw.
        theme : {"light", "dark"}

        Raises
        ------
        ConfigError
            No such chart, or another theme.
        TypeError
            An object that has no page.
        """
        if not self.charts:
            raise TypeError(f"{type(self).__name__} has no charts")
        return import_module(f".{self.charts}", __package__).plot(self, name, theme)

    def __repr__(self) -> str:
        """Return the card as text."""
        return self.card().text()

    def _repr_html_(self) -> str:
        """Return the card as HTML, for notebooks."""
        return self.card().html()


def _threes(figures: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    """Yield what stands on each line of text."""
    for begin in range(0, len(figures), 3):
        yield figures[begin : begin + 3]


def _table(rows: Sequence[Sequence[str]]) -> str:
    made = []
    for number, row in enumerate(rows):
        weight = f";{_MUTED}" if number == 0 else ""
        cells = "".join(
            f'<td style="{_CELL}{"left" if place < TEXTS else "right"}{weight}">{escape(cell)}</td>'
            for place, cell in enumerate(row)
        )
        made.append(f'<tr style="background:none">{cells}</tr>')
    return f'<table style="font:inherit;border-collapse:collapse;margin:4px 0">{"".join(made)}</table>' if made else ""


def _plot(curves: Sequence[Curve], caption: str) -> str:
    """Return the curves as inline SVG with their names; nothing where no two points of any are known."""
    drawn = [(curve.name, _thinned(np.asarray(curve.values, np.float64))) for curve in curves]
    known = [values[np.isfinite(values)] for _, values in drawn]
    known = [values for values in known if len(values) > 1]
    if not known:
        return ""
    low, high = min(values.min() for values in known), max(values.max() for values in known)
    lines = "".join(
        f'<polyline points="{points}" fill="none" stroke="{COLOURS[place % len(COLOURS)]}" stroke-width="1.4"/>'
        for place, (_, values) in enumerate(drawn)
        for points in _points(values, low, high)
    )
    names = "".join(
        f'<span style="margin-right:12px"><span style="color:{COLOURS[place % len(COLOURS)]}">━</span> '
        f"{escape(name)}</span>"
        for place, (name, _) in enumerate(drawn)
    )
    said = f"{caption}; from {low:,.4g} to {high:,.4g}"
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="{_WIDTH:g}" height="{_HEIGHT:g}" role="img" '
        f'aria-label="{escape(caption)}" style="display:block;max-width:100%;margin:4px 0">'
        f'<rect x=".5" y=".5" width="{_WIDTH - 1:g}" height="{_HEIGHT - 1:g}" fill="none" stroke="currentColor" '
        f'stroke-opacity=".2"/>{lines}</svg><div>{names}<span style="{_MUTED}">{escape(said)}</span></div>'
    )


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at most `POINTS` of the values, evenly spread, the first and the last among them."""
    if len(values) <= POINTS:
        return values
    return values[np.linspace(0, len(values) - 1, POINTS).round().astype(np.int64)]


def _points(values: NDArray[np.float64], low: float, high: float) -> Iterator[str]:
    """Yield the points of each stretch without a gap, in the coordinates of the plot."""
    x = np.linspace(_PAD, _WIDTH - _PAD, len(values))
    y = _HEIGHT - _PAD - (values - low) / ((high - low) or 1.0) * (_HEIGHT - 2.0 * _PAD)
    edges = [-1, *np.flatnonzero(~np.isfinite(values)).tolist(), len(values)]
    for before, after in pairwise(edges):
        if after - before > 2:
            yield " ".join(f"{x[i]:.1f},{y[i]:.1f}" for i in range(before + 1, after))
