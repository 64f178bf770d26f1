"""What a rule is: a frozen object that turns a panel into a score for every session and security."""

import copy
import dataclasses
import functools
import math
import typing
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, dataclass_transform

from ..errors import ConfigError
from ..panel.panel import Panel
from ..types import Panel2D
from .parameters import Parameter, checked

Scores = tuple[float, float]
"""The scores above the first and below the second number."""

POSITIVE: Scores = (0.0, math.inf)
NEGATIVE: Scores = (-math.inf, 0.0)


def parameter(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """Declare a parameter of a rule: default, what it does (with its unit), and its bounds or choices."""
    return dataclasses.field(default=default, metadata={"doc": doc, "low": low, "high": high, "choices": choices})


# `parameter` is no field specifier to checkers: they would look for its default among keywords only.
@dataclass_transform(frozen_default=True, kw_only_default=True)
class Rule:
    """A claim about margin balances as a score.

    A subclass is made a frozen dataclass by itself. It declares parameters, says in `NEEDS` (or `needs`) which fields
    it reads, and computes the score; its docstring has a paragraph that begins with ``Claim:`` and one that begins
    with ``Formula:``::

        class BalanceTrend(Rule):
            \"\"\"Financing balance against its own mean.

            Claim: a balance that rises is a buyers' market, and strong.
            Formula: F / mean(F, window) - 1
            \"\"\"

            NEEDS = ("financing_balance",)
            window: int = parameter(20, "sessions of the mean", low=2)

            def score(self, panel):
                balance = panel["financing_balance"]
                return balance / rolling_mean(balance, self.window) - 1.0

    Notes
    -----
    Score: positive = expected to outperform, NaN = no opinion, infinity is refused. Row t may use rows up to t of the
    panel only, which the engine has made to hold what is public when row t is decided
    (`liangrong.core.panel.publication`).
    """

    NEEDS: ClassVar[tuple[str, ...]] = ()
    STRATEGY: ClassVar[str] = "quantile"  # that of the example: `timing` for one score of the whole market

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make every subclass a frozen dataclass with keyword arguments."""
        super().__init_subclass__(**kwargs)
        if isinstance(cls.NEEDS, str):
            raise ConfigError(f'`NEEDS` of rule `{cls.__name__}` should be a tuple of fields, such as ("{cls.NEEDS}",)')
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    def score(self, panel: Panel) -> Panel2D:  # noqa: ARG002 - subclasses read it
        """Return the score (T, N)."""
        raise ConfigError(f"rule `{type(self).__name__}` should define score(panel)")

    def needs(self) -> tuple[str, ...]:
        """Return the fields of the panel that the score is computed from."""
        return self.NEEDS

    def choices_within(self, fields: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return what the parameters with choices may be instead, so that the rule needs none but these fields.

        Returns
        -------
        dict of str to tuple of str
            Such as ``{"scale": ("turnover", "own")}``; empty where the fields suffice, and where no choice helps.
        """
        found = {}
        for one in self.parameters() if set(self.needs()) - set(fields) else ():
            fitting = tuple(choice for choice in one.choices or () if self._needs_with(one.name, choice) <= set(fields))
            if fitting:
                found[one.name] = fitting
        return found

    def _needs_with(self, name: str, choice: Any) -> set[str]:
        """Return what the rule would need with another choice."""
        other = copy.copy(self)  # not built anew: what other parameters have to be with it is no matter here
        object.__setattr__(other, name, choice)
        return set(other.needs())

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of, in words, and the scores that say so; empty where it has none.

        Data in which a state never occurs can neither support nor contradict what is claimed of it, and a study says
        so: ``{"a positive spread": POSITIVE, "a negative spread": NEGATIVE}``.
        """
        return {}

    def warmup(self) -> int:
        """Return after how many sessions the first score is known, about."""
        names = [p.name for p in self.parameters() if p.name.endswith(("window", "sessions"))]
        return 1 + max([int(getattr(self, name)) for name in names], default=0)

    @classmethod
    @functools.cache
    def parameters(cls) -> tuple[Parameter, ...]:
        """Return the parameters with their types and bounds."""
        kinds = typing.get_type_hints(cls)
        return tuple(
            Parameter(field.name, kinds[field.name], field.default, **field.metadata)
            for field in dataclasses.fields(cls)  # pyrefly: ignore[bad-argument-type]  __init_subclass__ makes it one
            if field.metadata
        )

    @classmethod
    def build(cls, name: str, given: Mapping[str, Any], rules: Sequence["Rule"] = ()) -> "Rule":
        """Return the rule with checked parameters.

        Raises
        ------
        ConfigError
            A parameter that the rule does not have, a value outside its type or range, rules where it takes none.
        """
        if rules:
            raise ConfigError(f"rule `{name}` is made of no other rules: remove `rules`")
        return cls(**checked(cls.parameters(), given, f"rule `{name}`"))


class Composed(Rule):
    """A rule made of others, its `rules`.

    A subclass says in `COUNT` how many it takes (least, most; None = any number) and in `ROLES` what they are.
    """

    COUNT: ClassVar[tuple[int, int | None]] = (1, 1)
    ROLES: ClassVar[str] = "the rule"

    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Check the number of rules."""
        least, most = self.COUNT
        if len(self.rules) < least or (most is not None and len(self.rules) > most):
            raise ConfigError(
                f"rule `{type(self).__name__}` takes {_count(least, most)} in `rules` ({self.ROLES}), "
                f"got {len(self.rules)}"
            )

    def needs(self) -> tuple[str, ...]:
        """Return the fields that its rules and itself read."""
        return tuple(dict.fromkeys([*self.NEEDS, *(field for rule in self.rules for field in rule.needs())]))

    def warmup(self) -> int:
        """Return the longest warm-up of its rules and its own after it."""
        return super().warmup() - 1 + max((rule.warmup() for rule in self.rules), default=1)

    @classmethod
    def build(cls, name: str, given: Mapping[str, Any], rules: Sequence[Rule] = ()) -> Rule:
        """Return the rule over `rules`, with checked parameters; ConfigError as `Rule.build`."""
        return cls(rules=tuple(rules), **checked(cls.parameters(), given, f"rule `{name}`"))


def _count(least: int, most: int | None) -> str:
    if least == most:
        return f"{least} rule{'s' if least > 1 else ''}"
    return f"{least} or more rules" if most is None else f"{least} to {most} rules"
