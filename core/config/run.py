"""The configuration of a run: frozen pydantic models, unknown keys forbidden, errors that name file, key and line."""

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from ..types import Board
from . import quantities
from .credit_account import AccountConfig
from .values import (
    CommissionRate,
    Day,
    Fraction,
    Minimum,
    Model,
    PositiveFraction,
    Slippage,
    StampDutyRule,
    Symbol,
    TransferFeeRule,
    Unlimited,
    number,
)

Scalar = bool | int | float | str | None


def _as_sessions(given: Any) -> Any:
    if given == "all":
        return given
    if isinstance(given, str):
        raise ValueError(f"should be a number of sessions, or all, got {given!r}")
    return number(given)


Sessions = Annotated[Annotated[int, Field(ge=0)] | Literal["all"], BeforeValidator(_as_sessions)]
"""For how long something holds."""


class DataConfig(Model):
    """Where the panel comes from."""

    source: str = Field(description="a source of `liangrong data sources`, `dataset` or `synthetic`")
    path: str | None = Field(None, description="file or folder; relative to the config; ${NAME:-default} is expanded")
    options: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="options of the source")
    industries: str | None = Field(
        None, description="CSV of industries: symbol, industry, optionally date (from which); relative to the config"
    )
    publication_lag: dict[str, Annotated[int, Field(ge=0, le=250), BeforeValidator(number)]] = Field(
        default_factory=dict, description="field -> sessions that your supplier adds to the exchanges' publication"
    )
    carry: dict[str, Sessions] = Field(
        default_factory=dict,
        description="dated fact (a list, haircuts, float shares, ...) -> sessions for which it holds after its day, or "
        "`all`: until the next one; on its own day alone where absent",
    )
    actions: str | None = Field(
        None,
        description="CSV of corporate actions: date, symbol, cash_per_share, share_ratio, and rights_ratio and "
        "rights_price where there are rights issues; relative to the config; those of the dataset where absent",
    )
    endings: str | None = Field(
        None,
        description="CSV of securities that are listed no longer: date, symbol, and where there are any successor, "
        "ratio, cash, announced; relative to the config; those of the dataset where absent",
    )
    recalls: str | None = Field(
        None,
        description="CSV of shares that lenders want back: date, symbol, shares (or all); relative to the config; due "
        "on the next session, then bought back by force",
    )


class WindowConfig(Model):
    """The sessions of the run, both ends included; the whole panel where nothing is given."""

    start: Day | None = Field(None, description="first session; the first of the data where absent")
    end: Day | None = Field(None, description="last session; the last of the data where absent")

    @model_validator(mode="after")
    def _ordered(self) -> "WindowConfig":
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"`start` {self.start} should not lie after `end` {self.end}")
        return self


class UniverseConfig(Model):
    """Which securities of the panel take part."""

    symbols: list[Symbol] | None = Field(None, description="all of the panel where absent")
    exclude: list[Symbol] = Field(default_factory=list, description="left out, such as an index among the bars")
    index: Symbol | None = Field(
        None, description="an index, such as 000300.SH: only its members of a day are opened on that day, and scored"
    )


class RuleConfig(Model):
    """A rule of `liangrong rules`, or of a file: my_rules.py:MyRule."""

    name: str = Field(description="of `liangrong rules`, or of a file: my_rules.py:MyRule")
    parameters: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="parameters of the rule")
    rules: list["RuleSpec"] = Field(default_factory=list, description="of a composed rule: those that it is made of")


def _as_named(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


RuleSpec = Annotated[RuleConfig, BeforeValidator(_as_named)]
"""A text is the name of a rule with its defaults."""


class StrategyConfig(Model):
    """The trading idea and its parameters."""

    name: str = Field(description="of `liangrong strategies`, or of a file: my_strategy.py:MyStrategy")
    rule: RuleSpec | None = Field(None, description="the rule that the strategy trades")
    parameters: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="parameters of the strategy")


class CommissionConfig(Model):
    """A commission model: the shipped one, or a function of a file of yours."""

    name: str = Field(
        "rate_with_minimum",
        description="of the rate below with its minimum, or FILE.py:NAME, a function of shares, value in CNY, is_sale",
    )
    parameters: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="those of the function: numbers, true or false, lists of numbers"
    )


CommissionSpec = Annotated[CommissionConfig, BeforeValidator(_as_named)]
"""A text is the name of a model with its defaults."""


class CostsConfig(Model):
    """What an order costs; fractions of the traded value."""

    commission: CommissionSpec = Field(default_factory=CommissionConfig, description="a commission model, by name")
    commission_rate: CommissionRate = Field(0.00025, description="of the value, both sides")
    commission_minimum: Minimum = Field(5.0, description="CNY per order")
    stamp_duty_rate: StampDutyRule | None = Field(None, description="the rulebook's by date where absent")
    transfer_fee_rate: TransferFeeRule | None = Field(None, description="the rulebook's by date where absent")
    slippage: Slippage = Field(0.0, description="of the price, against the trader, to the next tick")


def _as_board(given: Any) -> Any:
    if isinstance(given, str):
        if given.upper() not in Board.__members__:
            raise ValueError(f"should be one of {', '.join(b.name.lower() for b in Board)}, got {given!r}")
        return given.lower()
    return given


def _as_after_delisting(given: Any) -> Any:
    told = None if given == "last_close" else quantities.SHARE.refusal(given)
    if told is not None:
        raise ValueError(f"{told} (or last_close)")
    return given


AfterDelisting = Annotated[Fraction | Literal["last_close"], BeforeValidator(_as_after_delisting)]
"""What is left of a share's price after its end."""


class MarketConfig(Model):
    """How the market's rules apply to the panel."""

    board: Annotated[Literal["main", "chinext", "star", "bse", "etf"], BeforeValidator(_as_board)] | None = Field(
        None, description="one board for every security; by its code where absent"
    )
    price_limits: bool = Field(True, description="nothing is bought at the upper limit or sold at the lower one")
    float_cap: bool = Field(
        True,
        description="financing stops at 25 % of the float cap until below 20 % (funds: 75 %, 70 %), short sales at "
        "25 % of the float shares until below 20 %",
    )
    uptick: bool = Field(True, description="no short sale below the last price, on daily bars the close before")
    after_delisting: AfterDelisting = Field(
        0.0,
        description="what a share counts for that is listed no longer and that nobody took over: a fraction of its "
        "last price, or `last_close`",
    )
    eligibility: Literal["panel", "all"] = Field(
        "panel", description="`all`: every security may be financed and shorted"
    )
    rules_as_of: Day | None = Field(
        None,
        description="the day whose dated rules hold on every session, such as 2015-06-01; price limits, which made the "
        "prices of the data, stay those of each session; each session's own where absent",
    )

    @model_serializer(mode="wrap")
    def _told(self, plainly: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the day that is absent: a configuration of before it could be given is written as it was."""
        return {name: value for name, value in plainly(self).items() if (name, value) != ("rules_as_of", None)}


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
    volume_share: Unlimited[PositiveFraction] = Field(
        0.10, description="most of a session's volume that one order may be; null = no limit"
    )

    @model_validator(mode="after")
    def _fillable(self) -> "ExecutionConfig":
        if self.decision == "at_close" and self.fill != "close":
            raise ValueError("`decision: at_close` needs `fill: close`: the open of that session is over")
        return self


EQUAL_WEIGHT = "equal_weight"


def is_csv(name: str) -> bool:
    """Return whether a benchmark is a file."""
    return name.lower().endswith(".csv")


class OutputConfig(Model):
    """What a run writes beside its other tables, and what it is measured against."""

    positions: bool | Literal["auto"] = Field(
        "auto", description="positions.csv, what is held and owed at every close; `auto`: of small runs"
    )
    benchmark: Symbol = Field(
        EQUAL_WEIGHT,
        description="an index or a security of the data by its symbol, a CSV of date and close (relative to the "
        "config), or `equal_weight`: the universe in equal parts, bought once and held",
    )


class Conditions(Model):
    """What an order and an account meet: the part of a configuration that engines read."""

    account: AccountConfig = Field(default_factory=AccountConfig)
    costs: CostsConfig = Field(default_factory=CostsConfig)
    market: MarketConfig = Field(default_factory=MarketConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)


EXTENDS = "extends"
"""The key of the files over which a configuration is laid; no model has it, since what is read holds their keys."""

NAME, NAME_SIGNS = r"^[\w.-]+$", "letters, digits, `_`, `-`, `.`"


def _extending(schema: dict[str, Any]) -> None:
    """Add `extends` to a JSON schema; beside it nothing is required, and `name` nowhere."""
    text = {"type": "string"}
    told = "files over which this one is laid, relative to it; of several the later wins; `name` is never theirs"
    schema["properties"][EXTENDS] = {"anyOf": [text, {"type": "array", "items": text}], "description": told}
    required = [key for key in schema.pop("required") if key != "name"]
    schema["anyOf"] = [{"required": [EXTENDS]}, {"required": required}]


class Extending(Model):
    """A configuration that a file states."""

    model_config = ConfigDict(json_schema_extra=_extending)


class Config(Extending):
    """One runnable scenario."""

    name: str = Field(
        pattern=NAME,
        description="letters, digits, `_`, `-`, `.`; names the result folder; that of the file where absent",
    )
    description: str = Field("", description="one sentence, for the report")
    data: DataConfig
    window: WindowConfig = Field(default_factory=WindowConfig)
    universe: UniverseConfig = Field(default_factory=UniverseConfig)
    strategy: StrategyConfig
    account: AccountConfig = Field(default_factory=AccountConfig)
    costs: CostsConfig = Field(default_factory=CostsConfig)
    market: MarketConfig = Field(default_factory=MarketConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)
    output: OutputConfig = Field(default_factory=OutputConfig)

    @property
    def conditions(self) -> Conditions:
        """What an order and an account meet."""
        return Conditions.model_construct(**{name: getattr(self, name) for name in Conditions.model_fields})

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
    kinds: tuple[Any, ...] = (root,)
    for key in parents:
        kinds = _below(kinds, key)
    model = next(filter(_is_model, kinds), None)
    if model is None:
        return []
    return [*model.model_fields, *([EXTENDS] if issubclass(model, Extending) else [])]


def _below(kinds: Sequence[Any], key: str) -> tuple[Any, ...]:
    """Return the types that `key`, or the item of that number, may be of where its owner is of one of `kinds`."""
    for kind in kinds:
        if get_origin(kind) is dict:
            return _alternatives(get_args(kind)[1])
        if get_origin(kind) is list and key.isdecimal():
            return _alternatives(get_args(kind)[0])
        if _is_model(kind) and key in kind.model_fields:
            return _alternatives(kind.model_fields[key].annotation)
    return ()


def takes_null(keys: Sequence[str], root: type[BaseModel] = Config) -> bool:
    """Return whether null is a value of the key, as it is of a limit; False of a key that any name may be."""
    model: type[BaseModel] | None = root
    kinds: tuple[Any, ...] = ()
    for key in keys:
        info = None if model is None else model.model_fields.get(key)
        if info is None:
            return False
        kinds = _alternatives(info.annotation)
        model = next(filter(_is_model, kinds), None)
    return type(None) in kinds


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """Return the types that a value may be of."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return tuple(one for part in get_args(kind) for one in _alternatives(part))
    return (kind,)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
