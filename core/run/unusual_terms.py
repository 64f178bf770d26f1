"""What is unusual about the leverage, the costs and the terms of a run."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..pages.formats import percent
from ..panel.units import is_index
from .first_names import first_names
from .overridden_boards import overridden
from .planned import Planned
from .scenario import Scenario
from .unusual_limits import Unusual, limit


def leverage(scenario: Scenario, plan: Planned) -> Iterator[Unusual]:
    """Yield what is unusual about what a strategy is about to owe.

    Notes
    -----
    With longs L and shorts S over equity, max(L - 1, 0) is financed, and proceeds stay locked: the maintenance ratio is
    (1 + F + S) / (F + S), and a fall d of all longs brings it to the line `call` at d = (1 + (F + S)(1 - call)) / L.
    """
    financed = max(plan.long - 1.0, 0.0)
    owed = financed + plan.short
    if plan.long > limit("leverage"):
        yield Unusual(
            "leverage",
            f"the targets hold {plan.long:.2f} times the equity",
            f"a fall of 10 % takes {percent(0.1 * plan.long, 0)} of the equity",
            "lower the strategy's weights",
        )
    need, given = _margin(scenario, plan, financed)
    if need > limit("margin") * given:
        yield Unusual(
            "margin",
            f"the targets need {need:.2f} of the equity as margin, which gives about {given:.2f}",
            "orders beyond it are refused, so that the account holds less than the strategy wants",
            "lower the strategy's weights",
        )
    if plan.long > 0.0 and owed > 0.0:
        call = float(scenario.schedule.lines(0).call)
        fall = (1.0 + owed * (1.0 - call)) / plan.long
        if fall < limit("call_distance"):
            yield Unusual(
                "call_distance",
                f"a fall of {percent(max(fall, 0.0), 1)} of all longs brings the maintenance ratio from "
                f"{percent((1.0 + owed) / owed, 0)} to the call at {percent(call, 0)}",
                "a session or two at the price limit end in forced sales",
                "lower the strategy's weights",
            )


def _margin(scenario: Scenario, plan: Planned, financed: float) -> tuple[float, float]:
    """Return the margin that targets need and what own securities and cash give, over equity; on the first session."""
    arrays, haircuts = scenario.schedule.arrays, scenario.market.haircuts(0)
    known = haircuts[np.isfinite(haircuts)]
    own = min(plan.long, 1.0)
    given = own * (float(np.median(known)) if known.size else 0.0) + (1.0 - own)
    return financed * float(arrays.financing_ratio[0]) + plan.short * float(arrays.short_ratio[0]), given


def sizes(scenario: Scenario, plan: Planned) -> Iterator[Unusual]:
    """Yield what is unusual about the size of positions: one that is large, and lots that are too dear."""
    if plan.largest > limit("concentration") and not all(map(is_index, scenario.panel.symbols)):
        yield Unusual(
            "concentration",
            f"one security is {percent(plan.largest, 0)} of the equity",
            "a suspension or a limit locks it, and brokers cap the share of one security",
            "hold more securities, or state your broker's tiers in `account.concentration`",
        )
    closes, cash = scenario.market.marks, scenario.config.account.cash
    each = plan.smallest * cash
    if not each:
        return
    lots = scenario.market.lots(0)[0]
    dearest = np.max(np.where(np.isfinite(closes), closes, 0.0), axis=0, initial=0.0) * lots
    dear = np.flatnonzero(dearest > each)
    if len(dear) > limit("lots") * len(lots):
        j = int(np.argmax(dearest))
        yield Unusual(
            "lots",
            f"a position of {each:,.0f} CNY buys no lot of {len(dear):,} of {len(lots):,} securities (one of "
            f"{scenario.panel.symbols[j]} came to {dearest[j]:,.0f})",
            "targets are rounded down to whole lots, and what is dear is left out",
            "raise `account.cash`, or hold fewer securities",
        )


def costs(scenario: Scenario, plan: Planned | None) -> Iterator[Unusual]:
    """Yield what is unusual about the cost of an order."""
    terms, arrays = scenario.config.costs, scenario.schedule.arrays
    rate, minimum = float(arrays.commission.rate), float(arrays.commission.minimum)
    value = scenario.config.account.cash * (plan.smallest if plan and plan.smallest else 1.0)
    paid = max(rate, minimum / value)
    if paid > limit("commission"):
        least = f", by `costs.commission_minimum` {minimum:g}" if paid > rate else ""
        yield Unusual(
            "commission",
            f"commission is {percent(paid)} of an order of {value:,.0f} CNY{least}",
            "customers pay 0.01 to 0.03 %, and a broker may ask 0.3 % at the most",
            "trade larger orders, or fewer" if least else "check `costs.commission_rate`",
        )
    if paid < limit("commission_low"):
        yield Unusual(
            "commission_low",
            f"commission is {percent(paid, 4)} of an order of {value:,.0f} CNY",
            "a broker passes some 0.005 % on to exchange and regulator",
            "check `costs.commission_rate`",
        )
    transfer = float(np.nanmax(arrays.transfer_fee_rate[:, 0], initial=0.0))
    turn = 2.0 * (paid + terms.slippage + transfer) + float(arrays.stamp_duty_rate[0])
    if turn > limit("round_trip"):
        yield Unusual(
            "round_trip",
            f"buying and selling costs {percent(turn)} of the value, slippage included",
            "0.1 to 0.3 % is usual, and every change of the portfolio pays it",
            "check `costs`",
        )
    if terms.slippage == limit("slippage") and scenario.strategy.DECIDES:  # else orders may state their prices
        yield Unusual(
            "slippage",
            "`costs.slippage` is 0",
            "every order is filled at the printed price, as if it moved nothing and paid no spread",
            "state some, such as 0.0005",
        )


def rates(scenario: Scenario, plan: Planned | None) -> Iterator[Unusual]:
    """Yield what is unusual about what borrowing costs; a rate that the targets never pay is left out."""
    stated = scenario.schedule.arrays.rates
    pays = {"financing_rate": plan is None or plan.long > 1.0, "borrow_rate": plan is None or plan.short > 0.0}
    found = {
        "financing_rate": (stated.financing, stated.financing_of),
        "borrow_rate": (stated.borrow, stated.borrow_of),
    }
    for name, tables in found.items():
        table = tables[1] if len(tables[1]) else tables[0]
        known = np.asarray(table)[np.isfinite(table)]
        if not pays[name] or not known.size:
            continue
        low, high = float(known.min()), float(known.max())
        far = low if low < limit("rate_low") else high if high > limit("rate_high") else None
        if far is not None:
            yield Unusual(
                "rate_low" if far < limit("rate_low") else "rate_high",
                f"`account.{name}` is {percent(far)} a year",
                "list prices are 8.35 % for money and 10.35 % for shares, and interest decides over leverage",
                "check it against your contract",
            )


def market(scenario: Scenario, plan: Planned | None) -> Iterator[Unusual]:
    """Yield the rules of the market that the configuration switches off, and fills that are generous."""
    stated = scenario.config.market
    off: dict[str, Any] = {
        "market.price_limits: false": (not stated.price_limits, "orders fill at closed limits, where nobody sells"),
        "market.float_cap: false": (not stated.float_cap, "purchases are financed while the exchange suspends them"),
        "market.uptick: false": (not stated.uptick and (plan is None or plan.short > 0), "shorts sell below the price"),
        "market.eligibility: all": (stated.eligibility == "all", "securities are financed that no list allows"),
    }
    for key, (is_off, why) in off.items():
        if is_off:
            yield Unusual("rules_off", f"`{key}`", why, "leave it out")
    others = [] if stated.board is None else overridden(scenario.panel.symbols, stated.board)
    if others:
        yield Unusual(
            "board",
            f"`market.board: {stated.board}` overrides the board of {len(others):,} of "
            f"{len(scenario.panel.symbols):,} codes ({first_names(others, 3)})",
            "their price limits, lots and haircuts are another board's, and ordinary moves look impossible",
            "leave it out where codes tell the board",
        )
    share = scenario.config.execution.volume_share
    if share is None or share > limit("volume_share"):
        yield Unusual(
            "volume_share",
            f"one order may be {'any multiple' if share is None else percent(share, 0)} of a session's volume",
            "what large orders do to prices is not in the fills",
            "set `execution.volume_share` to 0.1 or less",
        )
    if scenario.config.execution.decision == "at_close":
        yield Unusual(
            "same_close",
            "`execution.decision: at_close` is decided and filled at one close",
            "a rule that reads this close knows a price before it is made",
            "read earlier fields, or decide `before_open`",
        )
