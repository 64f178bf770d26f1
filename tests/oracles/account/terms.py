"""What the account, its costs and its market are like."""

from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from typing import Any

from .numbers import exact
from .rules import rule


@dataclass(frozen=True)
class Own:
    """A number of the broker's own beside a rule: the stricter of the two holds, or this one alone."""

    value: Fraction
    override: bool = False


@dataclass(frozen=True)
class Changed:
    """Rates of another statement, times a factor, plus an addition."""

    of: Any
    times: Fraction
    plus: Fraction


LIST_PRICE = {"financing_rate": Fraction("0.0835"), "borrow_rate": Fraction("0.1035")}
"""What holds where the data have no rate of a security on a session."""


@dataclass
class Terms:
    """The configuration, in exact numbers."""

    cash: Fraction = Fraction(1_000_000)
    financing_rate: Any = Fraction("0.0835")  # or rows (from, symbol or None for all, rate)
    borrow_rate: Any = Fraction("0.1035")
    rate_of: str = "opening"
    cash_rate: Any = Fraction(0)
    proceeds_rate: Any = None
    opening: Any = None  # keys of `account.opening`
    flows: Any = ()  # of such rows
    on_call: str = "none"
    interest_rounding: str = "none"
    withdraw: Fraction = Fraction(3)
    penalty_rate: Fraction | None = None
    short_ratio_base: Fraction | None = None
    client: str = "individual"
    financing_margin_ratio: Own | None = None
    short_margin_ratio: Own | None = None
    haircut: Own | None = None
    credit_line: Fraction | None = None
    borrow_share: Fraction | None = Fraction("0.1")
    borrowable_share: Fraction | None = Fraction(1)
    finances_fees: bool = True
    return_financed: bool = True
    fee_basis: str = "sell_amount"
    extension: str = "auto"
    removed: str = "keep"
    extension_times: int | None = None
    interest_posting_day: int | None = None
    financing_ratio_base: Fraction | None = None
    concentration: list = field(default_factory=list)  # of (below, share)
    dividend_tax_rate: Fraction = Fraction(0)
    forced_sale_cash: str = "first"
    judge: str = "close"
    warn: Fraction = Fraction("1.40")
    call: Fraction = Fraction("1.30")
    restore: Fraction = Fraction("1.40")
    instant: Fraction = Fraction("1.10")
    cure: Fraction | None = None
    grace: int | None = None
    commission_rate: Fraction = Fraction("0.00025")
    commission_minimum: Fraction = Fraction(5)
    stamp_duty_rate: Own | None = None
    transfer_fee_rate: Own | None = None
    slippage: Fraction = Fraction(0)
    price_limits: bool = True
    float_cap: bool = True
    uptick: bool = True
    eligibility: str = "panel"
    fill: str = "open"
    volume_share: Fraction | None = Fraction("0.1")
    of_data: dict = field(default_factory=dict)  # session -> symbol -> borrow rate of the data

    def financing_ratio(self, day, haircut):
        """Return the margin ratio of a purchase financed on `day`."""
        ratio = stricter(self.financing_margin_ratio, rule("financing_margin_ratio", day))
        return ratio if self.financing_ratio_base is None else max(ratio, self.financing_ratio_base - haircut)

    @property
    def withdraw_line(self):
        """Return the ratio below which nothing may leave; the exchanges' rules ask for 300 %."""
        return max(self.withdraw, Fraction(3))

    def rate(self, name, day, symbol):
        """Return the rate per year on a calendar day: the last row of the security itself, else of all."""
        return self._rate(getattr(self, name), name, day, symbol)

    def _rate(self, stated, name, day, symbol):
        if isinstance(stated, Fraction):
            return stated
        if isinstance(stated, Changed):
            return self._rate(stated.of, name, day, symbol) * stated.times + stated.plus
        if stated == "data":
            last = max((session for session in self.of_data if session <= day), default=min(self.of_data))
            rate = self.of_data[last].get(symbol)
            return LIST_PRICE[name] if rate is None else rate
        for of in (symbol, None):
            rows = [(start, rate) for start, who, rate in stated if who == of and start <= day]
            if rows:
                return max(rows)[1]
        # Only days between an opening and the first session: no row is of them, the first one's rate is paid.
        return min((start, who is None, rate) for start, who, rate in stated if who in (symbol, None))[2]

    def short_ratio(self, day, haircut):
        """Return the margin ratio of a short sale on `day`."""
        statutory = rule("short_margin_ratio", day)
        if self.client == "private_fund":
            statutory = rule("short_margin_ratio", day, "private_fund") or statutory
        ratio = stricter(self.short_margin_ratio, statutory)
        return ratio if self.short_ratio_base is None else max(ratio, self.short_ratio_base - haircut)

    def call_line(self, day):
        """Return the call line: the statutory one where it is higher."""
        return max(self.call, rule("statutory_call", day) or 0)

    def cure_line(self, day):
        """Return the ratio that ends a call."""
        return self.cure or rule("statutory_cure", day) or self.call_line(day)

    def grace_sessions(self, day):
        if self.grace is not None:
            return self.grace
        statutory = rule("statutory_grace", day)
        return 1 if statutory is None else int(statutory)


def stricter(own, statutory):
    """Return the larger of the broker's number and the rule, or the broker's where it overrides."""
    if own is None:
        return statutory
    return own.value if own.override or statutory is None else max(own.value, statutory)


PARTS = ("account", "costs", "market", "execution")


def of_raw(raw):
    """Return the terms of a configuration's plain data; keys that the oracle does not know are left to the engine."""
    flat = {}
    for part in PARTS:
        flat |= raw.get(part, {})
    flat |= flat.pop("lines", {})
    known = {f.name: f.type for f in fields(Terms)}
    given = {}
    for name, value in flat.items():
        if name in known:
            given[name] = _term(name, value)
    return Terms(**given)


def _term(name, value):
    if name in ("opening", "flows"):
        return value
    if name.endswith("_rate") and isinstance(value, dict) and "of" in value:
        of = _term(name, value["of"])
        return Changed(of, exact(value.get("times", 1)), exact(value.get("plus", 0)))
    if name in ("financing_margin_ratio", "short_margin_ratio", "haircut", "stamp_duty_rate", "transfer_fee_rate"):
        if isinstance(value, dict):
            return Own(exact(value["value"]), value.get("override", False))
        return None if value is None else Own(exact(value))
    if name.endswith("_rate") and isinstance(value, list):
        rows = [(row["date"], row.get("symbol"), exact(row["rate"])) for row in value]
        return [(date.fromisoformat(start), who, rate) for start, who, rate in rows]
    if name == "concentration":
        return sorted((exact(tier["below"]), exact(tier["share"])) for tier in value)
    if isinstance(value, bool | str) or value is None or name in ("grace", "interest_posting_day", "extension_times"):
        return value
    return exact(value)
