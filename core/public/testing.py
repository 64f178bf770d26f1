"""Contracts of what users write: put a rule, a strategy or a source of your own through them in your tests.

``lr.testing.check_rule(Mine(window=20))``, ``check_strategy(MyStrategy)``, ``check_source("ohlcv", paths)``.

Each check passes in silence or raises `ContractError`, an AssertionError, with one sentence: what, where, what was
expected, and what came instead.
"""

from .contract import ContractError, sample_panel
from .rule_contract import check_rule
from .source_contract import check_source
from .strategy_contract import check_strategy

__all__ = ["ContractError", "check_rule", "check_source", "check_strategy", "sample_panel"]
