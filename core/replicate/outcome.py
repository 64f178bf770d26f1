"""What data say about published results: a verdict for each, with figure, interval and what has to be known."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..notebook import Card, Shown
from ..pages.language import Said, say
from ..plain import plain
from .figure_words import found_words, published_words, unit_words
from .found_figures import Found
from .published import CONFIRMED, CRITERIA, Published
from .verdict import VERDICTS


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The verdict on one published result.

    Parameters
    ----------
    result : Published
    verdict : str
        Of `VERDICTS`.
    why : str
        In a sentence.
    found : Found, optional
        None where no figure could be computed.
    lacking : tuple of str
        Fields of which the data lack each; with "/" where one of several suffices.
    remedy : str
        What to do about them.
    elsewhere : tuple of str
        How these data are another market, period or sample.
    """

    result: Published
    verdict: str
    why: Said
    found: Found | None = None
    lacking: tuple[str, ...] = ()
    remedy: str = ""
    elsewhere: tuple[Said, ...] = ()

    @property
    def told(self) -> Said:
        """The verdict in words: with the fields where it needs some."""
        return say("needs {fields}", fields=", ".join(self.lacking)) if self.lacking else say(self.verdict)

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values; figures are fractions."""
        return {
            **published_record(self.result),
            "verdict": self.verdict,
            "why": self.why,
            **_found_record(self.found or Found(values=(math.nan,) * len(self.result.figures))),
            "lacking": list(self.lacking),
            "remedy": self.remedy,
            "elsewhere": list(self.elsewhere),
        }


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Replication(Shown):
    """Published results and what data say about them.

    Parameters
    ----------
    answers : sequence of Answer
    span : (str, str)
        First and last session.
    securities : int
    source : str
    synthetic : bool
    notes : tuple of str
    """

    charts: ClassVar[str] = "replicate.page"

    answers: Sequence[Answer]
    span: tuple[str, str]
    securities: int
    source: str
    synthetic: bool
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Answer:
        """Return the answer on a result; KeyError where it was not asked for."""
        return {one.result.name: one for one in self.answers}[name]

    @property
    def counts(self) -> dict[str, int]:
        """How many results have which verdict."""
        found = Counter(one.verdict for one in self.answers)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def words(self) -> Said:
        """The answer in a sentence."""
        counts = {name.replace(" ", "_"): f"{count}" for name, count in self.counts.items()}
        return say(
            "Of {n} published results {agrees} agree with these data, {disagrees} disagree; for {too_little_data} they "
            "are too little, for {needs_a_field} a field is lacking.",
            n=f"{len(self.answers)}",
            **counts,
        )

    def card(self) -> Card:
        """Return what it shows of itself: the verdicts."""
        head = ("result", "verdict", "published", "found")
        rows = [
            (one.result.name, one.told, published_words(one.result), found_words(one.result, one.found))
            for one in self.answers
        ]
        return Card(
            f"Replication: {self.span[0]}..{self.span[1]}, {self.securities} securities",
            table=[head, *rows],
            lines=[self.words, *self.notes],
        )

    def as_record(self) -> dict[str, Any]:
        """Return verdicts and figures as plain values."""
        return plain(
            {
                "words": self.words,
                "counts": self.counts,
                "span": list(self.span),
                "securities": self.securities,
                "source": self.source,
                "synthetic": self.synthetic,
                "results": [one.as_record() for one in self.answers],
                "notes": self.notes,
            }
        )


def published_record(one: Published) -> dict[str, Any]:
    """Return a result of the register as plain values; figures are fractions."""
    return {
        "name": one.name,
        "authors": one.authors,
        "journal": one.journal,
        "market": one.market,
        "start": one.start or None,
        "end": one.end or None,
        "sample": one.sample,
        "definition": one.definition,
        "measured": one.measured,
        "published": [None if math.isnan(figure.value) else figure.value for figure in one.figures],
        "parts": [figure.part for figure in one.figures],
        "unit": unit_words(one),
        "confirmed": CONFIRMED[one.confirmed],
        "remark": one.remark,
        "needs": ["/".join(names) for names in one.needs],
        "history": one.history,
        "criterion": CRITERIA[one.criterion],
    }


def _found_record(found: Found) -> dict[str, Any]:
    low, high = found.interval
    return {
        "found": list(found.values),
        "error": found.error,
        "t": found.t,
        "t_needed": found.needed if found.sessions else None,
        "low": low,
        "high": high,
        "sessions": found.sessions or None,
        "windows": found.windows,
        "securities": found.securities,
        "first": found.start or None,
        "last": found.end or None,
        "more": found.more,
    }
