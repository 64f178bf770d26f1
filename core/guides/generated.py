"""Guides that are made when they are asked for, from the declarations that the tool itself obeys."""

from collections.abc import Callable

from ..pages.language import Language

MADE: dict[str, Callable[[Language], str]] = {}
"""Topic -> what stands in its file for the line `GENERATED` of `topics`, as Markdown."""
