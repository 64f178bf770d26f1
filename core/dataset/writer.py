"""Who writes a dataset: alone, part by part, and in one step valid."""

import contextlib
import datetime as dt
import json
import os
import secrets
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, LiangrongError, OutputError
from ..folders import flush, flush_folder
from ..locks import claimed
from ..panel.action_rows import CorporateAction, as_csv
from ..panel.ending_rows import Ending
from ..panel.ending_rows import as_csv as endings_as_csv
from ..panel.panel import FIELDS, Panel
from ..panel.units import is_index
from ..symbols import of_taiwan
from ..types import Sessions
from . import manifest as manifests
from .contents import panel_of, read_actions_of, read_axes, read_endings_of, read_fields
from .digests import added
from .leftovers import refuse_foreign, tidy
from .manifest import LOCK, NAME, File, Manifest, Part
from .parquet import Rows, file_hash, observed_cells
from .runs import is_full, runs

PATIENCE = 60.0
"""Seconds that a command waits for another one that writes the same dataset."""

MOST_IMPORTS = 1000
"""How many of the last imports a manifest remembers."""


def _nobody(_: str) -> None: ...


@contextlib.contextmanager
def writing(folder: Path, tell: Callable[[str], None] = _nobody) -> Generator["Writer", None, None]:
    """Give a dataset, made where it is absent, to this process alone; what its version does not name is removed.

    Parameters
    ----------
    folder : Path
        New, empty, or a dataset.
    tell : callable
        Is told who is waited for.

    Raises
    ------
    OutputError
        The folder holds something else, is in use, or cannot be written.
    """
    refuse_foreign(folder)
    try:
        with claimed(folder, LOCK, "command", "or choose another folder", patience=PATIENCE, tell=tell):
            refuse_foreign(folder)
            try:
                yield Writer(folder)
            finally:
                tidy(folder)
    except LiangrongError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write the dataset {folder}: {error}") from error


class Writer:
    """The parts that the next version of a dataset has; `commit` makes them valid.

    Parameters
    ----------
    folder : Path
        That this process has to itself, see `writing`.
    """

    def __init__(self, folder: Path) -> None:
        """Begin with the version that is there, if any."""
        self.folder = folder
        self.manifest: Manifest | None = manifests.read(folder) if (folder / NAME).is_file() else None
        self._parts: tuple[Part, ...] = ()
        self._sessions: Sessions = np.empty(0, dtype="datetime64[D]")
        self._symbols: tuple[str, ...] = ()
        if self.manifest is not None:
            self._parts = self.manifest.parts
            self._sessions, self._symbols = read_axes(folder, self.manifest)

    def held(self, sessions: Sessions | None, fields: Collection[str]) -> Panel | None:
        """Return what an addition meets: the panel of the files that it touches, with all securities.

        Parameters
        ----------
        sessions : datetime64[D] or None
            Of the addition, in order; None = it touches every file.
        fields : collection of str
            Of the addition. One that the dataset has not touches every file.

        Returns
        -------
        Panel or None
            None where there is no dataset yet. Put the whole of it back together with the addition.
        """
        if self.manifest is None:
            return None
        parts, rows = self._parts, np.ones(len(self._sessions), dtype=bool)
        if sessions is not None and len(sessions) and set(fields) <= set(self.manifest.units):
            parts = self._touched(sessions)
            ends = [np.datetime64(day) for part in parts for day in (part.first, part.last)]
            first, last = min([sessions[0], *ends]), max([sessions[-1], *ends])
            rows = (self._sessions >= first) & (self._sessions <= last)
        days = self._sessions[rows]
        values = read_fields(self.folder, self.manifest, parts, days, self._symbols)
        return panel_of(self.manifest, days, self._symbols, values, self.actions(), self.endings())

    def actions(self) -> tuple[CorporateAction, ...]:
        """Return the corporate actions of the version that is there."""
        return () if self.manifest is None else read_actions_of(self.folder, self.manifest)

    def endings(self) -> tuple[Ending, ...]:
        """Return the ends of listings of the version that is there."""
        return () if self.manifest is None else read_endings_of(self.folder, self.manifest)

    def put(self, panel: Panel, *, whole: bool = False) -> None:
        """Let the sessions from the panel's first to its last be what it says; write the files that this changes.

        Parameters
        ----------
        panel : Panel
            Of all securities and fields of the dataset, new ones added; its actions and endings do not count here.
        whole : bool
            It is all that there will be.

        Raises
        ------
        DataError
            A panel without a field.
        """
        if not panel.fields:
            raise DataError("a panel without any field cannot be stored")
        inside = self._parts if whole else self._overlapped(panel.sessions)
        kept = [part for part in self._parts if part not in inside]
        names = tuple(panel.fields)
        if kept:
            names = tuple(kept[0].digests)
            if set(names) != set(panel.fields) or not set(self._symbols) <= set(panel.symbols):
                raise ValueError("`panel` should have all fields and securities of the files that stay")
        full = [(np.datetime64(one.first), np.datetime64(one.last)) for one in inside if is_full(one.rows)]
        pieces = runs(panel.sessions, _rows_by_session(panel), full)
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            made = list(pool.map(lambda piece: self._part(panel, piece, names, inside), pieces))
        self._parts = tuple(sorted([*kept, *(part for part in made if part)], key=lambda part: part.first))
        out = np.zeros(len(self._sessions), dtype=bool)
        if not whole and len(panel.sessions):
            out = (self._sessions < panel.sessions[0]) | (self._sessions > panel.sessions[-1])
        self._sessions = np.union1d(self._sessions[out], panel.sessions)
        self._symbols = panel.symbols

    def commit(
        self, about: Panel, findings: Sequence[Mapping[str, Any]], imported: Mapping[str, Any] | None = None
    ) -> None:
        """Make what was put the version that readers see.

        Parameters
        ----------
        about : Panel
            Its source, imputed, synthetic, industries, adjusted, actions and endings are those of the dataset.
        findings : sequence of mapping
            All records of the dataset.
        imported : mapping, optional
            What this import was: files, sources, reasons.
        """
        former = self.manifest
        days = self._sessions.astype(str).tolist()
        axes = json.dumps({"sessions": days, "symbols": self._symbols}, ensure_ascii=False)
        names = tuple(self._parts[0].digests) if self._parts else tuple(about.fields)
        imports = [*(former.imports if former else ()), *([_dated(imported)] if imported else [])]
        self.manifest = Manifest(
            version=former.version + 1 if former else 1,
            source=about.source,
            synthetic=about.synthetic,
            adjusted=about.adjusted,
            industries=about.industries,
            shape=(len(days), len(self._symbols)),
            start=days[0] if days else None,
            end=days[-1] if days else None,
            units={name: _unit(name, about.adjusted, self._symbols) for name in names},
            digests={name: added(part.digests[name] for part in self._parts) for name in names},
            imputed=dict(about.imputed),
            findings=list(findings),
            imports=imports[-MOST_IMPORTS:],
            axes=self._text("", "axes", "json", axes),
            parts=self._parts,
            actions=self._text("tables/", "actions", "csv", as_csv(about.actions)) if about.actions else None,
            action_count=len(about.actions),
            endings=self._text("tables/", "endings", "csv", endings_as_csv(about.endings)) if about.endings else None,
            ending_count=len(about.endings),
        )
        manifests.write(self.folder, self.manifest)

    def _overlapped(self, sessions: Sessions) -> tuple[Part, ...]:
        if not len(sessions):
            return ()
        first, last = str(sessions[0]), str(sessions[-1])
        return tuple(part for part in self._parts if part.first <= last and part.last >= first)

    def _touched(self, sessions: Sessions) -> tuple[Part, ...]:
        """Return the files that sessions lie in, and their neighbours that are not full."""
        first, last = str(sessions[0]), str(sessions[-1])
        before = [part for part in self._parts if part.last < first][-1:]
        after = [part for part in self._parts if part.first > last][:1]
        near = [part for part in (*before, *after) if not is_full(part.rows)]
        return tuple(part for part in self._parts if part in near or (part.first <= last and part.last >= first))

    def _part(self, panel: Panel, piece: slice, names: Sequence[str], inside: Sequence[Part]) -> Part | None:
        """Return the file of some sessions: the one that is there where nothing changed, None where none is needed."""
        days = panel.sessions[piece]
        rows = Rows(days, panel.symbols, {name: panel[name][piece] for name in names})
        if not len(rows.cells):
            return None
        first, last, digests = str(days[0]), str(days[-1]), rows.digests()
        for part in inside:
            same = (part.first, part.last, part.rows) == (first, last, len(rows.cells))
            if same and list(part.digests.items()) == list(digests.items()) and (self.folder / part.file).is_file():
                return part
        place = self.folder / "data"
        place.mkdir(exist_ok=True)
        building = place / f".tmp-{secrets.token_hex(4)}"
        rows.write(building)
        flush(building)
        digest, size = file_hash(building), building.stat().st_size
        name = f"data/{first}_{last}-{digest[:16]}.parquet"
        os.replace(building, self.folder / name)
        flush_folder(place)
        return Part(name, size, digest, first, last, len(rows.cells), digests)

    def _text(self, place: str, stem: str, ending: str, text: str) -> File:
        """Write a text under the name of its hash."""
        (self.folder / place).mkdir(exist_ok=True)
        building = self.folder / place / f".tmp-{secrets.token_hex(4)}"
        building.write_text(text, encoding="utf-8", newline="\n")
        flush(building)
        digest, size = file_hash(building), building.stat().st_size
        name = f"{place}{stem}-{digest[:16]}.{ending}"
        os.replace(building, self.folder / name)
        flush_folder((self.folder / name).parent)
        return File(name, size, digest)


def _rows_by_session(panel: Panel) -> np.ndarray:
    """Return the number of observed cells of each session, int64 (T,)."""
    return observed_cells(list(panel.fields.values())).sum(axis=1, dtype=np.int64)


def _unit(field: str, adjusted: str, symbols: Sequence[str]) -> str:
    """Return the unit of a field; adjusted prices are never called unadjusted, nor points or TWD CNY."""
    unit = FIELDS[field]
    if adjusted:
        unit = unit.replace(", unadjusted", f", {adjusted}")
    if symbols and all(map(of_taiwan, symbols)):
        return unit.replace("CNY", "TWD")
    indices = sum(map(is_index, symbols)) if unit.startswith("CNY per share") else 0
    if not indices:
        return unit
    return "points of an index" if indices == len(symbols) else f"{unit}; points of an index"


def _dated(imported: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": dt.datetime.now().astimezone().isoformat(timespec="seconds"), **imported}
