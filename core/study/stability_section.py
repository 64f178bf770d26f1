"""How steady a score is, and how many securities have one."""

from collections.abc import Callable
from math import isnan
from typing import Any

from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say
from ..pages.markup import muted, section
from . import charts
from .design import LAGS
from .outcome import Study


def stability_section(study: Study, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; its chart only where a session has a score."""
    get, table = study.summary.get, study.tables["turnover"]
    title = say("Stability and coverage")
    if not (table["scored"] > 0).any():
        return section(title, muted(say("No security has a score.")))
    caption = say(
        "Means over {n} sessions. Near 1: the ranking hardly changes and costs little to follow. Coverage: share of "
        "the listed securities that have a score.",
        n=formats.count(charts.SMOOTH),
    )
    return section(title, muted(caption) + chart("stability", charts.stability_chart(table, LAGS)), lead=_lead(get))


def _lead(get: Callable[[str], Any]) -> str:
    coverage = formats.percent(get("coverage"), 0)
    if isnan(get("turnover_1")):
        return say(
            "{coverage} of the listed securities have a score, too few or too alike to form quantiles: how many would "
            "be new each session cannot be said.",
            coverage=coverage,
        )
    return say(
        "{day} of the highest and lowest quantile is new each session, {week} each week: so much has to be traded to "
        "follow the score. {coverage} of the listed securities have one.",
        day=formats.percent(get("turnover_1"), 0),
        week=formats.percent(get("turnover_5"), 0),
        coverage=coverage,
    )
