"""What a look-ahead check found."""

from dataclasses import dataclass

import numpy as np

from ...notebook import Card, Shown

ENDS, OTHER, LATER = "the history ends", "other data follow", "other data follow and all arrives a session later"
"""What is done to the data after a cut."""

PEEK = "knew the future"
"""A decision changed when only what was not yet public changed."""
FAILS = "cannot decide"
"""No decision without the sessions after the cut: an error."""
AHEAD = "reads ahead"
"""A feed was read past the session at which it stands."""
UNSTEADY = "is not deterministic"
"""Two runs on the same data differ, so that nothing can be said of look-ahead."""
KEPT = "keeps what it saw"
"""Run after another run, in one process, it decides otherwise than in a process of its own."""


@dataclass(frozen=True)
class Peek:
    """One thing that is wrong with how decisions are made.

    Parameters
    ----------
    kind : str
        `PEEK`, `FAILS`, `AHEAD`, `UNSTEADY` or `KEPT`.
    what : str
        ``score``, ``target weight`` or ``orders``; ``feed`` of AHEAD, empty of FAILS.
    test : str
        What was done to the data after `known`: `ENDS`, `OTHER` or `LATER`; empty where they are the same.
    field : str
        The fields of which each alone lets the future in; empty where it takes more than one, or the length of the
        history.
    day : datetime64[D]
        The first session whose decision is concerned.
    known : datetime64[D]
        The last session whose public data were left as they were; not before `day`.
    symbol : str
    before, after : float or str
        The value on the full history, and on the changed one; orders in words. Of FAILS `after` is the error, of AHEAD
        `before` what was read.
    """

    kind: str
    what: str
    test: str
    field: str
    day: np.datetime64
    known: np.datetime64
    symbol: str = ""
    before: float | str = ""
    after: float | str = ""


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

    @property
    def peeks(self) -> tuple[Peek, ...]:
        """The findings of decisions that knew the future."""
        return tuple(finding for finding in self.findings if finding.kind == PEEK)
