"""What a look-ahead check found."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...notebook import Card, Shown
from ...plain import fields_of
from . import words
from .peeks import ENDS, IDLE, LATER, OTHER, PEEK, Peek


@dataclass(frozen=True, kw_only=True, repr=False)
class Lookahead(Shown):
    """The answer of a check.

    Parameters
    ----------
    subject : str
        The rule, or the strategy where it trades none.
    strategy : str
    cuts : tuple of datetime64[D]
        The sessions that were tested: after each the data were changed.
    stretches : tuple of (datetime64[D], datetime64[D])
        First and last of those in a row.
    sessions : int
        Sessions whose decisions the run carries out, of which `cuts` are some.
    compared : int
        Decisions that were compared, each of one session and security.
    runs : int
        Repetitions, each in a process that had not seen the user's file.
    seconds : float
    findings : tuple of Peek
        The earliest of each kind; empty where nothing is wrong.
    tests : tuple of str
        What was done after each cut, of `ENDS`, `OTHER` and `LATER`.
    untested : str
        Why the sessions before the first cut were not tested, in words; empty where they were.
    unseen : tuple of str
        What this configuration hides from the check, in words, beside what no check sees.
    """

    subject: str
    strategy: str
    cuts: tuple[np.datetime64, ...]
    stretches: tuple[tuple[np.datetime64, np.datetime64], ...]
    sessions: int
    compared: int
    runs: int
    seconds: float
    findings: tuple[Peek, ...]
    tests: tuple[str, ...] = (ENDS, OTHER, LATER)
    untested: str = ""
    unseen: tuple[str, ...] = ()

    def card(self) -> Card:
        """Return what an answer shows of itself: how much was tested, and each finding."""
        said = f"{len(self.findings)} findings" if self.findings else "no look-ahead found"
        said = said if self.is_judged else "nothing could be judged"
        figures = [
            ("tested", f"{len(self.cuts)} of {self.sessions} sessions"),
            ("decisions compared", f"{self.compared:,}"),
            ("runs", f"{self.runs:,}"),
        ]
        found = []
        for one in self.findings:
            where = " ".join(filter(None, (one.what, f"of {one.day}", one.symbol, one.field)))
            found.append(f"{one.kind}: {where}")
        notes = [f"not tested before {self.cuts[0]}: {self.untested}"] if self.untested and self.cuts else []
        return Card(f"Look-ahead in {self.subject}: {said}", figures, [*found, *notes])

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values, with the verdict and what is said of each finding in words."""
        findings = [{**fields_of(one), "words": words.finding_words(one)} for one in self.findings]
        verdict, *rest = words.answer(self)
        paragraphs = rest[len(findings) :]
        return {"verdict": verdict, **fields_of(self), "findings": findings, "words": paragraphs}

    @property
    def is_judged(self) -> bool:
        """Whether anything was decided on the tested sessions, which the changed data could have changed."""
        return all(finding.kind != IDLE for finding in self.findings)

    @property
    def peeks(self) -> tuple[Peek, ...]:
        """The findings of decisions that knew the future."""
        return tuple(finding for finding in self.findings if finding.kind == PEEK)
