"""What the values of a configuration are: numbers by their kind, days, codes, and a broker's number beside a rule."""

import datetime as dt
import math
import re
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)

from ..symbols import quoted
from . import quantities
from .quantities import Kind, number_of, rewritten, shown


def _answered(kind: Kind) -> BeforeValidator:
    """Answer a number beyond what its kind can mean; what is below it, or no number, pydantic says well enough."""

    def validate(given: Any) -> Any:
        value = number_of(given)
        told = kind.refusal(given) if value is not None and kind.low < value < math.inf else None
        if told is not None:
            raise ValueError(told)
        return given

    return BeforeValidator(validate)


def _bounds(kind: Kind, **more: Any) -> Any:
    """Return the bounds of a kind, which the JSON schema shows."""
    bounds: dict[str, Any] = {"gt" if kind.above else "ge": kind.low}
    if kind.high < math.inf:
        bounds["lt" if kind.below else "le"] = kind.high
    return Field(**bounds, **more)


Fraction = Annotated[float, _bounds(quantities.SHARE), _answered(quantities.SHARE)]
PositiveFraction = Annotated[float, _bounds(quantities.POSITIVE_SHARE), _answered(quantities.POSITIVE_SHARE)]
Rate = Annotated[
    float,
    _bounds(quantities.RATE, description="per year, a fraction: 0.0835 is 8.35 %"),
    _answered(quantities.RATE),
]
RateFactor = Annotated[float, _bounds(quantities.RATE_FACTOR), _answered(quantities.RATE_FACTOR)]
RateAddition = Annotated[float, _bounds(quantities.RATE_ADDITION), _answered(quantities.RATE_ADDITION)]
Line = Annotated[
    float,
    _bounds(quantities.LINE, description="maintenance ratio, a fraction: 1.30 is 130 %"),
    _answered(quantities.LINE),
]
MarginRatio = Annotated[float, _bounds(quantities.MARGIN_RATIO), _answered(quantities.MARGIN_RATIO)]
RatioBase = Annotated[float, _bounds(quantities.RATIO_BASE), _answered(quantities.RATIO_BASE)]
CommissionRate = Annotated[float, _bounds(quantities.COMMISSION_RATE), _answered(quantities.COMMISSION_RATE)]
Minimum = Annotated[float, _bounds(quantities.COMMISSION_MINIMUM), _answered(quantities.COMMISSION_MINIMUM)]
Slippage = Annotated[float, _bounds(quantities.SLIPPAGE), _answered(quantities.SLIPPAGE)]
Cash = Annotated[float, _bounds(quantities.CASH), _answered(quantities.CASH)]


class Absent(NamedTuple):
    """Beside a number that may be absent: what compiled code reads in its place."""

    value: float


class Word(NamedTuple):
    """Beside a number in whose place a word may stand: the word, and what compiled code reads for it."""

    word: str
    value: float


BY_HOLDING = "by_holding"
_TaxRate = Annotated[float, _bounds(quantities.DIVIDEND_TAX_RATE), _answered(quantities.DIVIDEND_TAX_RATE)]

N = TypeVar("N")
if TYPE_CHECKING:  # the number that compiled code reads
    DividendTaxRate = Annotated[float, Word(BY_HOLDING, -1.0)]
    Unlimited = Annotated[N, Absent(math.inf)]
    Applied = Annotated[N, Absent(0.0)]
    Uncounted = Annotated[N, Absent(1_000_000)]
    Stated = Annotated[N, Absent(math.nan)]
else:
    DividendTaxRate = Annotated[
        Annotated[_TaxRate, Tag("number")] | Annotated[Literal["by_holding"], Tag("word")],
        Discriminator(lambda given: "word" if given == BY_HOLDING else "number"),
        Word(BY_HOLDING, -1.0),
    ]
    """A rate, or the rule's by how long the shares are held."""
    Unlimited = Annotated[N | None, Absent(math.inf)]
    """A number that limits; null = no limit."""
    Applied = Annotated[N | None, Absent(0.0)]
    """A number that may not apply: null."""
    Uncounted = Annotated[N | None, Absent(1_000_000)]
    """A count that limits; null = no limit."""
    Stated = Annotated[N | None, Absent(math.nan)]
    """A number in the place of another one, which holds where it is null."""
NOTHING: Any = None
"""The default of each."""


def _as_symbol(given: Any) -> Any:
    if isinstance(given, int | float):
        raise ValueError(f"{shown(given)} {quoted(given)}")
    return given


Symbol = Annotated[str, BeforeValidator(_as_symbol)]


_YEAR_FIRST = re.compile(r"(\d{4})([-/.年]?)(\d{1,2})(?:\2|月)(\d{1,2})日?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def _as_day(given: Any, judge: ValidatorFunctionWrapHandler) -> Any:
    """Return a day; what is none is refused in words of ours, with the day that was meant where it can be told."""
    if not isinstance(given, int | float):
        try:
            return judge(given)
        except ValidationError:
            pass
    remedy = _day_meant(given)
    raise ValueError(f"should be a day{'' if remedy else ', such as 2024-01-31'}, got {shown(given)}{remedy}")


def _day_meant(given: Any) -> str:
    """Return the remedy where year, month and day can be told apart."""
    text = str(given).strip()
    if found := _YEAR_FIRST.fullmatch(text):
        parts = found[1], found[3], found[4]
    elif found := _DAY_FIRST.fullmatch(text):
        parts = found[3], found[2], found[1]
    else:
        parts = (text[:4], text[5:7], text[8:10]) if text[10:11] in ("T", " ") else ("", "", "")
    try:
        return f": write {dt.date(*map(int, parts))}"
    except ValueError:
        return ""


Day = Annotated[dt.date, WrapValidator(_as_day)]


def _is_numeric(annotation: Any) -> bool:
    """Return whether a field takes numbers, and neither true and false nor texts."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _is_numeric(get_args(annotation)[0])
    leaves = get_args(annotation) if origin in (Union, types.UnionType) else (annotation,)
    if len(leaves) > 1:
        return any(map(_is_numeric, leaves)) and not {bool, str} & set(leaves)
    return annotation in (int, float)


def number(given: Any) -> Any:
    """Refuse true and false, which pydantic would take for 1 and 0, and texts that are no numbers but can be."""
    if isinstance(given, bool):
        raise ValueError(f"should be a number, got {shown(given)}")
    if number_of(given) is None and (remedy := rewritten(given)):
        raise ValueError(f"should be a number, got {shown(given)}: write {remedy}")
    return given


class Model(BaseModel):
    """What all parts of a configuration share."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _stated_empty(cls, given: Any) -> Any:
        """Take a section or a list below which nothing stands as its defaults."""
        if not isinstance(given, dict) or None not in given.values():
            return given
        parts = {name for name, field in cls.model_fields.items() if field.default_factory is not None}
        return {name: value for name, value in given.items() if value is not None or name not in parts}

    @field_validator("*", mode="before")
    @classmethod
    def _written_as_numbers(cls, given: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields.get(info.field_name or "")
        return number(given) if field is not None and _is_numeric(field.annotation) else given


class RuleValue(Model):
    """A number of the broker's own in the place of a dated rule."""

    value: float = Field(ge=0.0, description="the broker's number")
    override: bool = Field(False, description="replace the rule even where the rule is stricter")


def _as_rule_value(kind: Kind) -> Callable[[Any], Any]:
    """Return what reads a plain number, or {value, override}, and judges it by what it is."""

    def read(given: Any) -> Any:
        stated = {"value": given.value} if isinstance(given, RuleValue) else given
        stated = stated if isinstance(stated, dict) else {"value": given}
        value = number_of(stated.get("value"))
        told = None if value is None or not 0.0 <= value < math.inf else kind.refusal(stated["value"])
        if told is not None:
            raise ValueError(told)
        return given if isinstance(given, RuleValue) else stated

    return read


def _as_schema(kind: Kind) -> WithJsonSchema:
    """Return what the JSON schema shows: a number within its bounds, or {value, override}."""
    number = TypeAdapter(Annotated[float, _bounds(kind)]).json_schema()
    whole = RuleValue.model_json_schema()
    whole["properties"]["value"] |= number
    return WithJsonSchema({"anyOf": [number, whole]})


def _rule_value(kind: Kind) -> tuple[BeforeValidator, WithJsonSchema]:
    return BeforeValidator(_as_rule_value(kind)), _as_schema(kind)


MarginRatioRule = Annotated[RuleValue, *_rule_value(quantities.MARGIN_RATIO)]
HaircutRule = Annotated[RuleValue, *_rule_value(quantities.HAIRCUT)]
StampDutyRule = Annotated[RuleValue, *_rule_value(quantities.STAMP_DUTY_RATE)]
TransferFeeRule = Annotated[RuleValue, *_rule_value(quantities.TRANSFER_FEE_RATE)]
"""A plain number is the broker's term beside the rule (the stricter holds); {value, override: true} replaces it."""
