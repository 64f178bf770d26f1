"""The compiled engine: a scenario of target weights to the journal that backtrader's broker would have written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..account import commissions, credit, tax_lots
from ..account.cash_flows import Flow, Moved
from ..account.cash_interest import uncredited
from ..account.corporate_actions import ActionEffect
from ..account.ended_securities import END, End
from ..account.journal import Journal
from ..account.market import Market
from ..account.run_state import NO_DAY, TABLES, Run, RunInput, new_log, new_state
from ..account.session import simulate
from ..account.target_orders import holdings
from ..errors import ConfigError
from ..ideas.target_strategy import TargetStrategy
from ..panel.actions import ActionTable
from ..panel.recalls import RecallTable
from ..types import Cause, MarginEvent, OrderKind, Panel2D, Refusal
from .outcome import Outcome
from .scenario import Scenario, keeps_positions
from .scores import has_targets, score_of, target_weights

_CHUNK = 250  # sessions between two reports of progress
_CAPACITY = 4096  # rows of a table at first
_HAPPENED = ("t", "event", "deadline", "contract", "ratio", "amount")
_FORCED = ("t", "cause", "kind", "symbol", "reason", "wanted", "done", "price")
_ENTITLED = ("t", "symbol", "kind", "shares", "price", "amount")
_MOVED = ("t", "kind", "symbol", "reason", "shares", "price", "amount")
_OWN_HANDS = ("start", "prepare", "next", "decide", "order_to_weights", "book", "claims")


def run_compiled(scenario: Scenario, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """Run a scenario on the compiled engine.

    Raises
    ------
    ConfigError
        A strategy that is not a function of the panel.
    """
    setting = setting_of(scenario, targets_of(scenario), keeps_margin=True)
    kept = [name for name in TABLES if name != "positions" or keeps_positions(scenario)]
    return _outcome(simulated(scenario, setting, kept, progress), scenario.market)


def simulated(
    scenario: Scenario, setting: RunInput, kept: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> Run:
    """Return the finished run of a scenario, with the tables of its log that are `kept`; the others count only.

    Raises
    ------
    ConfigError
        As `commissions.check`.
    """
    sessions = len(scenario.panel.sessions)
    run = Run(
        scenario.market.arrays,
        scenario.schedule.arrays,
        setting,
        new_state(tax_lots.with_lots(scenario.opening.ledger(), scenario.schedule.options)),
        new_log(sessions, _CAPACITY, kept),
    )
    t = 0
    while t < sessions:
        reached = simulate(run, t, sessions if progress is None else min(t + _CHUNK, sessions))
        run = run if reached > t else with_room(run)
        t = reached
        if progress is not None:
            progress(t, sessions)
    commissions.check(run.schedule.commission, float(run.log.tally[0]["commission"]))
    return run


def targets_of(scenario: Scenario) -> Panel2D:
    """Return the target weights (T, N) of a scenario by session; ConfigError where its strategy has none."""
    why = is_event_driven(scenario.strategy)
    if not why:
        return target_weights(scenario, score_of(scenario))
    config = scenario.config
    raise ConfigError(
        f"`execution.engine` should be backtrader for strategy `{config.strategy.name}`, got "
        f"{config.execution.engine}: the strategy is event-driven ({why}) and runs on backtrader only"
    )


def is_event_driven(strategy: Any) -> str:
    """Return why a strategy is no function of the panel, in words; an empty text where it is one."""
    if not has_targets(strategy):
        return "it decides day by day"
    own = [name for name in _OWN_HANDS if getattr(strategy, name) is not getattr(TargetStrategy, name)]
    return f"it defines {', '.join(own)} of its own" if own else ""


def setting_of(scenario: Scenario, weights: Panel2D, keeps_margin: bool) -> RunInput:
    """Return what a run of `weights` (T, N) reads beside market and terms."""
    config, sessions = scenario.config, scenario.panel.sessions
    row = np.arange(len(sessions)) + int(config.execution.decision == "at_close")
    row[-1] = -1  # there is no next session to trade in
    return RunInput(
        weights=np.require(weights, np.float64, ("C", "W")),
        row=row,
        **_flows(scenario.flows, len(sessions)),
        **_actions(scenario.market.actions, len(sessions)),
        **_recalls(scenario.market.recalls, len(sessions)),
        **_ends(scenario.market.ends, len(sessions)),
        reserve=float(scenario.parameters["reserve"]),
        keeps_margin=keeps_margin,
    )


def _flows(flows: Mapping[int, Sequence[Flow]], sessions: int) -> dict[str, Any]:
    count = np.zeros(sessions + 1, dtype=np.int64)
    rows = []
    for t in sorted(flows):
        count[t + 1] = len(flows[t])
        rows += flows[t]
    return {
        "flow_from": np.cumsum(count),
        "flow_kind": np.array([row.kind for row in rows], dtype=np.int64),
        "flow_symbol": np.array([row.symbol for row in rows], dtype=np.int64),
        "flow_size": np.array([row.size for row in rows], dtype=np.float64),
    }


def _actions(actions: ActionTable, sessions: int) -> dict[str, Any]:
    count = np.zeros(sessions + 1, dtype=np.int64)
    rows = []
    for t in sorted(actions.by_session):
        count[t + 1] = len(actions.on(t))
        rows += actions.on(t)
    return {
        "action_from": np.cumsum(count),
        "action_symbol": np.array([row.symbol for row in rows], dtype=np.int64),
        "action_cash": np.array([row.cash_per_share for row in rows], dtype=np.float64),
        "action_ratio": np.array([row.share_ratio for row in rows], dtype=np.float64),
        "action_rights": np.array([row.rights_ratio for row in rows], dtype=np.float64),
        "action_price": np.array([row.rights_price for row in rows], dtype=np.float64),
    }


def _recalls(recalls: RecallTable, sessions: int) -> dict[str, Any]:
    rows = [(t, one) for t in sorted(recalls.by_session) for one in recalls.on(t)]
    return {
        "recall_from": np.searchsorted([t for t, _ in rows], np.arange(sessions + 1)),
        "recall_symbol": np.array([one.symbol for _, one in rows], dtype=np.int64),
        "recall_shares": np.array([one.shares for _, one in rows], dtype=np.float64),
    }


def _ends(ends: Mapping[int, Sequence[End]], sessions: int) -> dict[str, Any]:
    rows = [(t, end) for t in sorted(ends) for end in ends[t]]
    return {
        "end_from": np.searchsorted([t for t, _ in rows], np.arange(sessions + 1)),
        "ends": np.array([tuple(end) for _, end in rows], dtype=END),
    }


def with_room(run: Run) -> Run:
    """Return the run with twice the room for contracts and for every table that it keeps."""
    state, log = run.state, run.log
    ledger = credit.with_capacity(state.ledger, 2 * len(state.ledger.contracts))
    ledger = tax_lots.with_room(ledger, 2 * len(ledger.lots))
    size = len(ledger.contracts)
    swept, due, why = (_grown(rows, size) for rows in (state.swept, state.due, state.why_due))
    state = state._replace(ledger=ledger, swept=swept, due=due, why_due=why)
    tables = {name: getattr(log, name) for name in TABLES}
    used = log.tally[0]
    tables = {name: _grown(table[: used[name]], 2 * len(table)) for name, table in tables.items()}
    return run._replace(state=state, log=log._replace(**tables))


def _grown(used: np.ndarray, size: int) -> np.ndarray:
    """Return rows with room for `size` of them; the room takes addresses, and memory only as it is used."""
    grown = np.empty(size, used.dtype)
    grown[: len(used)] = used
    return grown


def _outcome(run: Run, market: Market) -> Outcome:
    """Return the log of a finished run as the broker's journal, and what is held."""
    journal, sessions = Journal(market.panel.symbols), market.panel.sessions
    log, tally, ledger = run.log, run.log.tally[0], run.state.ledger
    for date, (*sums, margin, worst, _) in zip(sessions, log.closes.tolist(), strict=True):
        journal.close(date, credit.Totals(*sums), margin)
        if not np.isnan(worst):
            journal.worst_ratios.append(worst)
    journal.log(sessions, log.fills[: tally["fills"]], log.refusals[: tally["refusals"]])
    for t, event, deadline, contract, ratio, amount in _rows(log.events, tally["events"], *_HAPPENED):
        journal.event(sessions[t], MarginEvent(event), ratio, _date(deadline), amount, contract)
    for t, cause, kind, symbol, reason, wanted, done, price in _rows(log.forced, tally["forced"], *_FORCED):
        why = Cause(cause).name.lower()
        journal.forced_sale(sessions[t], why, OrderKind(kind), symbol, wanted, done, price, Refusal(reason))
    for t, kind, symbol, reason, shares, price, amount in _rows(log.flows, tally["flows"], *_MOVED):
        journal.flow(sessions[t], kind, symbol, Moved(reason, shares, price, amount, np.nan))
    for t, symbol, *effect in log.dividends[: tally["dividends"]].tolist():
        journal.dividend(sessions[t], symbol, ActionEffect(*effect))
    if log.positions.size:
        journal.positions(sessions, log.positions[: tally["positions"]])
    for t, of_cash, of_proceeds in _rows(log.credits, tally["credits"], "t", "cash", "proceeds"):
        journal.cash_interest(sessions[t], of_cash, of_proceeds)
    for t, *entitlement in _rows(log.entitlements, tally["entitlements"], *_ENTITLED):
        journal.entitlement(sessions[t], *entitlement)
    for t, symbol, value, share, allowed, ratio in log.concentration[: tally["concentration"]].tolist():
        journal.concentration(sessions[t], symbol, value, share, allowed, ratio)
    for row in log.endings[: tally["endings"]]:
        journal.ending(sessions[row["t"]], row)
    journal.contracts(log.closed[: tally["closed"]])
    journal.contracts(ledger.contracts[: ledger.account[0]["open_contracts"]])
    holdings(ledger, run.state.book)
    return Outcome(journal, run.state.book.long, run.state.book.short, None, uncredited(ledger))


def _rows(table: np.ndarray, count: int, *names: str) -> list[Any]:
    """Return the first rows of a table of the log as tuples of these fields."""
    return table[list(names)][:count].tolist()


def _date(day: int) -> np.datetime64:
    return np.datetime64("NaT", "D") if day == NO_DAY else np.datetime64(day, "D")
