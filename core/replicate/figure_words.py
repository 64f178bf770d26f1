"""Figures of published results in words, each in its unit."""

import math

from ..pages import formats
from ..pages.language import say
from .found_figures import Found
from .published import MARKETS, UNITS, Published


def unit_words(result: Published) -> str:
    """Return the unit in words."""
    return say(UNITS[result.unit])


def value_words(result: Published, value: float) -> str:
    """Return a figure in the unit of a result."""
    if math.isnan(value):
        return formats.NONE
    if result.unit in ("percent", "month"):
        digits = 3 if result.unit == "month" else 2
        return formats.percent(value, digits, sign=result.criterion in ("sign", "absent"))
    return f"{value:+.3f}" if result.unit in ("correlation", "response") else formats.number(value, 3)


def published_words(result: Published) -> str:
    """Return the published figures; where none is published, what is: a sign, or nothing beyond chance."""
    if not math.isnan(result.figures[0].value):
        return "; ".join(value_words(result, figure.value) for figure in result.figures)
    if result.criterion == "absent":
        return say("none")
    return say("above 0") if result.sign > 0.0 else say("below 0")


def found_words(result: Published, found: Found | None) -> str:
    """Return the figures that were found."""
    return formats.NONE if found is None else "; ".join(value_words(result, value) for value in found.values)


def interval_words(result: Published, found: Found | None) -> str:
    """Return the interval of the first figure, such as ``-0.4 % … 0.9 %``."""
    if found is None or math.isnan(found.error):
        return formats.NONE
    return " … ".join(value_words(result, end) for end in found.interval)


def sample_words(result: Published) -> str:
    """Return market, months and sample of a published result."""
    months = " – ".join(filter(None, (result.start, result.end if result.end != result.start else "")))
    return ", ".join(filter(None, (say(MARKETS[result.market]), months, say(result.sample) if result.sample else "")))
