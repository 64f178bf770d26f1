"""The market's dated rules as rows with sources."""

from .boards import LotRule, board_of, limit_ratio, lot_rule, ruled_as, tick_of, unlimited_sessions, widest_fund_limit
from .rulebook import Rulebook
from .table import DatedRule, DatedTable

__all__ = [
    "DatedRule",
    "DatedTable",
    "LotRule",
    "Rulebook",
    "board_of",
    "limit_ratio",
    "lot_rule",
    "ruled_as",
    "tick_of",
    "unlimited_sessions",
    "widest_fund_limit",
]
