"""The credit account of a configuration: what it begins with, its rates, its lines and the broker's terms."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .account_flows import Flows, OpeningSpec
from .lines import LinesConfig, TierConfig
from .presets import LIST_PRICE, with_presets
from .rate_values import Rates, RatesOrNone
from .values import (
    NOTHING,
    Applied,
    Cash,
    DividendTaxRate,
    Fraction,
    HaircutRule,
    MarginRatioRule,
    Model,
    Rate,
    RatioBase,
    Stated,
    Uncounted,
    Unlimited,
)


class AccountConfig(Model):
    """The credit account and the broker's terms."""

    preset: str | list[str] = Field(default_factory=list, description="typical terms by name; own keys win over them")
    cash: Cash = Field(1_000_000.0, description="CNY at the start")
    opening: OpeningSpec | None = Field(
        None, description="what it holds and owes before the first session: keys, or a CSV or YAML file"
    )
    flows: Flows = Field(
        default_factory=list, description="dated deposits, withdrawals and transfers of collateral: keys, or a CSV file"
    )
    on_call: Literal["none", "deposit"] = Field(
        "none",
        description="`deposit`: on the deadline of a call the client pays in what brings the ratio to `lines.restore`",
    )
    financing_rate: Rates = Field(
        LIST_PRICE["financing_rate"],
        description="interest on principal, per year (list price since 2015): a number, dated rows, or a CSV of date, "
        "rate and optionally symbol, relative to the config",
    )
    borrow_rate: Rates = Field(
        LIST_PRICE["borrow_rate"],
        description="fee on the sell amount, per year (list price since 2015), stated likewise; `data`: the field "
        "`borrow_rate` of the data",
    )
    rate_of: Literal["opening", "day"] = Field(
        "opening", description="a contract keeps the rate of its opening day, or pays each day's"
    )
    cash_rate: Rates = Field(
        0.0,
        description="interest on cash, per year, credited on the 20th of March, June, September and December: a "
        "number, dated rows, or a CSV of date and rate",
    )
    proceeds_rate: RatesOrNone = Field(
        None, description="interest on locked short proceeds, stated likewise; as on other cash where absent"
    )
    penalty_rate: Stated[Rate] = Field(
        NOTHING, description="of a contract that fell due, while it is open, per year; its own rate where absent"
    )
    client: Literal["individual", "private_fund"] = Field(
        "individual", description="whose short margin ratio holds: rules for private securities funds are stricter"
    )
    financing_margin_ratio: MarginRatioRule | None = Field(None, description="the rulebook's by date where absent")
    short_margin_ratio: MarginRatioRule | None = Field(None, description="the rulebook's by date where absent")
    haircut: HaircutRule | None = Field(None, description="the panel's, else the rulebook's cap, where absent")
    credit_line: Unlimited[Cash] = Field(NOTHING, description="CNY, caps principal + shorted value")
    borrow_share: Unlimited[Fraction] = Field(
        0.10,
        description="most that may be owed, as a share of the short volume published before; null = no limit; where "
        "`borrowable_shares` are known, those count",
    )
    borrowable_share: Unlimited[Fraction] = Field(
        1.0,
        description="most that may be borrowed in a session, as a share of the data's `borrowable_shares`; null = they "
        "are not used, but `borrow_share`",
    )
    finances_fees: bool = Field(True, description="a financed purchase finances its fees too")
    return_financed: bool = Field(
        True, description="financed shares may be returned to the lender too (现券还券); their contract keeps its debt"
    )
    lines: LinesConfig = Field(default_factory=LinesConfig, description="maintenance ratios at which something happens")
    judge: Literal["close", "low"] = Field(
        "close",
        description="at which prices a session is held against `lines`: at its close; `low`: also at the day's worst "
        "ones (each long at its low, each short at its high, all at once: a bound), below which a line has the same "
        "consequence as a close below it; what ends a call or a forced sale, and insolvency, is judged at the close",
    )
    forced_sale: Literal["largest", "losers", "pro_rata"] = Field(
        "largest", description="which long positions go first"
    )
    forced_sale_cash: Literal["first", "keep"] = Field(
        "first", description="`first`: available cash repays before a forced sale sells anything; `keep`: it does not"
    )
    extension: Literal["auto", "none", "conditional"] = Field(
        "auto",
        description="of contracts that fall due, where the rules allow it; `conditional`: at `lines.warn` or above, "
        "of a security that trades, with the interest paid from cash at the next open, `extension_times` at the most",
    )
    removed: Literal["keep", "close"] = Field(
        "keep",
        description="open contracts on a security that the list of the day strikes off: they run on, or are closed by "
        "force at the next open",
    )
    extension_times: Uncounted[Annotated[int, Field(ge=0, le=100)]] = Field(
        NOTHING, description="how often `conditional` extends a contract; null = no limit (the rules know none)"
    )
    fee_basis: Literal["sell_amount", "market_value"] = Field("sell_amount", description="of the borrow fee")
    interest_posting_day: Annotated[int, Field(ge=1, le=28)] | None = Field(
        None, description="day of the month on which accrued interest is paid from cash; at repayment only where absent"
    )
    interest_rounding: Literal["none", "cent"] = Field(
        "none", description="`cent`: what a contract pays of interest or fee is rounded half up to 0.01, as brokers do"
    )
    financing_ratio_base: Applied[RatioBase] = Field(
        NOTHING, description="a financed purchase needs at least this less the haircut as its margin ratio"
    )
    short_ratio_base: Applied[RatioBase] = Field(
        NOTHING, description="a short sale needs at least this less the haircut as its margin ratio"
    )
    concentration: list[TierConfig] = Field(
        default_factory=list,
        description="most that one security may be of the assets, by maintenance ratio: purchases beyond it are "
        "refused, a close beyond it is told",
    )
    dividend_tax_rate: DividendTaxRate = Field(
        0.0,
        description="withheld from the dividends of long positions; `by_holding`: the rulebook's by holding period, "
        "due when the shares are sold",
    )
    subscribe_rights: bool = Field(
        False,
        description="rights issues are subscribed with available cash on their ex-date; else they lapse, and the run "
        "says what they were worth",
    )

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: Any) -> Any:
        return with_presets(given) if isinstance(given, dict) else given
