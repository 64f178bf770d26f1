"""The market's dated rules that changed while data were recorded, one line for each day."""

import numpy as np
import pandas as pd

from ..pages.formats import exact
from ..pages.language import say
from ..rulebook import Rulebook
from ..rulebook.regimes import REGIMES
from ..rulebook.table import DatedRule
from ..types import DAY, Board

KEYS = (
    *("financing_margin_ratio", "short_margin_ratio", "haircut_cap", "uptick", "cover_delay_sessions"),
    *("contract_term_months", "contract_extension", "maintenance_call_ratio", "withdraw_ratio"),
    *("float_cap_suspend", "short_float_cap_suspend", "price_limit", "stamp_duty_sell"),
)
"""Rules that bear on balances: what margin trading takes and where it stops, and what a trade costs."""

_FRACTIONS = {"ratio", "cap", "limit", "duty", "tax"}
"""Words in the keys of rules that are fractions."""

_SENTENCES = {
    ("contract_extension", 0.0): "contracts may not be extended",
    ("contract_extension", 1.0): "contracts may be extended",
    ("cover_delay_sessions", 0.0): "a short may be covered on its own day",
    ("cover_delay_sessions", 1.0): "a short may be covered from the next session on",
    ("uptick", 0.0): "a short sale may be below the last price",
    ("uptick", 1.0): "a short sale may not be below the last price",
    ("maintenance_call_ratio", "contract"): "maintenance call ratio: as the contract says, no statutory minimum",
}
"""Key and value of rules that are no quantity -> what they say."""

_NAMES = {
    "contract_term_months": "longest term of a contract",
    "haircut_cap": "highest haircut rate of collateral",
    "stamp_duty_sell": "stamp duty of sales",
    "withdraw_ratio": "least maintenance ratio for withdrawals",
    "float_cap_suspend": "financing suspended at a share of float cap of",
    "short_float_cap_suspend": "short sales suspended at a share of float shares of",
}
_STATUSES = {
    "pe_above_300_or_loss": "price-earnings ratio above 300, or a loss",
    "index_180_or_100": "members of SSE 180 or SZSE 100",
    "st": "ST",
    "etf": "funds",
}


def rule_changes(start: np.datetime64, end: np.datetime64, rules: Rulebook | None = None) -> pd.DataFrame:
    """Return what changed after `start` and until `end`.

    Parameters
    ----------
    start, end : datetime64[D]
    rules : Rulebook, optional
        By default the market's.

    Returns
    -------
    DataFrame
        ``date``; ``change``, such as ``financing margin ratio 50 % → 100 %``; ``applies_to``; ``source``.
    """
    book = rules or Rulebook.load()
    changes = [row for row in book.changes(start + DAY, end) if row.key in KEYS]
    rows = [(row.effective, _words(row, book), row.applies_to, row.source) for row in changes]
    frame = pd.DataFrame(sorted(rows, key=lambda row: row[0]), columns=["date", "change", "applies_to", "source"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def regimes_between(start: np.datetime64, end: np.datetime64) -> pd.DataFrame:
    """Return ``date`` and ``regime`` of the market's regimes, by which results are split, that began after `start`."""
    rows = [(regime.start, regime.label) for regime in REGIMES if start < regime.start <= end]
    frame = pd.DataFrame(rows, columns=["date", "regime"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def _words(row: DatedRule, book: Rulebook) -> str:
    if (said := _SENTENCES.get((row.key, row.value))) is not None:
        return say("{rule}{case}", rule=say(said), case=_case(row))
    before = book.get(row.key, row.effective - DAY, row.board, row.status)
    if before is not None and before.value == row.value:
        told = {"rule": _named(row), "value": _value(row), "applies_to": say(row.applies_to)}
        return say("{rule} {value} as before, {applies_to}", **told)
    if before is None:
        return say("{rule} {value}", rule=_named(row), value=_value(row))
    return say("{rule} {before} → {value}", rule=_named(row), before=_value(before), value=_value(row))


def _named(row: DatedRule) -> str:
    return say("{rule}{case}", rule=say(_NAMES.get(row.key, row.key.replace("_", " "))), case=_case(row))


def _case(row: DatedRule) -> str:
    """Return in brackets what a rule is of, where it is not of all."""
    case = [say(Board(row.board).name.lower())] if row.board is not None else []
    case += [say(_STATUSES.get(row.status, row.status.replace("_", " ")))] if row.status else []
    if len(case) == 2:
        return say(" ({board}, {status})", board=case[0], status=case[1])
    return say(" ({of})", of=case[0]) if case else ""


def _value(row: DatedRule) -> str:
    if isinstance(row.value, str):
        return say(row.value)
    if row.key == "contract_term_months":
        return say("{n} months", n=f"{row.value:g}")
    is_fraction = not _FRACTIONS.isdisjoint(row.key.split("_"))
    return f"{100.0 * row.value:g} %" if is_fraction else exact(row.value)
