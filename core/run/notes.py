"""What the reader of a result has to know, one sentence each."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ..config.paths import own_file
from ..config.rate_values import is_from_data
from ..panel.dated_facts import OF_ACCOUNT, told
from ..panel.indices import universe_field
from ..types import Refusal
from .books import CALLS
from .endings_section import endings_noted, endings_told
from .entitlement_notes import entitlement_notes
from .flows_section import flows_told, opening_told
from .held_notes import held_notes
from .rules_used import changes_used, rules_used
from .scenario import Scenario
from .supply_notes import supply_notes

_SHOWN = 5
"""Names in a note."""


def notes_of(scenario: Scenario, tables: Mapping[str, pd.DataFrame], uncredited: float = 0.0) -> tuple[str, ...]:
    """Return the notes of a finished run; `tables` are those of its result.

    `uncredited` is the interest on cash, in CNY, that accrued and is not credited.
    """
    return (
        *_on_data(scenario),
        *facts_told(scenario),
        *_on_rules(scenario),
        *_on_listings(scenario),
        *_on_prices(tables),
        *held_notes(scenario, tables["fills"], tables.get("endings")),
        *entitlement_notes(scenario, tables.get("entitlements")),
        *endings_told(scenario),
        *endings_noted(tables.get("endings")),
        *opening_told(scenario),
        *flows_told(scenario, tables.get("flows")),
        *supply_notes(scenario, tables),
        *_on_account(tables),
        *_on_cash(uncredited),
        *_on_orders(scenario, tables),
    )


def _on_data(scenario: Scenario) -> Iterator[str]:
    panel = scenario.panel
    if scenario.config.data.actions is None and not panel.actions:
        yield (
            "No table of corporate actions (`data.actions`): prices have to be adjusted ones, or dividends and splits "
            "appear as price moves."
        )
    used = [field for field in _read(scenario) if field in panel.imputed]
    for field in used:
        yield f"The strategy reads `{field}`, which is imputed: {panel.imputed[field]}."
    for finding in scenario.findings:
        yield f"Import: {finding.kind} x {finding.count} ({finding.detail})."


def _read(scenario: Scenario) -> list[str]:
    """Return the fields that strategy and rule say they read."""
    needs = [*scenario.strategy.needs(scenario.parameters), *(scenario.rule.needs() if scenario.rule else ())]
    return list(dict.fromkeys(needs))


def facts_told(scenario: Scenario) -> Iterator[str]:
    """Say which dated facts are not known on every session, what that comes to, and what is not used yet."""
    panel, market = scenario.panel, scenario.config.market
    lists = ("financing_eligible", "short_eligible") if market.eligibility == "all" else ()
    index = scenario.config.universe.index
    members = () if index is None else (universe_field(index),)
    fees = ("borrow_rate",) if is_from_data(scenario.config.account.borrow_rate) else ()
    yield from told(panel, scenario.config.data.carry, {*OF_ACCOUNT, *fees, *_read(scenario), *members} - {*lists})
    if "borrow_rate" in panel and not fees:
        yield (
            "The account does not use `borrow_rate` of the data: it pays `account.borrow_rate` "
            "(`data` takes the field)."
        )
    if "borrowable_shares" in panel and scenario.config.account.borrowable_share is None:
        yield "The account does not use `borrowable_shares` of the data, by configuration."


def _on_rules(scenario: Scenario) -> Iterator[str]:
    config, panel = scenario.config, scenario.panel
    if own_file(config.costs.commission.name) is not None:
        yield f"Commissions are those of a model of your own, `{config.costs.commission.name}`."
    if config.market.board is not None:
        yield f"Every security follows the rules of the board `{config.market.board}`, by configuration."
    lists = [name for name in ("financing_eligible", "short_eligible") if name not in panel]
    if config.market.eligibility == "all":
        yield "Every security may be financed and shorted, by configuration."
    elif lists:
        yield f"The data have no list {' and '.join(lists)}: every security counts as eligible."
    is_stated = "borrowable_shares" in panel and config.account.borrowable_share is not None
    if config.account.borrow_share is not None and "short_volume" not in panel and not is_stated:
        yield "`account.borrow_share` has no effect: the data have no short_volume."
    changes = changes_used(scenario)
    if changes:
        listed = "; ".join(f"{rule.name} {rule.value} from {rule.effective}" for rule in changes)
        yield f"Rules that changed during the run: {listed}."
    secondary = sorted({rule.name for rule in rules_used(scenario) if rule.is_secondary})
    if secondary:
        yield f"Rules that rest on a secondary source: {', '.join(secondary)}; `liangrong check` shows them."


def _on_listings(scenario: Scenario) -> Iterator[str]:
    """Say which securities are taken as listed inside the data, so that their first sessions have no limits."""
    market, panel = scenario.market, scenario.panel
    ratios = market.arrays.limit_ratio
    if "listed_sessions" in panel or not len(ratios):
        return
    young = [j for j in np.flatnonzero(market.listed >= 0) if np.isinf(ratios[:, j]).any()]
    if young:
        shown = ", ".join(f"{panel.symbols[j]} {panel.sessions[market.listed[j]]}" for j in young[:_SHOWN])
        more = f" and {len(young) - _SHOWN} more" if len(young) > _SHOWN else ""
        yield (
            "The data have no listed_sessions: a security whose first row lies inside them is taken as listed that "
            f"day, its first sessions without price limits ({shown}{more})."
        )


def _on_cash(uncredited: float) -> Iterator[str]:
    if uncredited > 0.0:
        yield (
            f"Interest of {uncredited:,.2f} accrued on cash after it was last credited: it is not in the equity, "
            "since the account shows it on the 20th of March, June, September and December."
        )


def _on_prices(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Name the prices that cannot have been, at which nothing was filled."""
    refused, forced = tables["refusals"], tables["forced_sales"]
    rows = pd.concat([refused[["date", "symbol", "reason"]], forced[["date", "symbol", "reason"]]])
    rows = rows[rows["reason"] == Refusal.IMPOSSIBLE_PRICE.name.lower()].drop_duplicates().sort_values("date")
    if len(rows):
        shown = ", ".join(f"{row.symbol} {row.date:%Y-%m-%d}" for row in rows.head(_SHOWN).itertuples())
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        yield (
            f"Prices outside the limits of their session, at which nothing was filled: {shown}{more}. A slip in the "
            "data, or a corporate action that no table tells."
        )


def _on_orders(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    if tables["fills"].empty and tables["refusals"].empty:
        of_rule = (
            "" if scenario.rule is None else " `liangrong data show DIR SYMBOL --rule NAME` shows scores of a day."
        )
        yield f"The strategy gave no order in {len(tables['equity']):,} sessions.{of_rule}"


def _on_account(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    events, forced = tables["margin_events"], tables["forced_sales"]
    calls = int(events["event"].isin(CALLS).sum())
    if calls or len(forced):
        short = int((forced["done"] < forced["wanted"]).sum())
        yield f"Margin calls: {calls}. Forced orders: {len(forced)}, not wholly carried out: {short}."
    for row in events[events["event"] == "insolvent"].itertuples():
        yield f"Insolvent on {row.date:%Y-%m-%d}, {row.amount:,.2f} short of the debt: trading stopped."
    end = tables["equity"].iloc[-1]
    if end["equity"] < 0.0:
        yield f"Loss beyond equity at the end: {-end['equity']:,.2f}."
