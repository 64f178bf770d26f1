"""What an account holds before its first session, and what moves in and out of it: the keys of `account`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .values import Cash, Day, MarginRatio, Model, Rate, Symbol

Amount = Annotated[float, Field(ge=0.0, le=1e13)]
Shares = Annotated[int, Field(ge=0, le=10**12)]


class HoldingConfig(Model):
    """Own shares (担保品) of one security."""

    symbol: Symbol = Field(description="such as 600519.SH")
    shares: Annotated[int, Field(gt=0, le=10**12)] = Field(description="own shares, all of them")
    cost: Cash | None = Field(None, description="CNY per share; the mark of the opening where absent")


class OpenContractConfig(Model):
    """A financing or short contract that is open already."""

    kind: Literal["financing", "short"] = Field(description="borrowed money, or borrowed shares")
    symbol: Symbol = Field(description="such as 600519.SH")
    shares: Shares = Field(description="attributed to a financing contract, or owed on a short one")
    principal: Cash | None = Field(None, description="CNY still owed on a financing contract, without interest")
    sell_amount: Cash | None = Field(None, description="CNY, gross, of the shares still owed on a short contract")
    opened: Day = Field(description="day of its opening")
    due: Day = Field(description="day on which it falls due")
    rate: Rate | None = Field(None, description="the account's rate where absent")
    accrued: Amount | None = Field(
        None, description="interest or fee owed so far, CNY; that since `opened` at `rate` where absent"
    )
    proceeds: Amount | None = Field(
        None, description="locked proceeds of a short contract, CNY, part of the cash; `sell_amount` where absent"
    )
    ratio: MarginRatio | None = Field(None, description="margin ratio of its opening day; today's where absent")

    @model_validator(mode="after")
    def _whole(self) -> "OpenContractConfig":
        if self.due <= self.opened:
            raise ValueError(f"`due` should lie after `opened` {self.opened}, got {self.due}")
        is_short = self.kind == "short"
        wanted, other = ("sell_amount", "principal") if is_short else ("principal", "sell_amount")
        if getattr(self, wanted) is None:
            raise ValueError(f"a {self.kind} contract should give `{wanted}`, got none")
        for name in (other, *(() if is_short else ("proceeds",))):
            if getattr(self, name) is not None:
                raise ValueError(f"a {self.kind} contract has no `{name}`: remove it")
        if is_short and not self.shares:
            raise ValueError("`shares` of a short contract should be above 0, got 0")
        return self


class OpeningConfig(Model):
    """The account before its first session."""

    file: str | None = Field(
        None, description="CSV or YAML that holds the other keys, in their place; relative to the config"
    )
    date: Day | None = Field(
        None, description="at whose close this stood, and from which interest runs on; the last session before the run"
    )
    cash: Amount | None = Field(None, description="CNY, locked proceeds included; in the place of `account.cash`")
    holdings: list[HoldingConfig] = Field(default_factory=list, description="own shares")
    contracts: list[OpenContractConfig] = Field(default_factory=list, description="in any order")

    @model_validator(mode="after")
    def _one_place(self) -> "OpeningConfig":
        if self.file is not None and len(self.model_fields_set) > 1:
            raise ValueError("give `file` or the keys themselves, got both")
        return self


class FlowConfig(Model):
    """What moves in or out of the account before the open of a day, or a file of such."""

    file: str | None = Field(None, description="CSV: date, kind, amount or symbol and shares; relative to the config")
    date: Day | None = Field(None, description="no session: the next one")
    kind: Literal["deposit", "withdrawal", "transfer_in", "transfer_out"] | None = Field(
        None, description="of cash, or of own shares (担保品划入, 担保品划出); out only above `lines.withdraw`"
    )
    amount: Cash | None = Field(None, description="CNY of cash")
    symbol: Symbol | None = Field(None, description="of shares")
    shares: Annotated[int, Field(gt=0, le=10**12)] | None = Field(None, description="number of them")

    @model_validator(mode="after")
    def _whole(self) -> "FlowConfig":
        given = self.model_fields_set - {name for name in self.model_fields_set if getattr(self, name) is None}
        if self.file is not None:
            if given != {"file"}:
                raise ValueError("give `file` or the keys of one flow, got both")
            return self
        for name in ("date", "kind"):
            if name not in given:
                raise ValueError(f"a flow should give `{name}`, got none")
        is_cash = self.kind in ("deposit", "withdrawal")
        wanted = {"amount"} if is_cash else {"symbol", "shares"}
        if given - {"date", "kind"} != wanted:
            raise ValueError(f"a {self.kind} should give {' and '.join(f'`{name}`' for name in sorted(wanted))} alone")
        return self


def _as_flows(given: Any) -> Any:
    return [{"file": given}] if isinstance(given, str) else given


Flows = Annotated[list[FlowConfig], BeforeValidator(_as_flows)]
"""A text is the name of a file."""


def _as_opening(given: Any) -> Any:
    return {"file": given} if isinstance(given, str) else given


OpeningSpec = Annotated[OpeningConfig, BeforeValidator(_as_opening)]
"""A text is the name of a file."""
