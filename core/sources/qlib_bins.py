"""qlib's data folder: float32 bins by security and field, over one calendar; its prices are adjusted by `factor`."""

import re
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..panel.calendar import mainland
from ..panel.panel import FIELDS, Panel
from ..path_kinds import require_regular
from ..types import Panel2D, Sessions
from .base import Finding, Imported, Paths, Source, as_folder, finding
from .codes import symbol_of
from .dates import resolve_days

_PRICES = ("open", "high", "low", "close")
_CODE = re.compile(r"^(sh|sz|bj)\d{6}$", re.IGNORECASE)
_UNADJUSTED = "adjusted price of qlib / factor, to 0.01 CNY"
_DETAIL = "bins hold float32: a balance of 5e9 CNY is known to 256 CNY, and identities hold to that only"


def read(paths: Paths) -> Imported:
    """Return the panel of a qlib data folder.

    Parameters
    ----------
    paths : path
        The folder with ``calendars/day.txt`` and ``features/<code>/<field>.day.bin``.

    Returns
    -------
    Imported
        Fields with canonical names. Where there is a `factor`, prices are divided by it and volume multiplied, and it
        is `adj_factor`; without one prices are qlib's adjusted ones.

    Raises
    ------
    DataError
        No such folder; a bin that is no bin or longer than the calendar; a calendar with days that are no sessions.
    """
    folder = as_folder(paths)
    sessions = _sessions(folder)
    places = sorted(one for one in _inside(folder / "features") if _CODE.match(one.name))
    if not places:
        raise DataError(f"{folder} has no features/<code>, such as features/sh600000: is it qlib's data folder?")
    symbols = [symbol_of(place.name.lower())[0] for place in places]
    fields: dict[str, Panel2D] = {}
    unknown: set[str] = set()
    for j, place in enumerate(places):
        for path in sorted(place.glob("*.day.bin")):
            name = path.name.removesuffix(".day.bin")
            if name not in FIELDS and name != "factor":
                unknown.add(name)
                continue
            whole = fields.setdefault(name, np.full((len(sessions), len(places)), np.nan))
            start, values = _bin(path, len(sessions))
            whole[start : start + len(values), j] = values
    if not fields:
        raise DataError(f"{folder} has no bin of a known field, such as features/sh600000/close.day.bin")
    findings = finding("unused_column", sorted(unknown), "no canonical field: not imported", folder.name)
    findings += [Finding(kind="single_precision", count=len(fields), detail=_DETAIL, where=folder.name)]
    return Imported(_panel(sessions, symbols, fields), tuple(findings))


def is_folder(paths: object) -> bool:
    """Return whether `paths` is one folder of qlib's data."""
    given = paths if isinstance(paths, list | tuple) else [paths]
    folder = given[0] if len(given) == 1 and isinstance(given[0], str | Path) else None
    return folder is not None and (Path(folder) / "calendars" / "day.txt").is_file()


def _panel(sessions: Sessions, symbols: list[str], fields: dict[str, Panel2D]) -> Panel:
    """Return the panel, with traded prices where the factor gives them back."""
    factor = fields.pop("factor", None)
    if factor is None:
        adjusted = "adjusted by qlib, without the factor" if "close" in fields else ""
        return Panel(sessions=sessions, symbols=tuple(symbols), fields=fields, source="qlib bins", adjusted=adjusted)
    notes = {name: _UNADJUSTED for name in _PRICES if name in fields}
    for name in notes:
        fields[name] = np.rint(fields[name] / factor * 100.0) / 100.0
    if "volume" in fields:
        fields["volume"] = np.rint(fields["volume"] * factor)
    fields["adj_factor"] = factor
    return Panel(sessions=sessions, symbols=tuple(symbols), fields=fields, source="qlib bins", imputed=notes)


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _sessions(folder: Path) -> Sessions:
    path = folder / "calendars" / "day.txt"
    if not path.is_file():
        raise DataError(f"{folder} has no calendars/day.txt: is it qlib's data folder?")
    texts = path.read_text(encoding="utf-8", errors="replace").split()
    days = resolve_days(texts, range(1, len(texts) + 1), path, padded=False)[0]
    strange = days[~mainland().is_session(days)] if len(days) else days
    if not len(days) or len(strange) or np.any(np.diff(days) <= np.timedelta64(0, "D")):
        named = f"such as {strange[0]} that are none" if len(strange) else "in order, at least one"
        raise DataError(f"{path} should hold sessions of the mainland, it has days {named}")
    return days


def _bin(path: Path, sessions: int) -> tuple[int, np.ndarray]:
    """Return the row at which a bin begins, and its values."""
    require_regular(path)
    raw = path.read_bytes()
    if len(raw) < 8 or len(raw) % 4:
        raise DataError(f"{path} is no bin of qlib: expected float32 values behind the number of their first day")
    values = np.frombuffer(raw, dtype="<f4").astype(np.float64)
    start = values[0]
    if not (start >= 0 and start == int(start) and start + len(values) - 1 <= sessions):
        raise DataError(
            f"{path} begins at day {start:g} with {len(values) - 1} values, the calendar has {sessions} days"
        )
    return int(start), values[1:]


SOURCE = Source(
    name="qlib", description="qlib data folder (calendars/day.txt, features/<code>/<field>.day.bin)", read=read
)
