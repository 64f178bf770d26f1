"""What the data say about themselves: identities, coverage, gaps, imputed fields. Nothing is repaired here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..dataset import store
from ..panel.panel import Panel
from ..panel.possible import without_faults
from ..plain import plain
from ..sources import Finding
from ..sources.kinds import FAIL, KINDS, NOTE, Kind
from ..sources.reading import together
from .coverage import coverage_doubts, coverage_of, follows_session_before, gaps_of, observed
from .doubt import Doubt
from .doubts import doubts_of
from .identities import identities_of, identity_doubts, judge

LEAST_SHARE = 0.8
"""Fraction of cells in which an identity should hold; on real securities it was 0.89 and more."""

_SERIOUS = frozenset({"truncated_date_dropped", "row_identity_misses"})


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
        rows (margin, prices), exchange, date, securities, state (full, thin, missing).
    gaps : DataFrame
        symbol, last_seen, back_on, sessions_missing.
    findings : DataFrame
        What the imports noticed: kind, count, detail, where, examples, verdict, remedy; the same over many files once.
    imputed : mapping of str to str
        Field -> how; such a field proves nothing.
    doubts : tuple of Doubt
        What cannot be, or has to be known, by kind; see `doubts_of`.
    problems : tuple of str
        The doubts with the verdict `fail`, a line each.
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
    doubts: tuple[Doubt, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no finding of error grade."""
        return not self.problems

    def as_record(self) -> dict[str, Any]:
        """Return the audit as plain values: what `liangrong data audit --json` prints."""
        tables = ("identities", "worst_securities", "worst_days", "coverage", "gaps", "findings")
        words = {name: getattr(self, name) for name in ("ok", "problems", "remarks", "doubts", "imputed")}
        return plain({**words, **{name: getattr(self, name) for name in tables}})

    def verdict(self) -> dict[str, dict[str, int]]:
        """Return how often each kind of doubt occurs: ``wrong`` what cannot be, ``noted`` what has to be known."""
        named = {"wrong": FAIL, "noted": NOTE}
        return {name: {one.kind: one.count for one in self.doubts if one.verdict == v} for name, v in named.items()}

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
    judged = [judge(without_faults(panel), identity, adjacent) for identity in identities_of(panel)]
    identities = pd.DataFrame([one.summary for one in judged])
    seen = observed(panel)
    coverage = coverage_of(panel, by_calendar=unknown is None)
    gaps = gaps_of(panel, seen)
    noticed = _noticed(findings)
    doubts = (
        *coverage_doubts(coverage, gaps),
        *identity_doubts(judged, least_share),
        *doubts_of(panel),
    )
    return Audit(
        identities=identities,
        worst_securities=_stacked([one.securities for one in judged]),
        worst_days=_stacked([one.days for one in judged]),
        coverage=coverage,
        gaps=gaps,
        findings=noticed,
        imputed=panel.imputed,
        doubts=doubts,
        problems=tuple(_told(doubts, FAIL)),
        remarks=(*_remarks(panel, noticed, unknown), *_told(doubts, NOTE)),
    )


def audit_dataset(folder: str | Path, *, least_share: float = LEAST_SHARE) -> Audit:
    """Audit a dataset on disk with the findings of its import; see `audit` and `store.load` for what is raised."""
    records = store.info(folder)["findings"]
    findings = [Finding(**(record | {"examples": tuple(record["examples"])})) for record in records]
    return audit(store.load(folder, cache=False), findings=findings, least_share=least_share)


def _told(doubts: Sequence[Doubt], verdict: str) -> list[str]:
    return [doubt.words() for doubt in doubts if doubt.verdict == verdict]


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables beneath each other; empty ones are left out, since pandas warns about their types."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _noticed(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return the findings of imports, those of one kind over several files as one, with verdict and remedy."""
    unknown = Kind(NOTE, "", "")  # a source of the user's own may have kinds of its own
    rows = [
        {
            **one.as_record(),
            "verdict": KINDS.get(one.kind, unknown).verdict,
            "remedy": KINDS.get(one.kind, unknown).remedy,
        }
        for one in together(findings)
    ]
    return pd.DataFrame(rows, columns=["kind", "count", "detail", "where", "examples", "verdict", "remedy"])


def _remarks(panel: Panel, findings: pd.DataFrame, unknown: str | None) -> list[str]:
    remarks = [f"`{name}` is imputed ({how}) and proves nothing" for name, how in panel.imputed.items()]
    if unknown is not None:
        remarks.append(f"calendar: {unknown}")
    serious = findings[findings["kind"].isin(_SERIOUS)]
    return remarks + [f"import: {row.kind} x {row.number} in {row.where}: {row.detail}" for row in _rows(serious)]


def _rows(table: pd.DataFrame) -> list[Any]:
    # `count` is a method of the tuples that itertuples makes, so the column is renamed on the way.
    return list(table.rename(columns={"count": "number"}).itertuples(index=False))
