"""What the data say about themselves: identities, coverage, gaps, imputed fields. Nothing is repaired here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..dataset import store
from ..panel.panel import Panel
from ..sources import Finding
from .coverage import coverage_of, follows_session_before, gaps_of, observed
from .identities import identities_of, judge

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

LEAST_SHARE = 0.8
"""Fraction of cells in which an identity should hold; on real securities it was 0.89 and more."""

_SERIOUS = frozenset({"truncated_date_dropped", "row_identity_misses"})
_SHOWN = 12
_SHORT = {"median_miss": "median", "largest_miss": "largest", "largest_relative_miss": "relative"}


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The result of `audit`.

    Parameters
    ----------
    identities : DataFrame
        One row per identity: identity, text, cells, holds, share (fraction), median_miss and largest_miss (unit of the
        balance, over the cells that miss), largest_relative_miss (fraction of the balance), proves.
    worst_securities, worst_days : DataFrame
        identity, symbol or date, cells, misses, largest_miss; most misses first.
    coverage : DataFrame
        exchange, date, securities, state (full, thin, missing).
    gaps : DataFrame
        symbol, last_seen, back_on, sessions_missing.
    findings : DataFrame
        What the import noticed: kind, count, detail, where, examples.
    imputed : mapping of str to str
        Field -> how; such a field proves nothing.
    problems : tuple of str
        Findings of error grade: an exchange without any row on a session, an identity that holds too rarely.
    remarks : tuple of str
        What a reader should know besides.
    """

    identities: pd.DataFrame
    worst_securities: pd.DataFrame
    worst_days: pd.DataFrame
    coverage: pd.DataFrame
    gaps: pd.DataFrame
    findings: pd.DataFrame
    imputed: Mapping[str, str]
    problems: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no finding of error grade."""
        return not self.problems

    @property
    def exit_code(self) -> int:
        """0 where `ok`, else 1."""
        return 0 if self.ok else 1


def audit(panel: Panel, *, findings: Sequence[Finding] = (), least_share: float = LEAST_SHARE) -> Audit:
    """Audit a panel.

    Parameters
    ----------
    panel : Panel
        As imported: what was imputed later proves nothing.
    findings : sequence of Finding
        Of the import.
    least_share : float
        Fraction; an identity between published fields that holds in a smaller share of the cells is a problem.

    Notes
    -----
    An identity is not expected to hold everywhere: on ex-dates and list changes the published flows leave out what is
    adjusted (F_t = F_{t-1} + buy - repay held to the yuan on 89.3 % of 205 sessions of one security).
    """
    adjacent, unknown = follows_session_before(panel)
    judged = [judge(panel, identity, adjacent) for identity in identities_of(panel)]
    identities = pd.DataFrame([one.summary for one in judged])
    seen = observed(panel)
    coverage = coverage_of(panel, seen, by_calendar=unknown is None)
    gaps = gaps_of(panel, seen)
    noticed = pd.DataFrame(
        [one.as_record() for one in findings], columns=["kind", "count", "detail", "where", "examples"]
    )
    return Audit(
        identities=identities,
        worst_securities=_stacked([one.securities for one in judged]),
        worst_days=_stacked([one.days for one in judged]),
        coverage=coverage,
        gaps=gaps,
        findings=noticed,
        imputed=panel.imputed,
        problems=tuple(_holes(coverage) + _weak(identities, least_share)),
        remarks=tuple(_remarks(panel, coverage, gaps, noticed, unknown)),
    )


def audit_dataset(folder: str | Path, *, least_share: float = LEAST_SHARE) -> Audit:
    """Audit a dataset on disk with the findings of its import; see `audit` and `store.load` for what is raised."""
    records = store.info(folder)["findings"]
    findings = [Finding(**(record | {"examples": tuple(record["examples"])})) for record in records]
    return audit(store.load(folder), findings=findings, least_share=least_share)


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables beneath each other; empty ones are left out, since pandas warns about their types."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _holes(coverage: pd.DataFrame) -> list[str]:
    """Return a problem for each exchange that has no row at all on some session."""
    missing = coverage[coverage["state"] == "missing"]
    return [
        f"exchange {exchange}: no security on {len(days)} sessions, the first {days.iloc[0]:%Y-%m-%d}"
        for exchange, days in missing.groupby("exchange")["date"]
    ]


def _weak(identities: pd.DataFrame, least_share: float) -> list[str]:
    """Return a problem for each identity between published fields that holds too rarely."""
    return [
        f"`{row.text}` holds in {row.share:.1%} of {row.cells} cells, expected {least_share:.0%} at least"
        for row in _rows(identities)
        if row.proves == "consistency" and row.cells and row.share < least_share
    ]


def _remarks(
    panel: Panel, coverage: pd.DataFrame, gaps: pd.DataFrame, findings: pd.DataFrame, unknown: str | None
) -> list[str]:
    remarks = [f"`{name}` is imputed ({how}) and proves nothing" for name, how in panel.imputed.items()]
    if unknown is not None:
        remarks.append(f"calendar: {unknown}")
    thin = coverage[coverage["state"] == "thin"]
    remarks += [
        f"exchange {row.exchange} on {row.date:%Y-%m-%d}: {row.securities} securities, less than half of the day before"
        for row in thin.itertuples()
    ]
    if len(gaps):
        remarks.append(f"{gaps['symbol'].nunique()} securities stop and come back ({len(gaps)} gaps)")
    serious = findings[findings["kind"].isin(_SERIOUS)]
    return remarks + [f"import: {row.kind} x {row.number} in {row.where}: {row.detail}" for row in _rows(serious)]


def _rows(table: pd.DataFrame) -> list[Any]:
    # `count` is a method of the tuples that itertuples makes, so the column is renamed on the way.
    return list(table.rename(columns={"count": "number"}).itertuples(index=False))


def render(result: Audit) -> "Group":
    """Return the audit as tables for the terminal: ``Console().print(render(audit))``."""
    from rich.console import Group
    from rich.text import Text

    coverage = result.coverage[result.coverage["state"] != "full"]
    identities = result.identities.drop(columns=["text", "proves"], errors="ignore").rename(columns=_SHORT)
    parts = [
        _table("Identities", identities),
        Text("\n".join(f"  {row.identity}: {row.text} ({row.proves})" for row in result.identities.itertuples())),
        _table("Coverage by exchange", _coverage_summary(result.coverage)),
        _table("Worst securities", result.worst_securities),
        _table("Worst days", result.worst_days),
        _table("Sessions with missing or thin coverage", coverage),
        _table("Securities that stop and come back", result.gaps),
        _table("Noticed at import", result.findings.drop(columns="examples")),
    ]
    verdict = [Text(f"remark: {text}", style="yellow") for text in result.remarks]
    verdict += [Text(f"problem: {text}", style="bold red") for text in result.problems]
    if result.ok:
        verdict.append(Text("no problem", style="bold green"))
    return Group(*[part for part in parts if part is not None], *verdict)


def _coverage_summary(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return one row per exchange: its sessions by state, and the fewest and most securities of a session."""
    rows = [
        {
            "exchange": exchange,
            "first": days["date"].min(),
            "last": days["date"].max(),
            **{state: int((days["state"] == state).sum()) for state in ("full", "thin", "missing")},
            "fewest": int(days["securities"].min()),
            "most": int(days["securities"].max()),
        }
        for exchange, days in coverage.groupby("exchange")
    ]
    return pd.DataFrame(rows)


def _table(title: str, frame: pd.DataFrame) -> "Table | None":
    """Return a rich table of the first rows of `frame`, None where it has none; the title counts what is left out."""
    from rich.table import Table

    if frame.empty:
        return None
    more = f" (first {_SHOWN} of {len(frame)})" if len(frame) > _SHOWN else ""
    table = Table(title=title + more, title_justify="left")
    for name in frame.columns:
        is_number = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if is_number else "left")
    for row in frame.head(_SHOWN).itertuples(index=False):
        table.add_row(*(_shown(value) for value in row))
    return table


def _shown(value: object) -> str:
    """Return a cell as text: whole numbers with thousands commas, small ones with four digits, days as days."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
