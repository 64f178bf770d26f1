"""A service's tables, session by session, into a dataset; and a dataset that goes on where it ends."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset.leftovers import refuse_foreign
from ..dataset.store import info
from ..errors import ConfigError
from ..panel.calendar import mainland
from .by_symbol import checked_symbols
from .clients import connect
from .fetch_run import Fetched, FetchRun, Progress
from .pace import Clock, Pace
from .raw_folder import RECORD, RawFolder, read_record
from .served import SERVICES, chosen


def fetch_data(
    folder: str | Path,
    source: str,
    start: Any,
    end: Any = None,
    *,
    what: Sequence[str] | None = None,
    symbols: Sequence[str] = (),
    raw: str | Path | None = None,
    per_minute: int | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Ask a service for its tables, session by session, and bring the answers into a dataset.

    Parameters
    ----------
    folder : path
        The dataset; one that exists gains fields, securities and days.
    source : {"akshare", "tushare"}
    start, end : date or str
        First and last day; without an end the last day that is over.
    what : sequence of str, optional
        Tables, as the command line names them; the service's usual ones where absent.
    symbols : sequence of str
        Securities whose bars are asked for one by one; those of the margin details where absent.
    raw : path, optional
        Folder of the answers as they came; ``FOLDER-raw`` where absent. A day that lies there is not asked for again,
        unless its answer came before the second session after it, and may have been incomplete.
    per_minute : int, optional
        Calls a minute; as the service allows where absent.
    clock : Clock, optional
    progress : callable(done, total), optional
        By call.

    Returns
    -------
    Fetched

    Raises
    ------
    ConfigError
        What cannot be asked for; a client or a token that is missing; a service that refuses.
    DateError
        Days outside the record of the exchanges' calendar.
    DataError
        Call after call failed; nothing came; answers that cannot be imported. What came lies in the raw folder.
    OutputError
        A folder that holds anything else, or cannot be written.
    """
    wanted, named = chosen(source, what), checked_symbols(symbols)
    if named and ({*wanted}.isdisjoint(SERVICES[source].by_symbol)):
        raise ConfigError("`--symbols` is for bars that are asked for one by one: `--source akshare --what daily`")
    clock = clock or Clock()
    first = _day("--from", start)
    last, notes = _last_day(end, clock)
    folder = Path(folder)
    refuse_foreign(folder)  # whatever else lies there is refused before the first call
    client, place = connect(source), RawFolder(_place(folder, raw))
    with place.alone():
        run = FetchRun(
            folder=folder,
            raw=place,
            record=place.claim(source, wanted, named),
            client=client,
            pace=Pace(clock, _rate(source, per_minute)),
            clock=clock,
            calendar=mainland(),
            notes=notes,
        )
        return run.carry_out(wanted, first, last, progress or _untold)


def update_data(
    folder: str | Path,
    end: Any = None,
    *,
    raw: str | Path | None = None,
    per_minute: int | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch what a dataset lacks: its last session again, those after it, and what was missing before.

    Parameters
    ----------
    folder : path
        A dataset that `fetch_data` made.
    end, raw, per_minute, clock, progress
        As `fetch_data`.

    Returns
    -------
    Fetched

    Raises
    ------
    ConfigError
        No answers of a service belong to the dataset; otherwise as `fetch_data`.
    DataError
        No dataset; otherwise as `fetch_data`.
    """
    folder = Path(folder)
    described = info(folder)
    place = _place(folder, raw)
    record = read_record(place)
    if record is None:
        raise ConfigError(
            f"{folder} was not fetched: there is no {place / RECORD}, and it holds {described['source']}. Bring newer "
            f"files in with `liangrong data import PATHS --to {folder}`, or say with `--raw` where its answers lie"
        )
    clock = clock or Clock()
    last, notes = _last_day(end, clock)
    first = np.datetime64(described["end"], "D")
    raw_folder = RawFolder(place)
    with raw_folder.alone():
        record = read_record(place) or record  # as another fetch may have left it
        raw_folder.tidy()
        run = FetchRun(
            folder=folder,
            raw=raw_folder,
            record=record,
            client=connect(record.source),
            pace=Pace(clock, _rate(record.source, per_minute)),
            clock=clock,
            calendar=mainland(),
            forced=first,
            notes=notes,
        )
        return run.carry_out(record.what, first, last, progress or _untold)


def _untold(done: int, total: int) -> None:
    """Tell nobody how far it is."""


def _place(folder: Path, raw: str | Path | None) -> Path:
    """Return where the answers for a dataset lie: beside it, or where the user says; ConfigError inside of it."""
    place = folder.with_name(f"{folder.name}-raw") if raw is None else Path(raw)
    if place.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"`--raw` should lie outside of the dataset {folder}, got {place}")
    return place


def _rate(source: str, per_minute: int | None) -> int:
    return SERVICES[source].per_minute if per_minute is None else per_minute


def _day(option: str, given: Any) -> np.datetime64:
    """Return a day that a user wrote; ConfigError where it is none."""
    text = str(given)
    try:
        day = np.datetime64(text, "D")
    except ValueError:
        day = np.datetime64("NaT", "D")
    if np.isnat(day) or len(text) != len("2024-01-31"):
        where = ": the folder stands first, `data fetch DIR`" if option == "--to" else ""
        raise ConfigError(f"`{option}` should be a day such as 2024-01-31, got {text!r}{where}")
    return day


def _last_day(end: Any, clock: Clock) -> tuple[np.datetime64, list[str]]:
    """Return the last day to ask for, which is over, and what to say of it."""
    over = clock.over()
    asked = over if end is None else _day("--to", end)
    if asked <= over:
        return asked, []
    return over, [f"{asked} is not over yet (it is at 18:00 in China): asked up to {over}"]
