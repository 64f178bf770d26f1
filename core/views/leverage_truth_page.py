"""The part of the page of what is owed that sets the estimates against the truth."""

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
    told = "What is estimated beside what the contracts of all accounts say, which nobody else knows of a real market."
    worst = "By security, of each item the least correlated first."
    body = [muted(say(told)), _items(found), muted(say(worst)), _securities(found)]
    return section(say("Against the truth"), "".join(body))


def _items(found: LeverageTruth) -> str:
    head = (
        say("Item"),
        say("Securities judged"),
        say("Bias, all sessions"),
        say("Bias, mean"),
        say("Bias, median"),
        say("Bias within {near}", near=formats.percent(NEAR, 0)),
        say("Correlation, median"),
        say("Lower quartile"),
        say("Upper quartile"),
        say("Correlation, mean"),
        say("Above {close}", close=f"{CLOSE:g}"),
    )
    rows = []
    for row in tuples(found.items):
        biases = (_bias(value) for value in (row.bias_pooled, row.bias_mean, row.bias_median))
        levels = (row.correlation_median, row.correlation_low, row.correlation_high, row.correlation_mean)
        near, above = f"{row.near:,}", say("{n} of {all}", n=f"{row.above:,}", all=f"{row.correlated:,}")
        figures = (f"{row.securities:,}", *biases, near, *(formats.number(value) for value in levels), above)
        rows.append((say(_WORDS[row.item]), *figures))
    return table(head, rows, texts=1)


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
