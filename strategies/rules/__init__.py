"""Rules: claims about margin balances, each a score for every session and security."""

from .base import Composed, Rule, parameter

RULES: dict[str, type[Rule]] = {}
"""The rules that a configuration may name."""

__all__ = ["RULES", "Composed", "Rule", "parameter"]
