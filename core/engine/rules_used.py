"""Which dated rules a run reads."""

from ..broker.terms import RULE_KEYS
from ..rulebook import Rule, Rulebook, ruled_as
from ..types import DAY, Board
from .scenario import Scenario, broker_terms

_FLOAT_CAP_KEYS = ("float_cap_suspend", "float_cap_resume")
_LOT_KEYS = ("lot_minimum", "lot_step")


def rules_used(scenario: Scenario) -> list[Rule]:
    """Return the rules that a run reads: those in force on its first session, then every change up to its last.

    Notes
    -----
    A rule that a number of the configuration replaces is among them, so that `liangrong check` can say so; a rule of a
    board without a security is not.
    """
    rulebook, sessions = Rulebook.load(), scenario.panel.sessions
    rules = [*rulebook.in_force(sessions[0]), *rulebook.changes(sessions[0] + DAY, sessions[-1])]
    boards = {ruled_as(board) for board in scenario.market.boards}
    return [rule for rule in rules if _is_read(rule, boards, scenario)]


def changes_used(scenario: Scenario) -> list[Rule]:
    """Return those of `rules_used` that change after the first session and that no number of the user's replaces."""
    own = broker_terms(scenario.config).rules
    replaced = {key for key, value in own.items() if value.override}
    first = scenario.panel.sessions[0]
    return [rule for rule in rules_used(scenario) if rule.effective > first and rule.key not in replaced]


def _is_read(rule: Rule, boards: set[Board], scenario: Scenario) -> bool:
    if rule.key in RULE_KEYS:
        return rule.status is None
    if rule.key == "haircut_cap":
        has_funds = Board.ETF in scenario.market.boards
        has_shares = any(board is not Board.ETF for board in scenario.market.boards)
        return (rule.status == "etf" and has_funds) or (rule.status in ("other_share", "st") and has_shares)
    if rule.key == "price_limit":
        return scenario.market.settings.price_limits and rule.board in boards
    if rule.key in _FLOAT_CAP_KEYS:
        return scenario.market.has_float_cap
    return rule.key in _LOT_KEYS and rule.board in boards
