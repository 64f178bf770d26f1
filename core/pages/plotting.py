"""Charts of the pages as figures of plotly, which show themselves in a notebook and can be changed and saved."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .figures import Chart, Drawn, Figure
from .language import coloured, speaking

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

THEMES = ("light", "dark")

_BLOCK = re.compile(r"(@media[^{]*\{\s*)?:root(\[data-colours=\"cn\"\])?\s*\{([^}]*)\}")
_COLOUR = re.compile(r"(--[a-z-]+):\s*([^;]+);")


def plotted(body: Callable[[Chart], Iterable[str]], name: str, theme: str, first: str) -> "PlotlyFigure":
    """Return one of the charts of a page as a figure of plotly.

    Parameters
    ----------
    body : callable(Chart) -> iterable of str
        What makes the page; called in the language of the moment.
    name : str
        One of them; empty = `first`, or the first that there is where it is missing.
    theme : {"light", "dark"}
    first : str

    Raises
    ------
    ConfigError
        Another theme, or a chart that is not there: not known, or with nothing to draw.
    """
    if theme not in THEMES:
        raise ConfigError(f"`theme` should be one of {', '.join(THEMES)}, got {theme!r}")
    with speaking():
        drawn = Drawn()
        for _ in body(drawn.chart):
            pass
        known = {key.removeprefix("chart-"): figure for key, figure in drawn.figures.items()}
        chosen = name or (first if first in known else next(iter(known), first))
        if chosen not in known:
            told = ", ".join(known) or "none: there is nothing to draw"
            raise ConfigError(f"there is no chart {chosen!r} of it; there are {told}")
        return plotly_figure(known[chosen], theme)


def plotly_figure(figure: Figure, theme: str) -> "PlotlyFigure":
    """Return a chart of a page as a figure of plotly, in the colours of the page."""
    from plotly.graph_objects import Figure as PlotlyFigure  # 1 s to import, and only who plots needs it

    colours = _colours(theme, coloured())
    painted = _painted(figure, colours)
    grounds = {"paper_bgcolor": colours["--card"], "plot_bgcolor": colours["--card"]}
    margin = {**painted["layout"].get("margin", {}), "t": 48}  # the names stand above, where a page has its caption
    buttons = {"modebar": {"orientation": "v"}}  # beside the names, not over them
    return PlotlyFigure({**painted, "layout": {**painted["layout"], **grounds, **buttons, "margin": margin}})


def _painted(value: Any, colours: Mapping[str, str]) -> Any:
    """Return `value` with colours in the place of their names, as the page's script does."""
    if isinstance(value, str):
        return colours.get(value, value)
    if isinstance(value, list):
        return [_painted(item, colours) for item in value]
    if isinstance(value, dict):
        return {name: _painted(item, colours) for name, item in value.items()}
    return value


@cache
def _colours(theme: str, market: str) -> Mapping[str, str]:
    """Return the colours of the style sheet by their names."""
    found: dict[str, str] = {}
    sheet = files(str(__package__)).joinpath("report.css").read_text(encoding="utf-8")
    for dark, chinese, block in _BLOCK.findall(sheet):
        if (theme == "dark" or not dark) and (market == "cn" or not chinese):
            found |= dict(_COLOUR.findall(block))
    return found
