"""The configuration of a run: frozen pydantic models, unknown keys forbidden, errors that name file, key and line."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from .types import Board

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Rate = Annotated[float, Field(ge=0.0, lt=1.0, description="per year, a fraction: 0.0835 is 8.35 %")]
Line = Annotated[float, Field(gt=1.0, le=100.0, description="maintenance ratio, a fraction: 1.30 is 130 %")]
Scalar = bool | int | float | str | None


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RuleValue(_Model):
    """A number of the broker's own in the place of a dated rule."""

    value: float = Field(ge=0.0)
    override: bool = Field(False, description="replace the rule even where the rule is stricter")


def _as_rule_value(given: Any) -> Any:
    return {"value": given} if isinstance(given, int | float) and not isinstance(given, bool) else given


BrokerRule = Annotated[RuleValue, BeforeValidator(_as_rule_value)]
"""A plain number is the broker's term beside the rule (the stricter holds); {value, override: true} replaces it."""


class DataConfig(_Model):
    """Where the panel comes from."""

    source: str = Field(description="a source of `liangrong data sources`, `dataset` or `synthetic`")
    path: str | None = Field(None, description="file or folder; relative to the config; ${NAME:-default} is expanded")
    options: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="options of the source")


class WindowConfig(_Model):
    """The sessions of the run, both ends included; the whole panel where nothing is given."""

    start: dt.date | None = None
    end: dt.date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "WindowConfig":
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"`start` {self.start} should not lie after `end` {self.end}")
        return self


class UniverseConfig(_Model):
    """Which securities of the panel take part."""

    symbols: list[str] | None = Field(None, description="all of the panel where absent")
    exclude: list[str] = Field(default_factory=list)


class StrategyConfig(_Model):
    """The trading idea and its parameters."""

    name: str
    parameters: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)


class LinesConfig(_Model):
    """Maintenance ratio lines (警戒线, 平仓线, ...)."""

    warn: Line = Field(1.40, description="no new margin orders below it")
    call: Line = Field(1.30, description="drawn and counted")
    restore: Line = Field(1.40, description="drawn and counted")
    instant: Line = Field(1.10, description="drawn and counted")
    withdraw: Line = Field(3.00, description="drawn and counted")

    @model_validator(mode="after")
    def _ordered(self) -> "LinesConfig":
        if not self.instant < self.call <= self.restore <= self.withdraw or self.warn < self.call:
            raise ValueError("the lines should satisfy instant < call <= restore <= withdraw and call <= warn")
        return self


class AccountConfig(_Model):
    """The credit account and the broker's terms."""

    cash: float = Field(1_000_000.0, gt=0.0, description="CNY at the start")
    financing_rate: Rate = Field(0.0835, description="interest on principal, per year (list price since 2015)")
    borrow_rate: Rate = Field(0.1035, description="fee on the sell amount, per year (list price since 2015)")
    financing_margin_ratio: BrokerRule | None = Field(None, description="the rulebook's by date where absent")
    short_margin_ratio: BrokerRule | None = Field(None, description="the rulebook's by date where absent")
    haircut: BrokerRule | None = Field(None, description="the panel's, else the rulebook's cap, where absent")
    credit_line: float | None = Field(None, gt=0.0, description="CNY, caps principal + shorted value")
    borrow_share: Fraction | None = Field(
        0.10, description="most that may be owed, as a share of the short volume published before; null = no limit"
    )
    finances_fees: bool = Field(True, description="a financed purchase finances its fees too")
    lines: LinesConfig = Field(default_factory=LinesConfig)


class CostsConfig(_Model):
    """What an order costs; fractions of the traded value."""

    commission_rate: Fraction = 0.00025
    commission_minimum: float = Field(5.0, ge=0.0, description="CNY per order")
    stamp_duty_rate: BrokerRule | None = Field(None, description="the rulebook's by date where absent")
    transfer_fee_rate: BrokerRule | None = Field(None, description="the rulebook's by date where absent")
    slippage: Annotated[float, Field(ge=0.0, lt=0.1)] = 0.0


def _as_board(given: Any) -> Any:
    if isinstance(given, str):
        if given.upper() not in Board.__members__:
            raise ValueError(f"should be one of {', '.join(b.name.lower() for b in Board)}, got {given!r}")
        return given.lower()
    return given


class MarketConfig(_Model):
    """How the market's rules apply to the panel."""

    board: Annotated[Literal["main", "chinext", "star", "bse", "etf"], BeforeValidator(_as_board)] | None = Field(
        None, description="one board for every security; by its code where absent"
    )
    price_limits: bool = True
    uptick: bool = True
    eligibility: Literal["panel", "all"] = Field(
        "panel", description="`all`: every security may be financed and shorted"
    )


class ExecutionConfig(_Model):
    """Engine and fills."""

    engine: Literal["backtrader"] = "backtrader"
    fill: Literal["open", "close"] = Field("open", description="of the session after the decision")
    volume_share: Annotated[float, Field(gt=0.0, le=1.0)] | None = Field(
        0.10, description="most of a session's volume that one order may be; null = no limit"
    )


class Config(_Model):
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


class Problem(NamedTuple):
    """One value that the schema refuses."""

    keys: tuple[str, ...]  # from the root
    code: str  # pydantic's error type, such as `missing` or `extra_forbidden`
    message: str
    given: Any


def validate(raw: dict[str, Any]) -> Config | list[Problem]:
    """Return the configuration that `raw` describes, or everything that is wrong with it."""
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        return [
            Problem(tuple(map(str, e["loc"])), e["type"], e["msg"].removeprefix("Value error, "), e["input"])
            for e in error.errors(include_url=False)
        ]


def known_keys(parents: Sequence[str]) -> list[str]:
    """Return the keys that the schema knows below `parents`; empty where any key goes."""
    model: Any = Config
    for key in parents:
        info = model.model_fields.get(key)
        model = info.annotation if info else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return []
    return list(model.model_fields)
