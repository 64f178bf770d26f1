"""The frame of every page: one HTML file with the style, the figures and what draws them."""

import json
import re
from base64 import b85encode
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any
from zlib import compress

from . import formats
from .figures import Figure, points_left_out
from .language import coloured, say, spoken
from .markup import muted

FEWEST_SECTIONS = 4
"""From so many sections on a page begins with a line of links to them."""

PLAIN = 100_000
"""Signs up to which the figures of a page are not packed."""

SCRIPT = "plotly.js"
"""The file that the pages of a folder share."""

_SECTION = re.compile(r'<section id="([^"]+)"><details[^>]*><summary><h2>(.*?)</h2>')


def document(title: str, body: Iterable[str], figures: Mapping[str, Figure], plotly: str | None = None) -> str:
    """Return an HTML page in the language and colours that are spoken.

    Parameters
    ----------
    title : str
    body : iterable of str
        HTML; an element with the id of a figure is where it is drawn.
    figures : mapping of str to Figure
    plotly : str, optional
        A relative address of what `shared_script` returns, for many pages beside one file; empty for a page without
        figures. By default plotly.js is part of the page, packed, which makes it about 2 MB.

    Returns
    -------
    str
        It opens offline. The same arguments, language and plotly give the same text.
    """
    script = f'<script type="text/plain" id="plotly">{_packed_plotly()}</script>' if plotly is None and figures else ""
    if plotly:
        script = f'<script src="{escape(plotly)}"></script>'
    drawn, is_packed = _figures(figures)
    return Template(_resource("report.html")).substitute(
        title=escape(title),
        lang="zh-CN" if spoken() == "zh" else "en",
        colours=coloured(),
        style=_resource("report.css"),
        body=_contents("\n".join(body)) + _thinned(figures),
        words=_json(_words()),
        packed=' data-packed="1"' if is_packed else "",
        figures=drawn,
        plotly=script,
        script=_resource("page.js"),
    )


def shared_script() -> str:
    """Return the file `SCRIPT` that the pages of a folder share: plotly.js, packed."""
    return f'window.packedPlotly = "{_packed_plotly()}";\n'


def _contents(body: str) -> str:
    """Return `body` with a line of links to its sections below the head of the page."""
    found = _SECTION.findall(body)
    if len(found) < FEWEST_SECTIONS:
        return body
    links = "".join(f'<a href="#{anchor}">{title}</a>' for anchor, title in found)
    head, end, rest = body.rpartition("</header>")
    return f'{head}{end}<nav class="contents" aria-label="{escape(say("On this page"))}">{links}</nav>{rest}'


def _thinned(figures: Mapping[str, Figure]) -> str:
    """Return what tells that points were left out of lines; empty where all are drawn."""
    left = sum(points_left_out(figure) for figure in figures.values())
    if not left:
        return ""
    told = say("Long lines are drawn with fewer points: {n} are left out, highs and lows are kept.", n=f"{left:,}")
    return muted(told)


def _figures(figures: Mapping[str, Figure]) -> tuple[str, bool]:
    """Return the figures as the page holds them, and whether they are packed."""
    text = _json(figures)
    return (_packed(text), True) if len(text) > PLAIN else (text, False)


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _packed(text: str) -> str:
    """Return a text as the page's script unpacks it: deflate, base 85 (6 % shorter than 64) with a comma for `<`."""
    return b85encode(compress(text.encode(), 9)).decode("ascii").replace("<", ",")


@cache
def _packed_plotly() -> str:
    from plotly.offline import get_plotlyjs  # 0.2 s to import, and only a page with charts needs it

    return _packed(get_plotlyjs())


def _words() -> dict[str, Any]:
    """Return what the page's script says."""
    words: dict[str, Any] = {
        "filter": say("Filter rows"),
        "back": say("Previous rows"),
        "on": say("Next rows"),
        "columns": say("Columns"),
        "copy": say("Copy"),
        "copied": say("Copied"),
        "shown": say("{first} to {last} of {all}"),
        "old": say("This browser cannot unpack the charts. A newer one can; the tables hold the figures."),
        "lost": say("The charts need the file {file} where it was written beside the pages.", file=SCRIPT),
    }
    return words | ({"locale": formats.CHINESE_AXES} if spoken() == "zh" else {})


def _resource(name: str) -> str:
    return files(str(__package__)).joinpath(name).read_text(encoding="utf-8")
