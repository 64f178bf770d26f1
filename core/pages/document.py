"""The frame of every report: one HTML page with the style, the figures and what draws them."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template

from .figures import Figure


def document(title: str, body: Iterable[str], figures: Mapping[str, Figure], plotly: str | None = None) -> str:
    """Return an HTML page.

    Parameters
    ----------
    title : str
    body : iterable of str
        HTML; an element with the id of a figure is where it is drawn.
    figures : mapping of str to Figure
    plotly : str, optional
        A relative address of plotly.js, for many pages beside one file of `plotly_script`; empty for a page without
        figures. By default it is part of the page, which makes it about 5 MB.

    Returns
    -------
    str
        It opens offline. The same arguments and plotly give the same text.
    """
    script = f"<script>{plotly_script()}</script>" if plotly is None else ""
    if plotly:
        script = f'<script src="{escape(plotly)}"></script>'
    return Template(_resource("report.html")).substitute(
        title=escape(title),
        style=_resource("report.css"),
        plotly=script,
        body="\n".join(body),
        figures=json.dumps(figures, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c"),
    )


def plotly_script() -> str:
    """Return plotly.js."""
    from plotly.offline import get_plotlyjs  # 0.2 s to import, and only a report needs it

    return get_plotlyjs().replace("</script", "<\\/script")


def _resource(name: str) -> str:
    return files(str(__package__)).joinpath(name).read_text(encoding="utf-8")
