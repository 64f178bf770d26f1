"""Paths of any kinds of files -> one panel and the tables beside it, and what each file was taken for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError, DataError, DateError, did_you_mean
from ..panel.panel import Panel
from ..panel.units import check_units, is_index
from . import twse
from .base import Finding
from .catalogue import HEADERS, LAYOUTS, required
from .detect import Choice, choose, renamed
from .fact_tables import Tables, no_tables, rows_of
from .grid import Grid
from .layout import Fit, Layout
from .meeting import FILES, Prefer, merge, refuse_two_currencies
from .opening import FRAME, files
from .reading import Part, part_of, together, whole
from .remedies import by_itself


class TakenFor(NamedTuple):
    """What files were taken for.

    Parameters
    ----------
    files : tuple of str
    source : str
    why : str
    """

    files: tuple[str, ...]
    source: str
    why: str


class Recognised(NamedTuple):
    """What `recognise` found.

    Parameters
    ----------
    held : Panel or None
        None where the files hold other tables only.
    tables : Tables
    findings : tuple of Finding
    taken : tuple of TakenFor
    lists : tuple of str
        Fields that are 0 on the days of the files for what they do not name.
    """

    held: Panel | None
    tables: Tables
    findings: tuple[Finding, ...]
    taken: tuple[TakenFor, ...]
    lists: tuple[str, ...]

    @property
    def panel(self) -> Panel:
        """What the files hold by day and security; DataError where that is nothing."""
        if self.held is None:
            raise DataError(
                "these files hold facts about securities (actions, listings, industries, members) and no days to put "
                "them on: import prices or balances into the dataset first, or together with them"
            )
        return self.held


class _Group:
    """Tables of one source: of one layout and the same columns."""

    def __init__(self, layout: Layout, why: str) -> None:
        self.layout, self.why = layout, why
        self.parts: list[Part] = []
        self.files: list[str] = []


def recognise(
    paths: Any,
    *,
    source: str | None = None,
    columns: Mapping[str, str] | None = None,
    prefer: Prefer = "new",
    progress: Callable[[int, int], object] = lambda *_: None,
    **options: Any,
) -> Recognised:
    """Return what the files at `paths` hold.

    Parameters
    ----------
    paths : path, data frame, or a sequence of them
        Files of one or several kinds; folders; archives.
    source : str, optional
        A name of `LAYOUTS`, for all of them; else each is told by its header and values.
    columns : mapping of str to str, optional
        The user's: header -> field.
    prefer : {"new", "old"}
        Whose value stands where files of different sources disagree: that of the source whose first file is given
        later, or earlier. The differences are findings. Files of one source, alike in layout and columns, may not
        disagree.
    progress : callable(done, total)
        Called after each file.
    **options
        ``symbol`` and ``day``, for files that have none.

    Raises
    ------
    ConfigError
        An unknown source or option.
    DataError, DateError
        Files that cannot be read, fit no source, fit several, or contradict each other.
    """
    strange = sorted(set(options) - {"symbol", "day"})
    if strange:
        raise ConfigError(f"there is no option `{strange[0]}`: there are symbol and day")
    columns = columns or {}
    findings: list[Finding] = []
    taker = _Taker(source, columns, options, findings)
    opened = files(paths, HEADERS | {key.lower() for key in columns}, findings)
    for done, (path, tables) in enumerate(opened, start=1):
        try:
            for grid in tables:
                taker.take(grid)
        except (DataError, DateError) as error:
            named = [one for one, _ in opened if one != FRAME]
            raise by_itself(error, path, named, _words(source, columns), bool(options)) from None
        progress(done, len(opened))
    return _together(list(taker.groups.values()), taker.taiwan, taker.tables, findings, prefer)


def _words(source: str | None, columns: Mapping[str, str]) -> list[str]:
    """Return what a command says of `source` and `columns`."""
    mapping = ",".join(f"{field}={header}" for header, field in columns.items())
    return [*(("--source", source) if source else ()), *(("--columns", mapping) if mapping else ())]


class _Taker:
    """Takes table after table for what it is.

    Parameters
    ----------
    source, columns, options
        As given to `recognise`.
    findings : list of Finding
        Grows.
    """

    def __init__(
        self,
        source: str | None,
        columns: Mapping[str, str],
        options: Mapping[str, Any],
        findings: list[Finding],
    ) -> None:
        self.source, self.columns, self.options, self.findings = source, columns, options, findings
        self.groups: dict[tuple[str, frozenset[str]], _Group] = {}
        self.tables = no_tables()
        self.taiwan: list[Grid] = []
        self._told: dict[tuple[str, ...], Choice] = {}

    def take(self, grid: Grid) -> None:
        """Read a table, or keep it where it is of Taiwan, whose tables are read together."""
        if self.source is None and twse.is_taiwan(grid):
            self.taiwan.append(grid)
            return
        found, why = _chosen(grid, self.source, self.columns, self.options, self._told)
        key = found.layout.name, frozenset(grid.header)
        group = self.groups.setdefault(key, _Group(found.layout, why))
        group.files.append(grid.path.name)
        if found.layout.table == "panel":
            group.parts.append(part_of(grid, found, **self.options))
        else:
            self.findings += rows_of(grid, found, self.tables, **self.options)


def _chosen(
    grid: Grid,
    source: str | None,
    columns: Mapping[str, str],
    options: Mapping[str, Any],
    told: dict[tuple[str, ...], Choice],
) -> tuple[Fit, str]:
    """Return how a table is read, and why; `told` has those whose header was seen already."""
    if source is None:
        choice = told.get(tuple(grid.header)) or choose(grid, columns, options)
        if choice.is_by_header:
            told[tuple(grid.header)] = choice
        return choice.fit, choice.why
    if source not in LAYOUTS:
        hint = did_you_mean(source, list(LAYOUTS))
        raise ConfigError(f"there is no source `{source}`: {hint}`liangrong data sources` lists them")
    return required(grid, renamed(LAYOUTS[source], columns)), "you said so"


def _together(
    groups: Sequence[_Group], taiwan: Sequence[Grid], tables: Tables, findings: Sequence[Finding], prefer: Prefer
) -> Recognised:
    """Return the panels of the groups as one, checked against each other."""
    panels, noticed, taken = [], list(findings), []
    for group in groups:
        why = group.why
        if group.parts:
            panel, found = whole(group.layout, group.parts)
            panels.append((panel, group.layout.lists))
            noticed += found
            why += _prices(panel)
        taken.append(TakenFor(tuple(group.files), group.layout.name, why))
    taken = _alike(taken)
    if taiwan:
        panel, found = twse.of_grids(taiwan)
        panels.append((panel, ()))
        noticed += found
        files = tuple(grid.path.name for grid in taiwan)
        taken.append(
            TakenFor(files, "twse", "its columns are those of Taiwan's margin table or bars, in lots of 1,000")
        )
    held, apart = _one(panels, prefer)
    lists = tuple(dict.fromkeys(name for group in groups for name in group.layout.lists))
    return Recognised(held, tables, (*together(noticed), *apart), tuple(taken), lists)


def _alike(taken: Sequence[TakenFor]) -> list[TakenFor]:
    """Return them with those that say the same together."""
    files: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in taken:
        files[one.source, one.why] = files.get((one.source, one.why), ()) + one.files
    return [TakenFor(names, *said) for said, names in files.items()]


def _one(panels: Sequence[tuple[Panel, Sequence[str]]], prefer: Prefer) -> tuple[Panel | None, list[Finding]]:
    """Return the panels of several sources, with the fields of each that are lists, as one, and where they disagree."""
    if not panels:
        return None, []
    adjusted = [bool(one.adjusted) for one, _ in panels if "close" in one]
    if any(adjusted) and not all(adjusted):
        raise DataError(
            "some files have adjusted prices and others traded ones: import one kind, or each into its own dataset"
        )
    refuse_two_currencies([symbol for one, _ in panels for symbol in one.symbols])
    (panel, lists), *others = panels
    findings: list[Finding] = []
    for one, its_lists in others:
        lists = (*lists, *its_lists)
        panel, apart = merge(panel, one, prefer, lists, what=FILES)
        findings += apart
    if others and not panel.adjusted:
        check_units(panel)
    return panel, findings


def _prices(panel: Panel) -> str:
    """Say what its prices are."""
    if "close" not in panel or all(is_index(symbol) for symbol in panel.symbols):
        return ""
    return f"; prices {panel.adjusted}" if panel.adjusted else "; prices as traded: nothing in them says otherwise"
