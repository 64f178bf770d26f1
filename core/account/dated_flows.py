"""Flows that the configuration dates, by the session before which they move."""

from collections.abc import Iterable

import numpy as np

from ..config.account_flows import FlowConfig
from ..errors import ConfigError
from ..symbols import instead
from ..types import Sessions
from .cash_flows import FLOW_KINDS, Flow


def flows_of(
    stated: Iterable[tuple[str, FlowConfig]], symbols: tuple[str, ...], sessions: Sessions, before: np.datetime64
) -> dict[int, list[Flow]]:
    """Return what moves before each session; a day that is none counts for the next one.

    Parameters
    ----------
    stated : iterable of (str, FlowConfig)
        Where it is stated, for messages, and the flow; no files.
    symbols : tuple of str (N,)
    sessions : datetime64[D] (T,)
    before : datetime64[D]
        The session before the first: flows up to it, and after the last session, are left out.

    Raises
    ------
    ConfigError
        A security that the panel lacks.
    """
    columns = {symbol: j for j, symbol in enumerate(symbols)}
    made: dict[int, list[Flow]] = {}
    for where, flow in stated:
        day = np.datetime64(str(flow.date), "D")
        if flow.symbol is not None and flow.symbol not in columns:
            near = instead(flow.symbol, columns)
            hint = near and f" ({near})"
            raise ConfigError(f"{where}: the data have no security {flow.symbol}{hint}: add it or drop the row")
        if before < day <= sessions[-1]:
            j = -1 if flow.symbol is None else columns[flow.symbol]
            kind, size = FLOW_KINDS.index(str(flow.kind)), float(flow.shares or flow.amount or 0.0)
            made.setdefault(int(np.searchsorted(sessions, day)), []).append(Flow(kind, j, size))
    return made
