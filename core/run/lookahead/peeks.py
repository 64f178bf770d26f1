"""One thing that a look-ahead check finds."""

from dataclasses import dataclass

import numpy as np

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
IDLE = "was not judged"
"""Nothing was decided on any tested session, so that nothing could change."""
KEPT = "keeps what it saw"
"""Run after another run, in one process, it decides otherwise than in a process of its own."""


@dataclass(frozen=True)
class Peek:
    """One thing that is wrong with how decisions are made.

    Parameters
    ----------
    kind : str
        `PEEK`, `FAILS`, `AHEAD`, `UNSTEADY`, `IDLE` or `KEPT`.
    what : str
        ``score``, ``target weight`` or ``orders``; ``feed`` of AHEAD, empty of FAILS and IDLE.
    test : str
        What was done to the data after `known`: `ENDS`, `OTHER` or `LATER`; empty where they are the same.
    field : str
        The fields of which each alone lets the future in; empty where it takes more than one, or the length of the
        history.
    day : datetime64[D]
        The first session whose decision is concerned; of IDLE the first tested one.
    known : datetime64[D]
        The last session whose public data were left as they were; not before `day`. Of IDLE the last tested one.
    symbol : str
    before, after : float or str
        The value on the full history, and on the changed one; orders in words. Of FAILS `after` is the error, of AHEAD
        `before` what was read, of IDLE `before` the last session on which anything was decided, empty where none was.
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
