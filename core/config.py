"""The configuration of a run: frozen pydantic models, unknown keys forbidden, errors that name file, key and line."""

import datetime as dt
import types
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from . import quantities
from .config_presets import with_presets
from .quantities import Kind, number_of, rewritten, shown
from .symbols import quoted
from .types import Board


def _answered(kind: Kind) -> BeforeValidator:
    """Answer a number beyond what its kind can mean; what is below it, or no number, pydantic says well enough."""

    def validate(given: Any) -> Any:
        number = number_of(given)
        told = kind.refusal(given) if number is not None and kind.low <= number < float("inf") else None
        if told is not None and number != kind.low:
            raise ValueError(told)
        return given

    return BeforeValidator(validate)


def _bounds(kind: Kind, **more: Any) -> Any:
    """Return the bounds of a kind, which the JSON schema shows."""
    low = {"gt" if kind.above else "ge": kind.low}
    high = {} if kind.high == float("inf") else {"lt" if kind.below else "le": kind.high}
    return Field(**low, **high, **more)


Fraction = Annotated[float, _bounds(quantities.SHARE), _answered(quantities.SHARE)]
PositiveFraction = Annotated[float, _bounds(quantities.POSITIVE_SHARE), _answered(quantities.POSITIVE_SHARE)]
Rate = Annotated[
    float,
    _bounds(quantities.RATE, description="per year, a fraction: 0.0835 is 8.35 %"),
    _answered(quantities.RATE),
]
Line = Annotated[
    float,
    _bounds(quantities.LINE, description="maintenance ratio, a fraction: 1.30 is 130 %"),
    _answered(quantities.LINE),
]
RatioBase = Annotated[float, _bounds(quantities.RATIO_BASE), _answered(quantities.RATIO_BASE)]
DividendTaxRate = Annotated[float, _bounds(quantities.DIVIDEND_TAX_RATE), _answered(quantities.DIVIDEND_TAX_RATE)]
CommissionRate = Annotated[float, _bounds(quantities.COMMISSION_RATE), _answered(quantities.COMMISSION_RATE)]
Minimum = Annotated[float, _bounds(quantities.COMMISSION_MINIMUM), _answered(quantities.COMMISSION_MINIMUM)]
Slippage = Annotated[float, _bounds(quantities.SLIPPAGE), _answered(quantities.SLIPPAGE)]
Cash = Annotated[float, _bounds(quantities.CASH), _answered(quantities.CASH)]
Scalar = bool | int | float | str | None


def _as_symbol(given: Any) -> Any:
    if isinstance(given, int | float):
        raise ValueError(f"{shown(given)} {quoted(given)}")
    return given


Symbol = Annotated[str, BeforeValidator(_as_symbol)]


def _as_day(given: Any) -> Any:
    if isinstance(given, int | float):
        text = str(given)
        remedy = f"{text[:4]}-{text[4:6]}-{text[6:]}" if text.isdigit() and len(text) == 8 else "2021-01-04"
        raise ValueError(f"should be a day, got {shown(given)}: write {remedy}")
    return given


Day = Annotated[dt.date, BeforeValidator(_as_day)]


def _is_numeric(annotation: Any) -> bool:
    """Return whether a field takes numbers, and neither true and false nor texts."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _is_numeric(get_args(annotation)[0])
    leaves = get_args(annotation) if origin in (Union, types.UnionType) else (annotation,)
    if len(leaves) > 1:
        return any(map(_is_numeric, leaves)) and not {bool, str} & set(leaves)
    return annotation in (int, float)


def _number(given: Any) -> Any:
    """Refuse true and false, which pydantic would take for 1 and 0, and texts that are no numbers but can be."""
    if isinstance(given, bool):
        raise ValueError(f"should be a number, got {shown(given)}")
    if number_of(given) is None and (remedy := rewritten(given)):
        raise ValueError(f"should be a number, got {shown(given)}: write {remedy}")
    return given


class Model(BaseModel):
    """What all parts of a configuration share."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _written_as_numbers(cls, given: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields.get(info.field_name or "")
        return _number(given) if field is not None and _is_numeric(field.annotation) else given


class RuleValue(Model):
    """A number of the broker's own in the place of a dated rule."""

    value: float = Field(ge=0.0)
    override: bool = Field(False, description="replace the rule even where the rule is stricter")


def _as_rule_value(kind: Kind) -> Callable[[Any], Any]:
    """Return what reads a plain number, or {value, override}, and judges it by what it is."""

    def read(given: Any) -> Any:
        if isinstance(given, RuleValue):
            return given
        given = given if isinstance(given, dict) else {"value": given}
        number = number_of(given.get("value"))
        told = None if number is None or not 0.0 <= number < float("inf") else kind.refusal(given["value"])
        if told is not None:
            raise ValueError(told)
        return given

    return read


MarginRatioRule = Annotated[RuleValue, BeforeValidator(_as_rule_value(quantities.MARGIN_RATIO))]
HaircutRule = Annotated[RuleValue, BeforeValidator(_as_rule_value(quantities.HAIRCUT))]
StampDutyRule = Annotated[RuleValue, BeforeValidator(_as_rule_value(quantities.STAMP_DUTY_RATE))]
TransferFeeRule = Annotated[RuleValue, BeforeValidator(_as_rule_value(quantities.TRANSFER_FEE_RATE))]
"""A plain number is the broker's term beside the rule (the stricter holds); {value, override: true} replaces it."""


class DataConfig(Model):
    """Where the panel comes from."""

    source: str = Field(description="a source of `liangrong data sources`, `dataset` or `synthetic`")
    path: str | None = Field(None, description="file or folder; relative to the config; ${NAME:-default} is expanded")
    options: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="options of the source")
    industries: str | None = Field(
        None, description="CSV of industries: symbol, industry, optionally date (from which); relative to the config"
    )
    publication_lag: dict[str, Annotated[int, Field(ge=0, le=250), BeforeValidator(_number)]] = Field(
        default_factory=dict, description="field -> sessions that your supplier adds to the exchanges' publication"
    )
    actions: str | None = Field(
        None, description="CSV of corporate actions: date, symbol, cash_per_share, share_ratio; relative to the config"
    )


class WindowConfig(Model):
    """The sessions of the run, both ends included; the whole panel where nothing is given."""

    start: Day | None = None
    end: Day | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "WindowConfig":
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"`start` {self.start} should not lie after `end` {self.end}")
        return self


class UniverseConfig(Model):
    """Which securities of the panel take part."""

    symbols: list[Symbol] | None = Field(None, description="all of the panel where absent")
    exclude: list[Symbol] = Field(default_factory=list)


class RuleConfig(Model):
    """A rule of `liangrong rules`, or of a file: my_rules.py:MyRule."""

    name: str
    parameters: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    rules: list["RuleSpec"] = Field(default_factory=list, description="of a composed rule: those that it is made of")


def _as_rule(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


RuleSpec = Annotated[RuleConfig, BeforeValidator(_as_rule)]
"""A text is the name of a rule with its defaults."""


class StrategyConfig(Model):
    """The trading idea and its parameters."""

    name: str = Field(description="of `liangrong strategies`, or of a file: my_strategy.py:MyStrategy")
    rule: RuleSpec | None = Field(None, description="the rule that the strategy trades")
    parameters: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)


class LinesConfig(Model):
    """Maintenance ratio lines (警戒线, 平仓线, ...)."""

    warn: Line = Field(1.40, description="no new margin orders below it")
    call: Line = Field(1.30, description="a close below it is a notice (the statutory line holds while it is higher)")
    restore: Line = Field(1.40, description="forced sales aim at it")
    instant: Line = Field(1.10, description="a close below it: forced sale at the next open")
    withdraw: Line = Field(3.00, description="cash may leave above it")
    cure: Line | None = Field(None, description="ends a call; the statutory ratio while there was one, else `call`")
    grace: Annotated[int, Field(ge=0, le=20)] | None = Field(
        None, description="sessions between notice and deadline; the statutory number while there was one, else 1"
    )

    @model_validator(mode="after")
    def _ordered(self) -> "LinesConfig":
        of = {name: getattr(self, name) for name in ("instant", "call", "restore", "withdraw", "warn", "cure")}
        if not quantities.lines_fit(**of):
            raise ValueError(quantities.LINES_ORDER)
        return self


class TierConfig(Model):
    """One tier of the concentration limit (集中度)."""

    below: Line = Field(description="maintenance ratio after the purchase")
    share: Fraction = Field(description="of the assets")


class AccountConfig(Model):
    """The credit account and the broker's terms."""

    preset: str | list[str] = Field(default_factory=list, description="typical terms by name; own keys win over them")
    cash: Cash = Field(1_000_000.0, description="CNY at the start")
    financing_rate: Rate = Field(0.0835, description="interest on principal, per year (list price since 2015)")
    borrow_rate: Rate = Field(0.1035, description="fee on the sell amount, per year (list price since 2015)")
    financing_margin_ratio: MarginRatioRule | None = Field(None, description="the rulebook's by date where absent")
    short_margin_ratio: MarginRatioRule | None = Field(None, description="the rulebook's by date where absent")
    haircut: HaircutRule | None = Field(None, description="the panel's, else the rulebook's cap, where absent")
    credit_line: Cash | None = Field(None, description="CNY, caps principal + shorted value")
    borrow_share: Fraction | None = Field(
        0.10, description="most that may be owed, as a share of the short volume published before; null = no limit"
    )
    finances_fees: bool = Field(True, description="a financed purchase finances its fees too")
    lines: LinesConfig = Field(default_factory=LinesConfig)
    forced_sale: Literal["largest", "losers", "pro_rata"] = Field(
        "largest", description="which long positions go first"
    )
    extension: Literal["auto", "none"] = Field(
        "auto", description="of contracts that fall due, where the rules allow it"
    )
    fee_basis: Literal["sell_amount", "market_value"] = Field("sell_amount", description="of the borrow fee")
    interest_posting_day: Annotated[int, Field(ge=1, le=28)] | None = Field(
        None, description="day of the month on which accrued interest is paid from cash; at repayment only where absent"
    )
    financing_ratio_base: RatioBase | None = Field(
        None, description="a financed purchase needs at least this less the haircut as its margin ratio"
    )
    concentration: list[TierConfig] = Field(
        default_factory=list, description="most that one security may be of the assets, by maintenance ratio"
    )
    dividend_tax_rate: DividendTaxRate = Field(0.0, description="withheld from the dividends of long positions")

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: Any) -> Any:
        return with_presets(given) if isinstance(given, dict) else given


class CostsConfig(Model):
    """What an order costs; fractions of the traded value."""

    commission_rate: CommissionRate = 0.00025
    commission_minimum: Minimum = Field(5.0, description="CNY per order")
    stamp_duty_rate: StampDutyRule | None = Field(None, description="the rulebook's by date where absent")
    transfer_fee_rate: TransferFeeRule | None = Field(None, description="the rulebook's by date where absent")
    slippage: Slippage = 0.0


def _as_board(given: Any) -> Any:
    if isinstance(given, str):
        if given.upper() not in Board.__members__:
            raise ValueError(f"should be one of {', '.join(b.name.lower() for b in Board)}, got {given!r}")
        return given.lower()
    return given


class MarketConfig(Model):
    """How the market's rules apply to the panel."""

    board: Annotated[Literal["main", "chinext", "star", "bse", "etf"], BeforeValidator(_as_board)] | None = Field(
        None, description="one board for every security; by its code where absent"
    )
    price_limits: bool = True
    float_cap: bool = Field(True, description="financing stops at 25 % of the float cap, until below 20 %")
    uptick: bool = True
    eligibility: Literal["panel", "all"] = Field(
        "panel", description="`all`: every security may be financed and shorted"
    )


class ExecutionConfig(Model):
    """Engine and fills."""

    engine: Literal["backtrader", "compiled", "both"] = Field(
        "backtrader", description="`compiled`: strategies of target weights only; `both`: run twice and compare"
    )
    decision: Literal["before_open", "at_close"] = Field(
        "before_open",
        description="before the open of the next session, with today's balances; or at today's close, without them",
    )
    fill: Literal["open", "close"] = Field(
        "open", description="of the session after the decision; `at_close`: the close of the decision itself"
    )
    volume_share: PositiveFraction | None = Field(
        0.10, description="most of a session's volume that one order may be; null = no limit"
    )

    @model_validator(mode="after")
    def _fillable(self) -> "ExecutionConfig":
        if self.decision == "at_close" and self.fill != "close":
            raise ValueError("`decision: at_close` needs `fill: close`: the open of that session is over")
        return self


class Config(Model):
    """One runnable scenario."""

    name: str = Field(pattern=r"^[\w.-]+$", description="letters, digits, `_`, `-`, `.`; names the result folder")
    description: str = ""
    data: DataConfig
    window: WindowConfig = Field(default_factory=WindowConfig)
    universe: UniverseConfig = Field(default_factory=UniverseConfig)
    strategy: StrategyConfig
    account: AccountConfig = Field(default_factory=AccountConfig)
    costs: CostsConfig = Field(default_factory=CostsConfig)
    market: MarketConfig = Field(default_factory=MarketConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)

    def resolved(self) -> dict[str, Any]:
        """Return plain data with every default filled in, as `config.yaml` holds it."""
        return self.model_dump(mode="json")


M = TypeVar("M", bound=Model)


class Problem(NamedTuple):
    """One value that the schema refuses."""

    keys: tuple[str, ...]  # from the root
    code: str  # pydantic's error type, such as `missing` or `extra_forbidden`
    message: str
    given: Any


def validate(raw: dict[str, Any]) -> Config | list[Problem]:
    """Return the configuration that `raw` describes, or everything that is wrong with it."""
    return validate_as(raw, Config)


def validate_as(raw: dict[str, Any], model: type[M]) -> M | list[Problem]:
    """Return the `model` that `raw` describes, or everything that is wrong with it."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        return [
            Problem(tuple(map(str, e["loc"])), e["type"], e["msg"].removeprefix("Value error, "), e["input"])
            for e in error.errors(include_url=False)
        ]


def known_keys(parents: Sequence[str], root: type[BaseModel] = Config) -> list[str]:
    """Return the keys that the schema knows below `parents`; empty where any key goes."""
    model: Any = root
    for key in parents:
        info = model.model_fields.get(key)
        model = info.annotation if info else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return []
    return list(model.model_fields)
