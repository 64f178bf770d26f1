"""Files of any kind -> a dataset: what they are is told, and what the dataset has already is kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ConfigError, DataError
from ..panel.action_rows import CorporateAction
from ..panel.panel import Panel
from ..panel.units import check_units
from ..sources import Finding, Imported, qlib_bins, read
from ..sources.catalogue import LAYOUTS
from ..sources.fact_tables import no_tables
from ..sources.meeting import Prefer, merge
from ..sources.recognise import Recognised, TakenFor, recognise
from . import store
from .action_tables import checked, joined
from .ending_tables import with_endings, without_odd
from .merging import with_constituents, with_listings, with_members
from .parquet import file_hash
from .writer import Writer, writing

Progress = Callable[[int, int], object]

_NAMED = 5
"""Names of files that a manifest keeps of an import."""


def import_data(
    source: str | None,
    paths: Any,
    to: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    prefer: Prefer = "new",
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress = lambda *_: None,
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
        Whose value stands where the files and the dataset disagree, or files of different sources: that of the later,
        or of the earlier one; the differences are findings.
    tell : callable
        Is told who is waited for, where another command writes the dataset.
    progress : callable(done, total)
        Called after each file that was read.
    **options
        ``symbol`` and ``day`` of files that have none.

    Returns
    -------
    dict
        As `store.info`, with ``taken_for`` (what each file was taken for and why) and ``brought`` (the findings of this
        import).

    Raises
    ------
    ConfigError, DataError, DateError
        Files that cannot be read as declared, or that fit no source or several; then nothing is written.
    OutputError
        As `store.save`.
    """
    if prefer not in ("new", "old"):
        raise ConfigError(f"`prefer` should be new or old, got {prefer!r}")
    found = _found(source, paths, columns, prefer, progress, options)
    with writing(Path(to), tell) as writer:
        brought = _bring(writer, found, prefer, paths)
    taken = [{"files": list(one.files), "source": one.source, "why": one.why} for one in found.taken]
    return {**store.info(to), "taken_for": taken, "brought": brought}


def _bring(writer: Writer, found: Recognised, prefer: Prefer, paths: Any) -> list[dict[str, Any]]:
    """Merge what was found into the dataset, write what that changes, and return the findings of this import."""
    actions, clashes = joined(writer.actions(), found.tables.actions, prefer)
    endings = with_endings(writer.endings(), found.tables.listings, prefer)
    known = _met(writer, found)
    panel, findings = _panel(found, known, prefer)
    _refuse_twice(panel, actions)
    clashes += checked(replace(panel, actions=actions), found.tables.actions)
    endings, odd = without_odd(panel, endings)
    findings += clashes + odd
    brought = [one.as_record() for one in (*found.findings, *findings)]
    before = writer.manifest.findings if writer.manifest else ()
    writer.put(panel, whole=known is None)
    kept = [one for one in before if one not in brought]
    about = replace(panel, actions=actions, endings=endings)
    writer.commit(about, [*kept, *brought], _record(found, paths))
    return brought


def _met(writer: Writer, found: Recognised) -> Panel | None:
    """Return what the files meet in the dataset: the days that they bring; all days where facts of securities come."""
    new, tables = found.held, found.tables
    if new is None or tables.listings or tables.industries or tables.members:
        return writer.held(None, ())
    return writer.held(new.sessions, new.fields)


def _record(found: Recognised, paths: Any) -> dict[str, Any]:
    """Return what a manifest remembers of an import: the files, with one hash of all, and what they were taken for."""
    taken = [{"source": one.source, "why": one.why, "files": _few(one.files)} for one in found.taken]
    return {"taken_for": taken, "sha256": _hash(paths)}


def _few(names: Sequence[str]) -> list[str]:
    return list(names) if len(names) <= _NAMED else [*names[: _NAMED - 1], f"and {len(names) - _NAMED + 1:,} more"]


def _hash(paths: Any) -> str | None:
    """Return one SHA-256 of the files that were given, in their order; None for what is no file."""
    given = [paths] if isinstance(paths, str | Path) else paths
    if not (isinstance(given, Sequence) and all(isinstance(one, str | Path) for one in given)):
        return None
    digest = hashlib.sha256()
    for one in given:
        top = Path(one)
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                digest.update(bytes.fromhex(file_hash(path)))
    return digest.hexdigest()


def _found(
    source: str | None,
    paths: Any,
    columns: Mapping[str, str] | None,
    prefer: Prefer,
    progress: Progress,
    options: Mapping[str, Any],
) -> Recognised:
    why = "you said so"
    if source is None and qlib_bins.is_folder(paths):
        source, why = qlib_bins.SOURCE.name, "it has calendars/day.txt"
    if source is None or source in LAYOUTS:
        return recognise(paths, source=source, columns=columns, prefer=prefer, progress=progress, **options)
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
    tables = found.tables
    if tables.listings:
        panel = with_listings(panel, tables.listings)
    if tables.industries:
        panel = with_members(panel, tables.industries)
    if tables.members:
        panel, noticed = with_constituents(panel, tables.members, prefer)
        findings += noticed
    return panel, findings


def _refuse_twice(panel: Panel, actions: Sequence[CorporateAction]) -> None:
    """Raise where adjusted prices would meet what adjusts them: dividends would be counted twice."""
    if panel.adjusted and (actions or "adj_factor" in panel):
        what = "a table of corporate actions" if actions else "factors of adjustment (`adj_factor`)"
        raise DataError(
            f"the prices are {panel.adjusted}, and {what} would count dividends and splits twice: import prices as "
            "traded, or leave the table out"
        )
