"""One security on a day: its figures, ranks and percentiles, days of net buying, what rules say, what happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from ..config.run import RuleConfig
from ..errors import ConfigError
from ..kernels.changes import change
from ..kernels.hysteresis import trend_age
from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..pages.language import joined, say
from ..pages.markup import tuples
from ..panel.ex_right import adjustment
from ..panel.panel import Panel
from ..panel.publication import Decision
from ..panel.units import is_index
from ..plain import plain
from ..study.design import Question
from ..study.partitions import BALANCE, Changes
from .asked_day import HISTORY, AskedDay, asked_day, currency_of, found_symbol, percentiles
from .holes import Holes
from .records import columns, records
from .security_events import Event, security_events
from .security_figures import FLAGS, Seen, measures_of, security_figures
from .words import (
    Run,
    above_words,
    as_of_words,
    moved_words,
    others_words,
    place_words,
    reading_words,
    run_words,
    value_words,
)

if TYPE_CHECKING:
    from .rule_readings import Reading

DECISIONS = {
    "before_open": "before the open of the next session, when the balances of the day are public",
    "at_close": "at the close of the day, when its prices are public and the balances are those of the session before",
}
_RUNS = {
    "net_buy": "net purchases",
    "financing_balance": "financing balance rises",
    "short_volume": "short volume rises",
}
_BAND = (0.1, 0.5, 0.9)
_TOLD = ("close", "financing_balance", "financing_volume", "short_balance", "short_volume")
"""What a security has on a day where it has a price or a balance: one of them above 0."""


class Fact(NamedTuple):
    """What is no number."""

    name: str
    value: str
    since: str  # the first session of the data from which on it was so without a change


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SecurityView(Shown):
    """A security on a day.

    Parameters
    ----------
    symbol : str
    date : datetime64[D]
    decision : str
        When the decision is taken that sees these figures, in words.
    currency : str
    figures : DataFrame
        As `security_figures`.
    facts : tuple of Fact
    runs : tuple of Run
    state : str
        What price and financing balance did over five sessions; empty where it is not known.
    readings : tuple of Reading
        Of the rules that were asked for.
    events : tuple of Event
    history : DataFrame
        ``date``, prices, balances, ``net_buy``, ``turnover_rate``; of the financing balance (of its share of the float
        cap where that is known) the ``percentile`` in its last 250 sessions, and ``band_10``, ``band_50``, ``band_90``.
    notes : tuple of str
    source : str
    synthetic : bool
    """

    charts: ClassVar[str] = "views.security_page"

    symbol: str
    date: np.datetime64
    decision: str
    currency: str
    figures: pd.DataFrame
    facts: tuple[Fact, ...]
    runs: tuple[Run, ...]
    state: str
    readings: tuple["Reading", ...]
    events: tuple[Event, ...]
    history: pd.DataFrame
    notes: tuple[str, ...] = ()
    source: str = ""
    synthetic: bool = False

    def of(self, figure: str, column: str = "value") -> Any:
        """Return a cell of `figures`; None where the security has no such figure."""
        found = self.figures.loc[self.figures["figure"] == figure, column]
        return None if found.empty else found.iloc[0]

    def sentence(self) -> str:
        """Return the answer in a sentence; what is not known is no part of it."""
        parts = []
        if pd.notna(close := self.of("close")):
            told = {"close": formats.number(close), "moved": self._moved("close"), "when": self._as_of("close")}
            parts.append(say("close {close} ({moved}){when}", **told))
        if pd.notna(balance := self.of(BALANCE)):
            rank = place_words(self.of(BALANCE, "rank"), self.of(BALANCE, "securities"))
            told = {
                "amount": formats.with_currency(formats.short(balance), self.currency),
                "moved": self._moved(BALANCE),
                "rank": rank,
                "place": others_words(self.of(BALANCE, "own_percentile"), self.of(BALANCE, "own_sessions")),
                "when": self._as_of(BALANCE),
            }
            parts.append(say("financing balance {amount} ({moved}; rank {rank}, {place}){when}", **told))
        parts += [run_words(run) for run in self.runs if run.name == "net purchases"]
        parts += [say("{state} over 5 sessions", state=say(self.state))] if self.state else []
        parts += [reading_words(one) for one in self.readings]
        said = "; ".join(parts) or say("no observation")
        return say("{symbol} on {day}: {said}.", symbol=self.symbol, day=self.date, said=said)

    def _moved(self, figure: str) -> str:
        row = next(row for row in tuples(self.figures) if row.figure == figure)
        return say("{change} over {span} sessions", change=moved_words(row, 20), span=20)

    def _as_of(self, figure: str) -> str:
        when = as_of_words(self.of(figure, "date"), self.date)
        return say(" as of {day}", day=when) if when else ""

    def card(self) -> Card:
        """Return what it shows of itself."""
        rows = [("figure", "value", "as of", "20 sessions", "rank", "own 250")]
        for row in tuples(self.figures):
            when = as_of_words(row.date, self.date)
            moved, place = moved_words(row, 20), place_words(row.rank, row.securities)
            rows.append((row.title, value_words(row), when, moved, place, above_words(row.own_percentile)))
        facts = [(fact.name, fact.value) for fact in self.facts]
        curve = Curve(formats.words(BALANCE), self.history.get(BALANCE, np.empty(0)))
        lines = [self.sentence(), f"seen by a decision {self.decision}", *self.notes]
        caption = f"{self.currency}, {len(self.history):,} sessions"
        return Card(f"{self.symbol} on {self.date}", facts, lines, rows, [curve], caption)

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; the history as columns."""
        readings = [
            {**{k: v for k, v in vars(one).items() if k != "scores"}, "signals": [s._asdict() for s in one.signals]}
            for one in self.readings
        ]
        events = [{"start": str(e.start), "end": str(e.end), "kind": e.kind, "words": e.words} for e in self.events]
        head = {
            name: getattr(self, name) for name in ("symbol", "decision", "currency", "state", "source", "synthetic")
        }
        facts, runs = ([one._asdict() for one in many] for many in (self.facts, self.runs))
        said = {
            "date": str(self.date),
            "sentence": self.sentence(),
            "figures": records(self.figures),
            "facts": facts,
            "runs": runs,
        }
        history = columns(self.history)
        scores = {one.rule: one.scores.tolist() for one in self.readings}
        rest = {"rules": readings, "notes": self.notes, "events": events, "history": history, "scores": scores}
        return plain({**head, **said, "facts": facts, "runs": runs, **rest})


def security_view(
    panel: Panel,
    symbol: str,
    on: Any = None,
    rules: Mapping[str, RuleConfig] | None = None,
    decision: str = "before_open",
) -> SecurityView:
    """Return one security of a panel on a day.

    Parameters
    ----------
    panel : Panel
        As read.
    symbol : str
        As people write it: ``600519``, ``sh600519``, ``600519.SH``.
    on : date or str, optional
        The last session where absent; the last on which the security has a price or a balance where it has none then.
    rules : mapping of str to RuleConfig, optional
        Name -> rule whose score is wanted.
    decision : {"before_open", "at_close"}
        When the decision of the day is taken: what is public then is shown, and nothing later.

    Raises
    ------
    ConfigError
        Another `decision`, an unknown rule.
    DataError
        A symbol that the data do not have, with what is near; a field that a rule needs.
    DateError
        No day, or one before the first session.
    """
    if decision not in DECISIONS:
        raise ConfigError(f"`decision` should be one of {', '.join(DECISIONS)}, got {decision!r}")
    name = found_symbol(panel, symbol)
    asked = asked_day(panel.sessions, on) if on is not None else _last_told(panel, name)
    seen = Seen(panel, asked.row, Decision[decision.upper()])
    own = seen.own(name)
    decided = seen.decided(own)
    known = _public_rows(own, seen)
    figures = security_figures(seen, name, own)
    return SecurityView(
        symbol=name,
        date=panel.sessions[asked.row],
        decision=DECISIONS[decision],
        currency=currency_of(panel),
        figures=figures,
        facts=tuple(_facts(decided)),
        runs=tuple(_runs(decided)),
        state=_state(decided),
        readings=_readings(seen, name, rules) if rules else (),
        events=tuple(security_events(known)),
        history=_history(known),
        notes=(*_notes(asked.words, figures, own, panel), *_holes(panel, figures)),
        source=panel.source,
        synthetic=panel.synthetic,
    )


def _last_told(panel: Panel, symbol: str) -> AskedDay:
    """Return the last session on which a security has a price or a balance; the last of all where it never has."""
    last = asked_day(panel.sessions)
    column = panel.symbols.index(symbol)
    values = [panel[name][:, column] for name in _TOLD if name in panel]
    known = np.flatnonzero((np.array(values) > 0.0).any(axis=0)) if values else np.empty(0, dtype=np.int64)
    if not len(known) or known[-1] == last.row:
        return last
    row = int(known[-1])
    told = "{symbol} has no price and no balance on {date}: shown is {day}, the last session with one."
    return AskedDay(row, say(told, symbol=symbol, date=panel.sessions[last.row], day=panel.sessions[row]))


def _readings(seen: Seen, symbol: str, rules: Mapping[str, RuleConfig]) -> tuple["Reading", ...]:
    from .rule_readings import rule_readings  # half a second to import, and only rules need it

    return tuple(rule_readings(seen, symbol, rules))


def _public_rows(own: Panel, seen: Seen) -> Panel:
    """Return what was so, without the last rows of what is not public yet when the decision is taken."""
    late = {name: seen.late((name,)) for name in own.fields}
    cut = {name: own[name].copy() for name, rows in late.items() if rows}
    for name, values in cut.items():
        values[max(len(values) - late[name], 0) :] = np.nan
    return own.with_fields(cut) if cut else own


def _facts(own: Panel) -> list[Fact]:
    facts = []
    for name in (*FLAGS, "industry"):
        if name not in own:
            continue
        values = own[name][:, 0]
        known = np.flatnonzero(~np.isnan(values))
        if not len(known):
            continue
        last = values[known[-1]]
        other = known[values[known] != last]
        since = known[known > other[-1]][0] if len(other) else known[0]
        value = own.industries[int(last)] if name == "industry" else ("yes" if last > 0.0 else "no")
        if name == "suspended" and name in own.imputed and np.isnan(own["close"][-1, 0]):
            value = "no price"  # of a security whose rows end nobody tells why
        facts.append(Fact(name.removeprefix("is_").replace("_", " "), value, str(own.sessions[since])))
    return facts


def _runs(own: Panel) -> list[Run]:
    """Return the runs that last at the last observation."""
    found = []
    measures = {one.name: one for one in measures_of(own)}
    for name, words in _RUNS.items():
        if name not in measures:
            continue
        values = measures[name].of(own)
        age = trend_age(values if name == "net_buy" else change(values, 1))[:, 0]
        known = age[~np.isnan(age)]
        if len(known):
            found.append(Run(words, int(known[-1])))
    return found


def _state(own: Panel) -> str:
    """Return what price and balance did over five sessions, as a study names it; empty where it is not known."""
    if "close" not in own or BALANCE not in own:
        return ""
    split, count = Changes(), len(own.sessions)
    blank = np.full(own.shape, np.nan)
    code = int(split.codes(Question(score=blank, seen=own, traded=own), count - 1, count)[0, 0])
    return split.labels[code] if code >= 0 else ""


def _history(own: Panel) -> pd.DataFrame:
    names = ("open", "high", "low", "close", "volume", BALANCE, "short_balance", "spread", "short_volume")
    frame = pd.DataFrame({"date": own.sessions.astype("datetime64[s]")})
    for name in names:
        if name in own:
            frame[name] = own[name][:, 0]
    measures = {one.name: one for one in measures_of(own)}
    for name in ("net_buy", "turnover_rate", "float_cap_share", "purchase_share"):
        if name in measures and np.isfinite(values := measures[name].of(own)[:, 0]).any():
            frame[name] = values
    banded = "float_cap_share" if "float_cap_share" in frame else BALANCE
    if banded in measures:
        series = measures[banded].of(own)[:, 0]
        frame["percentile"] = percentiles(series, HISTORY)
        rolling = pd.Series(series).rolling(HISTORY, min_periods=20)
        for place in _BAND:
            frame[f"band_{100 * place:.0f}"] = rolling.quantile(place)
    return frame


def _holes(panel: Panel, figures: pd.DataFrame) -> list[str]:
    days = figures["date"].dropna().to_numpy().astype("datetime64[D]")
    return Holes(panel).notes(np.searchsorted(panel.sessions, days).tolist())


def _notes(words: str, figures: pd.DataFrame, own: Panel, panel: Panel) -> Sequence[str]:
    notes = [words] if words else []
    old = figures[figures["date"].notna() & (figures["date"] < figures["date"].max())]
    for date, part in old.groupby("date"):
        names = ", ".join(say(title).lower() for title in part["title"])
        notes.append(say("As of {day}, the last that is known then: {names}.", day=date.date(), names=names))
    dates = figures.set_index("figure")["date"]
    if dates.get("financing_volume", pd.NaT) > dates.get(BALANCE, pd.NaT):
        told = (
            "There is a financing volume on {day} but no close: the balance in money, the volume times the close, is "
            "not known."
        )
        notes.append(say(told, day=dates["financing_volume"].date()))
    if panel.adjusted:
        notes.append(say("Prices are {how}.", how=say(panel.adjusted)))
    elif "adj_factor" not in own and not own.actions and "close" in own and not is_index(own.symbols[0]):
        notes.append(
            say("The data have no adjustment factor and no corporate actions: a dividend or split looks like a fall.")
        )
    factor = adjustment(own)
    if factor is not None and len(np.unique(factor[~np.isnan(factor)])) > 1:
        notes.append(
            say(
                "Changes and percentiles of prices are adjusted for dividends and splits; values are as traded, "
                "volumes and shares are raw throughout: new shares multiply them."
            )
        )
    return [*notes, *_derived(figures, own)]


def _derived(figures: pd.DataFrame, own: Panel) -> Iterator[str]:
    """Say of each derived field that a shown figure rests on how it is, and which others are computed from it."""
    known = set(figures.loc[figures["value"].notna(), "figure"])
    shown = [one for one in measures_of(own) if one.name in known]
    for name in own.imputed:
        others = [say(one.title) for one in shown if name in one.needs and one.name != name]
        told = {"name": formats.title(name), "how": own.imputed[name]}
        if others:
            rest = joined(others, "{one}, {other}")
            yield say("{name} is derived: {how}. What rests on it: {figures}.", **told, figures=rest)
        elif name in known or (name in (*FLAGS, "industry", "adj_factor") and name in own):
            yield say("{name} is derived: {how}.", **told)
