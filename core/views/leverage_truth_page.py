"""The part of the page of what is owed that sets the estimates against the truth."""

from typing import Any

from ..pages import formats
from ..pages.language import say
from ..pages.markup import muted, section, tuples
from ..pages.table_markup import table
from .leverage_truth import CLOSE, NEAR, LeverageTruth

_WORDS = {
    "financing_cost": "Financing cost line",
    "financing_shares": "Financed shares",
    "estimated_maintenance": "Ratio of the financing side",
    "short_cost": "Short cost",
    "estimated_short_maintenance": "Ratio of the short side",
}


def truth_section(found: LeverageTruth) -> str:
    """Return the section: a row for each item, and one for each item and security, the worst first."""
    told = (
        "What is estimated beside what the contracts of all accounts say, which nobody knows of a real market. Bias of "
        "all sessions together, then median and mean by security; correlation over time: median, quartiles and mean by "
        "security."
    )
    worst = "By security, of each item the least correlated first."
    body = [muted(say(told)), _items(found), muted(say(worst)), _securities(found)]
    return section(say("Against the truth"), "".join(body))


def _items(found: LeverageTruth) -> str:
    near, above = say("Within {near}", near=formats.percent(NEAR, 0)), say("Above {close}", close=f"{CLOSE:g}")
    first, last = ("Item", "Judged", "Bias", "Bias, median"), ("Quartiles", "Bias, mean", "Correlation, mean")
    head = (*map(say, first), near, say("Correlation"), above, *map(say, last))
    rows = []
    for row in tuples(found.items):
        counted = say("{n} of {all}", n=f"{row.above:,}", all=f"{row.correlated:,}")
        bias = _bias(row.bias_pooled), _bias(row.bias_median), f"{row.near:,}"
        correlation = formats.number(row.correlation_median), counted, _quartiles(row)
        means = _bias(row.bias_mean), formats.number(row.correlation_mean)
        rows.append((say(_WORDS[row.item]), f"{row.securities:,}", *bias, *correlation, *means))
    return table(head, rows, texts=1)


def _quartiles(row: Any) -> str:
    low, high = formats.number(row.correlation_low), formats.number(row.correlation_high)
    return low if low == high == formats.NONE else say("{low} to {high}", low=low, high=high)


def _securities(found: LeverageTruth) -> str:
    rows = [
        (row.symbol, say(_WORDS[row.item]), f"{row.sessions:,}", _bias(row.bias), formats.number(row.correlation))
        for row in tuples(found.securities)
    ]
    head = ("Symbol", "Item", "Sessions", "Bias", "Correlation")
    file = say("the answer of `--json`, or in `truth` of the view")
    return table([say(one) for one in head], rows, texts=2, file=file)


def _bias(value: float) -> str:
    return formats.percent(value, 1, sign=True)
