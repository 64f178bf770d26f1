"""Paths -> grids: folders, zip and gzip, text, spreadsheets, parquet, JSON and data frames, told by their content."""

import gzip
import io
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import DataError
from . import compound_file
from .base import Finding, Paths, as_paths, finding, in_one_line
from .frame_grid import frame_grid
from .grid import Grid
from .json_grid import json_grids
from .remedies import nothing_in
from .spreadsheet import sheet_grid
from .text_file import text_grid

_TEXT = {".csv", ".txt", ".tsv", ".tab", ".xls", ".xlsx", ".xlsm", ".parquet", ".json", ".jsonl", ".gz", ".zip", ".dat"}
_NAMED_SHEETS = {".xls", ".xlsx", ".xlsm"}
FRAME = Path("DataFrame")
"""What messages call a table that came from memory."""


def grids(
    paths: Paths | pd.DataFrame | Sequence[Any], known: Collection[str], findings: list[Finding]
) -> Iterator[Grid]:
    """Yield the tables of `paths`; see `files`."""
    for _, tables in files(paths, known, findings):
        yield from tables


def files(
    paths: Paths | pd.DataFrame | Sequence[Any], known: Collection[str], findings: list[Finding]
) -> list[tuple[Path, Iterator[Grid]]]:
    """Return the files of `paths` and the tables of each, which are read one file at a time.

    Parameters
    ----------
    paths : path, data frame, or a sequence of them
        A folder stands for the files in it that could hold a table; what else it holds becomes a finding.
    known : collection of str
        Headers of all sources.
    findings : list of Finding
        Grows.

    Raises
    ------
    DataError
        Nothing to read; then, of the iterators: a file that is damaged, empty or of another kind than it can be.
    """
    given = [paths] if isinstance(paths, str | Path | pd.DataFrame) else list(paths)
    if not given:
        raise DataError("no file to import: give at least one path")
    frames = [one for one in given if isinstance(one, pd.DataFrame)]
    named = [one for one in given if not isinstance(one, pd.DataFrame)]
    return [
        *((FRAME, iter([frame_grid(FRAME, frame)])) for frame in frames),
        *((path, _read(path, known, findings)) for path in _files(as_paths(named) if named else [], findings)),
    ]


def _read(path: Path, known: Collection[str], findings: list[Finding]) -> Iterator[Grid]:
    yield from _of_file(path, path.read_bytes(), known, findings)


def _files(paths: Sequence[Path], findings: list[Finding]) -> list[Path]:
    """Return the files to read, in the order given, those of a folder by name."""
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(path.iterdir())
        taken = [one for one in inside if _could_be_table(one)]
        if not taken:
            raise DataError(nothing_in(path, _folders_with_tables(path), sorted(_TEXT)))
        others = [one.name for one in inside if one not in taken]
        findings += finding("unused_file", others, "not read from this folder", path.name)
        files += taken
    return files


def _could_be_table(path: Path) -> bool:
    return path.suffix.lower() in _TEXT and path.is_file()


def _folders_with_tables(path: Path) -> dict[Path, int]:
    """Return the folders anywhere inside one that hold files that could be tables, and how many."""
    return dict(sorted(Counter(one.parent for one in path.rglob("*") if _could_be_table(one)).items()))


def _of_file(path: Path, raw: bytes, known: Collection[str], findings: list[Finding]) -> Iterator[Grid]:
    """Yield the tables of the content of one file."""
    if not raw[:4096].strip() and not raw.strip():
        raise DataError(f"{path} is empty: expected a header line and at least one row")
    if raw[:2] == b"\x1f\x8b":
        yield from _of_file(_without(path, ".gz"), _unpacked(path, raw), known, findings)
    elif raw[:4] == b"PK\x03\x04":
        yield from _of_zip(path, raw, known, findings)
    elif raw[:8] == compound_file.MAGIC:
        yield sheet_grid(path, raw, known)
    elif raw[:4] == b"PAR1":
        yield _parquet(path, raw)
    else:
        yield from _of_text(path, raw, known)


def _of_text(path: Path, raw: bytes, known: Collection[str]) -> Iterator[Grid]:
    head = raw[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<script")):
        raise DataError(f"{path} is a web page, not a table: save the table itself (CSV or the exchange's spreadsheet)")
    if path.suffix.lower() == ".parquet" or b"\x00\x00\x00" in raw[:2000]:
        raise DataError(f"{path} is damaged or no table at all: fetch the file again")
    found = json_grids(path, raw, known) if head[:1] in (b"[", b"{") else [text_grid(path, raw, known)]
    if path.suffix.lower() in _NAMED_SHEETS or (head[:1] in (b"[", b"{") and "json" not in path.suffix.lower()):
        inside = "JSON" if head[:1] in (b"[", b"{") else "text"
        found[0].note(
            "named_otherwise", [path.name], f"the name says {path.suffix}, the content is {inside}: read as such"
        )
    yield from found


def _unpacked(path: Path, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be unpacked ({in_one_line(error)}): fetch the file again") from None


def _without(path: Path, suffix: str) -> Path:
    return path.with_suffix("") if path.suffix.lower() == suffix else path


def _of_zip(path: Path, raw: bytes, known: Collection[str], findings: list[Finding]) -> Iterator[Grid]:
    """Yield the tables of a zip archive, which a spreadsheet (.xlsx) is too."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = sorted(one.filename for one in archive.infolist() if not one.is_dir())
            if "[Content_Types].xml" in names:
                yield sheet_grid(path, raw, known)
                return
            taken = [one for one in names if Path(one).suffix.lower() in _TEXT and not one.startswith("__MACOSX")]
            if not taken:
                raise DataError(f"{path} holds no file that could be a table")
            others = [one for one in names if one not in taken]
            findings += finding("unused_file", others, "not read from this archive", path.name)
            for name in taken:
                yield from _of_file(path / Path(name).name, archive.read(name), known, findings)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError) as error:
        raise DataError(f"{path} cannot be unpacked ({in_one_line(error)}): fetch the file again") from None


def _parquet(path: Path, raw: bytes) -> Grid:
    try:
        table = pq.read_table(pa.BufferReader(raw))
        return frame_grid(path, table.to_pandas(strings_to_categorical=True))
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise DataError(f"{path} is a damaged parquet file ({in_one_line(error)}): fetch it again") from None
