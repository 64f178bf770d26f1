"""What the checks of rules, strategies and sources share: a panel with everything that goes wrong, and comparisons."""

import pickle
import timeit
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .core.errors import LiangrongError
from .core.ideas.parameters import Parameter
from .core.panel.panel import FIELDS, Panel
from .core.synthetic.synthetic import generate
from .core.types import Panel2D, Sessions

SECONDS = 2.0
"""What the histories that end early may take together, about."""

LENGTHS = (1, 4, 21, 64)
"""Sessions of histories that end early and are looked at however long it takes."""


class ContractError(AssertionError):
    """Something that a rule, a strategy or a source has to keep, and does not."""


@cache
def sample_panel() -> Panel:
    """Return the panel that is checked on where none is given: 300 sessions of 16 synthetic securities, torn.

    It has every canonical field but the financing volumes, cells without observation, sessions without turnover, short
    balances that stand still, splits, and industries that change.
    """
    panel, rng = generate(seed=5, securities=16, sessions=300), np.random.default_rng(11)
    fields = {name: np.where(rng.random(panel.shape) < 0.01, np.nan, values) for name, values in panel.fields.items()}
    for name in ("amount", "volume"):
        fields[name][rng.random(panel.shape) < 0.02] = 0.0
    fields["short_volume"][150:230, 3] = 12_300.0
    fields["adj_factor"] = np.cumprod(np.where(rng.random(panel.shape) < 0.01, 1.1, 1.0), axis=0)
    fields["industry"][150:, ::3] = 2.0
    fields["close"][:5] = np.nan
    return panel.with_fields(fields)


def cuts(sessions: Sessions, compare: Callable[[], Any]) -> list[int]:
    """Return the lengths of the histories that end early.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
    compare : callable
        Computes and compares once: every length from 1 to T - 1 is returned where they take some `SECONDS`, else as
        many as do, half of them ends of months and half spread evenly, and those of `LENGTHS` in any case.
    """
    every = np.arange(1, len(sessions))
    count = max(int(SECONDS / min(timeit.repeat(compare, number=1, repeat=2))), len(LENGTHS))
    if count >= len(every):
        return every.tolist()
    months = sessions.astype("datetime64[M]")
    ends = _spread(np.flatnonzero(months[1:] != months[:-1]) + 1, count // 2)
    asked = {*LENGTHS, len(sessions) // 2, len(sessions) - 1, *ends, *_spread(every, count - len(ends))}
    return sorted(end for end in asked if 0 < end < len(sessions))


def _spread(lengths: NDArray[np.int64], count: int) -> list[int]:
    """Return at most `count` of them, spread evenly."""
    count = min(count, len(lengths))
    return lengths[((np.arange(count) + 0.5) * len(lengths) / max(count, 1)).astype(np.int64)].tolist()


def until(panel: Panel, end: int) -> Panel:
    """Return the first `end` sessions."""
    return panel.window(None, panel.sessions[end - 1])


def only(panel: Panel, fields: Iterable[str]) -> Panel:
    """Return the panel with no other fields than these."""
    kept = set(fields)
    return replace(panel, fields={name: values for name, values in panel.fields.items() if name in kept})


def computed(what: str, on: str, make: Callable[[], Any], shape: tuple[int, int]) -> Panel2D:
    """Return what `make` computes, float64 of `shape`; ContractError where it fails or is anything else."""
    try:
        got = make()
    except Exception as error:
        raise ContractError(
            f"{what} should give float64 {shape} on {on}, got {type(error).__name__}: {error}"
        ) from error
    if not isinstance(got, np.ndarray) or got.dtype != np.float64 or got.shape != shape:
        kind = f"{got.dtype} {got.shape}" if isinstance(got, np.ndarray) else type(got).__name__
        raise ContractError(f"{what} should give float64 {shape} on {on}, got {kind}")
    if np.isinf(got).any():
        t, j = np.argwhere(np.isinf(got))[0]
        raise ContractError(f"{what} should give numbers or NaN on {on}, got {got[t, j]} in row {t}, column {j}")
    return got


def same(what: str, expected: Panel2D, got: Panel2D, panel: Panel, first: int = 0, rtol: float = 0.0) -> None:
    """Raise ContractError at the first cell that differs; `first` is the row of the panel with which they begin."""
    is_same = np.isclose(got, expected, rtol=rtol, atol=rtol, equal_nan=True)
    if not is_same.all():
        t, j = np.argwhere(~is_same)[0]
        place = f"{panel.symbols[j]} on {panel.sessions[first + t]}"
        raise ContractError(f"{what}: expected {expected[t, j]:.12g} for {place}, got {got[t, j]:.12g}")


def bytes_of(panel: Panel) -> dict[str, bytes]:
    """Return the content of every field."""
    return {name: values.tobytes() for name, values in panel.fields.items()}


def untouched(what: str, before: Mapping[str, bytes], panel: Panel) -> None:
    """Raise ContractError where a field is no longer what it was."""
    changed = [name for name, content in bytes_of(panel).items() if content != before[name]]
    if changed:
        raise ContractError(f"{what} should leave the panel as it is, it wrote into `{changed[0]}`: copy it first")


def without_rows(panel: Panel, fields: Sequence[str]) -> tuple[Panel, int]:
    """Return the panel with one security of which `fields` know nothing, and its column."""
    j = panel.shape[1] // 2
    emptied = {name: panel[name].copy() for name in fields}
    for values in emptied.values():
        values[:, j] = np.nan
    return panel.with_fields(emptied), j


def known_fields(what: str, needs: Any, panel: Panel) -> None:
    """Raise ContractError where `needs` is no tuple of canonical fields that the panel has."""
    if not isinstance(needs, tuple) or not all(isinstance(name, str) for name in needs):
        raise ContractError(f"{what} should say which fields it needs as a tuple of texts, got {needs!r}")
    for name in needs:
        if name not in FIELDS:
            raise ContractError(
                f"{what} needs the field `{name}`, which is not canonical: known are {', '.join(FIELDS)}"
            )
        if name not in panel:
            raise ContractError(f"{what} needs the field `{name}`, which the panel does not have: give one that has it")


def sound_parameters(what: str, parameters: Iterable[Parameter]) -> None:
    """Raise ContractError for a parameter without words, with bounds upside down, or a default outside of them."""
    for one in parameters:
        if not one.doc.strip():
            raise ContractError(f"`{one.name}` of {what} should say what it does, with its unit, got no words")
        if one.low is not None and one.high is not None and one.low > one.high:
            raise ContractError(f"`{one.name}` of {what} should have `low` below `high`, got {one.low} and {one.high}")
        try:
            one.check(one.default, what)
        except LiangrongError as error:
            raise ContractError(f"the default of a parameter should be a value that it takes: {error}") from None


def portable(what: str, thing: Any) -> Any:
    """Return a copy that went through pickle, as to another process; ContractError where it cannot."""
    try:
        return pickle.loads(pickle.dumps(thing))
    except Exception as error:
        raise ContractError(
            f"{what} should pass to another process, pickle says {type(error).__name__}: {error}: define it at the top "
            "of a module"
        ) from error
