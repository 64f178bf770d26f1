"""Complete a panel: derive the cells that a source does not publish, and say so.

Exchanges publish different halves of the same facts: SSE no short balance in yuan, SZSE no repayments, TWSE the
financing side in lots only. What is derived here follows from published cells by an identity or a definition; each
derived field is noted in `Panel.imputed`, because it proves nothing about the identity that it came from. Published
cells are never touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..kernels.balances import impute_outflow, impute_short_balance
from ..kernels.prices import carry_forward
from ..types import Mask2D, Panel2D
from .panel import Panel

_ALL = slice(None)

Parts = Mapping[str, Panel2D]


class _Rule(NamedTuple):
    """How one field follows from others: the fields that it needs, the computation, and the sentence for the record.

    `is_strict` rules take published parts only.
    """

    field: str
    needs: tuple[str, ...]
    derive: Callable[[Parts], Panel2D]
    sentence: str
    is_strict: bool = False
    keeps_cells: bool = False  # `Panel.derived` tells its derived cells


def complete(panel: Panel, rows: slice = _ALL) -> Panel:
    """Return `panel` with absent cells derived where the published ones determine them.

    Parameters
    ----------
    panel : Panel
        As read; every field that it has is taken as published.
    rows : slice
        Sessions of which the sentences count the derived cells; all of them where absent.

    Returns
    -------
    Panel
        The same object where nothing could be derived. Fields without derived cells are shared, not copied.
        `imputed` gains one sentence for each field that has derived cells, with their number.

    Notes
    -----
    Cell by cell: a published value stands, also beside derived ones of the same field, and a cell stays NaN where
    a part of it is. Derived are, in this order: repayments from published balances, the financing balance from its
    volume, short balance, total, spread, `float_cap`, `pre_close`, `amount`, `suspended`. Later ones may use earlier
    ones; repayments take published balances only, because a balance valued at the close moves with the price as well.
    Each cell uses its own session and those before it only; but whether a volume of 0 is a suspension depends on
    whether the security's volume is published at all, on whatever session: an index or a feed without volume trades.
    A field that is noted as imputed already is left to
    whoever did it, so completing twice changes nothing more.
    """
    fields: dict[str, Panel2D] = dict(panel.fields)
    derived: dict[str, Panel2D] = {}
    cells: dict[str, Mask2D] = {}
    notes: dict[str, str] = {}
    for rule in RULES:
        if rule.field in panel.imputed or not all(name in fields for name in rule.needs):
            continue
        if rule.is_strict and any(name in panel.imputed for name in rule.needs):
            continue
        published = panel.get(rule.field)
        if published is not None and not np.isnan(published).any():
            continue
        values, is_derived = _filled(published, rule.derive(fields))
        if is_derived.any():
            fields[rule.field] = derived[rule.field] = values
            count = int(np.count_nonzero(is_derived[rows]))
            notes[rule.field] = f"{rule.sentence} ({count} of {is_derived[rows].size} cells)"
            if rule.keeps_cells:
                cells[rule.field] = is_derived
    return replace(panel.with_fields(derived, notes), derived={**panel.derived, **cells}) if derived else panel


def _filled(published: Panel2D | None, values: Panel2D) -> tuple[Panel2D, Mask2D]:
    """Return published cells, else derived ones, and which are derived."""
    is_derived = ~np.isnan(values)
    if published is not None:
        is_derived &= np.isnan(published)
        values = np.where(is_derived, values, published)
    return values, is_derived


def _financing_repay(parts: Parts) -> Panel2D:
    return impute_outflow(parts["financing_balance"], parts["financing_buy"]).values


def _short_repay(parts: Parts) -> Panel2D:
    return impute_outflow(parts["short_volume"], parts["short_sell"]).values


def _short_balance(parts: Parts) -> Panel2D:
    return impute_short_balance(parts["short_volume"], parts["close"]).values


def _pre_close(parts: Parts) -> Panel2D:
    """Return the last close before each session that has a close of its own."""
    close = parts["close"]
    before = np.full(close.shape, np.nan)
    before[1:] = carry_forward(close)[:-1]
    return np.where(np.isnan(close), np.nan, before)


def _amount(parts: Parts) -> Panel2D:
    return parts["volume"] * ((parts["open"] + parts["high"] + parts["low"] + parts["close"]) / 4.0)


def _suspended(parts: Parts) -> Panel2D:
    """Return where a session has no close, or a volume of 0 in a security whose volume is published at all."""
    is_halted = np.isnan(parts["close"])
    if "volume" in parts:
        volume = parts["volume"]
        is_halted |= (volume == 0.0) & (volume > 0.0).any(axis=0)
    return np.where(is_halted, 1.0, 0.0)


RULES: tuple[_Rule, ...] = (
    _Rule(
        "financing_repay",
        ("financing_balance", "financing_buy"),
        _financing_repay,
        "yesterday's financing balance + bought on margin - today's financing balance",
        is_strict=True,
    ),
    _Rule(
        "short_repay",
        ("short_volume", "short_sell"),
        _short_repay,
        "yesterday's short volume + sold short - today's short volume",
        is_strict=True,
    ),
    _Rule(
        "financing_balance",
        ("financing_volume", "close"),
        lambda parts: parts["financing_volume"] * parts["close"],
        "financing volume x close; it moves with the price, so the balance identity does not hold for it",
    ),
    _Rule("short_balance", ("short_volume", "close"), _short_balance, "short volume x unadjusted close"),
    _Rule(
        "total_balance",
        ("financing_balance", "short_balance"),
        lambda parts: parts["financing_balance"] + parts["short_balance"],
        "financing balance + short balance",
    ),
    _Rule(
        "spread",
        ("financing_balance", "short_balance"),
        lambda parts: parts["financing_balance"] - parts["short_balance"],
        "financing balance - short balance",
    ),
    _Rule(
        "float_cap",
        ("float_shares", "close"),
        lambda parts: parts["float_shares"] * parts["close"],
        "float shares x unadjusted close",
    ),
    _Rule(
        "pre_close",
        ("close",),
        _pre_close,
        "the last close before; on an ex-right date it is not the reference price",
        keeps_cells=True,
    ),
    _Rule("amount", ("volume", "open", "high", "low", "close"), _amount, "volume x mean of open, high, low and close"),
    _Rule("suspended", ("close",), _suspended, "1 where the session has no close, or a volume of 0 and others do not"),
)
"""What can be derived, in the order in which it is."""

DERIVABLE: Mapping[str, tuple[str, ...]] = MappingProxyType({rule.field: rule.needs for rule in RULES})
"""Field -> the fields that it is derived from."""
