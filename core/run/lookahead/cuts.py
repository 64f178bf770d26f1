"""Which sessions a check tests."""

import numpy as np

from ...config.quantities import whole_number
from ...errors import ConfigError

ALL = "all"
CUTS = 40
"""Sessions that are tested where nobody says how many."""
MONTH = 22
"""Sessions in a row among them, which show every habit that returns within a month of sessions."""


def checked(cuts: int | str) -> int | None:
    """Return how many sessions are asked for, None for all; ConfigError for anything but a count or `all`."""
    if str(cuts) == ALL:
        return None
    if isinstance(cuts, str):  # of the command line
        cuts = int(cuts) if cuts.strip().isdecimal() else cuts
    count = 0 if isinstance(cuts, str) else whole_number("cuts", cuts)
    if count < 1:
        raise ConfigError(f"`cuts` should be at least 1, or `{ALL}`, got {cuts}")
    return count


def chosen(first: int, last: int, count: int | None) -> list[int]:
    """Return the rows to test from `first` to `last`, both included.

    Parameters
    ----------
    first, last : int
    count : int or None
        None = every one.

    Notes
    -----
    Fewer than four are evenly spread. More are the two ends, one drawn (with a fixed seed) from each of equally long
    stretches, since even steps could fall in with a habit of the rule, and, where `count` allows it, `MONTH` of them in
    a row in the middle.
    """
    every = np.arange(first, last + 1)
    if count is None or count >= len(every):
        return every.tolist()
    if count < 4:
        return [int(row) for row in np.linspace(first, last, count + 2)[1:-1]]
    in_a_row = MONTH if count >= MONTH + MONTH // 2 else 0
    rng = np.random.default_rng(0)
    stretches = np.array_split(every, count - in_a_row)
    rows = {first, last, *(int(rng.choice(rows)) for rows in stretches[1:-1])}
    middle = (len(every) - in_a_row) // 2
    rows |= set(every[middle : middle + in_a_row].tolist())
    rest = np.setdiff1d(every, sorted(rows))
    return sorted(rows | set(rng.choice(rest, count - len(rows), replace=False).tolist()))


def stretches(rows: list[int]) -> list[tuple[int, int]]:
    """Return the first and the last of rows that follow each other without a gap."""
    found: list[tuple[int, int]] = []
    for row in rows:
        is_next = found and found[-1][1] == row - 1
        found = [*found[:-1], (found[-1][0], row)] if is_next else [*found, (row, row)]
    return found
