"""Which dated rules a run reads."""

from ..broker.terms import RULE_KEYS
from ..rulebook import Rule, Rulebook, ruled_as
from ..types import Board
from .scenario import Scenario, broker_terms

_LOT_KEYS = ("lot_minimum", "lot_step")


def rules_used(scenario: Scenario) -> list[Rule]:
    """Return the rules that a run reads: those in force on its first session, then every change up to its last.

    Notes
    -----
    A rule that a number of the configuration replaces is not read, nor is one of a board without a security.
    """
    rulebook, sessions = Rulebook.load(), scenario.panel.sessions
    rules = [*rulebook.in_force(sessions[0]), *rulebook.changes(sessions[0] + 1, sessions[-1])]
    boards = {ruled_as(board) for board in scenario.market.boards}
    return [rule for rule in rules if _is_read(rule, boards, scenario)]


def changes_used(scenario: Scenario) -> list[Rule]:
    """Return those of `rules_used` that change after the first session."""
    return [rule for rule in rules_used(scenario) if rule.effective > scenario.panel.sessions[0]]


def _is_read(rule: Rule, boards: set[Board], scenario: Scenario) -> bool:
    if rule.key in RULE_KEYS:
        own = broker_terms(scenario.config).rules.get(rule.key)
        is_replaced = own is not None and own.override
        return rule.status is None and not is_replaced
    if rule.key == "haircut_cap":
        has_funds = Board.ETF in scenario.market.boards
        has_shares = any(board is not Board.ETF for board in scenario.market.boards)
        return (rule.status == "etf" and has_funds) or (rule.status in ("other_share", "st") and has_shares)
    if rule.key == "price_limit":
        return scenario.market.settings.price_limits and rule.board in boards
    return rule.key in _LOT_KEYS and rule.board in boards
