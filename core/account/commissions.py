"""Commission models of a user's own: functions that both engines call as machine code, by their address.

The day loop is compiled once for all of them: a model is a number to it. The first model, `costs.rate_with_minimum`,
has the address 0 and is called directly.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types

from ..config.run import CostsConfig
from ..errors import ConfigError, did_you_mean
from .costs import FIRST, amount_of, asked

Model = Callable[..., float]

ORDER = ("shares", "value", "is_sale")
"""What a model is asked: shares, CNY, true or false."""

_policy = numba.njit(nogil=True, error_model="numpy")
_SIGNATURE = types.float64(types.float64, types.float64, types.boolean)
_PROBES = [
    (shares, shares * price, is_sale)
    for shares in (1.0, 100.0, 500.0, 10_000.0, 1e6, 1e8)
    for price in (0.15, 1.0, 3.33, 10.0, 45.6, 1_700.0)
    for is_sale in (False, True)
]
_TYPICAL = 10_000.0, 100_000.0, False
_known: dict[tuple[Any, ...], "Commission"] = {}
_kept: dict[int, tuple[Any, str]] = {}  # machine code by address, never freed, and the name of its model


class Commission(NamedTuple):
    """A commission model as compiled code meets it."""

    at: int  # address, `FIRST` = rate and minimum
    rate: float  # of the value; of a model of one's own about: what targets are planned with
    minimum: float  # CNY per order, of the first model


def first_model(costs: CostsConfig) -> Commission:
    """Return the shipped model with the rate and the minimum of a configuration."""
    return Commission(FIRST, float(costs.commission_rate), float(costs.commission_minimum))


def own_model(function: Model, parameters: Mapping[str, Any], costs: CostsConfig, name: str = "") -> Commission:
    """Return a user's function as a commission model.

    Parameters
    ----------
    function : callable(shares, value, is_sale, ...) -> float
        What an order of `shares` for `value` CNY costs, in CNY; plain Python or jitted by numba. It should depend on
        its arguments alone. Further arguments are its parameters.
    parameters : mapping
        Values of them: numbers, true or false, lists of numbers. `commission_rate` and `commission_minimum` are those
        of `costs` where the function names them and nothing is given.
    costs : CostsConfig
    name : str
        For errors; by default the function's.

    Raises
    ------
    ConfigError
        Another signature, an unknown or missing parameter, a function that fails, that numba cannot compile, or that
        returns anything but a finite amount of at least 0 for some usual order.

    Notes
    -----
    The amount is rounded half-up to 0.01. Nothing else is assumed, neither that it grows with the order nor that it is
    continuous: a forced sale is large enough by every model, and the least such one where what a sale brings after fees
    grows with it.
    """
    name = name or getattr(function, "__name__", repr(function))
    values = _values(function, parameters, costs, name)
    key = function, repr(values)  # 1.0 and true are one to a dict
    if key not in _known:
        _known[key] = _made(function, values, name)
    return _known[key]


def check(commission: Commission, sum_of_fees: float, order: str = "an order") -> None:
    """Refuse the model of a run whose fees are no number: it returned what is no amount."""
    if commission.at != FIRST and math.isnan(sum_of_fees):
        raise ConfigError(
            f"`costs.commission` {_kept[commission.at][1]} should return a finite number of CNY of at least 0 for "
            f"every order; for {order} it did not"
        )


def _values(function: Model, parameters: Mapping[str, Any], costs: CostsConfig, name: str) -> tuple[Any, ...]:
    """Return the values of a model's parameters, in its own order."""
    asked = _parameters(function, name)
    unknown = [given for given in parameters if given not in asked]
    if unknown:
        hint = did_you_mean(unknown[0], asked)
        raise ConfigError(
            f"`costs.commission` {name} has no parameter `{unknown[0]}`: {hint}it has {', '.join(asked) or 'none'}"
        )
    stated = {"commission_rate": costs.commission_rate, "commission_minimum": costs.commission_minimum}
    values = {key: parameters.get(key, stated.get(key, default)) for key, default in asked.items()}
    missing = [key for key, value in values.items() if value is inspect.Parameter.empty]
    if missing:
        raise ConfigError(f"`costs.commission` {name} needs `{missing[0]}`: give it under `parameters`")
    return tuple(_plain(value, key, name) for key, value in values.items())


def _parameters(function: Model, name: str) -> dict[str, Any]:
    """Return the parameters of a model beside the order, with their defaults."""
    shape = f"`costs.commission` {name} should be a function of ({', '.join(ORDER)}, and parameters of its own)"
    if not callable(function):
        raise ConfigError(f"{shape}, got {function!r}")
    found = inspect.signature(getattr(function, "py_func", function)).parameters
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if tuple(found)[: len(ORDER)] != ORDER or any(p.kind not in positional for p in found.values()):
        raise ConfigError(f"{shape}, got ({', '.join(map(str, found.values()))})")
    return {key: parameter.default for key, parameter in list(found.items())[len(ORDER) :]}


def _plain(value: Any, key: str, name: str) -> Any:
    """Return the value of a parameter as compiled code takes it: a float, a bool, or floats."""
    if isinstance(value, list | tuple) and value and all(_is_number(item) for item in value):
        return tuple(map(float, value))
    if isinstance(value, bool):
        return value
    if not _is_number(value):
        raise ConfigError(
            f"`{key}` of `costs.commission` {name} should be a number, true or false, or a list of numbers, "
            f"got {value!r}"
        )
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _made(function: Model, values: tuple[Any, ...], name: str) -> Commission:
    code = _compiled(function, values, name)
    _kept[code.address] = code, name
    for order in _PROBES:
        amount = asked(code.address, *order)
        if math.isnan(amount_of(amount)):
            raise _no_amount(name, f"{amount:g}", order)
    return Commission(code.address, amount_of(asked(code.address, *_TYPICAL)) / _TYPICAL[1], 0.0)


def _compiled(function: Model, values: tuple[Any, ...], name: str) -> Any:
    """Return the machine code of a model with its parameters inside; what raises there answers NaN."""
    _try_out(function, values, name)
    try:
        model = function if hasattr(function, "py_func") else _policy(function)
        return numba.cfunc(_SIGNATURE)(_answering(model, values))
    except Exception as error:  # numba's errors have no common base
        told = next((line.strip() for line in str(error).splitlines()[1:] if line.strip()), str(error))
        raise ConfigError(
            f"`costs.commission` {name} cannot be compiled by numba, which takes numbers, tuples and plain functions "
            f"of them: {told}"
        ) from None


def _answering(model: Any, values: tuple[Any, ...]) -> Model:
    """Return a function of the order alone, without an error: what numba can make a callback of."""

    @_policy
    def bound(shares: float, value: float, is_sale: bool) -> float:
        return float(model(shares, value, is_sale, *values))  # a path that returns nothing raises here

    def answer(shares: float, value: float, is_sale: bool) -> float:
        try:
            return bound(shares, value, is_sale)
        except Exception:  # numba knows no narrower one
            return math.nan

    return answer


def _try_out(function: Model, values: tuple[Any, ...], name: str) -> None:
    """Let the function fail where Python says why."""
    plain = getattr(function, "py_func", function)
    for order in _PROBES:
        try:
            amount = plain(*order, *values)
        except Exception as error:  # whatever the user's function does
            raise ConfigError(
                f"`costs.commission` {name} failed for {order[0]:g} shares for {order[1]:g} CNY: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(amount, int | float | np.number | np.bool_):
            raise _no_amount(name, repr(amount), order)


def _no_amount(name: str, got: str, order: tuple[float, float, bool]) -> ConfigError:
    side = "a sale" if order[2] else "a purchase"
    return ConfigError(
        f"`costs.commission` {name} should return a finite number of CNY of at least 0, got {got} for "
        f"{side} of {order[0]:g} shares for {order[1]:g} CNY"
    )
