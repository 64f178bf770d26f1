"""The data that results are looked up in, and the studies of them, each made once however many results need it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..behaviour.behaviour_study import study_behaviour
from ..behaviour.lag_design import LagDesign
from ..behaviour.outcome import Behaviour
from ..config.run import Config, RuleConfig
from ..errors import LiangrongError
from ..events.event_design import EventDesign
from ..events.event_rows import Event
from ..events.market_fields import Level, gauges_of
from ..events.outcome import EventStudy, event_study
from ..pages.language import say
from ..panel.panel import Panel
from ..panel.units import is_index
from ..run.scenario import completed, load_universe
from ..study.command import Studied, prepare_study, study_rule
from ..study.design import Design
from ..study.names import fitted, missing
from ..study.outcome import Study
from ..study.target import CRASH
from ..symbols import of_mainland, of_taiwan
from .found_figures import NeedsFieldError, TooLittleError

Report = Callable[[str, int, int], object]

HORIZONS = {"return": (1, 5, 20), CRASH: (20,)}
"""Target -> sessions ahead; the last is the focus, about a month."""


class Ground:
    """Data and their studies.

    Parameters
    ----------
    config : Config
        Names the data, the universe, the window.
    entry : {"open", "close"}
    report : callable(what, done, total), optional
        Told how far a study is.
    """

    def __init__(self, config: Config, entry: str, report: Report | None = None) -> None:
        self.config, self.entry, self.report = config, entry, report
        self._made: dict[Any, Any] = {}

    @cached_property
    def panel(self) -> Panel:
        """The data up to the last session that is asked for, history before the first one included."""
        raw, _ = load_universe(self.config)
        end = None if self.config.window.end is None else np.datetime64(self.config.window.end, "D")
        return completed(raw, self.config).window(None, end)

    @property
    def first(self) -> int:
        """Row of the first session that counts."""
        start = self.config.window.start
        return 0 if start is None else int(np.searchsorted(self.panel.sessions, np.datetime64(start, "D")))

    @property
    def sessions(self) -> int:
        """How many sessions count."""
        return len(self.panel.sessions) - self.first

    @property
    def span(self) -> tuple[str, str]:
        """First and last session that counts."""
        return str(self.panel.sessions[self.first]), str(self.panel.sessions[-1])

    @property
    def securities(self) -> tuple[str, ...]:
        """The symbols that are no index with the totals of a market."""
        return tuple(symbol for symbol in self.panel.symbols if not is_index(symbol))

    @property
    def market(self) -> str:
        """Of `MARKETS`, or "another"."""
        for market, is_of in (("mainland", of_mainland), ("Taiwan", of_taiwan)):
            if all(map(is_of, self.panel.symbols)):
                return market
        return "another"

    def require(self, needs: Sequence[Sequence[str]]) -> None:
        """Raise NeedsFieldError unless the data have one field of each."""
        lacking = [names for names in needs if not any(self._has(name) for name in names)]
        if lacking:
            raise NeedsFieldError(lacking)

    def _has(self, name: str) -> bool:
        return name in self.panel and not np.isnan(self.panel[name][self.first :]).all()

    def study(self, rule: str, target: str = "return", **parameters: Any) -> Study:
        """Return the study of a rule; NeedsFieldError where the data lack a field in every choice of its scale."""
        studied = self._studied(target)
        named = fitted(RuleConfig(name=rule, parameters=parameters), studied.seen.fields)
        lacking = missing(named, studied.seen.fields)
        if lacking:
            raise NeedsFieldError([[name] for name in lacking])
        key = rule, target, *parameters.items()
        return self.once(key, lambda: study_rule(studied, named, rule, self.report))

    def _studied(self, target: str) -> Studied:
        horizons = HORIZONS[target]
        plan = Design(target=target, horizons=horizons, focus=horizons[-1], entry=self.entry)
        return self.once(("studied", target), lambda: prepare_study(self.config, plan))

    def behaviour(self, *, weekly: bool, start: str = "") -> Behaviour:
        """Return who trades after what, one period after the other; from a day on where one is named."""
        design = LagDesign(weekly=weekly) if start else LagDesign(lags=((1, 1),), weekly=weekly)
        first = max(self.panel.sessions[self.first], np.datetime64(start or "0001-01-01", "D"))
        return self.once(("behaviour", weekly, start), lambda: study_behaviour(self.panel, design, first, self.report))

    def event_study(self, kind: str, events: Sequence[Event]) -> EventStudy:
        """Return what followed events of one kind, ten sessions before to twenty after."""
        return self.once(
            ("events", kind), lambda: event_study(self.panel, events, EventDesign(), kind, (), self.report)
        )

    @cached_property
    def gauges(self) -> dict[str, Level]:
        """The figures of the whole market by session."""
        return gauges_of(self.panel)

    def row(self, day: str) -> int:
        """Return the row of a day; TooLittleError where it is none of the sessions that count."""
        found = np.flatnonzero(self.panel.sessions == np.datetime64(day, "D"))
        if not len(found) or found[0] < self.first:
            raise TooLittleError(say("The data have no session of {day}.", day=day))
        return int(found[0])

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what is made of a key, the first time; what could not be made fails again in the same words."""
        if key not in self._made:
            try:
                self._made[key] = make()
            except LiangrongError as error:
                self._made[key] = error
        found = self._made[key]
        if isinstance(found, LiangrongError):
            raise found
        return found
