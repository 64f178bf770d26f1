"""The result of one run: tables, summary and notes; a folder of plain files on disk."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import yaml

from ..account.columns import TABLES
from ..account.tables import kinds_of, make_table
from ..config.yaml_text import kept
from ..csv_text import csv_of, texts
from ..errors import ConfigError, DataError, OutputError
from ..folders import write_text
from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..path_kinds import read_json, require_regular
from ..plain import plain
from ..replacing import Contents, refuse_foreign, replacing, settle
from ..types import Row
from .exports import Pyfolio, pyfolio_of, returns_of
from .flow_returns import moved_by_session, time_weighted

RECORD = "run.json"
"""When a run was made and by which command: the one file that differs where the same is run again."""

FILES = ("config.yaml", *(f"{name}.csv" for name in TABLES), "summary.json", "report.html", RECORD)
"""What a result folder holds, and all that it may hold."""

RUN = Contents("run", FILES, "summary.json")
"""The folder of a result."""

SCHEMA = 1
"""Version of the layout of summary.json; without one it is older than the first."""

_OWN = ("schema", "name", "notes", "metrics")

Report = str | Callable[["Result"], str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result(Shown):
    """What one run produced.

    Parameters
    ----------
    name : str
        Shown as the title of the report.
    config : dict
        The resolved configuration: plain numbers, texts, booleans, dates, lists and dicts.
    equity, fills, refusals, contracts, margin_events, forced_sales, trades, attribution, market : DataFrame
        As `account.columns.TABLES` declares them, column by column.
    differences : DataFrame, optional
        The same, where the run compares its ledger with a broker's own figures; without rows where all of them agree.
    cash_interest : DataFrame, optional
        The same, where interest on cash was credited.
    entitlements : DataFrame, optional
        The same, where rights issues or the tax on dividends by holding period met the account.
    positions : DataFrame, optional
        The same, where the run keeps what it holds at every close.
    concentration : DataFrame, optional
        The same, where a security was above its tier of the concentration at a close.
    flows : DataFrame, optional
        The same, where cash or collateral moved in or out, or was to.
    endings : DataFrame, optional
        The same, where the listing of securities ended while they were held or owed.
    benchmark : DataFrame, optional
        The same: what buying once and holding gave, and the benchmark.
    forced_marks : DataFrame, optional
        The same, where the broker traded by force.
    summary : dict
        Figures; on disk NaN and infinity become null.
    notes : tuple of str
        What the reader has to know, one sentence each.
    provenance : dict
        As `provenance_of`: release, annualisation, data with their digest; empty of a result that was made by hand.

    Raises
    ------
    DataError
        A table with other columns or types; sessions of `equity` or `market` that do not increase.
    """

    charts: ClassVar[str] = "run.page"

    name: str
    config: dict[str, Any]
    equity: pd.DataFrame
    fills: pd.DataFrame = field(default_factory=lambda: make_table("fills"))
    refusals: pd.DataFrame = field(default_factory=lambda: make_table("refusals"))
    contracts: pd.DataFrame = field(default_factory=lambda: make_table("contracts"))
    margin_events: pd.DataFrame = field(default_factory=lambda: make_table("margin_events"))
    forced_sales: pd.DataFrame = field(default_factory=lambda: make_table("forced_sales"))
    trades: pd.DataFrame = field(default_factory=lambda: make_table("trades"))
    attribution: pd.DataFrame = field(default_factory=lambda: make_table("attribution"))
    market: pd.DataFrame = field(default_factory=lambda: make_table("market"))
    differences: pd.DataFrame | None = None
    cash_interest: pd.DataFrame | None = None
    entitlements: pd.DataFrame | None = None
    positions: pd.DataFrame | None = None
    concentration: pd.DataFrame | None = None
    flows: pd.DataFrame | None = None
    endings: pd.DataFrame | None = None
    benchmark: pd.DataFrame | None = None
    forced_marks: pd.DataFrame | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring the tables to their columns and types."""
        for name in self.tables():
            object.__setattr__(self, name, make_table(name, getattr(self, name)))
        object.__setattr__(self, "notes", tuple(self.notes))
        for name in ("equity", "market"):
            dates = getattr(self, name)["date"]
            if dates.isna().any() or not dates.is_monotonic_increasing or dates.duplicated().any():
                raise DataError(f"the dates of table `{name}` should be strictly increasing, one row per session")

    def card(self) -> Card:
        """Return what a result shows of itself: the figures that matter first, the notes, the equity."""
        get, percent, number = self.summary.get, formats.percent, formats.number
        figures = [
            ("return", percent(get("total_return"), sign=True)),
            ("per year", percent(get("annualised_return"), sign=True)),
            ("Sharpe", number(get("sharpe"))),
            ("drawdown", percent(get("max_drawdown"))),
            ("equity", f"{formats.amount(get('end_equity'))} CNY"),
            ("average leverage", number(get("average_leverage"))),
            ("lowest maintenance", percent(get("lowest_maintenance_ratio"))),
            ("fills", formats.count(get("fills", len(self.fills)))),
            ("refusals", formats.count(get("refusals", len(self.refusals)))),
        ]
        days = self.equity["date"].dt.strftime("%Y-%m-%d")
        span = f", {len(days)} sessions {days.iloc[0]}..{days.iloc[-1]}" if len(days) else ""
        return Card(
            f"Result {self.name}{span}",
            figures,
            self.notes,
            curves=[Curve("equity", self.equity["equity"])],
            caption="CNY, by session",
        )

    def as_record(self) -> dict[str, Any]:
        """Return the figures as plain values: what summary.json says, the configuration, and the rows of each table."""
        return plain(
            {
                "name": self.name,
                "metrics": self.summary,
                "notes": self.notes,
                "provenance": self.provenance,
                "config": self.config,
                "rows": {name: len(getattr(self, name)) for name in self.tables()},
            }
        )

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that this result has."""
        return tuple(name for name in TABLES if getattr(self, name) is not None)

    def returns(self) -> pd.Series:
        """Return the daily returns, fractions by session, as empyrical and quantstats read them: time-weighted."""
        return returns_of(self.equity, self._start(), self._moved())

    def path(self) -> Row:
        """Return the account at each close (T,), CNY, as its time-weighted returns make it: without what moved."""
        values = self.equity["equity"].to_numpy()
        return values if self.flows is None else time_weighted(self._start(), values, self._moved())[1:]

    def to_pyfolio(self) -> Pyfolio:
        """Return daily returns, positions and transactions for pyfolio; ConfigError where no positions were kept."""
        return pyfolio_of(self.equity, self.fills, self.positions, self._start(), self._moved())

    def _moved(self) -> Row:
        return moved_by_session(self.flows, self.equity["date"])

    def _start(self) -> float:
        start = self.summary.get("start_equity")
        return float(self.config["account"]["cash"] if start is None else start)

    def save(self, folder: str | Path, report: Report | None = None, record: Mapping[str, Any] | None = None) -> Path:
        """Write the result as a folder of plain files, whole or not at all.

        Parameters
        ----------
        folder : path
            Made if missing. An earlier result there is replaced as a whole.
        report : str or callable(Result) -> str, optional
            The HTML of report.html, or what makes it.
        record : mapping, optional
            Of run.json: what is about the moment, and no part of the result.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OutputError
            The folder holds anything else than a result, or cannot be written; nothing has changed there then.

        Notes
        -----
        The same content gives the same bytes: floats as their shortest exact text, dates in ISO form, sorted JSON
        keys, LF. CSV: empty = NaN or no date, `inf` = infinite; a text that would be a formula in a spreadsheet has an
        apostrophe before it. JSON has neither NaN nor infinity: both are null there.
        """
        target = Path(folder).resolve()
        refuse_foreign(target, RUN)
        html = report(self) if callable(report) else report
        with replacing(target, RUN) as temporary:
            self.write_into(temporary, html, record)
        return target

    def write_into(self, folder: Path, html: str | None, record: Mapping[str, Any] | None = None) -> None:
        """Write the files of `save` into an empty folder, which whoever calls puts in its place; OSError."""
        write_text(folder / "config.yaml", _yaml(self.config))
        for name in self.tables():
            write_text(folder / f"{name}.csv", csv_of(getattr(self, name)))
        head = {"schema": SCHEMA, "name": self.name, "notes": list(self.notes), "metrics": self.summary}
        write_text(folder / "summary.json", _json({**self.provenance, **head}))
        if record is not None:
            write_text(folder / RECORD, _json(record))
        if html is not None:
            write_text(folder / "report.html", html)


def load(folder: str | Path) -> Result:
    """Return the result that `Result.save` wrote to `folder`.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Result
        Equal to what was saved, but for NaN and infinity of the summary, which come back as None.

    Raises
    ------
    DataError
        A file is missing or does not hold what `Result.save` writes.
    """
    source = Path(folder)
    settle(source, RUN)
    try:
        head = read_head(source)
        config = kept(source / "config.yaml")
        if not isinstance(config, dict):
            raise DataError("config.yaml should be keys and values")
        names = [name for name, one in TABLES.items() if not one.is_optional or (source / f"{name}.csv").exists()]
        tables: dict[str, Any] = {name: _read_table(source / f"{name}.csv", name) for name in names}
        told: dict[str, Any] = {"summary": head["metrics"], "notes": tuple(head["notes"])}
        told["provenance"] = {key: value for key, value in head.items() if key not in _OWN}
        return Result(name=head["name"], config=config, **told, **tables)
    except (OSError, LookupError, TypeError, ValueError, RecursionError, yaml.YAMLError, ConfigError) as error:
        raise DataError(f"{source} should be a folder that a run has written: {why_unread(error)}") from error


def why_unread(error: Exception) -> str:
    """Return in words why a file of a result cannot be read."""
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"it has no {Path(error.filename).name}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{Path(error.filename).name} cannot be read: {error.strerror}"
    if isinstance(error, LookupError | RecursionError | yaml.YAMLError):
        return "what it holds is damaged"
    return " ".join(str(error).split())


def read_head(folder: Path) -> dict[str, Any]:
    """Return what summary.json says; OSError, or DataError where it is none of this release."""
    head = read_json(folder / "summary.json")
    schema = head.get("schema", 0) if isinstance(head, dict) else None
    if type(schema) is not int or schema > SCHEMA:
        raise DataError(f"summary.json has schema {schema!r}, this release reads up to {SCHEMA}")
    kinds = {"name": str, "metrics": dict, "notes": list}
    if not all(isinstance(head.get(key), kind) for key, kind in kinds.items()):
        raise DataError("summary.json should have a `name`, `metrics` and `notes`")
    if not all(isinstance(note, str) for note in head["notes"]):
        raise DataError("the notes of summary.json should be texts")
    return head


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(plain(content), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _read_table(path: Path, name: str) -> pd.DataFrame:
    """Read one table; texts stay texts, however much they look like a missing value."""
    require_regular(path)
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    except ValueError as error:  # empty, ragged, no text
        raise DataError(f"{path.name} is damaged: {' '.join(str(error).split())}") from None
    schema = kinds_of(name)
    kinds = {column: schema.get(column, "text") for column in map(str, cells)}
    blank = {"date": None, "float": "nan"}
    return make_table(
        name,
        {
            column: [value or blank[kind] for value in cells[column]] if kind in blank else texts(cells[column])
            for column, kind in kinds.items()
        },
    )


def _yaml(config: dict[str, Any]) -> str:
    try:
        return yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    except yaml.representer.RepresenterError as error:
        raise OutputError(f"the configuration should hold plain values only, YAML cannot express {error}") from error
