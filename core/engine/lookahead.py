"""Look-ahead, checked: does what was decided change when only what was not yet public changes?

A run is repeated on histories that end early, on histories with another future, and with every field delivered a
session later. Up to the day of the cut, scores, target weights and fills have to stay what they were, bit for bit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..config import Config
from ..data.panel import Panel
from ..data.publication import PUBLIC, Decision, Public, delay
from ..errors import ConfigError
from ..types import Panel2D
from .run import execute
from .scenario import Scenario, assemble, load_universe
from .targets import has_targets, score_of, target_weights

Progress = Callable[[int, int], None]
"""Called with the repetitions done and those in all."""

ENDS, OTHER, LATER = "the history ends", "other data follow", "other data follow and all arrives a session later"
"""What is done to the data after a cut."""


@dataclass(frozen=True)
class Peek:
    """One decision that knew the future.

    Parameters
    ----------
    what : str
        ``score``, ``target weight`` or ``fill``.
    test : str
        What was done to the data after `known`.
    field : str
        The field through which the future came in; empty where it takes more than one, or the length of the history.
    day : datetime64[D]
        The first day whose decision changed.
    known : datetime64[D]
        The last day whose public data were left as they were; not before `day`.
    symbol : str
    before, after : float
        The value on the full history, and on the changed one.
    """

    what: str
    test: str
    field: str
    day: np.datetime64
    known: np.datetime64
    symbol: str
    before: float
    after: float


@dataclass(frozen=True)
class Lookahead:
    """What a check found.

    Parameters
    ----------
    subject : str
        The rule, or the strategy where it trades none.
    cuts : tuple of datetime64[D]
        The days after which the data were changed.
    compared : int
        Cells that were compared.
    peeks : tuple of Peek
        The earliest of each kind; empty where no decision knew the future.
    """

    subject: str
    cuts: tuple[np.datetime64, ...]
    compared: int
    peeks: tuple[Peek, ...]


def check_lookahead(config: Config, cuts: int = 8, progress: Progress | None = None) -> Lookahead:
    """Check the rule and the strategy of a configuration.

    Parameters
    ----------
    config : Config
    cuts : int
        Days, evenly spread over the run, after which the data are changed.
    progress : callable(int, int), optional

    Raises
    ------
    ConfigError
        Fewer than 1 cut, a run of fewer than 3 sessions.
    LiangrongError
        Whatever cannot be run as configured.

    Notes
    -----
    Seen are rules that read later rows, rows before their publication, or the length of the history. Not seen are
    rules that read data from elsewhere, and peeks whose effect none of the cuts shows.
    """
    if cuts < 1:
        raise ConfigError(f"`cuts` should be at least 1, got {cuts}")
    raw, _ = load_universe(config)
    scenario = assemble(config, raw)
    held = len(scenario.panel.sessions)
    if held < 3:
        raise ConfigError(f"`window` should hold 3 sessions or more for a check, it holds {held}: 2 stay before a cut")
    check = _Check(config, raw, scenario)
    rows = check.rows(cuts)
    peeks: list[Peek] = []
    for i, (row, test) in enumerate((row, test) for row in rows for test in (ENDS, OTHER, LATER)):
        peeks += check.peeks(row, test)
        if progress is not None:
            progress(i + 1, 3 * len(rows))
    return Lookahead(check.subject(), tuple(raw.sessions[rows]), check.compared, tuple(_earliest(peeks)))


class _Changed(NamedTuple):
    """A configuration and a panel that differ from the real ones after a cut."""

    config: Config
    raw: Panel


class _Check:
    """The repetitions of one configuration."""

    def __init__(self, config: Config, raw: Panel, scenario: Scenario) -> None:
        self._config, self._raw, self._scenario = config, raw, scenario
        self._references: dict[bool, dict[str, Panel2D]] = {}
        self.compared = 0

    def subject(self) -> str:
        rule = self._config.strategy.rule
        return self._config.strategy.name if rule is None else rule.name

    def rows(self, cuts: int) -> list[int]:
        """Return the rows of the raw panel after which it is changed: within the run, warm."""
        scenario = self._scenario
        warmup = scenario.strategy.warmup(scenario.parameters)
        warmup = warmup if scenario.rule is None else max(warmup, scenario.rule.warmup())
        last = scenario.first + len(scenario.panel.sessions) - 2
        first = min(max(scenario.first + 1, warmup), last)
        return sorted({int(row) for row in np.linspace(first, last, cuts)})

    def peeks(self, row: int, test: str) -> Iterator[Peek]:
        """Yield where decisions up to `row` differ from those on the full history."""
        reference = self._reference(test)
        changed = _observe(*self._changed(row, test, None))
        for what, values in changed.items():
            # An order meets the prices of its own session, however late its decision learns of them.
            rows = row if what == "fill" and test == LATER else row + 1
            before, after = reference[what][:rows], values[:rows]
            self.compared += before.size
            found = _first_difference(before, after)
            if found is not None:
                t, j = found
                days, symbol = self._raw.sessions, self._raw.symbols[j]
                field = self._field(row, test, what)
                yield Peek(what, test, field, days[t], days[row], symbol, float(before[t, j]), float(after[t, j]))

    def _reference(self, test: str) -> dict[str, Panel2D]:
        is_late = test == LATER
        if is_late not in self._references:
            self._references[is_late] = _observe(self._late() if is_late else self._config, self._raw)
        return self._references[is_late]

    def _late(self) -> Config:
        lags = self._config.data.publication_lag
        later = {name: lags.get(name, 0) + int(PUBLIC[name] > Public.OPEN) for name in self._raw.fields}
        return _with(self._config, "data", publication_lag=later)

    def _changed(self, row: int, test: str, only: str | None) -> _Changed:
        if test == ENDS:
            end = self._raw.sessions[row]
            config = _with(self._config, "window", end=end.astype(object))
            return _Changed(config, self._raw.window(None, end))
        config = self._late() if test == LATER else self._config
        return _Changed(config, _perturbed(self._raw, row, config, only))

    def _field(self, row: int, test: str, what: str) -> str:
        """Return the first field whose other data alone move the past."""
        test = OTHER if test == ENDS else test
        reference = self._reference(test)[what][: row + 1]
        scenario = self._scenario
        needs = scenario.strategy.needs(scenario.parameters) if scenario.rule is None else scenario.rule.needs()
        likely = [field for field in needs if field in self._raw]
        for field in dict.fromkeys([*likely, *self._raw.fields]):
            values = _observe(*self._changed(row, test, field))[what][: row + 1]
            if _first_difference(reference, values) is not None:
                return field
        return ""


def _with(config: Config, section: str, **values: Any) -> Config:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})


def _perturbed(raw: Panel, row: int, config: Config, only: str | None) -> Panel:
    """Return the panel with every value changed, or those of one field, that is not public when `row` is decided."""
    rng = np.random.default_rng([row, *raw.shape])
    fields = {}
    for name, values in raw.fields.items():
        factors, is_gap = rng.uniform(0.5, 1.5, values.shape), rng.random(values.shape) < 0.1
        if only not in (None, name):
            continue
        is_flag = bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())
        other = np.where(is_gap, np.nan, 1.0 - values if is_flag else values * factors)
        unknown = row + 1 - _delay(name, config)
        fields[name] = np.vstack([values[:unknown], other[unknown:]])
    return raw.with_fields(fields)


def _delay(field: str, config: Config) -> int:
    return delay(field, Decision[config.execution.decision.upper()], config.data.publication_lag.get(field, 0))


def _observe(config: Config, raw: Panel) -> dict[str, Panel2D]:
    """Return what was decided by rows of the history, (T, N): scores and target weights, or fills."""
    scenario = assemble(config, raw)
    score = score_of(scenario)
    observed: dict[str, Panel2D] = {} if score is None else {"score": score}
    if has_targets(scenario.strategy):
        observed["target weight"] = _on_history(target_weights(scenario, score), scenario)
    else:
        observed["fill"] = _on_history(_fills(scenario), scenario)
    return observed


def _on_history(rows: Panel2D, scenario: Scenario) -> Panel2D:
    return np.vstack([np.full((scenario.first, rows.shape[1]), np.nan), rows])


def _fills(scenario: Scenario) -> Panel2D:
    """Return the shares filled by session of the run (T, N), sales negative."""
    fills = execute(scenario).fills
    out = np.zeros(scenario.panel.shape)
    column = {symbol: j for j, symbol in enumerate(scenario.panel.symbols)}
    days = fills["date"].to_numpy().astype("datetime64[D]")
    for day, symbol, kind, shares in zip(days, fills["symbol"], fills["kind"], fills["shares"], strict=True):
        if symbol in column:
            sign = -1.0 if kind in ("sell", "sell_to_repay", "short_sell") else 1.0
            out[int(np.searchsorted(scenario.panel.sessions, day)), column[symbol]] += sign * shares
    return out


def _first_difference(before: Panel2D, after: Panel2D) -> tuple[int, int] | None:
    differs = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    if not differs.any():
        return None
    t, j = np.unravel_index(int(np.argmax(differs)), differs.shape)
    return int(t), int(j)


def _earliest(peeks: list[Peek]) -> list[Peek]:
    """Return the earliest peek of each kind, test and field, in the order of their days."""
    first: dict[tuple[str, str, str], Peek] = {}
    for peek in sorted(peeks, key=lambda peek: (peek.day, peek.known)):
        first.setdefault((peek.what, peek.test, peek.field), peek)
    return list(first.values())
