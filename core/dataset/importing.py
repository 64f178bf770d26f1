"""Files of any kind -> a dataset: what they are is told, and what the dataset has already is kept."""

import csv
import datetime
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ConfigError, DataError
from ..folders import write_text
from ..panel.panel import Panel
from ..panel.units import check_units
from ..sources import Finding, Imported, qlib_bins, read
from ..sources.catalogue import LAYOUTS
from ..sources.fact_tables import Action, Tables, no_tables
from ..sources.recognise import Recognised, TakenFor, recognise
from . import store
from .merging import Prefer, merge, with_constituents, with_listings, with_members

ACTIONS = "actions.csv"
"""Corporate actions beside the data of a dataset; `data.actions` of a configuration may name it."""

_COLUMNS = ("date", "symbol", "cash_per_share", "share_ratio")


def import_data(
    source: str | None,
    paths: Any,
    to: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    prefer: Prefer = "new",
    **options: Any,
) -> dict[str, Any]:
    """Read files, bring them into a dataset, and return its `info`.

    Parameters
    ----------
    source : str or None
        A name of ``liangrong data sources``; None = told by header and values, file by file.
    paths : path, data frame, or a sequence of them
        Files, folders, archives.
    to : path
        The dataset folder. One that exists gains fields, securities and days.
    columns : mapping of str to str, optional
        Header -> field, of files whose columns no source knows.
    prefer : {"new", "old"}
        Whose value stands where the files and the dataset disagree; the differences are findings.
    **options
        ``symbol`` and ``day`` of files that have none.

    Returns
    -------
    dict
        As `store.info`, with ``taken_for`` (what each file was taken for and why), ``brought`` (the findings of this
        import) and ``actions`` (how many corporate actions lie beside the data).

    Raises
    ------
    ConfigError, DataError, DateError
        Files that cannot be read as declared, or that fit no source or several; then nothing is written.
    OutputError
        As `store.save`.
    """
    if prefer not in ("new", "old"):
        raise ConfigError(f"`prefer` should be new or old, got {prefer!r}")
    found = _found(source, paths, columns, options)
    folder = Path(to)
    known = store.load(folder) if store.is_dataset(folder) else None
    before = store.info(folder)["findings"] if known is not None else []
    panel, findings = _panel(found, known, prefer)
    actions, clashes = _actions(folder, found.tables.actions, prefer)
    findings += clashes
    brought = [one.as_record() for one in (*found.findings, *findings)]
    kept = [Finding.of_record(one) for one in before if one not in brought]
    store.save(panel, [*kept, *found.findings, *findings], folder)
    if actions:
        write_text(folder / ACTIONS, _written(actions))
    taken = [{"files": list(one.files), "source": one.source, "why": one.why} for one in found.taken]
    return {**store.info(folder), "taken_for": taken, "brought": brought, "actions": len(actions)}


def _found(source: str | None, paths: Any, columns: Mapping[str, str] | None, options: Mapping[str, Any]) -> Recognised:
    why = "you said so"
    if source is None and qlib_bins.is_folder(paths):
        source, why = qlib_bins.SOURCE.name, "it has calendars/day.txt"
    if source is None or source in LAYOUTS:
        return recognise(paths, source=source, columns=columns, **options)
    if columns:
        raise ConfigError(f"`columns` has no meaning for the source `{source}`, whose columns are its own")
    panel, findings = Imported(*read(source, paths, **options))
    given = [paths] if isinstance(paths, str | Path) else paths
    taken = TakenFor(tuple(Path(path).name for path in given), source, why)
    return Recognised(panel, no_tables(), findings, (taken,), ())


def _panel(found: Recognised, known: Panel | None, prefer: Prefer) -> tuple[Panel, list[Finding]]:
    """Return what the dataset will hold, and where it disagreed with the files."""
    findings: list[Finding] = []
    panel = found.panel if known is None else known
    if known is not None and found.held is not None:
        panel, findings = merge(known, found.held, prefer, found.lists)
        if not panel.adjusted:
            check_units(panel)
    _refuse_twice(panel, found.tables)
    tables = found.tables
    if tables.listings:
        panel = with_listings(panel, tables.listings)
    if tables.industries:
        panel = with_members(panel, tables.industries)
    if tables.members:
        panel, noticed = with_constituents(panel, tables.members, prefer)
        findings += noticed
    return panel, findings


def _refuse_twice(panel: Panel, tables: Tables) -> None:
    """Raise where adjusted prices would meet what adjusts them: dividends would be counted twice."""
    if panel.adjusted and (tables.actions or "adj_factor" in panel):
        what = "a table of corporate actions" if tables.actions else "factors of adjustment (`adj_factor`)"
        raise DataError(
            f"the prices are {panel.adjusted}, and {what} would count dividends and splits twice: import prices as "
            "traded, or leave the table out"
        )


def _actions(folder: Path, new: Sequence[Action], prefer: Prefer) -> tuple[list[Action], list[Finding]]:
    """Return the corporate actions of the dataset and of the files together, one for each security and day."""
    path = folder / ACTIONS
    old = _read(path) if path.is_file() else []
    if not new:
        return old, []
    added: dict[tuple[str, str], Action] = {}
    for one in new:
        key = (str(one.day), one.symbol)
        same = added.get(key)
        added[key] = one if same is None else one._replace(cash=same.cash + one.cash, ratio=same.ratio + one.ratio)
    kept = {(str(one.day), one.symbol): one for one in old}
    clash = [key for key in added if key in kept and kept[key] != added[key]]
    whole = {**kept, **added} if prefer == "new" else {**added, **kept}
    examples = tuple(f"{symbol} on {day}" for day, symbol in clash[:5])
    detail = f"a corporate action differs from what the dataset has: the {prefer} one stands"
    found = [Finding(kind="sources_disagree", count=len(clash), detail=detail, examples=examples)] if clash else []
    return [whole[key] for key in sorted(whole)], found


def _read(path: Path) -> list[Action]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                Action(_day(row["date"]), row["symbol"], float(row[_COLUMNS[2]]), float(row[_COLUMNS[3]]))
                for row in csv.DictReader(file)
            ]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no table of corporate actions of an import ({error}): move it away") from None


def _day(text: str) -> np.datetime64:
    return np.datetime64(datetime.date.fromisoformat(text), "D")


def _written(actions: Sequence[Action]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((str(one.day), one.symbol, repr(one.cash), repr(one.ratio)) for one in actions)
    return text.getvalue()
