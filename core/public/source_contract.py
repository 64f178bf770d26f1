"""What every importer has to keep."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .contract import ContractError
from .core.errors import DataError
from .core.panel.panel import Panel
from .core.panel.possible import ABOVE_ZERO, BELOW_ZERO, FLAGS, faults
from .core.sources import SOURCES
from .core.sources.base import Finding, Imported, Source
from .core.symbols import is_misspelt


def check_source(source: Source | str, paths: str | Path | Sequence[str | Path], **options: Any) -> None:
    """Check that an importer is one, on files that it should be able to read.

    Parameters
    ----------
    source : Source, or the name of one of ``liangrong data sources``
    paths : path or sequence of paths
        Files, or one folder, as the source wants them. Give two files or more: their order should not matter.
    **options
        Of the source.

    Raises
    ------
    ContractError
        What it returns is no panel with findings; there is no session, security, field or source in words; a symbol is
        not spelt as ``600519.SH``; a field has no observation at all; a price is not above 0, a flag neither 0 nor 1, a
        quantity negative or infinite, a high below its low; a second reading, or the files in another order, give
        something else; an empty file or a missing one is not refused with DataError.
    """
    known = SOURCES.get(source) if isinstance(source, str) else source
    if not isinstance(known, Source):
        raise ContractError(f"a source should be a Source, or the name of a known one, got {source!r}")
    name = f"source `{known.name}`"
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not known.description.strip():
        raise ContractError(f"{name} should say in one line what it reads, got no words")
    panel = _read(known, name, given, options).panel
    _check_panel(name, panel)
    _check_same(f"{name} gives something else the second time", panel, _read(known, name, given, options).panel)
    if len(given) > 1:
        turned = _read(known, name, given[::-1], options).panel
        _check_same(f"{name} gives something else when the files come in another order", panel, turned)
    _check_refusals(known, name, given, options)


def _read(source: Source, name: str, paths: Sequence[Path], options: dict[str, Any]) -> Imported:
    try:
        got = source.read(paths, **options)
    except Exception as error:
        raise ContractError(f"{name} should read the files, got {type(error).__name__}: {error}") from error
    if not (isinstance(got, tuple) and len(got) == 2 and isinstance(got[0], Panel)):
        raise ContractError(f"{name} should return a panel and its findings, got {type(got).__name__}")
    for one in got[1]:
        if not (isinstance(one, Finding) and one.kind and one.detail and one.count > 0):
            raise ContractError(f"{name} should return findings with kind, detail and a count above 0, got {one!r}")
    return Imported(*got)


def _check_panel(name: str, panel: Panel) -> None:
    if 0 in panel.shape or not panel.fields or not panel.source.strip():
        raise ContractError(
            f"{name} should give sessions, securities, fields and its source in words, got {panel.shape} cells, "
            f"{len(panel.fields)} fields and the source {panel.source!r}"
        )
    for symbol in panel.symbols:
        if not isinstance(symbol, str) or "." not in symbol or is_misspelt(symbol):
            raise ContractError(f"{name} should spell symbols as 600519.SH, got {symbol!r}")
    strangers = [field for field in panel.imputed if field not in panel]
    if strangers:
        raise ContractError(f"{name} says how `{strangers[0]}` was imputed, which the panel does not have")
    for field, values in panel.fields.items():
        for fault in faults(field, values):
            t, j = np.argwhere(fault.where)[0]
            place = f"{panel.symbols[j]} on {panel.sessions[t]}"
            raise ContractError(f"`{field}` of {name} should be {_expected(field)}, got {values[t, j]:g} for {place}")
        if np.isnan(values).all():
            raise ContractError(f"`{field}` of {name} should have an observation, got NaN in every cell: leave it out")
    if "high" in panel and "low" in panel and (panel["high"] < panel["low"]).any():
        t, j = np.argwhere(panel["high"] < panel["low"])[0]
        raise ContractError(f"{name} should give a high above the low, for {panel.symbols[j]} on {panel.sessions[t]}")


def _expected(field: str) -> str:
    if field in ABOVE_ZERO:
        return "a number above 0, or NaN"
    if field in FLAGS:
        return "0, 1 or NaN"
    return "finite, or NaN" if field in BELOW_ZERO else "0 or more, or NaN"


def _check_same(what: str, expected: Panel, got: Panel) -> None:
    for part in ("symbols", "sessions"):
        if not np.array_equal(getattr(expected, part), getattr(got, part)):
            raise ContractError(f"{what}: expected the {part} {getattr(expected, part)}, got {getattr(got, part)}")
    if set(expected.fields) != set(got.fields):
        raise ContractError(f"{what}: expected the fields {sorted(expected.fields)}, got {sorted(got.fields)}")
    for field, values in expected.fields.items():
        if not np.array_equal(values, got[field], equal_nan=True):
            t, j = np.argwhere(~((values == got[field]) | (np.isnan(values) & np.isnan(got[field]))))[0]
            place = f"`{field}` of {expected.symbols[j]} on {expected.sessions[t]}"
            raise ContractError(f"{what}: expected {values[t, j]:.12g} as {place}, got {got[field][t, j]:.12g}")


def _check_refusals(source: Source, name: str, paths: Sequence[Path], options: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / paths[0].name
        if paths[0].is_dir():
            empty.mkdir()
        else:
            empty.write_bytes(b"")
        what = "an empty folder" if paths[0].is_dir() else "an empty file"
        _refuses(name, what, lambda: source.read([empty, *paths[1:]], **options))
        _refuses(name, "a path that does not exist", lambda: source.read([Path(folder) / "absent.csv"], **options))


def _refuses(name: str, what: str, read: Callable[[], object]) -> None:
    try:
        got = read()
    except DataError:
        return
    except Exception as error:
        raise ContractError(
            f"{name} should refuse {what} with DataError, got {type(error).__name__}: {error}"
        ) from error
    raise ContractError(f"{name} should refuse {what} with DataError, got {type(got).__name__}")
