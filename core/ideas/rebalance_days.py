"""When a portfolio is brought back to its targets: daily, weekly, monthly, or every so many sessions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from ..types import Sessions
from .parameters import Parameter

CALENDARS = ("daily", "weekly", "monthly", "every")

_MONDAY = 3
"""Days from a Monday to 1970-01-01, a Thursday."""


def calendar_parameters(default: str) -> tuple[Parameter, ...]:
    """Return the parameters of the calendar, `rebalance` with its default for a form."""
    return (
        Parameter(
            "rebalance",
            str,
            default,
            "when the whole portfolio is ordered anew; weekly and monthly: on the first session of a week or month",
            choices=CALENDARS,
        ),
        Parameter("every", int, 0, "sessions between rebalances, of `rebalance: every`", low=0),
    )


def check_calendar(parameters: Mapping[str, Any], owner: str) -> None:
    """Raise ConfigError where `every` has no number, or a number that `rebalance` does not read."""
    if parameters["rebalance"] == "every" and parameters["every"] < 1:
        raise ConfigError(f"`every` of {owner} should be at least 1 session where `rebalance` is every, got 0")
    if parameters["rebalance"] != "every" and parameters["every"]:
        raise ConfigError(
            f"`every` of {owner} is read where `rebalance` is every, not {parameters['rebalance']}: "
            "set `rebalance: every`, or leave it out"
        )


def rebalances(sessions: Sessions, is_possible: NDArray[np.bool_], parameters: Mapping[str, Any]) -> NDArray[np.intp]:
    """Return the rows on which the portfolio is ordered anew.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
        Of the run.
    is_possible : bool (T,)
        Sessions with enough scores.
    parameters : mapping
        `rebalance` and `every`.

    Returns
    -------
    int (K,)
        The first possible session; then the first possible one of each week or month that begins after it, or the
        first possible one at least `every` sessions after the last.

    Notes
    -----
    It is the first session of a week or month, not the last: which one is the last, only the next session tells.
    """
    period, step = _periods(sessions, parameters)
    rows: list[int] = []
    for t in np.flatnonzero(is_possible).tolist():
        if not rows or period[t] - period[rows[-1]] >= step:
            rows.append(t)
    return np.array(rows, dtype=np.intp)


def _periods(sessions: Sessions, parameters: Mapping[str, Any]) -> tuple[list[int], int]:
    """Return the number of each session's day, week or month, and by how many they should lie apart."""
    days = sessions.astype("datetime64[D]")
    match parameters["rebalance"]:
        case "weekly":
            return ((days.astype(np.int64) + _MONDAY) // 7).tolist(), 1
        case "monthly":
            return days.astype("datetime64[M]").astype(np.int64).tolist(), 1
        case "every":
            return list(range(len(days))), parameters["every"]
        case _:
            return list(range(len(days))), 1
