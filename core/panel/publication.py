"""When a field becomes public, and what a decision may therefore see.

The one place that says so: strategies and rules read panels that `published` has made, never the raw one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..errors import ConfigError
from ..types import Panel2D
from .indices import INDICES
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


WHEN: Mapping[Public, str] = MappingProxyType(
    {
        Public.OPEN: "before the open of its session",
        Public.CLOSE: "at the close of its session",
        Public.NEXT_OPEN: "before the open of the next session",
    }
)


class Publication(NamedTuple):
    """When the value of session t is known, and how one knows."""

    when: Public
    known_from: str


_GROUPS: tuple[tuple[Public, str, tuple[str, ...]], ...] = (
    (
        Public.OPEN,
        "the exchanges state reference prices and limits before the open (tushare stk_limit: about 8:40)",
        ("pre_close", "limit_up", "limit_down"),
    ),
    (Public.OPEN, "ex-dates are announced beforehand (tushare adj_factor: by 9:20)", ("adj_factor",)),
    (
        Public.OPEN,
        "companies announce beforehand on which day shares are issued or freed",
        ("float_shares", "outstanding_shares"),
    ),
    (
        Public.OPEN,
        "SSE, SZSE and BSE publish the lists of a day before its open (tushare margin_secs)",
        ("financing_eligible", "short_eligible"),
    ),
    (
        Public.OPEN,
        "a broker states its terms of a day before the open",
        ("haircut", "borrow_rate", "borrowable_shares"),
    ),
    (
        Public.OPEN,
        "announced before the day from which it holds",
        ("is_st", "listed_sessions", "industry", "in_universe", *INDICES.values()),
    ),
    (
        Public.CLOSE,
        "seen while the session trades, whole at its close",
        ("open", "high", "low", "close", "volume", "amount", "float_cap", "suspended", "pe_static", "is_loss"),
    ),
)
_MARGIN = Publication(
    Public.NEXT_OPEN,
    "SSE, SZSE and BSE publish the margin data of a day before the open of the next (rules on margin trading), TWSE "
    "and TPEx in its evening: no decision can tell the two apart",
)

PUBLICATIONS: Mapping[str, Publication] = MappingProxyType(
    dict.fromkeys(FIELDS, _MARGIN)
    | {name: Publication(when, known_from) for when, known_from, names in _GROUPS for name in names}
)
"""Field -> when it is public, whatever the source, and how one knows."""

_DAILY_BASIC = Publication(Public.NEXT_OPEN, "tushare computes daily_basic after the close, from 15:00 to 17:00")
BY_SOURCE: Mapping[str, Mapping[str, Publication]] = MappingProxyType(
    {
        "tushare daily_basic": MappingProxyType(
            dict.fromkeys(("float_shares", "outstanding_shares", "float_cap", "pe_static", "is_loss"), _DAILY_BASIC)
        )
    }
)
"""Words of `Panel.source` -> fields that a source delivers so late that a decision at the close does not have them."""


def publication(field: str, source: str = "") -> Publication:
    """Return when a field is public.

    Parameters
    ----------
    field : str
    source : str
        `Panel.source`; of several sources that are joined in it, the latest counts: nobody knows whose a cell is.
    """
    stated = [BY_SOURCE[part][field] for part in source.split("; ") if field in BY_SOURCE.get(part, {})]
    return max([PUBLICATIONS[field], *stated], key=lambda one: one.when)


def publications_of(fields: Iterable[str], source: str = "") -> list[dict[str, str]]:
    """Return of each field of data of `source` when its value is public, and how one knows, in words."""
    found = ((name, publication(name, source)) for name in fields if name in FIELDS)
    return [{"field": name, "when": WHEN[one.when], "known_from": one.known_from} for name, one in found]


def delay(field: str, decision: Decision, lag: int = 0, source: str = "") -> int:
    """Return by how many sessions a decision sees `field` late: 0 = the value of its own row.

    Parameters
    ----------
    field : str
    decision : Decision
    lag : int
        Sessions that the user's supplier adds to the publication.
    source : str
        As in `publication`.
    """
    return lag + (1 if publication(field, source).when > decision else 0)


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
    late = {name: delay(name, decision, lags.get(name, 0), panel.source) for name in panel.fields}
    shifted = {name: _shifted(panel[name], rows) for name, rows in late.items() if rows}
    return replace(panel, fields={**panel.fields, **shifted}) if shifted else panel


def _shifted(values: Panel2D, rows: int) -> Panel2D:
    out = np.full(values.shape, np.nan)
    out[rows:] = values[: len(values) - rows]
    return out
