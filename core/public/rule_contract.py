"""What every rule has to keep."""

from typing import Any

import numpy as np

from .contract import (
    ContractError,
    bytes_of,
    computed,
    cuts,
    known_fields,
    only,
    portable,
    same,
    sample_panel,
    sound_parameters,
    until,
    untouched,
    without_rows,
)
from .core.errors import LiangrongError
from .core.ideas.rule import Rule
from .core.panel.panel import Panel
from .core.types import Panel2D

OPTIONAL = ("adj_factor",)
"""Read by whoever compares prices of different days, where the panel has it; nobody has to need it."""


def check_rule(rule: Rule | type[Rule], panel: Panel | None = None) -> None:
    """Check that a rule is one: that it knows nothing of the future, says NaN where it knows nothing, and so on.

    Parameters
    ----------
    rule : Rule, or a subclass of it
        A class is checked with its defaults.
    panel : Panel, optional
        `sample_panel` where absent.

    Raises
    ------
    ContractError
        The score is not float64 (T, N) with finite numbers or NaN; is NaN everywhere; differs in a second computation
        or after pickling; changes the panel, or is a view of it; needs other fields than it says; row t depends on
        later rows; a security of which the fields know nothing gets an opinion, or moves those of others; a parameter
        has no words, or a default outside its bounds.

    Notes
    -----
    An error on a history shorter than the warm-up of the rule is not blamed. That row t depends on no later row is seen
    on the histories that end early, each of them where the score takes a few milliseconds; else on ends of months and
    others spread evenly, as many as take some two seconds.
    """
    made, name = _made(rule)
    panel = sample_panel() if panel is None else panel
    sound_parameters(name, type(made).parameters())
    known_fields(name, made.needs(), panel)
    score = _steady(made, name, panel)
    if np.isnan(score).all():
        raise ContractError(f"{name} should have an opinion somewhere on the panel, got NaN in every cell")
    _knows_no_future(made, name, panel, score)
    _needs_what_it_says(made, name, panel, score)
    _is_silent_where_nothing_is_known(made, name, panel)


def _made(rule: Any) -> tuple[Rule, str]:
    if rule is Rule:
        raise ContractError("a rule should be a subclass of Rule, or an object of one, got Rule itself")
    if isinstance(rule, type) and issubclass(rule, Rule):
        try:
            rule = rule.build(rule.__name__, {})
        except LiangrongError as error:
            raise ContractError(f"rule `{rule.__name__}` should have defaults that fit: {error}") from error
    if not isinstance(rule, Rule):
        raise ContractError(f"a rule should be a subclass of Rule, or an object of one, got {rule!r}")
    return rule, f"rule `{type(rule).__name__}`"


def _steady(rule: Rule, name: str, panel: Panel) -> Panel2D:
    """Return the score, which is the same each time and leaves the panel alone."""
    before = bytes_of(panel)
    score = computed(name, "the panel", lambda: rule.score(panel), panel.shape)
    untouched(name, before, panel)
    shared = [field for field, values in panel.fields.items() if np.shares_memory(score, values)]
    if shared:
        raise ContractError(f"the score of {name} should be its own array, it is a view of `{shared[0]}`: copy it")
    again = computed(name, "the panel, a second time", lambda: rule.score(panel), panel.shape)
    same(f"{name} is not deterministic", score, again, panel)
    copied = portable(name, rule)
    again = computed(name, "the panel, after pickling", lambda: copied.score(panel), panel.shape)
    same(f"{name} differs after pickling", score, again, panel)
    return score


def _knows_no_future(rule: Rule, name: str, panel: Panel, score: Panel2D) -> None:
    def again() -> None:
        same(f"{name} is not deterministic", score, rule.score(panel), panel)

    for end in cuts(panel.sessions, again):
        history = until(panel, end)
        try:
            part = computed(name, f"a history of {end} sessions", lambda h=history: rule.score(h), history.shape)
        except ContractError:
            if end < rule.warmup():
                continue
            raise
        same(f"{name} knew the future, on a history that ends on {history.sessions[-1]}", part, score[:end], panel)


def _needs_what_it_says(rule: Rule, name: str, panel: Panel, score: Panel2D) -> None:
    needs = rule.needs()
    computed(name, f"a panel of {', '.join(needs)} alone", lambda: rule.score(only(panel, needs)), panel.shape)
    lean = only(panel, (*needs, *OPTIONAL))
    got = computed(name, f"a panel of {', '.join(lean.fields)} alone", lambda: rule.score(lean), panel.shape)
    same(f"{name} reads other fields than it says it needs ({', '.join(needs)})", score, got, panel)


def _is_silent_where_nothing_is_known(rule: Rule, name: str, panel: Panel) -> None:
    given, j = without_rows(panel, [*dict.fromkeys([*rule.needs(), *(f for f in OPTIONAL if f in panel)])])
    score = computed(name, "a panel with a security without rows", lambda: rule.score(given), panel.shape)
    said = np.flatnonzero(~np.isnan(score[:, j]))
    if len(said):
        raise ContractError(
            f"{name} should have no opinion of a security of which its fields know nothing, got {score[said[0], j]:g} "
            f"for {panel.symbols[j]} on {panel.sessions[said[0]]}: NaN is not 0"
        )
    others = [symbol for symbol in panel.symbols if symbol != panel.symbols[j]]
    fewer = given.select(others)
    without = computed(name, "the panel without it", lambda: rule.score(fewer), fewer.shape)
    rest = np.delete(score, j, axis=1)
    same(f"{name} counts a security of which its fields know nothing", without, rest, fewer, rtol=1e-9)
