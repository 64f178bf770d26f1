"""The account as its returns make it, from before the first session on, and what it is annualised with."""

import numpy as np

from ..kernels import statistics
from ..types import Row
from .flow_returns import moved_by_session, time_weighted
from .result import Result


def account_path(result: Result) -> Row:
    """Return the path (T + 1,) in CNY: the equity before the first session, then each close without what moved."""
    values = result.equity["equity"].to_numpy()
    start = result.summary.get("start_equity")
    if start is None:
        start = (result.config.get("account") or {}).get("cash", values[0] if len(values) else 0.0)
    return time_weighted(float(start), values, moved_by_session(result.flows, result.equity["date"]))


def sessions_per_year(result: Result) -> float:
    """Return the annualisation factor of the result."""
    told = getattr(result, "provenance", {}).get("annualisation") or {}
    return float(told.get("sessions_per_year") or statistics.SESSIONS_PER_YEAR)


def session_returns(result: Result) -> Row:
    """Return the return (T,) of each session, fractions; NaN from nothing or from a debt."""
    path = account_path(result)
    return statistics.returns(path)[1:] if len(path) > 1 else np.empty(0)
