"""An event study: tables, figures and what they say."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import pandas as pd

from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..pages.language import Said, joined, say, sentences
from ..pages.markup import tuples
from ..panel.panel import Panel
from ..plain import plain
from .benchmarks import Measure, measures_of, priced
from .event_design import FOCUS, EventDesign
from .event_rows import Event, kinds_of
from .event_windows import LEFT_OUT, windows_of
from .figures_of_events import event_rows, path_rows, span_rows, tables_of
from .market_fields import market_table
from .placebo import placebo_of
from .verdict import judged, told_of

TABLES: Mapping[str, str] = MappingProxyType(
    {
        "spans": "cumulative abnormal returns by kind of event, benchmark and span, with their tests",
        "path": "the mean by session of the window, with its band and that of placebo windows",
        "market": "balances and flows of the market around days of events",
        "events": "the events, a row each; of those that are left out the reason",
    }
)
"""Table -> what it holds."""

RECORDED = ("spans", "path", "market")
"""Those that a record has; that of the events may be long."""

MOST_MARKET_WORDS = 2
"""Figures of the market that the words tell of one study."""

MOST_NAMED = 6
"""Events that a note names of those that are left out for one reason."""

Progress = Callable[[str, int, int], object]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EventStudy(Shown):
    """What followed events.

    Parameters
    ----------
    name : str
        Of the events: lists, rulebook, or the name of a file.
    plan : EventDesign
    source : str
        Where the data come from.
    synthetic : bool
        Generated data.
    tables : mapping of str to DataFrame
        By the names of `TABLES`.
    kinds : list of mappings
        Of each kind of events the row of spans that its verdict rests on, with ``t``, ``test``, ``verdict`` and
        ``left_out``.
    told : sequence of mappings
        Rows of the market table that the words tell.
    notes : tuple of str
    """

    charts: ClassVar[str] = "events.page"

    name: str
    plan: EventDesign
    source: str
    synthetic: bool
    tables: Mapping[str, pd.DataFrame]
    kinds: Sequence[Mapping[str, Any]]
    told: Sequence[Mapping[str, Any]]
    notes: tuple[str, ...]

    @property
    def words(self) -> str:
        """What followed, in sentences of the language that is spoken."""
        return sentences(*self.sentences())

    def sentences(self) -> list[Said]:
        """Return the words one by one."""
        return told_of(self.kinds, self.told, self.plan.before, self.plan.after)

    def card(self) -> Card:
        """Return what an event study shows of itself: the verdict of each kind and the path of the first."""
        head = ("kind", "events", "days", "mean", "t", "verdict")
        rows = [
            (
                str(one["kind"]),
                *(formats.count(one[name]) for name in ("events", "days")),
                *(formats.percent(one["mean"], sign=True), formats.number(one["t"], 1), str(one["verdict"])),
            )
            for one in self.kinds
        ]
        curves = [Curve(kind, path["cumulative"].to_numpy()) for kind, path in self.paths()]
        title = f"Events: {self.name}, {self.plan.before} sessions before to {self.plan.after} after"
        return Card(
            title, table=[head, *rows], lines=[self.words, *self.notes], curves=curves, caption="cumulative mean"
        )

    def paths(self) -> list[tuple[str, pd.DataFrame]]:
        """Return of each kind with an answer the rows of the path that its verdict rests on."""
        path = self.tables["path"]
        found = []
        for one in self.kinds:
            keys = ("kind", "scope", "against")
            rows = path[(path[list(keys)] == [one[key] for key in keys]).all(axis=1)]
            found += [(str(one["kind"]), rows)] if len(rows) else []
        return found

    def as_record(self) -> dict[str, Any]:
        """Return verdicts and figures as plain values, with the tables that are not by event."""
        return plain(
            {
                "name": self.name,
                "plan": self.plan,
                "source": self.source,
                "synthetic": self.synthetic,
                "words": self.words,
                "kinds": self.kinds,
                **{name: self.tables[name] for name in RECORDED},
                "notes": self.notes,
            }
        )


def event_study(
    panel: Panel,
    events: Sequence[Event],
    plan: EventDesign,
    name: str,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> EventStudy:
    """Return what followed events.

    Parameters
    ----------
    panel : Panel
    events : sequence of Event
    plan : EventDesign
    name : str
    notes : sequence of str
        What the reader has to know already.
    progress : callable(what, done, total), optional

    Raises
    ------
    DataError
        Returns can not be measured as `against` asks for.
    """
    kinds = kinds_of(events)
    returns, told = priced(panel)
    rows: dict[str, list[Any]] = {"spans": [], "path": [], "events": []}
    focus: dict[tuple[str, bool], dict[str, Any]] = {}
    for done, (kind, own) in enumerate(kinds.items()):
        if progress is not None:
            progress(kind[0], done, len(kinds))
        for measure in measures_of(panel, returns, kind, own, plan):
            left = _measured(rows, panel, plan, own, measure, is_first=kind not in focus)
            focus.setdefault(kind, {"scope": measure.scope, "against": measure.against, "left_out": dict(left)})
            told += measure.tell()
    tables = {**tables_of(rows), "market": market_table(panel, kinds, plan)}
    found = [_judged(tables["spans"], kind, one) for (kind, _), one in focus.items()]
    return EventStudy(
        name=name,
        plan=plan,
        source=panel.source,
        synthetic=panel.synthetic,
        tables={name: tables[name] for name in TABLES},
        kinds=found,
        told=_market_rows(tables["market"], kinds),
        notes=(*notes, *told, *_left_words(tables["events"])),
    )


def _measured(
    rows: dict[str, list[Any]],
    panel: Panel,
    plan: EventDesign,
    events: list[Event],
    measure: Measure,
    *,
    is_first: bool,
) -> Counter[str]:
    """Add the rows of one kind of events by one benchmark, and return how many are left out for what."""
    windows = windows_of(
        events,
        measure.path,
        measure.is_near,
        plan,
        len(panel.sessions),
        is_demeaned=measure.is_demeaned,
        raw=measure.raw,
        jumps=measure.jumps,
    )
    placebo = placebo_of(windows, plan)
    head = (events[0].kind, measure.scope, measure.against)
    rows["spans"] += span_rows(windows, placebo, plan, head)
    rows["path"] += path_rows(windows, placebo, plan, head)
    if is_first:
        rows["events"] += event_rows(windows, panel, plan, head)
    return windows.left_out


def _judged(spans: pd.DataFrame, kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of spans that the verdict on a kind rests on, judged."""
    is_own = (spans["kind"] == kind) & (spans["scope"] == one["scope"]) & (spans["against"] == one["against"])
    figures = spans[is_own & (spans["span"] == FOCUS)].iloc[0].to_dict()
    return {**figures, **judged(figures), "left_out": one["left_out"]}


def _market_rows(market: pd.DataFrame, kinds: Mapping[tuple[str, bool], list[Event]]) -> list[dict[str, Any]]:
    """Return the rows of the market that are told in words: of a single day of events of the market."""
    days = {event.t for (_, is_market), events in kinds.items() if is_market for event in events}
    if len(days) != 1 or market.empty:
        return []
    told = market[market["gauge"].isin(("B/F", "financing balance"))].drop_duplicates(["date", "gauge"])
    return [row.to_dict() for _, row in told.sort_values("gauge").head(MOST_MARKET_WORDS).iterrows()]


def _left_words(events: pd.DataFrame) -> list[Said]:
    """Return a note on each reason why events are left out, with their names."""
    found = []
    for reason in LEFT_OUT.values():
        rows = list(tuples(events[events["left_out"] == reason]))
        names = [_name(row) for row in rows[:MOST_NAMED]]
        more = len(rows) - len(names)
        if more:
            names.append(say("{n} more in events.csv", n=formats.count(more)))
        if rows:
            told = {"n": formats.count(len(rows)), "why": say(reason), "names": joined(names, "{one}, {other}")}
            found.append(say("Events left out because {why}: {n} ({names}).", **told))
    return found


def _name(row: Any) -> str:
    """Return day, security where it is one, and kind of an event."""
    return " ".join([row.date.date().isoformat(), *([row.symbol] if row.symbol != "the market" else []), row.kind])
