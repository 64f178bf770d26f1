"""What is known already and what comes to it -> one panel; where both speak of a cell, a stated order decides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..panel.panel import Panel
from ..symbols import of_mainland, of_taiwan
from ..types import Panel2D
from .base import Finding
from .reading import on_listed_days

Prefer = Literal["new", "old"]

_PRICES = ("open", "high", "low", "close", "pre_close")


DATASET = "what the dataset has"
FILES = "what the files of another source have"


def merge(
    old: Panel, new: Panel, prefer: Prefer = "new", lists: Sequence[str] = (), *, what: str = DATASET
) -> tuple[Panel, list[Finding]]:
    """Return one panel over the sessions, securities and fields of both, and where they disagree.

    Parameters
    ----------
    old, new : Panel
    prefer : {"new", "old"}
        Whose value stands in a cell that both observe differently.
    lists : sequence of str
        Fields of `new` that are whole lists of their days: what they do not name is 0, also in `old`.
    what : {DATASET, FILES}
        How the findings call `old`.

    Raises
    ------
    DataError
        Adjusted prices and traded ones; a synthetic market and a real one; Taiwan and the mainland.

    Notes
    -----
    A published value goes before a derived one whatever the order: a field that one of them alone notes as imputed
    yields to the other's.
    """
    _refuse_mixture(old, new)
    refuse_two_currencies((*old.symbols, *new.symbols))
    sessions = np.union1d(old.sessions, new.sessions)
    symbols = tuple(sorted({*old.symbols, *new.symbols}))
    old, new = _same_industries(old, new)
    fields: dict[str, Panel2D] = {}
    findings: list[Finding] = []
    for name in dict.fromkeys((*old.fields, *new.fields)):
        before, after = (_spread(panel, name, sessions, symbols) for panel in (old, new))
        if before is None or after is None:
            whole = after if before is None else before
            assert whole is not None
        else:
            first = _first(name, old, new, prefer)
            findings += _apart(
                f"`{name}` differs from {what}: the {first} value stands", before, after, sessions, symbols
            )
            top, below = (after, before) if first == "new" else (before, after)
            whole = np.where(np.isnan(top), below, top)
        fields[name] = on_listed_days(whole, symbols) if name in lists else whole
    imputed = {**old.imputed, **new.imputed}
    source = "; ".join(dict.fromkeys([*old.source.split("; "), *new.source.split("; ")]))
    panel = replace(old, sessions=sessions, symbols=symbols, fields=fields, source=source, imputed=imputed, derived={})
    return replace(panel, adjusted=old.adjusted or new.adjusted), findings


def refuse_two_currencies(symbols: Sequence[str]) -> None:
    """Raise DataError where some of `symbols` are of Taiwan (TWD) and some of the mainland (CNY)."""
    here, there = ([one for one in symbols if of(one)] for of in (of_mainland, of_taiwan))
    if here and there:
        raise DataError(
            f"{here[0]} is of the mainland, in CNY, and {there[0]} of Taiwan, in TWD: a dataset has one "
            "currency and one calendar; import each into a folder of its own: another `--to`"
        )


def _refuse_mixture(old: Panel, new: Panel) -> None:
    if old.synthetic != new.synthetic:
        raise DataError("the dataset is of a synthetic market and the import is not (or the reverse): keep them apart")
    priced = [any(name in panel for name in _PRICES) for panel in (old, new)]
    if all(priced) and bool(old.adjusted) != bool(new.adjusted):
        words = {True: "adjusted ones", False: "traded ones"}
        raise DataError(
            f"the dataset has {words[bool(old.adjusted)]} as prices and the import {words[bool(new.adjusted)]}: "
            "import them into a dataset of their own"
        )


def _first(name: str, old: Panel, new: Panel, prefer: Prefer) -> Prefer:
    """Return whose value of a field stands."""
    if (name in old.imputed) != (name in new.imputed):
        return "new" if name in old.imputed else "old"
    return prefer


def _spread(panel: Panel, name: str, sessions: np.ndarray, symbols: Sequence[str]) -> Panel2D | None:
    """Return a field over wider axes, NaN where the panel says nothing; None where it has no such field."""
    values = panel.get(name)
    if values is None:
        return None
    if panel.symbols == tuple(symbols) and len(panel.sessions) == len(sessions):
        return values
    column = {symbol: j for j, symbol in enumerate(symbols)}
    out = np.full((len(sessions), len(symbols)), np.nan)
    j = np.array([column[symbol] for symbol in panel.symbols], dtype=np.int64)
    out[np.ix_(np.searchsorted(sessions, panel.sessions), j)] = values
    return out


def _apart(detail: str, before: Panel2D, after: Panel2D, sessions: np.ndarray, symbols: Sequence[str]) -> list[Finding]:
    """Return the finding that counts the cells which both observe differently."""
    clash: NDArray[np.bool_] = np.isfinite(before) & np.isfinite(after) & (before != after)
    count = int(clash.sum())
    if not count:
        return []
    examples = tuple(
        f"{symbols[j]} on {sessions[t]}: old {before[t, j]:.15g}, new {after[t, j]:.15g}"
        for t, j in np.argwhere(clash)[:5]
    )
    return [Finding(kind="sources_disagree", count=count, detail=detail, examples=examples)]


def _same_industries(old: Panel, new: Panel) -> tuple[Panel, Panel]:
    """Return both with the numbers of the industries of both."""
    names = tuple(dict.fromkeys((*old.industries, *new.industries)))
    if not new.industries or names == new.industries:
        return replace(old, industries=names), new
    number = np.array([names.index(name) for name in new.industries], dtype=float)
    codes = new["industry"]
    moved = np.where(np.isnan(codes), np.nan, number[np.nan_to_num(codes).astype(int)])
    return replace(old, industries=names), replace(new.with_fields({"industry": moved}), industries=names)
