"""What is known of a rule's claim beside the claim: a study, a measurement, or nothing."""

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import NamedTuple

from ..pages.language import say


class Evidence(NamedTuple):
    """What speaks for or against a claim."""

    grade: str  # A = a peer-reviewed study; B = a measurement or a rule; C = a saying
    text: str


def evidence_of(rule: str, is_control: bool) -> str:
    """Return grade and evidence of a rule, in the language that is spoken.

    A rule without an entry is a saying, of which no test is known.
    """
    found = _known().get(rule)
    if found is not None:
        return say("grade {grade}: {said}", grade=found.grade, said=say(found.text))
    if is_control:
        return say("none is needed: a control stands beside the claims.")
    return say("grade {grade}: {said}", grade="C", said=say("a saying of the market. No test is known."))


@cache
def _known() -> dict[str, Evidence]:
    text = files(str(__package__)).joinpath("evidence.csv").read_text(encoding="utf-8")
    return {row["rule"]: Evidence(row["grade"], row["evidence"]) for row in csv.DictReader(StringIO(text))}
