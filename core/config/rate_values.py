"""Rates per year as a configuration states them: a number, dated rows, a CSV file, the data's own, or another's change.

Nothing is read here but the keys: `account.rates` turns them into numbers by session and security.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from .quantities import RATE, number_of, rewritten, shown
from .values import Day, Model, Rate, RateAddition, RateFactor, Symbol

FROM_DATA = "data"
"""In the place of a path: the field of the data that is called like the option."""

RATE_KEYS = ("financing_rate", "borrow_rate", "cash_rate", "proceeds_rate")
"""Keys of `account` that hold such rates."""

_FORMS = "a number, dated rows [{date: 2024-01-02, rate: 0.05}], a CSV file FILE.csv (date, rate, optionally symbol)"


class DatedRate(Model):
    """A rate from a day on."""

    date: Day = Field(description="the first day on which it holds, until the next row's")
    rate: Rate
    symbol: Symbol | None = Field(None, description="of this security alone; of every other one where absent")


class RateChange(Model):
    """The rate of another statement, times a factor, plus an addition: a spread over a benchmark, or a stress."""

    of: Rate | list[DatedRate] | str = Field(description="a number, dated rows, a CSV file, or `data`")
    times: RateFactor = Field(1.0, description="what the rate is multiplied by")
    plus: RateAddition = Field(0.0, description="per year, a fraction: 0.02 is two points")


M = TypeVar("M", bound=Model)


def _as_rates(given: Any) -> Any:
    """Return a statement of rates in the types of its model; ValueError with what it should be."""
    if isinstance(given, Mapping):
        of = given.get("of")
        return _made(RateChange, {**given, **({"of": _stated(of)} if "of" in given else {})}, "")
    return given if isinstance(given, RateChange) else _stated(given)


def _stated(given: Any) -> Any:
    """Return a number, dated rows or a path."""
    if isinstance(given, list | tuple):
        return _rows(given)
    value = number_of(given)
    if value is not None:
        told = RATE.refusal(given)
        if told is not None:
            raise ValueError(told)
        return value
    if not isinstance(given, str):
        what = "a number" if isinstance(given, bool) else f"{_FORMS}, or {FROM_DATA}"
        raise ValueError(f"should be {what}, got {shown(given)}")
    if remedy := rewritten(given):
        raise ValueError(f"should be a number, got {shown(given)}: write {remedy}")
    if given != FROM_DATA and not given.lower().endswith(".csv"):
        raise ValueError(f"should be {_FORMS}, or {FROM_DATA}, got {shown(given)}")
    return given


def _rows(given: Any) -> list[DatedRate]:
    if not given:
        raise ValueError("should have a row {date, rate} or more, got an empty list")
    rows = [row if isinstance(row, DatedRate) else dated_rate(row, f"row {i}: ") for i, row in enumerate(given, 1)]
    check_rows(rows)
    return rows


def dated_rate(given: Any, where: str) -> DatedRate:
    """Return a row; ValueError, beginning with `where`, that says what is wrong with it."""
    return _made(DatedRate, given, where)


def check_rows(rows: list[DatedRate]) -> None:
    """Raise ValueError where two rows are of one day and one security."""
    seen: set[tuple[Any, str | None]] = set()
    for row in rows:
        if (row.date, row.symbol) in seen:
            of = f" of {row.symbol}" if row.symbol else ""
            raise ValueError(f"has two rows{of} of {row.date}: keep one")
        seen.add((row.date, row.symbol))


def _made(model: type[M], given: Any, where: str) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        said += "" if "got " in said or first["type"] == "missing" else f", got {shown(first['input'])}"
        raise ValueError(f"{where}`{key}`: {said}" if key else f"{where}{said}") from None


Rates = Annotated[Rate | list[DatedRate] | str | RateChange, BeforeValidator(_as_rates)]
"""A rate per year, however it is stated."""


def _as_rates_or_none(given: Any) -> Any:
    return None if given is None else _as_rates(given)


RatesOrNone = Annotated[Rate | list[DatedRate] | str | RateChange | None, BeforeValidator(_as_rates_or_none)]
"""The same, or null."""


def changed(rates: Any, times: float = 1.0, plus: float = 0.0) -> Any:
    """Return a statement of rates in the same form, each rate times `times`, plus `plus`; beyond the schema's bounds.

    A number stays a number; any other form becomes a `RateChange`.
    """
    if isinstance(rates, RateChange):
        more = {"times": rates.times * times, "plus": rates.plus * times + plus}
        return RateChange.model_construct(of=rates.of, **more)
    if isinstance(rates, int | float):
        return rates * times + plus
    return RateChange.model_construct(of=rates, times=times, plus=plus)


def is_from_data(rates: Any) -> bool:
    """Return whether a statement of rates takes the data's own field."""
    return (rates.of if isinstance(rates, RateChange) else rates) == FROM_DATA


def rate_file(rates: Any) -> str | None:
    """Return the CSV file that a statement of rates names, None where it names none."""
    of = rates.of if isinstance(rates, RateChange) else rates.get("of") if isinstance(rates, Mapping) else rates
    is_file = isinstance(of, str) and of != FROM_DATA and number_of(of) is None and not rewritten(of)
    return of if is_file and of.strip() else None
