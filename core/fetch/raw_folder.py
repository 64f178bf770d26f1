"""The folder of answers as they came: one file a call, whole or not at all, so that a fetch can be taken up again.

raw/
    fetch.json                          what was fetched from where, and which days are to be asked again
    margin_detail/20240102.parquet      the answer for a day, with the day on which it was given
    suspend_d/20240103.none             asked, and there was nothing, where that may be
    stock_zh_a_hist/20240102-20240131/600519.parquet
"""

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import DataError, OutputError
from ..folders import is_litter, sweep, write_file
from ..locks import claimed
from ..types import Sessions
from .served import SERVICES

RECORD = "fetch.json"
FORMAT = 1
"""Version of the record; another one is refused."""

_ASKED_ON = b"liangrong.asked_on"


def packed(day: np.datetime64) -> str:
    """Return a day as services write it: ``20240102``."""
    return str(day).replace("-", "")


@dataclass(frozen=True)
class Record:
    """What a raw folder is of.

    Parameters
    ----------
    source : str
    what : tuple of str
        As the command line names it.
    symbols : tuple of str
        Securities whose bars are asked for one by one; empty = those of the margin details.
    again : mapping of str to tuple of str
        Table -> days whose answer was missing or doubtful.
    """

    source: str
    what: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    again: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_record(folder: Path) -> Record | None:
    """Return what a raw folder is of; None where it is no such folder.

    Raises
    ------
    DataError
        A record that is damaged or of another release.
    """
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        version = held["liangrong_fetch"]
        again = {str(name): tuple(map(str, days)) for name, days in held["again"].items()}
        found = Record(str(held["source"]), tuple(held["what"]), tuple(held["symbols"]), again)
        for days in again.values():
            np.array(days, dtype="datetime64[D]")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError(f"{path} is damaged: move it away and give the command of `data fetch` again") from None
    if version != FORMAT or found.source not in SERVICES:
        raise DataError(f"{path} is of another release of liangrong: choose another `--raw`")
    return found


class RawFolder:
    """Answers by table and day.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def alone(self) -> AbstractContextManager[Path]:
        """Give the folder to this process alone; raises as `claimed`."""
        return claimed(self.folder, ".lock", "fetch", "or name another folder with `--raw`")

    def claim(self, source: str, what: Sequence[str], symbols: Sequence[str]) -> Record:
        """Return the record of the folder with what is asked for now, and write it.

        Raises
        ------
        OutputError
            The folder holds anything else, or the answers of another service.
        """
        before = read_record(self.folder)
        held = [] if before else self._names()
        if held:
            raise OutputError(
                f"{self.folder} holds {', '.join(held[:5])} and no {RECORD}: name another folder with `--raw`"
            )
        if before is not None and before.source != source:
            raise OutputError(
                f"{self.folder} holds answers of {before.source}: name another folder with `--raw` for {source}"
            )
        old = before or Record(source, ())
        union = Record(
            source,
            tuple(dict.fromkeys([*old.what, *what])),
            tuple(dict.fromkeys([*old.symbols, *symbols])),
            old.again,
        )
        self.write(union)
        self.tidy()
        return union

    def tidy(self) -> None:
        """Remove what commands that were killed left of answers."""
        for place in (self.folder, *filter(Path.is_dir, self.folder.iterdir())):
            sweep(place)

    def _names(self) -> list[str]:
        """Return what lies in the folder, without names that begin with a dot and what systems leave anywhere."""
        if self.folder.exists() and not self.folder.is_dir():
            return [self.folder.name]
        return sorted(path.name for path in self.folder.glob("[!.]*") if not is_litter(path.name))

    def write(self, record: Record) -> None:
        """Write the record."""
        held = {
            "liangrong_fetch": FORMAT,
            "source": record.source,
            "what": record.what,
            "symbols": record.symbols,
            "again": {name: days for name, days in record.again.items() if days},
        }
        write_file(self.folder / RECORD, json.dumps(held, ensure_ascii=False, indent=2) + "\n")

    def path(self, table: str, name: str) -> Path:
        """Return where the answer of a call lies; `name` is its day, or range and code."""
        return self.folder / table / f"{name}.parquet"

    def nothing(self, table: str, name: str) -> Path:
        """Return where it lies that there was nothing."""
        return self.path(table, name).with_suffix(".none")

    def store(self, table: str, name: str, frame: pd.DataFrame, today: np.datetime64) -> None:
        """Write an answer; one without rows says that there was nothing."""
        if not len(frame):
            write_file(self.nothing(table, name), f"{today}\n")
            return
        whole = _arrow(frame)
        whole = whole.replace_schema_metadata({**(whole.schema.metadata or {}), _ASKED_ON: str(today).encode()})
        written = io.BytesIO()
        pq.write_table(whole, written, compression="zstd")
        write_file(self.path(table, name), written.getvalue())
        try:
            self.nothing(table, name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self.nothing(table, name)} cannot be removed: {error}") from error

    def asked_on(self, table: str, name: str) -> np.datetime64 | None:
        """Return the day on which an answer was given; None where none lies there, or a damaged one."""
        try:
            path = self.path(table, name)
            if path.is_file():
                return np.datetime64((pq.read_schema(path).metadata or {})[_ASKED_ON].decode(), "D")
            return np.datetime64(self.nothing(table, name).read_text(encoding="utf-8").strip(), "D")
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None

    def codes(self, table: str, name: str, column: str) -> list[str]:
        """Return the securities of an answer, each once; none where no answer lies there."""
        path = self.path(table, name)
        if not path.is_file():
            return []
        try:
            held = pq.read_table(path, columns=[column]).column(column)
        except (OSError, pa.ArrowException, KeyError) as error:
            raise DataError(f"{path} is damaged ({error}): remove it and give the command again") from None
        return sorted({str(code) for code in held.to_pylist()})

    def days(self, table: str) -> Sessions:
        """Return the days whose answers have rows."""
        names = [path.stem for path in (self.folder / table).glob("[0-9]*.parquet")]
        days = [f"{name[:4]}-{name[4:6]}-{name[6:]}" for name in names if len(name) == 8 and name.isdigit()]
        return np.sort(np.array(days, dtype="datetime64[D]"))


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as Arrow has it; a column of texts and numbers mixed becomes texts."""
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        mixed = {name: frame[name].map(_text) for name in frame.columns if frame[name].dtype == object}
        return pa.Table.from_pandas(frame.assign(**mixed), preserve_index=False)


def _text(cell: object) -> object:
    return cell if cell is None or isinstance(cell, str) or cell != cell else str(cell)
