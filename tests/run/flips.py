"""How each option is flipped: the keys it is flipped in, and a market in which that must matter."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from account import own_costs
from run.flip_market import DAYS, A, B, C


class Flip(NamedTuple):
    """One option from one value to another."""

    keys: dict[str, Any]  # dotted, those that change
    base: Mapping[str, Any] = MappingProxyType({})  # those that hold before and after
    rows: str = "both"  # of `flip_market.ROWS`
    lent: bool = False
    orders: str = ""  # an order list of backtrader alone
    refused: str = ""  # what the configuration is told instead


def day(t):
    return str(DAYS[t])


def one(key, value, *, base=None, **more):
    return Flip({key: value}, base or {}, **more)


# ---- what an account begins with and what moves ---------------------------------------------------------------------

LOAN = {"kind": "financing", "symbol": A, "shares": 20_000, "principal": 150_000.0, "opened": "2023-12-20",
        "due": "2024-06-20"}  # fmt: skip
SOLD = {"kind": "short", "symbol": C, "shares": 5_000, "sell_amount": 70_000.0, "opened": "2023-12-20",
        "due": "2024-06-20"}  # fmt: skip
OPENING = {"date": "2024-01-05", "cash": 900_000.0, "holdings": [{"symbol": B, "shares": 1_000}],
           "contracts": [LOAN, SOLD]}  # fmt: skip
FLOWS = [
    {"date": day(8), "kind": "deposit", "amount": 50_000},
    {"date": day(12), "kind": "transfer_in", "symbol": B, "shares": 3_000},
]
AS_A_SHORT = {**LOAN, "kind": "short", "sell_amount": LOAN["principal"]}
AS_A_SHORT.pop("principal")


CALLED = {"account.forced_sale": "losers", "account.lines.call": 1.6, "account.lines.warn": 1.8}
CALLED |= {"account.lines.restore": 1.8}


def opened(**change):
    """Return a flip of keys of the opening."""
    return Flip({"account.opening": {**OPENING, **change}}, {"account.opening": OPENING})


def held(**change):
    """Return a flip of keys of its holding."""
    return opened(holdings=[{**OPENING["holdings"][0], **change}])


def costing(cost):
    """Return an opening whose shares of B cost so much: whether they are a loss."""
    return {"account.opening": {**OPENING, "holdings": [{"symbol": B, "shares": 20_000, "cost": cost}]}}


def contract(which=0, **change):
    """Return a flip of keys of one of its contracts."""
    contracts = [{**row, **change} if i == which else row for i, row in enumerate(OPENING["contracts"])]
    return opened(contracts=contracts)


def flowing(which=0, **change):
    """Return a flip of keys of a flow."""
    flows = [{**row, **change} if i == which else row for i, row in enumerate(FLOWS)]
    return Flip({"account.flows": flows}, {"account.flows": FLOWS})


MOVING = {
    "account.opening": one("account.opening", OPENING),
    "account.opening.file": Flip({"account.opening": "{folder}/opening.yaml"}),
    "account.opening.date": opened(date="2024-01-03"),
    "account.opening.cash": opened(cash=800_000.0),
    "account.opening.holdings": opened(holdings=[]),
    "account.opening.holdings.symbol": held(symbol=A),
    "account.opening.holdings.shares": held(shares=2_000),
    "account.opening.holdings.cost": Flip(costing(40.0), {**costing(10.0), **CALLED}, "fall"),
    "account.opening.contracts": opened(contracts=[SOLD]),
    "account.opening.contracts.kind": opened(contracts=[AS_A_SHORT, SOLD]),
    "account.opening.contracts.symbol": contract(symbol=B),
    "account.opening.contracts.shares": contract(shares=10_000),
    "account.opening.contracts.principal": contract(principal=140_000.0),
    "account.opening.contracts.sell_amount": contract(1, sell_amount=80_000.0),
    "account.opening.contracts.opened": contract(opened="2023-12-01"),
    "account.opening.contracts.due": contract(due="2024-03-01"),
    "account.opening.contracts.rate": contract(rate=0.05),
    "account.opening.contracts.accrued": contract(accrued=1.0),
    "account.opening.contracts.proceeds": contract(1, proceeds=60_000.0),
    "account.opening.contracts.ratio": contract(ratio=1.0),
    "account.flows": one("account.flows", FLOWS),
    "account.flows.file": Flip({"account.flows": "{folder}/flows.csv"}),
    "account.flows.date": flowing(date=day(20)),
    "account.flows.kind": flowing(kind="withdrawal"),
    "account.flows.amount": flowing(amount=60_000),
    "account.flows.symbol": flowing(1, symbol=A),
    "account.flows.shares": flowing(1, shares=2_000),
}

# ---- rates ----------------------------------------------------------------------------------------------------------

ROWS = [{"date": "2024-01-01", "rate": 0.04}, {"date": day(25), "rate": 0.06}]
ALONE = {"financing_rate": "", "borrow_rate": ""}
"""Those that may have rates by security; others are refused."""


def of_rates(name):
    """Yield the flips of one statement of rates: a number, dated rows, a change of them, and each of their keys."""
    key = f"account.{name}"
    base = {"account.cash_rate": 0.02} if name == "proceeds_rate" else {}
    refused = "" if name in ALONE else f"`{key}` should have one rate a day"

    def change(of=ROWS, **more):
        return {"of": of, "times": 1.5, "plus": 0.001, **more}

    def flip(to, before=ROWS, refused=""):
        return Flip({key: to}, {**base, key: before}, refused=refused)

    later, dearer = [ROWS[0], {**ROWS[1], "date": day(30)}], [ROWS[0], {**ROWS[1], "rate": 0.08}]
    own = [*ROWS, {"date": "2024-01-01", "rate": 0.01, "symbol": C if name == "borrow_rate" else A}]
    yield key, Flip({key: 0.05}, base)
    yield f"{key}.date", flip(later)._replace(base={**base, "account.rate_of": "day", key: ROWS})
    yield f"{key}.rate", flip(dearer)._replace(base={**base, "account.rate_of": "day", key: ROWS})
    yield f"{key}.symbol", flip(own, refused=refused)
    yield f"{key}.of", flip(change(0.03), change())
    yield f"{key}.of.date", flip(change(later), change())
    yield f"{key}.of.rate", flip(change(dearer), change())
    yield f"{key}.of.symbol", flip(change(own), change(), refused)
    yield f"{key}.times", flip(change(times=2.0), change())
    yield f"{key}.plus", flip(change(plus=0.01), change())


RATES = dict(
    pair for name in ("financing_rate", "borrow_rate", "cash_rate", "proceeds_rate") for pair in of_rates(name)
)
RATES |= {
    "account.rate_of": one("account.rate_of", "day", base={"account.financing_rate": ROWS}),
    "account.penalty_rate": one("account.penalty_rate", 0.18, base={"account.extension": "none"}, rows="held"),
    "account.fee_basis": one("account.fee_basis", "market_value"),
    "account.interest_posting_day": one("account.interest_posting_day", 20),
    "account.interest_rounding": one("account.interest_rounding", "cent"),
}

# ---- ratios, limits and lines ---------------------------------------------------------------------------------------

TIERS = [{"below": 9.0, "share": 0.3}]


def of_rule(key, plain, override, base=None):
    """Yield the flips of a number beside a dated rule: itself, its value, and whether it stands in the rule's place."""
    before = {**(base or {}), key: None}
    yield key, Flip({key: {"value": override, "override": True}}, before)
    yield f"{key}.value", Flip({key: plain}, before)
    yield f"{key}.override", Flip({key: {"value": override, "override": True}}, {**before, key: {"value": override}})


TERMS = {
    "account.preset": Flip({"account.preset": "rates_by_year"}),
    "account.cash": one("account.cash", 2_000_000.0),
    "account.on_call": one("account.on_call", "deposit", rows="fall"),
    "account.client": one("account.client", "private_fund", base={"account.short_margin_ratio": None}),
    **dict(of_rule("account.financing_margin_ratio", 0.9, 0.4)),
    **dict(of_rule("account.short_margin_ratio", 1.1, 0.4)),
    **dict(of_rule("account.haircut", 0.3, 0.95)),
    "account.credit_line": one("account.credit_line", 100_000.0),
    "account.borrow_share": one("account.borrow_share", 0.001),
    "account.borrowable_share": one("account.borrowable_share", 0.5, lent=True),
    "account.finances_fees": one("account.finances_fees", False),
    "account.return_financed": one(
        "account.return_financed",
        False,
        orders=f"{day(2)},{A},margin_buy,1000\n{day(2)},{A},short_sell,1000\n{day(5)},{A},return_shares,1000\n",
    ),
    "account.lines.warn": one("account.lines.warn", 9.0),
    "account.lines.call": one("account.lines.call", 1.4, rows="fall"),
    "account.lines.restore": one("account.lines.restore", 1.6, rows="fall"),
    "account.lines.instant": one("account.lines.instant", 1.29, rows="fall"),
    "account.lines.withdraw": one(
        "account.lines.withdraw",
        5.0,
        rows="short",
        base={"account.flows": [{"date": day(20), "kind": "withdrawal", "amount": 1_000}]},
    ),
    "account.lines.cure": one("account.lines.cure", 1.5, rows="fall"),
    "account.lines.grace": one("account.lines.grace", 2, rows="fall"),
    "account.forced_sale": one("account.forced_sale", "pro_rata", rows="fall"),
    "account.forced_sale_cash": one(
        "account.forced_sale_cash",
        "keep",
        rows="fall",
        base={"account.flows": [{"date": day(20), "kind": "deposit", "amount": 5_000}]},
    ),
    "account.extension": one("account.extension", "none", rows="held"),
    "account.extension_times": one(
        "account.extension_times", 0, base={"account.extension": "conditional"}, rows="held"
    ),
    "account.removed": one("account.removed", "close", rows="held"),
    "account.financing_ratio_base": one("account.financing_ratio_base", 1.7),
    "account.short_ratio_base": one("account.short_ratio_base", 1.7),
    "account.concentration": one("account.concentration", TIERS),
    "account.concentration.below": Flip(
        {"account.concentration": [{"below": 1.01, "share": 0.3}]}, {"account.concentration": TIERS}
    ),
    "account.concentration.share": Flip(
        {"account.concentration": [{"below": 9.0, "share": 0.5}]}, {"account.concentration": TIERS}
    ),
    "account.judge": one("account.judge", "low", rows="fall"),
    "account.subscribe_rights": Flip(
        {"account.subscribe_rights": True},
        {"account.subscribe_rights": False, "data.actions": "{folder}/rights.csv"},
    ),
    "account.dividend_tax_rate": one("account.dividend_tax_rate", 0.1),
}

# ---- costs, market, execution ---------------------------------------------------------------------------------------

OWN = {"costs.commission": {"name": f"{own_costs.__file__}:per_share", "parameters": {"each": 0.01}}}
MARKET = {
    "costs.commission.name": Flip(OWN),
    "costs.commission.parameters": Flip(
        {"costs.commission": {**OWN["costs.commission"], "parameters": {}}},
        {"costs.commission": {**OWN["costs.commission"], "parameters": {"each": 0.02}}},
    ),
    "costs.commission_rate": one("costs.commission_rate", 0.0005),
    "costs.commission_minimum": one("costs.commission_minimum", 100.0),
    **dict(of_rule("costs.stamp_duty_rate", 0.002, 0.0001)),
    **dict(of_rule("costs.transfer_fee_rate", 0.0005, 0.000001)),
    "costs.slippage": one("costs.slippage", 0.002),
    "market.board": one("market.board", "bse"),
    "market.price_limits": one("market.price_limits", False),
    "market.float_cap": one("market.float_cap", False),
    "market.uptick": one("market.uptick", False),
    "market.after_delisting": one(
        "market.after_delisting", 0.5, rows="ended", base={"data.endings": "{folder}/endings.csv"}
    ),
    "market.eligibility": one("market.eligibility", "all"),
    "market.rules_as_of": one("market.rules_as_of", "2015-06-01"),
    "execution.engine": one("execution.engine", "compiled", orders=f"{day(2)},{A},buy,100\n", refused="compiled"),
    "execution.decision": one("execution.decision", "at_close", base={"execution.fill": "close"}),
    "execution.fill": one("execution.fill", "close"),
    "execution.volume_share": one("execution.volume_share", 0.001),
}

FLIPS = {**MOVING, **RATES, **TERMS, **MARKET}
"""Dotted name of an option -> how it is flipped; an option without one fails the test."""
