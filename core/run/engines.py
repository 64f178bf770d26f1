"""From a configuration to a result, by backtrader, by the compiled engine, or by both."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..account.cash_interest import uncredited
from ..account.tables import make_table
from ..account.terms import own_rules
from ..broker.cerebro import PanelCerebro
from ..broker.credit_broker import CreditBroker
from ..broker.feed import PanelFeed, feeds_of
from ..broker.garbage import frozen_garbage
from ..config.run import Config
from ..ideas.own_modules import blaming
from ..pages.language import speaking
from ..panel.panel import Panel
from ..statement.differences import compare
from .attribution import attribute
from .compiled import run_compiled
from .metrics import summarise
from .notes import notes_of
from .null_strategy import equal_weight
from .outcome import Outcome
from .parity import must_agree
from .provenance import provenance_of
from .ranking import is_ranked
from .result import Result
from .round_trips import round_trips
from .rules_used import rules_used
from .scenario import Scenario, keeps_positions, prepare
from .scores import score_of

Progress = Callable[[int, int], None]
"""Called with the sessions done and the sessions in all."""


def run(config: Config, progress: Progress | None = None) -> Result:
    """Run a configuration.

    Parameters
    ----------
    config : Config
    progress : callable(int, int), optional

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    return execute(prepare(config, is_audited=True), progress)


@speaking("en")
def execute(scenario: Scenario, progress: Progress | None = None) -> Result:
    """Run a scenario on the engine that it names and return its result, whose notes are English: pages say them again.

    Raises
    ------
    ConfigError
        An event-driven strategy on the compiled engine.
    EngineError
        `both`, and the engines differ.
    """
    if is_ranked(scenario):  # the compiled engine and the notes read one score
        scenario = replace(scenario, score=score_of(scenario))
    with frozen_garbage():  # until the tables are made: the orders of backtrader are still there
        result = _result(scenario, outcome_of(scenario, progress))
        if scenario.config.execution.engine == "both":
            must_agree(_result(scenario, _run_backtrader(scenario, progress)), result)
            agreed = "Both engines ran and gave the same tables, to the last digit."
            return replace(result, notes=(*result.notes, agreed))
    return result


def outcome_of(scenario: Scenario, progress: Progress | None = None) -> Outcome:
    """Run a scenario on the engine that it names, on the compiled one where it names both."""
    is_slow = scenario.config.execution.engine == "backtrader"
    return _run_backtrader(scenario, progress) if is_slow else run_compiled(scenario, progress)


def _run_backtrader(scenario: Scenario, progress: Progress | None) -> Outcome:
    total = len(scenario.panel.sessions)
    broker = broker_of(scenario, None if progress is None else lambda t: progress(t + 1, total))
    with blaming(scenario.strategy, f"strategy `{scenario.config.strategy.name}`"):
        strategy = cerebro_of(scenario, broker, feeds_of(scenario.panel)).run()[0]
    long, short = broker.holdings()
    return Outcome(broker.journal, long, short, strategy.claims(), uncredited(broker.ledger), strategy.remarks())


def broker_of(
    scenario: Scenario, progress: Callable[[int], None] | None = None, make: type[CreditBroker] = CreditBroker
) -> Any:
    """Return the broker of a scenario, of the class `make`; `progress` is called with each session that is over."""
    return make(
        cash=scenario.opening.cash,
        opening=None if scenario.config.account.opening is None else scenario.opening,
        flows=scenario.flows,
        market=scenario.market,
        schedule=scenario.schedule,
        refusal_line=False,  # the summary shows them
        keeps_positions=keeps_positions(scenario),
        progress=progress,
    )


def cerebro_of(scenario: Scenario, broker: CreditBroker, feeds: list[PanelFeed], **asked: Any) -> PanelCerebro:
    """Return the engine of a scenario, ready to run; `asked` are further parameters of its strategy."""
    cerebro = PanelCerebro()
    cerebro.broker = broker
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.addstrategy(
        scenario.strategy,
        history=scenario.history,
        first=scenario.first,
        lead=int(scenario.config.execution.decision == "at_close"),
        rule=scenario.rule,
        **asked,
        **scenario.parameters,
    )
    return cerebro


def _result(scenario: Scenario, outcome: Outcome) -> Result:
    columns = outcome.journal.tables()
    tables: dict[str, Any] = {name: make_table(name, values) for name, values in columns.items()}
    marks = np.nan_to_num(scenario.market.marks[-1])
    attribution = attribute(
        tables["fills"],
        tables["contracts"],
        scenario.panel.symbols,
        (outcome.long - outcome.short) * marks,
        scenario.opening.net_shares() * np.nan_to_num(scenario.opening.marks),
        outcome.journal.dividends(),
        tables.get("flows"),
        tables.get("endings"),
        float(tables["cash_interest"]["amount"].sum()) if "cash_interest" in tables else 0.0,
        tables.get("entitlements"),
    )
    differences, remarks = compare(outcome.claims, tables)
    result = Result(
        name=scenario.config.name,
        config=scenario.config.resolved(),
        attribution=make_table("attribution", attribution),
        trades=make_table("trades", _trips(scenario, outcome, tables)),
        market=make_table("market", _market(scenario.panel)),
        notes=(*notes_of(scenario, tables, outcome.uncredited), *remarks, *outcome.remarks),
        differences=differences,
        benchmark=make_table("benchmark", _benchmark(scenario)),
        forced_marks=_forced_marks(scenario, tables["forced_sales"]),
        provenance=provenance_of(scenario.data, scenario.audit),
        **tables,
    )
    summary = summarise(
        result,
        start_equity=scenario.opening.equity(),
        synthetic=scenario.panel.synthetic,
        source=scenario.panel.source,
        worst_ratios=outcome.journal.worst_ratios,
    )
    held = scenario.config.market.rules_as_of
    as_of = {} if held is None else {"rules_as_of": str(held)}
    return _with_summary(result, {**summary, "rules": _rules(scenario), **as_of})


def _rules(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the dated rules that the run read, with their grades."""
    own = {key for key, value in own_rules(scenario.config.conditions).items() if value.override}
    return [
        {
            "name": rule.name,
            "value": rule.value,
            "effective": str(rule.effective),
            "grade": rule.grade,
            "source": rule.source,
            "is_replaced": rule.key in own,
        }
        for rule in rules_used(scenario)
    ]


def _trips(scenario: Scenario, outcome: Outcome, tables: dict[str, Any]) -> dict[str, Any]:
    journal, panel = outcome.journal, scenario.panel
    happened = tables, journal.collateral(), journal.actions(), scenario.opening
    return round_trips(*happened, panel.symbols, panel.sessions, scenario.market.marks)


def _benchmark(scenario: Scenario) -> dict[str, Any]:
    """Return the null strategy and the benchmark by session, both from 1 on."""
    null = equal_weight(scenario.market)
    closes = null if scenario.benchmark is None else scenario.benchmark
    known = closes[np.isfinite(closes)]
    levels = closes / known[0] if len(known) else closes
    return {"date": scenario.panel.sessions, "equal_weight": null, "benchmark": levels}


def _forced_marks(scenario: Scenario, forced: pd.DataFrame) -> pd.DataFrame | None:
    """Return the close before, ex rights, of what the broker traded by force; None where it traded nothing."""
    orders = forced.loc[forced["symbol"] != "", ["date", "symbol"]].drop_duplicates(ignore_index=True)
    if orders.empty:
        return None
    market, panel = scenario.market, scenario.market.panel
    rows = np.searchsorted(panel.sessions, orders["date"].to_numpy().astype("datetime64[D]"))
    columns = [panel.symbols.index(symbol) for symbol in orders["symbol"]]
    stated, marks = panel["pre_close"][rows, columns], market.marks[np.maximum(rows - 1, 0), columns]
    before = np.where(rows > 0, marks, market.before[columns])
    return make_table("forced_marks", orders.assign(price=np.where(np.isfinite(stated), stated, before)))


def _with_summary(result: Result, summary: dict[str, Any]) -> Result:
    return replace(result, summary=summary)


def _market(panel: Panel) -> dict[str, Any]:
    """Return the universe's balances by session: sums over the securities that publish them, NaN where none does."""
    columns: dict[str, Any] = {"date": panel.sessions}
    for name in ("financing_balance", "short_balance", "spread"):
        values = panel.get(name)
        columns[name] = (
            np.full(len(panel.sessions), np.nan)
            if values is None
            else pd.DataFrame(values).sum(axis=1, min_count=1).to_numpy()
        )
    return columns
