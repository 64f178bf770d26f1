"""Contracts of what users write: put a rule, a strategy or a source of your own through them in your tests.

>>> from liangrong import testing
>>> from liangrong.strategies.rules.controls import PriceMomentum
>>> testing.check_rule(PriceMomentum(sessions=20))

Each check passes in silence or raises `ContractError`, an AssertionError, with one sentence: what, where, what was
expected, and what came instead.
"""

from .contract import ContractError, sample_panel
from .rule_contract import check_rule
from .source_contract import check_source
from .strategy_contract import check_strategy

__all__ = ["ContractError", "check_rule", "check_source", "check_strategy", "sample_panel"]
