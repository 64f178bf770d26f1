"""The market's dated rules that changed while data were recorded, one line for each day."""

import numpy as np
import pandas as pd

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

_FRACTIONS = {"ratio", "cap", "limit", "duty"}
"""Words in the keys of rules that are fractions."""


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
        ``date``; ``change``, such as ``financing margin ratio 50 % → 100 %``; ``applies_to``; ``source``. A regime of
        the market that begins on a day without such a rule has a row too.
    """
    book = rules or Rulebook.load()
    changes = [row for row in book.changes(start + DAY, end) if row.key in KEYS]
    rows = [(row.effective, _words(row, book), row.applies_to, row.source) for row in changes]
    ruled = {row.effective for row in changes}
    rows += [
        (regime.start, regime.label, "the market", "the market's regimes, by which results are split")
        for regime in REGIMES
        if start < regime.start <= end and regime.start not in ruled
    ]
    frame = pd.DataFrame(sorted(rows, key=lambda row: row[0]), columns=["date", "change", "applies_to", "source"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def _words(row: DatedRule, book: Rulebook) -> str:
    before = book.get(row.key, row.effective - DAY, row.board, row.status)
    if before is not None and before.value == row.value:
        return f"{_named(row)} {_value(row)} as before, {row.applies_to}"
    return f"{_named(row)} {'' if before is None else f'{_value(before)} → '}{_value(row)}"


def _named(row: DatedRule) -> str:
    case = [Board(row.board).name.lower()] if row.board is not None else []
    case += [row.status.replace("_", " ")] if row.status else []
    return row.key.replace("_", " ") + (f" ({', '.join(case)})" if case else "")


def _value(row: DatedRule) -> str:
    if isinstance(row.value, str):
        return row.value
    is_fraction = not _FRACTIONS.isdisjoint(row.key.split("_"))
    return f"{100.0 * row.value:g} %" if is_fraction else f"{row.value:g}"
