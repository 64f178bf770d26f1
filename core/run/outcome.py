"""What an engine hands over at the end of a run."""

from typing import NamedTuple

import pandas as pd

from ..account.journal import Journal
from ..types import Row


class Outcome(NamedTuple):
    """A finished run: its journal, what is held, and what the strategy claims of a broker's figures."""

    journal: Journal
    long: Row  # (N,) shares held
    short: Row  # (N,) shares owed
    claims: pd.DataFrame | None
    uncredited: float = 0.0  # CNY of interest on cash that accrued since it was last credited
    remarks: tuple[str, ...] = ()  # of the strategy, for the notes
