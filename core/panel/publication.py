"""When a field becomes public, and what a decision may therefore see.

The one place that says so: strategies and rules read panels that `published` has made, never the raw one.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import IntEnum
from types import MappingProxyType

import numpy as np

from ..errors import ConfigError
from ..types import Panel2D
from .panel import FIELDS, Panel


class Public(IntEnum):
    """When the value of session t is known."""

    OPEN = 0  # before the open of t
    CLOSE = 1  # at the close of t
    NEXT_OPEN = 2  # before the open of t + 1


class Decision(IntEnum):
    """When the decision of row t is taken; what was public before is seen."""

    AT_CLOSE = 1  # at the close of t; its orders meet that close
    BEFORE_OPEN = 2  # before the open of t + 1; its orders meet session t + 1


_BEFORE_OPEN = {
    "pre_close",
    "adj_factor",
    "limit_up",
    "limit_down",
    "float_shares",
    "outstanding_shares",
    "financing_eligible",
    "short_eligible",
    "is_st",
    "listed_sessions",
    "haircut",
    "industry",
}
_AT_CLOSE = {"open", "high", "low", "close", "volume", "amount", "float_cap", "suspended"}

PUBLIC: Mapping[str, Public] = MappingProxyType(
    {
        name: Public.OPEN if name in _BEFORE_OPEN else Public.CLOSE if name in _AT_CLOSE else Public.NEXT_OPEN
        for name in FIELDS
    }
)
"""Field -> when it is public. The margin balances and flows of session t: before the open of t + 1, as the exchanges
publish them (SSE and SZSE rules on margin trading: the data of the day before, before each open)."""


def delay(field: str, decision: Decision, lag: int = 0) -> int:
    """Return by how many sessions a decision sees `field` late: 0 = the value of its own row.

    Parameters
    ----------
    field : str
    decision : Decision
    lag : int
        Sessions that the user's supplier adds to the publication.
    """
    return lag + (1 if PUBLIC[field] > decision else 0)


def published(panel: Panel, decision: Decision = Decision.BEFORE_OPEN, lags: Mapping[str, int] | None = None) -> Panel:
    """Return the panel that decisions see: row t of each field is the last one public when row t is decided.

    Parameters
    ----------
    panel : Panel
    decision : Decision
    lags : mapping of str to int, optional
        Field -> further sessions until the user's supplier delivers it.

    Returns
    -------
    Panel
        The same object where nothing is late. Late fields begin with NaN rows.

    Raises
    ------
    ConfigError
        A lag for an unknown field, or a negative one.
    """
    lags = lags or {}
    for name, lag in lags.items():
        if name not in FIELDS:
            raise ConfigError(f"`publication_lag` names `{name}`, which is no field; known are {', '.join(FIELDS)}")
        if lag < 0:
            raise ConfigError(f"`publication_lag` of `{name}` should be 0 or more sessions, got {lag}")
    late = {name: delay(name, decision, lags.get(name, 0)) for name in panel.fields}
    shifted = {name: _shifted(panel[name], rows) for name, rows in late.items() if rows}
    return replace(panel, fields={**panel.fields, **shifted}) if shifted else panel


def _shifted(values: Panel2D, rows: int) -> Panel2D:
    out = np.full(values.shape, np.nan)
    out[rows:] = values[: len(values) - rows]
    return out
