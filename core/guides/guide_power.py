"""The power of every rule in the guide `honesty`: how often a study supports a claim that is true by construction.

The counts stand in `rule_power.csv`, and the test that makes them fails where it counts anything else.
"""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import NamedTuple

from ..pages.language import Language, say
from .markdown import code, table

STRENGTHS = (0.0, 0.02, 0.05, 0.2)
"""What a deviation of the score's rank adds to the next session's return, in its deviations."""

MARKETS = 4
"""Synthetic markets that each rule is studied on, with each strength."""

TEST = "tests/study/test_power_of_every_rule.py::test_power_of_a_rule"
NOT_MEASURED = "—"


class RulePower(NamedTuple):
    """What studies of a rule found."""

    rule: str
    found: dict[float, str]
    """Strength -> ``2+1``: markets on which it is supported, and where the controls alone stood against it."""
    en: str
    zh: str


@cache
def power_of_rules() -> tuple[RulePower, ...]:
    """Return the rows of the table; one without counts says why it has none."""
    text = files(str(__package__)).joinpath("rule_power.csv").read_text(encoding="utf-8")
    return tuple(map(_row, csv.DictReader(StringIO(text))))


def _row(row: dict[str, str]) -> RulePower:
    found = {strength: row[f"{strength}"] for strength in STRENGTHS if row[f"{strength}"]}
    return RulePower(row["rule"], found, row["en"], row["zh"])


def power(language: Language) -> Iterator[str]:
    """Yield the section, as Markdown."""
    rows = power_of_rules()
    yield f"## {say('Power of every rule')}"
    yield say(
        "{n} synthetic markets of 60 securities and 500 sessions, on which nothing foretells anything. Then each "
        "rule is made true on them: one deviation more of the rank of its score adds 0.02, 0.05 or 0.2 deviations "
        "to the return of the next session, from open to open; balances, flows and volumes stay. `2+1`: of {n} "
        "studies (`--horizons 5`) 2 support the rule, and for 1 more it is `not beyond controls`. 0.2 was planted "
        "for scores of the whole market alone. All rules share the {n} markets, so their counts go together.",
        n=f"{MARKETS}",
    )
    yield say(
        "Why 0.02 is often `not beyond controls`, even of random scores that no control knows: price_momentum has "
        "no score on the first 250 sessions, so the slope beside the controls that the verdict asks for rests on "
        "the other half. A longer history gains there first. A score that lasts also becomes momentum, once its "
        "returns are in the price."
    )
    yield code(f'pytest -m "" {TEST}')
    head = (say("Rule"), say("Nothing true"), "0.02", "0.05", "0.2", say("Remark"))
    yield table(head, [*(_cells(row, language) for row in rows), _sum(rows)])


def _cells(row: RulePower, language: Language) -> tuple[str, ...]:
    counts = (row.found.get(strength, NOT_MEASURED) for strength in STRENGTHS)
    return code(row.rule), *counts, row.en if language == "en" else row.zh


def _sum(rows: Iterable[RulePower]) -> tuple[str, ...]:
    """Return the last line of the table: the sums, out of how many."""
    sums = []
    for strength in STRENGTHS:
        cells = [row.found[strength].split("+") for row in rows if strength in row.found]
        supported, beside = (sum(int(cell[i]) for cell in cells) for i in (0, 1))
        sums.append(say("{n} of {all}", n=f"{supported}+{beside}", all=f"{MARKETS * len(cells)}"))
    return say("all"), *sums, ""
