"""Returns by month and by year, time-weighted."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..types import Panel2D, Row
from .account_path import account_path
from .result import Result


class Months(NamedTuple):
    """Fractions; NaN where there is no session, or none that begins with an equity above 0."""

    years: list[int]
    months: Panel2D  # (Y, 12)
    whole: Row  # (Y,) of each year


def months_of(result: Result) -> Months:
    """Return the returns of a result by calendar month and year, from the close before it to its last close."""
    path, dates = account_path(result), result.equity["date"]
    by_month = _returns(path, (dates.dt.year * 12 + dates.dt.month - 1).to_numpy())
    by_year = _returns(path, dates.dt.year.to_numpy())
    years = sorted(by_year)
    table = np.array([[by_month.get(year * 12 + month, np.nan) for month in range(12)] for year in years])
    return Months(years, table.reshape(len(years), 12), np.array([by_year[year] for year in years]))


def _returns(path: Row, key: np.ndarray) -> dict[int, float]:
    """Return key -> the return from the last value (T + 1,) before it to its last; keys (T,) of the sessions."""
    last = pd.Series(path[1:]).groupby(key, sort=True).last()
    before = np.concatenate([path[:1], last.to_numpy()[:-1]])
    change = np.divide(last.to_numpy(), before, out=np.full(len(last), np.nan), where=before > 0.0) - 1.0
    return {int(name): float(value) for name, value in zip(last.index, change, strict=True)}
