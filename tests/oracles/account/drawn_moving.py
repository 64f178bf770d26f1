"""Drawn accounts that begin with holdings and contracts, and in and out of which cash and shares move."""

import datetime as dt
import random
from typing import Any

from .rules import board_of, rule


def move(drawn):
    """Give a story in the making an opening, flows, paid calls, whole cents and rates of the data, each or none.

    Parameters
    ----------
    drawn : Drawn
        Its calendar, bars and terms are drawn already; changed in place, by a stream of random numbers of its own.
    """
    more = random.Random(f"moving {drawn.seed}")
    account, first = drawn.config["account"], drawn.bars[drawn.days[0]]
    for symbol in drawn.symbols:
        first[symbol]["pre_close"] = float(drawn.begun_at[symbol])
        is_new = rule("unlimited_first_sessions", drawn.days[-1], board_of(symbol))  # would be taken for listed later
        if more.random() < 0.1 and not is_new:
            first[symbol] = {"suspended": 1.0, "pre_close": first[symbol]["close"]}
    if more.random() < 0.7:
        account["opening"] = _opening(drawn, more)
    if more.random() < 0.8:
        account["flows"] = [_flow(drawn, more) for _ in range(more.randint(1, 10))]
    account["on_call"] = more.choice(("none", "deposit"))
    account["interest_rounding"] = more.choice(("none", "cent", "cent"))
    if more.random() < 0.3:
        account["lines"] = {**account["lines"], "withdraw": more.choice((2.0, 4.0))}
    if more.random() < 0.3:
        _rates_of_data(drawn, more)
    elif isinstance(account["borrow_rate"], list) and more.random() < 0.4:
        account["borrow_rate"] = {"of": account["borrow_rate"], "times": 1.5, "plus": 0.01}
    drawn.in_files = more.random() < 0.4


def _rates_of_data(drawn, more):
    """State borrow rates of the data, on most sessions, and have the account pay them."""
    drawn.config["account"] |= {"borrow_rate": "data", "rate_of": more.choice(("opening", "day"))}
    for day in drawn.days:
        for bar in drawn.bars[day].values():
            if more.random() < 0.7:
                bar["borrow_rate"] = more.choice((0.02, 0.085, 0.3))
    drawn.bars[drawn.days[0]][drawn.symbols[0]]["borrow_rate"] = 0.085


def _opening(drawn, more):
    """Return an account that stood some days before the first session."""
    day = drawn.days[0] - dt.timedelta(days=more.choice((1, 1, 3, 3, 12)))
    cash = drawn.config["account"]["cash"]
    contracts, locked = [], 0.0
    for symbol in drawn.symbols:
        if more.random() < 0.5:
            contract = _contract(more, symbol, float(drawn.begun_at[symbol]), day, cash)
            contracts.append(contract)
            locked += contract.get("proceeds", contract.get("sell_amount", 0.0))
    holdings = [
        {"symbol": symbol, "shares": more.choice((100, 1_050, 3_000, 20_000))}
        for symbol in drawn.symbols
        if more.random() < 0.5
    ]
    own = more.choice((0.1, 0.5, 1.0)) * cash
    return {"date": str(day), "cash": round(own + locked, 2), "holdings": holdings, "contracts": contracts}


def _contract(more, symbol, price, day, cash) -> dict[str, Any]:
    shares = max(int(more.choice((0.05, 0.2, 0.5)) * cash / price) // 100 * 100, 200)
    opened = day - dt.timedelta(days=more.choice((0, 1, 9, 60, 170)))
    amount = round(shares * price * more.uniform(0.8, 1.2), 2)
    kind = more.choice(("financing", "financing", "short"))
    contract = {"kind": kind, "symbol": symbol, "shares": shares, "opened": str(opened)}
    contract |= {"due": str(max(opened + dt.timedelta(days=183), day + dt.timedelta(days=3)))}
    contract["principal" if kind == "financing" else "sell_amount"] = amount
    if more.random() < 0.5:
        contract["accrued"] = round(more.random() * 0.02 * amount, 2)
    if more.random() < 0.5:
        contract["rate"] = more.choice((0.0, 0.07))
    if more.random() < 0.5:
        contract["ratio"] = 0.6
    if kind == "short" and more.random() < 0.4:
        contract["proceeds"] = round(0.6 * amount, 2)
    return contract


def _flow(drawn, more):
    span = (drawn.days[-1] - drawn.days[0]).days
    flow = {"date": str(drawn.days[0] + dt.timedelta(days=more.randint(0, span + 3)))}
    flow["kind"] = more.choice(("deposit", "withdrawal", "withdrawal", "transfer_in", "transfer_out", "transfer_out"))
    if flow["kind"].startswith("transfer"):
        return flow | {"symbol": more.choice(drawn.symbols), "shares": more.choice((100, 150, 1_000, 7_777))}
    return flow | {"amount": round(drawn.config["account"]["cash"] * more.choice((0.001, 0.05, 0.3, 0.9)), 2)}
