"""Guides that are made when they are asked for, from the declarations that the tool itself obeys."""

from collections.abc import Callable

from ..pages.language import Language
from .guide_answers import answers
from .guide_honesty import honesty
from .guide_keys import keys
from .guide_rules import rules
from .guide_tables import tables

MADE: dict[str, Callable[[Language], str]] = {
    "keys": keys,
    "tables": tables,
    "rules": rules,
    "json": answers,
    "honesty": honesty,
}
"""Topic -> what stands in its file for the line `GENERATED` of `topics`, as Markdown."""
