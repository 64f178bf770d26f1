"""From a configuration to everything that a run needs, checked before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..account.cash_flows import Flow
from ..account.dated_flows import flows_of
from ..account.market import Market
from ..account.market_arrays import listing_rows
from ..account.opened_account import Opening
from ..account.terms import TermSchedule, rulebook_of
from ..audit.audit import audit
from ..config.run import Config
from ..errors import ConfigError, DataError, DateError
from ..ideas.registry import resolve_commission, resolve_rule, resolve_strategy
from ..panel.actions import ActionTable, actions_of, read_actions
from ..panel.calendar import mainland
from ..panel.completion import complete
from ..panel.dated_facts import carried
from ..panel.endings import endings_of, read_endings
from ..panel.ex_right import ex_right
from ..panel.indices import universe_field
from ..panel.panel import Panel
from ..panel.publication import Decision, published
from ..panel.recalls import read_recalls
from ..rulebook import Rulebook, board_of
from ..sources import Finding
from ..symbols import remedies
from ..types import DAY, Board, Panel2D, Row
from .beginning import begun, flow_rows, opening_day, session_before
from .benchmark import closes_of
from .kept import Kept
from .lacking import check_fields
from .load import DataRead, read_data


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A run that is ready to start.

    Parameters
    ----------
    config : Config
    panel : Panel
        The sessions of the run.
    history : Panel
        The same securities as decisions see them, with the sessions before the run too.
    first : int
        Row of `history` on which the run begins.
    market, schedule
        The market and the terms over the sessions of `panel`.
    strategy : class
        Of `liangrong.strategies`.
    parameters : dict
        The strategy's, checked, with defaults.
    rule : Rule or None
        What the strategy trades.
    findings : tuple of Finding
        What the importer noticed.
    opening : Opening
        The account before the first session.
    flows : mapping of int to list of Flow
        Session -> what moves in and out before its open.
    score : float64 (T, N), optional
        Of the rule by sessions of `history`, where it is computed already.
    benchmark : float64 (T,), optional
        What the run is measured against at each close, on any scale; equal weight where absent.
    delay : int, sessions
        By which target weights are carried out later than decided: a stress, no configuration.
    data : mapping
        What was read, as `DataRead.record`; empty where a panel was given.
    audit : dict
        What the data say about themselves, as `Audit.verdict`; empty where nobody asked.
    """

    config: Config
    panel: Panel
    history: Panel
    first: int
    market: Market
    schedule: TermSchedule
    strategy: Any
    parameters: dict[str, Any]
    rule: Any
    findings: tuple[Finding, ...]
    opening: Opening
    flows: Mapping[int, list[Flow]] = field(default_factory=dict)
    score: Panel2D | None = None
    benchmark: Row | None = None
    delay: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)


SMALL = 100_000
"""Cells (sessions x securities) up to which a run keeps its positions where the configuration says `auto`."""


def prepare(config: Config, *, is_audited: bool = False) -> Scenario:
    """Resolve a configuration, and audit its data where that is asked: 1 s per million cells.

    Raises
    ------
    ConfigError, DataError, DateError
        Whatever cannot be run as configured, each with its remedy.
    """
    scenario, raw = _prepared(config)
    return replace(scenario, audit=audit(raw).verdict()) if is_audited else scenario


def prepare_check(config: Config) -> Scenario:
    """Resolve a configuration, and audit of its data those that the run reads; raises as `prepare`."""
    return audited(*_prepared(config))


def audited(scenario: Scenario, raw: Panel) -> Scenario:
    """Return a scenario with the audit of the sessions of its run, and of those before that its rule looks back on."""
    back = 0 if scenario.rule is None else scenario.rule.warmup()
    sessions = scenario.history.sessions
    read = raw.window(sessions[max(0, scenario.first - back)], sessions[-1])
    return replace(scenario, audit=audit(read).verdict())


def _prepared(config: Config) -> tuple[Scenario, Panel]:
    """Return a scenario and all its data."""
    resolve_strategy(config.strategy)  # a wrong name is said before the data are read
    panel, findings, data = read_universe(config)
    return replace(assemble(config, panel, findings), data=data), panel


def load_universe(config: Config) -> tuple[Panel, tuple[Finding, ...]]:
    """Return the panel of the securities that take part, as published, and what its importer noticed."""
    return read_universe(config)[:2]


def read_universe(config: Config) -> DataRead:
    """Return the panel of the securities that take part, as published, and what was read for it."""
    raw, findings, record = read_data(config.data)
    panel = _universe(raw, config)
    actions = _actions(config, panel)
    if actions is not None:  # by the whole history: a run may begin inside a suspension
        referred, _ = ex_right(complete(panel), actions, _boards(panel, config))
        panel = panel.with_fields({"pre_close": referred["pre_close"]})
    return DataRead(panel, findings, record)


def completed(raw: Panel, config: Config) -> Panel:
    """Return the panel with dated facts carried as the user says, and then what follows from its fields.

    Its notes count the derived cells of the window.
    """
    panel = complete(carried(raw, config.data.carry), _rows(raw, config))
    index = config.universe.index
    if index is None:
        return panel
    field = universe_field(index)
    if field not in panel:
        raise DataError(
            f"`universe.index` {index} needs the field `{field}`, which the data do not have: import a table of its "
            "members (`liangrong data import`; index_members in `liangrong data sources`)"
        )
    return panel.with_fields({"in_universe": panel[field]})


def assemble(
    config: Config,
    raw: Panel,
    findings: tuple[Finding, ...] = (),
    kept: Kept | None = None,
    panels: tuple[int, Panel, Panel] | None = None,
) -> Scenario:
    """Resolve a configuration over a panel that is loaded already; raises as `prepare`.

    Many scenarios over one panel share in `kept` what they have in common, and their `panels_of` where given.
    """
    kept = Kept(0) if kept is None else kept
    first, panel, history = panels_of(raw, config) if panels is None else panels
    idea = ("idea", config.strategy.model_dump_json(), seen_by(config))
    strategy, parameters, rule = kept.part(idea, lambda: check_idea(config, history))
    conditions, commission = config.conditions, resolve_commission(config.costs)
    rulebook = rulebook_of(conditions)
    market = kept.part(
        ("market", Market.shape(conditions), *_facts(config), config.window),
        lambda: _market(config, rulebook, panel, raw, first),
    ).under(conditions)
    since = opening_day(config, raw, first)
    schedule = kept.part(
        ("schedule", repr(conditions), commission, config.window),
        lambda: TermSchedule(rulebook, conditions, panel.sessions, market.arrays.fee_class, commission, panel, since),
    )
    opening, market = begun(config, raw, first, market, schedule)
    return Scenario(
        config=config,
        panel=panel,
        history=history,
        first=first,
        market=market,
        schedule=schedule,
        strategy=strategy,
        parameters=parameters,
        rule=rule,
        findings=findings,
        opening=opening,
        benchmark=kept.part(
            ("benchmark", config.output.benchmark, config.window, *_facts(config)), lambda: closes_of(config, panel)
        ),
        flows=flows_of(flow_rows(config.account.flows), panel.symbols, panel.sessions, session_before(raw, first)),
    )


def _facts(config: Config) -> tuple[str | None, ...]:
    """Return the tables of dated facts that a market is made with."""
    return config.data.actions, config.data.recalls, config.data.endings


def keeps_positions(scenario: Scenario) -> bool:
    """Return whether a run keeps what it holds at every close: as configured, else where it is small."""
    asked = scenario.config.output.positions
    return asked if isinstance(asked, bool) else scenario.panel.shape[0] * scenario.panel.shape[1] <= SMALL


def check_idea(config: Config, history: Panel) -> tuple[Any, dict[str, Any], Any]:
    """Return strategy, parameters and rule of a configuration; raises where the history does not suffice for them."""
    strategy = resolve_strategy(config.strategy)
    rule = None if config.strategy.rule is None else resolve_rule(config.strategy.rule)
    parameters = strategy.check(config.strategy.parameters, config.strategy.name)
    _check_needs(f"strategy `{config.strategy.name}`", strategy.needs(parameters), strategy.warmup(parameters), history)
    if rule is not None:
        _check_needs(f"rule `{type(rule).__name__}`", rule.needs(), rule.warmup(), history, rule)
    return strategy, parameters, rule


def seen_by(config: Config) -> str:
    """Return what decides which panels a run over given data has, as a key."""
    lags = sorted(config.data.publication_lag.items())
    return f"{config.window.start} {config.window.end} {config.execution.decision} {lags}"


def _market(config: Config, rulebook: Rulebook, panel: Panel, raw: Panel, first: int) -> Market:
    """Return the market of a run; when a security was listed is judged by all the data, not by the window."""
    boards, actions = _boards(panel, config), _actions(config, panel)
    recalls = None if config.data.recalls is None else read_recalls(config.data.recalls, panel)
    path = config.data.endings
    endings = endings_of(raw, first) if path is None else read_endings(path, raw, first)
    return Market(panel, boards, rulebook, config.conditions, actions, listing_rows(raw, first), recalls, endings)


def panels_of(raw: Panel, config: Config) -> tuple[int, Panel, Panel]:
    """Return the row on which the run begins, its panel, and the history as decisions see it."""
    history = completed(raw, config)
    first, panel = _windowed(history, config)
    return first, panel, decided_on(history.window(None, panel.sessions[-1]), config)


def _actions(config: Config, panel: Panel) -> ActionTable | None:
    """Return the table of the configuration, else the one that the data bring along, else None."""
    table = actions_of(panel) if config.data.actions is None else read_actions(config.data.actions, panel)
    if table is not None and panel.adjusted:
        raise DataError(
            f"the prices of the data are {panel.adjusted}: a table of corporate actions would count dividends and "
            "splits twice. Leave `data.actions` out, or import prices as traded"
        )
    return table


def decided_on(panel: Panel, config: Config) -> Panel:
    """Return the panel as the decisions of a run see it: each field from its publication on."""
    return published(panel, Decision[config.execution.decision.upper()], config.data.publication_lag)


def _universe(panel: Panel, config: Config) -> Panel:
    wanted = panel.symbols if config.universe.symbols is None else config.universe.symbols
    missing = [symbol for symbol in config.universe.exclude if symbol not in panel.symbols]
    if missing:
        told = remedies(missing, panel.symbols)
        raise ConfigError(
            f"`universe.exclude` names {', '.join(missing[:5])}, which the data do not have{told and ': '}{told}"
            f"{_on_quotes(missing)}"
        )
    kept = [symbol for symbol in wanted if symbol not in set(config.universe.exclude)]
    if not kept:
        raise ConfigError("`universe` leaves no security: name some in `universe.symbols`, or exclude fewer")
    try:
        return panel if tuple(kept) == panel.symbols else panel.select(kept)
    except DataError as error:
        raise DataError(f"`universe.symbols`: {error}{_on_quotes(kept)}") from None


def _on_quotes(symbols: Sequence[str]) -> str:
    return "; and quote it: a bare code is a number in YAML" if any(map(str.isdigit, symbols)) else ""


def _windowed(history: Panel, config: Config) -> tuple[int, Panel]:
    """Return the row on which the run begins, and its panel; DateError where the data do not cover the window."""
    start, end = config.window.start, config.window.end
    first, last = _day(start), _day(end)
    if not len(history.sessions):
        raise DataError("the data hold no session at all")
    known_first, known_last = history.sessions[0], history.sessions[-1]
    if (first is not None and first > known_last) or (last is not None and last < known_first):
        where = "after" if first is not None and first > known_last else "before"
        raise DateError(
            f"`window` {start or ''}..{end or ''} lies {where} the data, which cover {known_first}..{known_last}: "
            "choose a window that overlaps them"
        )
    is_short = (first is not None and _misses(history, first, known_first - DAY)) or (
        last is not None and _misses(history, known_last + DAY, last)
    )
    if is_short:
        raise DateError(
            f"`window` {start or known_first}..{end or known_last} is longer than the history: the data cover "
            f"{known_first}..{known_last}; shorten the window"
        )
    panel = history.window(first, last)
    if len(panel.sessions) < 2:
        raise DateError(
            f"`window` {start or ''}..{end or ''} holds {len(panel.sessions)} session: a run needs two or more"
        )
    return int(np.searchsorted(history.sessions, panel.sessions[0])), panel


def _rows(panel: Panel, config: Config) -> slice:
    """Return the rows of a panel that lie in the window."""
    first, last = _day(config.window.start), _day(config.window.end)
    begin = None if first is None else int(np.searchsorted(panel.sessions, first, side="left"))
    return slice(begin, None if last is None else int(np.searchsorted(panel.sessions, last, side="right")))


def _misses(history: Panel, first: np.datetime64, last: np.datetime64) -> bool:
    """Tell whether a session lies between two days: of the mainland calendar, else any Monday to Friday."""
    if first > last:
        return False
    try:
        if mainland().is_session(history.sessions).all():
            return len(mainland().between(first, last)) > 0
    except DateError:  # beyond the calendar nobody knows more than the weekdays
        pass
    return bool(np.busday_count(first, last + DAY) > 0)


def _day(date: Any) -> np.datetime64 | None:
    return None if date is None else np.datetime64(date, "D")


def _check_needs(what: str, needs: Sequence[str], warmup: int, history: Panel, rule: Any = None) -> None:
    check_fields(what, needs, history.fields, rule)
    if warmup > len(history.sessions):
        raise ConfigError(
            f"{what} looks back {warmup} sessions, longer than the history of {len(history.sessions)}: "
            "shorten its window or give more data"
        )


def _boards(panel: Panel, config: Config) -> list[Board]:
    if config.market.board is not None:
        return [Board[config.market.board.upper()]] * len(panel.symbols)
    try:
        return [board_of(symbol) for symbol in panel.symbols]
    except DataError as error:
        raise DataError(f"{error} (`market.board`, or `universe.exclude`)") from None
