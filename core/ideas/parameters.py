"""Typed parameters of strategies and rules: checked before a run, misspelt ones refused with a suggestion."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..config.quantities import rewritten
from ..errors import ConfigError, did_you_mean


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Parameters
    ----------
    name : str
    kind : type
        int, float, bool, str, or tuple for a list of numbers; a whole number passes as a float.
    default : object
    doc : str
        What it does, with its unit.
    low, high : float, optional
        Bounds, both included.
    choices : tuple, optional
        The only values allowed.
    """

    name: str
    kind: type
    default: Any
    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] | None = None

    def check(self, value: Any, owner: str) -> Any:
        """Return `value` in the parameter's type, or raise ConfigError naming what it should be."""
        if self.kind is float and _is_number(value):
            value = float(value)
        if self.kind is tuple and isinstance(value, list) and all(map(_is_number, value)):
            value = tuple(map(float, value))
        is_kind = isinstance(value, self.kind) and not (isinstance(value, bool) and self.kind is not bool)
        inside = is_kind and self._is_inside(value)
        if not inside:
            raise ConfigError(
                f"`{self.name}` of {owner} should be {self.expected()}, got {value!r}{self._remedy(value)}"
            )
        return value

    def _remedy(self, value: Any) -> str:
        """Say what to write instead of a number in percent, in quotes, or with a unit."""
        if self.kind in (int, float) and isinstance(value, str):
            plain = rewritten(value)
            return f": write {plain}" if plain else ""
        if self.kind is float and _is_number(value) and self._may_be_percent(value) and self._is_inside(value / 100.0):
            return f": write {value / 100.0:.12g} for {value:.12g} %"
        return ""

    def _may_be_percent(self, value: float) -> bool:
        """Return whether a number may be percent: for a fraction above 1, for a multiple far above any."""
        return self.high is not None and value > (10.0 * self.high if self.high > 1.0 else max(self.high, 1.0))

    def _is_inside(self, value: Any) -> bool:
        if self.choices is not None:
            return value in self.choices
        for number in value if isinstance(value, tuple) else [value]:
            if isinstance(number, float) and not math.isfinite(number):
                return False
            if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
                return False
        return True

    def expected(self) -> str:
        """Say in words what the value should be."""
        if self.choices is not None:
            return "one of " + ", ".join(map(repr, self.choices))
        bounds = [
            f"at least {self.low:g}" if self.low is not None else "",
            f"at most {self.high:g}" if self.high is not None else "",
        ]
        words = _WORDS[self.kind]
        return " ".join([words, " and ".join(bound for bound in bounds if bound)]).strip()


_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    tuple: "a list of numbers",
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def defaults(parameters: Iterable[Parameter]) -> tuple[tuple[str, Any], ...]:
    """Return `parameters` as backtrader's `params`."""
    return tuple((parameter.name, parameter.default) for parameter in parameters)


def checked(parameters: Iterable[Parameter], given: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return every parameter of `parameters` with its checked value from `given`, or its default.

    Raises
    ------
    ConfigError
        A name that is not a parameter (with the nearest that is), or a value outside its type or range.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known)
            listed = ", ".join(known) or "none"
            raise ConfigError(f"{owner} has no parameter `{name}`: {hint}it has {listed}")
    return {name: p.check(given.get(name, p.default), owner) for name, p in known.items()}
