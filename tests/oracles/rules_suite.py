"""The whole suite of rules three times, with defaults: ours, as a pandas user and as a polars user writes them."""

from functools import partial

from liangrong.strategies.rules import RULES

from . import (
    Contest,
    rules_activity,
    rules_balance,
    rules_compose,
    rules_controls,
    rules_crowding,
    rules_extremes,
    rules_flows,
    rules_market,
    rules_short,
    rules_spread,
)
from .rules_polars import BY_SECURITY, by_security
from .rules_polars_across import ACROSS

PANDAS = {
    name: function
    for module in (
        rules_spread,
        rules_balance,
        rules_extremes,
        rules_short,
        rules_flows,
        rules_crowding,
        rules_market,
        rules_activity,
        rules_controls,
        rules_compose,
    )
    for name, function in module.PANDAS.items()
}
POLARS = ACROSS | {name: partial(by_security, rule) for name, rule in BY_SECURITY.items()}
PARTS = {
    "industry_relative": ("net_financing_rate",),
    "combine": ("net_financing_rate", "days_to_cover"),
    "gate": ("net_financing_rate", "breadth"),
    "lag": ("net_financing_rate",),
    "smooth": ("net_financing_rate",),
}
"""What the rules made of others are made of, in all three forms."""


def rule(name):
    """Return the rule with its defaults."""
    parts = PARTS.get(name, ())
    return RULES[name].build(name, {}, [rule(part) for part in parts])


SUITE = {
    name: Contest(rule(name).score, PANDAS[name], {"pandas": PANDAS[name], "polars": POLARS[name]}) for name in PANDAS
}
"""All rules but the random score, whose draws are no arithmetic, and `pressure`, whose lots are no expressions.

The oracle is the pandas form.
"""


def polars_frame(panel):
    """Return one wide frame with a column ``field|symbol`` for each field of each security; null = NaN."""
    import polars as pl

    return pl.concat(
        [
            pl.from_numpy(values, schema=[f"{name}|{symbol}" for symbol in panel.symbols]).fill_nan(None)
            for name, values in panel.fields.items()
        ],
        how="horizontal",
    )
