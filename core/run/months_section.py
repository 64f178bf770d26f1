"""Months by years with the colours of gain and loss, on a run's page."""

import math
from html import escape

import numpy as np

from ..pages import formats
from ..pages.language import say
from ..pages.markup import muted, section
from .months import Months, months_of
from .result import Result

DEEPEST = 0.10
"""A month of this much, up or down, has the full colour."""


def months_section(result: Result) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    found = months_of(result)
    names = [*(say(name) for name in _MONTHS), say("Year")]
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", *names))
    body = "".join(
        f'<tr><td class=text style="position:sticky;left:0;background:var(--card)">{year}</td>'
        f"{''.join(map(_cell, [*row, whole]))}</tr>"
        for year, row, whole in zip(found.years, found.months, found.whole, strict=True)
    )
    made = (
        f'<div class="scroll"><table class="months"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
    caption = muted(
        say("Percent, from the last close of the month before; a first or last month may be a part of one.")
    )
    return section(say("Returns by month and year"), made + caption, lead=_lead(found))


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _lead(found: Months) -> str:
    known = found.months[np.isfinite(found.months)]
    if not len(known):
        return ""
    return say(
        "{up} of {all} months gained; the best {best}, the worst {worst}.",
        up=formats.count(int((known > 0.0).sum())),
        all=formats.count(len(known)),
        best=formats.percent(float(known.max()), 1, sign=True),
        worst=formats.percent(float(known.min()), 1, sign=True),
    )


def _cell(value: float) -> str:
    if not math.isfinite(value):
        return "<td></td>"
    strength = round(55.0 * min(abs(value) / DEEPEST, 1.0))
    name = "--gain" if value > 0.0 else "--loss"
    tint = f' style="background:color-mix(in srgb, var({name}) {strength}%, transparent)"' if strength else ""
    return f"<td{tint}>{formats.number(100.0 * value, 1)}</td>"
