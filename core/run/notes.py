"""What the reader of a result has to know, one sentence each."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ..config.paths import own_file
from ..config.rate_values import is_from_data
from ..pages import formats
from ..pages.language import joined, say
from ..panel.dated_facts import OF_ACCOUNT
from ..panel.indices import universe_field
from ..symbols import of_taiwan
from ..types import Refusal
from .as_of_notes import as_of_told
from .books import CALLS
from .endings_section import endings_noted, endings_told
from .entitlement_notes import entitlement_notes
from .fact_notes import fact_notes
from .first_names import first_names
from .flows_section import flows_told, opening_told
from .held_notes import ends_told, held_notes
from .overridden_boards import overridden
from .ranking import ranking_notes
from .rules_used import changes_used, rules_used
from .scenario import Scenario
from .scores import score_of
from .supply_notes import supply_notes

_LATE = 20
"""Sessions by which a field may begin after the run before a note says so."""

_SHOWN = 5
"""Names in a note."""


def notes_of(scenario: Scenario, tables: Mapping[str, pd.DataFrame], uncredited: float = 0.0) -> tuple[str, ...]:
    """Return the notes of a finished run; `tables` are those of its result.

    `uncredited` is the interest on cash, in CNY, that accrued and is not credited.
    """
    return (
        *data_notes(scenario),
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
        *ranking_notes(scenario),
    )


def data_notes(scenario: Scenario) -> tuple[str, ...]:
    """Return the notes that a run has before it is run: on its data, dated facts, rules and listings."""
    return (
        *_on_currency(scenario),
        *_on_data(scenario),
        *facts_told(scenario),
        *as_of_told(scenario),
        *_on_rules(scenario),
        *_on_changes(scenario),
        *_on_listings(scenario),
    )


def notes_ahead(scenario: Scenario) -> tuple[str, ...]:
    """Return those that `check` tells: it shows the rules and their changes itself, and of data that end it warns."""
    return (
        *_on_currency(scenario),
        *_on_data(scenario),
        *facts_told(scenario),
        *as_of_told(scenario),
        *_on_rules(scenario),
        *_on_listings(scenario),
        *ends_told(scenario),
    )


def _on_currency(scenario: Scenario) -> Iterator[str]:
    """Say what CNY and the mainland's rules are worth where the securities are Taiwan's."""
    symbols = scenario.panel.symbols
    if symbols and of_taiwan(symbols[0]):  # a dataset has one currency
        yield say(
            "The securities are Taiwan's: amounts called CNY are TWD, and rules, fees, rates and lines are those of "
            "the mainland, which do not hold there. The account is a what-if; the balances and prices are as published."
        )


def _on_data(scenario: Scenario) -> Iterator[str]:
    panel = scenario.panel
    if scenario.config.data.actions is None and not panel.actions:
        yield say(
            "No table of corporate actions (`data.actions`): dividends and splits of prices as traded appear as price "
            "moves, without cash and shares. `liangrong data derive-actions` reads a table off an adjusted series."
        )
    used = [field for field in _read(scenario) if field in panel.imputed]
    for field in used:
        yield say("The strategy reads `{field}`, which is imputed: {how}.", field=field, how=panel.imputed[field])
    yield from _late(scenario)
    for finding in scenario.findings:
        told = {"kind": finding.kind, "n": finding.count, "detail": finding.detail}
        yield say("Import: {kind} x {n} ({detail}).", **told)


def _late(scenario: Scenario) -> Iterator[str]:
    """Say when what the rule reads begins well after the run; a field that is never there has notes of its own."""
    panel = scenario.panel
    fields = [] if scenario.rule is None else [panel[name] for name in scenario.rule.needs() if name in panel]
    begins = [int(known[0]) for one in fields if (known := np.flatnonzero(np.isfinite(one).any(axis=1))).size]
    first = max(begins, default=0)
    if first > _LATE:
        yield say(
            "The data that `{rule}` reads begin on {day}, {n} sessions after the run: until then there is no score, "
            "and the figures count these sessions too. `window.start` leaves them out.",
            rule=scenario.config.strategy.rule.name if scenario.config.strategy.rule else "",
            day=str(panel.sessions[first]),
            n=f"{first:,}",
        )


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
    used = {*OF_ACCOUNT, *fees, *_read(scenario), *members} - {*lists}
    yield from fact_notes(panel, scenario.config.data.carry, used)
    if "borrow_rate" in panel and not fees:
        yield say(
            "The account does not use `borrow_rate` of the data: it pays `account.borrow_rate` "
            "(`data` takes the field)."
        )
    if "borrowable_shares" in panel and scenario.config.account.borrowable_share is None:
        yield say("The account does not use `borrowable_shares` of the data, by configuration.")


def _on_rules(scenario: Scenario) -> Iterator[str]:
    config, panel = scenario.config, scenario.panel
    if own_file(config.costs.commission.name) is not None:
        name = config.costs.commission.name
        yield say("Commissions are those of a model of your own, `{name}`.", name=name)
    if config.market.board is not None:
        board = config.market.board
        yield say("Every security follows the rules of the board `{board}`, by configuration.", board=board)
        others = overridden(panel.symbols, board)
        if others:
            yield say(
                "`market.board` overrides the board of {n} codes ({codes}): their price limits, lots and haircuts are "
                "those of `{board}`, so that ordinary moves may lie beyond the limit. Leave it out where codes tell "
                "the board.",
                n=formats.count(len(others)),
                codes=first_names(others, _SHOWN),
                board=board,
            )
    lists = [name for name in ("financing_eligible", "short_eligible") if name not in panel]
    if config.market.eligibility == "all":
        yield say("Every security may be financed and shorted, by configuration.")
    elif lists:
        if len(lists) > 1:
            told = dict(zip(("first", "second"), lists, strict=True))
            yield say("The data have no list {first} and {second}: every security counts as eligible.", **told)
        else:
            yield say("The data have no list {name}: every security counts as eligible.", name=lists[0])
    is_stated = "borrowable_shares" in panel and config.account.borrowable_share is not None
    if config.account.borrow_share is not None and "short_volume" not in panel and not is_stated:
        yield say("`account.borrow_share` has no effect: the data have no short_volume.")


def _on_changes(scenario: Scenario) -> Iterator[str]:
    """Say which rules changed, and which rest on secondary sources."""
    changes = changes_used(scenario)
    if changes:
        told = [{"rule": rule.name, "value": formats.exact(rule.value), "day": str(rule.effective)} for rule in changes]
        listed = joined((say("{rule} {value} from {day}", **one) for one in told), "{one}; {other}")
        yield say("Rules that changed during the run: {rules}.", rules=listed)
    secondary = sorted({rule.name for rule in rules_used(scenario) if rule.is_secondary})
    if secondary:
        named = joined(secondary, "{one}, {other}")
        yield say("Rules that rest on a secondary source: {rules}; `liangrong check` shows them.", rules=named)


def _on_listings(scenario: Scenario) -> Iterator[str]:
    """Say which securities are taken as listed inside the data, so that their first sessions have no limits."""
    market, panel = scenario.market, scenario.panel
    ratios = market.arrays.limit_ratio
    if "listed_sessions" in panel or not len(ratios):
        return
    young = [j for j in np.flatnonzero(market.listed >= 0) if np.isinf(ratios[:, j]).any()]
    if young:
        named = [f"{panel.symbols[j]} {panel.sessions[market.listed[j]]}" for j in young]
        yield say(
            "The data have no listed_sessions: a security whose first row lies inside them is taken as listed that "
            "day, its first sessions without price limits ({securities}).",
            securities=first_names(named, _SHOWN),
        )


def _on_cash(uncredited: float) -> Iterator[str]:
    if uncredited > 0.0:
        yield say(
            "Interest of {amount} accrued on cash after it was last credited: it is not in the equity, since the "
            "account shows it on the 20th of March, June, September and December.",
            amount=f"{uncredited:,.2f}",
        )


def _on_prices(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Name the prices that cannot have been, at which nothing was filled."""
    refused, forced = tables["refusals"], tables["forced_sales"]
    rows = pd.concat([refused[["date", "symbol", "reason"]], forced[["date", "symbol", "reason"]]])
    rows = rows[rows["reason"] == Refusal.IMPOSSIBLE_PRICE.name.lower()].drop_duplicates().sort_values("date")
    if len(rows):
        named = [f"{row.symbol} {row.date:%Y-%m-%d}" for row in rows.itertuples()]
        yield say(
            "Prices outside the limits of their session, at which nothing was filled: {prices}. A slip in the data, "
            "or a corporate action that no table tells.",
            prices=first_names(named, _SHOWN),
        )


def _on_orders(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    if tables["fills"].empty and tables["refusals"].empty:
        n = f"{len(tables['equity']):,}"
        if scenario.rule is None:
            yield say("The strategy gave no order in {n} sessions.", n=n)
        else:
            yield say(
                "The strategy gave no order in {n} sessions. `liangrong data show DIR SYMBOL --rule NAME` shows scores "
                "of a day.",
                n=n,
            )
            yield _scored(scenario)


def _scored(scenario: Scenario) -> str:
    """Say how many securities had a score on the best session of the run, and how many the strategy needs."""
    score = score_of(scenario)
    counts = [] if score is None else np.count_nonzero(~np.isnan(score[scenario.first :]), axis=1)
    told = {"n": f"{max(counts, default=0):,}", "all": f"{scenario.history.shape[1]:,}"}
    if "minimum" not in scenario.parameters:
        return say("At most {n} of {all} securities had a score on a session.", **told)
    return say(
        "At most {n} of {all} securities had a score on a session; `strategy.parameters.minimum` is {number}.",
        **told,
        number=f"{scenario.parameters['minimum']}",
    )


def _on_account(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    events, forced = tables["margin_events"], tables["forced_sales"]
    calls = int(events["event"].isin(CALLS).sum())
    if calls or len(forced):
        short = int((forced["done"] < forced["wanted"]).sum())
        told = {"calls": calls, "orders": len(forced), "short": short}
        yield say("Margin calls: {calls}. Forced orders: {orders}, not wholly carried out: {short}.", **told)
    for row in events[events["event"] == "insolvent"].itertuples():
        told = {"date": f"{row.date:%Y-%m-%d}", "amount": f"{row.amount:,.2f}"}
        yield say("Insolvent on {date}, {amount} short of the debt: trading stopped.", **told)
    end = tables["equity"].iloc[-1]
    if end["equity"] < 0.0:
        yield say("Loss beyond equity at the end: {amount}.", amount=f"{-end['equity']:,.2f}")
