"""Which dated rules a run reads."""

import numpy as np

from ..account.market_arrays import unlimited_by_data
from ..account.schedule import ANY, SHANGHAI, SHENZHEN
from ..account.terms import CLIENT_RULE, DIVIDEND_TAX, RULE_KEYS, own_rules, rulebook_of
from ..config.values import BY_HOLDING
from ..rulebook import DatedRule, Rulebook, ruled_as
from ..types import DAY, Board
from .scenario import Scenario

_FLOAT_CAP_KEYS = ("float_cap_suspend", "float_cap_resume")
_SHORT_CAP_KEYS = ("short_float_cap_suspend", "short_float_cap_resume")
_TRANSFER_KEYS = ("transfer_fee", "transfer_fee_on_par")
_CLASS_OF = {None: ANY, "shanghai": SHANGHAI, "shenzhen": SHENZHEN}
_LOT_KEYS = ("lot_minimum", "lot_step")


def rules_used(scenario: Scenario, rulebook: Rulebook | None = None) -> list[DatedRule]:
    """Return the rules that a run reads: those in force on its first session, then every change up to its last.

    Of its own rulebook, or those that it would read of another.

    Notes
    -----
    A rule that a number of the configuration replaces is among them, so that `liangrong check` can say so; a rule of a
    board without a security is not.
    """
    rulebook, sessions = rulebook or rulebook_of(scenario.config.conditions), scenario.panel.sessions
    rules = [*rulebook.in_force(sessions[0]), *rulebook.changes(sessions[0] + DAY, sessions[-1])]
    boards = {ruled_as(board) for board in scenario.market.boards}
    return [rule for rule in rules if _is_read(rule, boards, scenario, rulebook)]


def changes_used(scenario: Scenario) -> list[DatedRule]:
    """Return those of `rules_used` that change after the first session and that no number of the user's replaces."""
    own = own_rules(scenario.config.conditions)
    replaced = {key for key, value in own.items() if value.override}
    first, book = scenario.panel.sessions[0], rulebook_of(scenario.config.conditions)
    return [
        rule
        for rule in rules_used(scenario, book)
        if rule.effective > first and rule.key not in replaced and not book.is_held(rule.key, rule.board, rule.status)
    ]


def _is_read(rule: DatedRule, boards: set[Board], scenario: Scenario, rulebook: Rulebook) -> bool:
    market, applied = scenario.market, scenario.config.market
    if rule.key in _TRANSFER_KEYS:
        return bool(np.isin(_CLASS_OF[rule.status], market.arrays.fee_class).all())
    if rule.key in RULE_KEYS:
        return _is_of_client(rule, scenario, rulebook)
    if rule.key == DIVIDEND_TAX:
        return scenario.config.account.dividend_tax_rate == BY_HOLDING
    if rule.key == "haircut_cap":
        statuses = ["etf", "other_share", "st", *["index_180_or_100"] * bool(market.arrays.index_member.size)]
        statuses += ["pe_above_300_or_loss"] * bool(market.arrays.is_dear.size)
        return _is_met(rule.status == "etf", scenario) and rule.status in statuses
    if rule.key == "haircut_pe_limit":
        return bool(market.arrays.is_dear.size)
    if rule.key == "price_limit":
        return applied.price_limits and rule.board in boards
    if rule.key == "unlimited_first_sessions":
        is_young = unlimited_by_data(market.panel, market.listed)
        return applied.price_limits and rule.board in {market.boards[j] for j in np.flatnonzero(is_young)}
    if rule.key in _FLOAT_CAP_KEYS:
        return len(market.arrays.is_capped) > 0 and _is_met(rule.status == "etf", scenario)
    if rule.key in _SHORT_CAP_KEYS:
        return len(market.arrays.is_short_capped) > 0
    if rule.key == "uptick":
        return applied.uptick and _is_met(rule.status == "etf", scenario)
    return rule.key in _LOT_KEYS and rule.board in boards


def _is_of_client(rule: DatedRule, scenario: Scenario, rulebook: Rulebook) -> bool:
    """Tell whether a rule is the client's: of his kind, or everybody's while his kind has none of its own."""
    client = scenario.config.account.client
    if rule.key != CLIENT_RULE or client == "individual":
        return rule.status is None
    first = rulebook.table(rule.key, status=client).first_date
    begins = rulebook.ruling(rule.key, scenario.panel.sessions[0])
    return rule.status == client or bool(begins < first and rule.effective < first)


def _is_met(of_funds: bool, scenario: Scenario) -> bool:
    """Tell whether the market has a fund, or a share."""
    return any((board is Board.ETF) == of_funds for board in scenario.market.boards)
