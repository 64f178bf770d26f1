"""The state of a credit account (信用账户) and what follows from it: accrual, ratios, margin.

The state is plain arrays, changed in place, so that the backtrader broker and the compiled engine run the very same
functions. Contracts lie in the order of their opening; `account[0]["open_contracts"]` counts the live rows. A closed
contract keeps its row, with `closed` set, until `sweep` moves it out at the end of the session.

Units: CNY, shares, fractions; days are calendar days since 1970-01-01.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.options import Options, code
from ..kernels.jit import jit
from ..types import Panel2D, Row

FINANCING = 0  # 融资合约
SHORT = 1  # 融券合约
NOT_CLOSED = -1

IN_CENTS = code("interest_rounding", "cent")
NO_TABLE: Panel2D = np.empty((0, 0))

ON_MARKET_VALUE = code("fee_basis", "market_value")

WAITS = 1
FELL_DUE = 2
STRUCK_OFF = 3  # its security left the list, and it is being closed
"""Of a contract's `told`: it waits for a suspended security; it fell due and was not extended."""

CALM = 0
WARNED = 1  # below the warning line
CALLED = 2  # notice was given; the deadline runs
FORCED = 3  # forced sales are due at every open until the ratio is back
INSOLVENT = 4  # debt exceeded assets once; everything is sold, nothing is bought any more

ACCOUNT = np.dtype(
    [
        ("cash", "f8"),
        ("open_contracts", "i8"),
        ("last_id", "i8"),
        ("today", "i8"),
        ("due", "i8"),
        ("closed_today", "i8"),
        ("risk_state", "i8"),  # CALM .. INSOLVENT
        ("deadline", "i8"),  # session row on which a call runs out
        ("unsold", "i8"),  # positions that the last forced sale could not sell as wanted
        ("held", "i8"),  # columns in `Ledger.held`
        ("cents", "i8"),  # 1: interest and fees are paid in whole cents
        ("settling", "i8"),  # contracts that pay their interest at the next open
        ("concentrated", "i8"),  # 1 + the column above its tier at the last close; 0 = none
        ("unsettled", "i8"),  # short contracts that owe money since their security ended
        ("cash_interest", "f8"),  # accrued on available cash and not yet credited
        ("proceeds_interest", "f8"),  # likewise on locked short proceeds
        ("lots", "i8"),  # live rows of `Ledger.lots`
        ("taxed", "f8"),  # tax on dividends that was paid and not yet noted
    ]
)
"""`cash` holds locked short proceeds too; `due` is the due day of a contract that opens today."""

CONTRACT = np.dtype(
    [
        ("id", "i8"),
        ("kind", "i8"),  # FINANCING or SHORT
        ("symbol", "i8"),  # column j
        ("opened", "i8"),
        ("due", "i8"),
        ("closed", "i8"),
        ("rate", "f8"),  # per year, of the opening day
        ("ratio", "f8"),  # margin ratio of the opening day
        ("opened_shares", "f8"),
        ("opened_amount", "f8"),  # principal, or gross sell amount, of the opening day
        ("shares", "f8"),  # financed shares attributed, or shares owed
        ("cost", "f8"),  # financing only: what the attributed shares cost
        ("principal", "f8"),  # financing only
        ("sell_amount", "f8"),  # short only: gross, of the shares still owed
        ("locked", "f8"),  # short only: net proceeds held as security
        ("accrued", "f8"),  # interest or fee owed so far
        ("compensation", "f8"),  # short only: dividends owed to the lender
        ("paid", "f8"),  # interest or fee paid so far
        ("amount_years", "f8"),  # CNY that were charged x years
        ("told", "i8"),  # WAITS, FELL_DUE, STRUCK_OFF or 0
        ("unpaid", "i8"),  # 1: it was said that an insolvent account cannot pay for its cover
        ("extensions", "i8"),  # times that it was extended
        ("settles", "i8"),  # 1: it was extended, and pays its interest at the next open
        ("recalled", "f8"),  # short only: shares that the lender wants back
        ("recall_due", "i8"),  # day by whose close they should be
        ("recall_told", "i8"),  # 1: it was told that they are not
    ]
)


NOT_DATED = 0

LOT = np.dtype(
    [
        ("symbol", "i8"),
        ("acquired", "i8"),  # day on which the shares came; NOT_DATED = before the next session
        ("shares", "f8"),
        ("month", "f8"),  # CNY of dividend tax that is due when they are sold within a month
        ("year", "f8"),  # within a year
    ]
)


class Ledger(NamedTuple):
    """A credit account over N securities."""

    account: NDArray[np.void]  # (1,) ACCOUNT
    collateral: Row  # (N,) shares
    bought_today: Row  # (N,) the part of `collateral` that T+1 locks
    cost: Row  # (N,) CNY that the collateral cost
    contracts: NDArray[np.void]  # (capacity,) CONTRACT
    held: NDArray[np.int64]  # (N,) the columns of the collateral, ascending; those sold today may still be among them
    lots: NDArray[np.void]  # (capacity,) LOT by age; of no capacity unless the dividend tax goes by holding period


class Totals(NamedTuple):
    """Sums over the account at given prices, in CNY; `accrued` holds dividends owed to lenders too."""

    cash: float
    long_value: float
    short_value: float
    principal: float
    accrued: float
    locked: float


class Charges(NamedTuple):
    """Rates per year for the calendar days since the session before; a table by security is (0, 0) where none is."""

    financing: float = np.nan  # NaN = each contract's own
    borrow: float = np.nan
    t: int = 0  # row of the tables
    financing_of: Panel2D = NO_TABLE
    borrow_of: Panel2D = NO_TABLE


def open_ledger(cash: float, securities: int, capacity: int = 256) -> Ledger:
    """Return an account with `cash` CNY, no shares and no contracts."""
    account = np.zeros(1, ACCOUNT)
    account[0]["cash"] = cash
    collateral, bought_today, cost = np.zeros((3, securities))
    contracts, held = np.zeros(capacity, CONTRACT), np.zeros(securities, np.int64)
    return Ledger(account, collateral, bought_today, cost, contracts, held, np.zeros(0, LOT))


def with_capacity(ledger: Ledger, free: int = 1) -> Ledger:
    """Return the ledger with room for `free` more contracts; the arrays are shared unless they had to grow."""
    needed = int(ledger.account[0]["open_contracts"]) + free
    if needed <= len(ledger.contracts):
        return ledger
    grown = np.zeros(max(needed, 2 * len(ledger.contracts)), CONTRACT)
    grown[: len(ledger.contracts)] = ledger.contracts
    return ledger._replace(contracts=grown)


@jit
def start_session(
    ledger: Ledger, today: int, due: int, day_count: float, marks: Row, options: Options, charges: Charges
) -> None:
    """Open the session of day `today`: accrue the calendar days since the last one, free what T+1 locked.

    Notes
    -----
    Interest = principal x rate / `day_count` x days; borrow fee = sell amount outstanding x rate / `day_count` x days,
    or shares owed x `marks` (N,) of the close before in the place of the sell amount (`account.fee_basis`). The rate is
    that of the contract's opening day, or of each day (`account.rate_of`).
    The opening day counts and the repayment day does not. Rule: brokers' contract terms (`interest_day_count`).
    """
    account = ledger.account[0]
    if account["today"] > 0:
        accrue(ledger, today - account["today"], day_count, marks, options, charges)
    account["today"] = today
    account["due"] = due
    account["cents"] = 1 if options.interest_rounding == IN_CENTS else 0
    kept = 0
    for k in range(account["held"]):
        j = ledger.held[k]
        ledger.bought_today[j] = 0.0
        if ledger.collateral[j] > 0.0:
            ledger.held[kept] = j
            kept += 1
    account["held"] = kept
    for i in range(account["lots"]):
        if ledger.lots[i]["acquired"] == NOT_DATED:
            ledger.lots[i]["acquired"] = today


@jit
def hold(ledger: Ledger, symbol: int) -> None:
    """Put a column on the list of the collateral."""
    count = ledger.account[0]["held"]
    place = np.searchsorted(ledger.held[:count], symbol)
    if place < count and ledger.held[place] == symbol:
        return
    for k in range(count, place, -1):
        ledger.held[k] = ledger.held[k - 1]
    ledger.held[place] = symbol
    ledger.account[0]["held"] += 1


@jit
def accrue(ledger: Ledger, days: int, day_count: float, marks: Row, options: Options, charges: Charges) -> None:
    """Add `days` calendar days of interest and borrow fees to every open contract."""
    has_tables = charges.financing_of.shape[0] > 0 or charges.borrow_of.shape[0] > 0
    is_plain = not has_tables and not options.penalty_rate >= 0.0  # else asked by contract, which takes time
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        basis = c["principal"] + c["sell_amount"]
        if c["kind"] == SHORT and options.fee_basis == ON_MARKET_VALUE and c["shares"] > 0.0:
            basis = c["shares"] * marks[c["symbol"]]
        c["amount_years"] += basis / day_count * days
        if is_plain:
            of_day = charges.borrow if c["kind"] == SHORT else charges.financing
            rate = c["rate"] if np.isnan(of_day) else of_day
        else:
            rate = charged_rate(ledger, i, charges, options)
        c["accrued"] += basis * rate / day_count * days


@jit
def charged_rate(ledger: Ledger, i: int, charges: Charges, options: Options) -> float:
    """Return the rate per year that contract `i` pays for the days that accrue.

    Notes
    -----
    One that fell due pays the penalty rate, where there is one, from the day on which it fell due: the due day, or the
    first session after it; for a suspended security the session on which it trades again.
    """
    c = ledger.contracts[i]
    if c["told"] == FELL_DUE and options.penalty_rate >= 0.0:
        return options.penalty_rate
    if c["kind"] == SHORT:
        table, of_day = charges.borrow_of, charges.borrow
    else:
        table, of_day = charges.financing_of, charges.financing
    if table.shape[0] > 0:
        return table[charges.t, c["symbol"]]
    return c["rate"] if np.isnan(of_day) else of_day


@jit
def totals(ledger: Ledger, price: Row) -> Totals:
    """Return the account's sums at `price` (N,), which is finite wherever shares are held or owed."""
    long_value = 0.0
    for j in ledger.held[: ledger.account[0]["held"]]:
        if ledger.collateral[j] > 0.0:
            long_value += ledger.collateral[j] * price[j]
    short_value = principal = accrued = locked = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        accrued += c["accrued"] + c["compensation"]
        if c["shares"] > 0.0:
            if c["kind"] == SHORT:
                short_value += c["shares"] * price[c["symbol"]]
            else:
                long_value += c["shares"] * price[c["symbol"]]
        principal += c["principal"]
        locked += c["locked"]
    return Totals(ledger.account[0]["cash"], long_value, short_value, principal, accrued, locked)


@jit
def equity(sums: Totals) -> float:
    """Return cash + long value - short value - principal - accrued interest and fees, in CNY."""
    return sums.cash + sums.long_value - sums.short_value - sums.principal - sums.accrued


@jit
def maintenance_ratio(sums: Totals) -> float:
    """Return the maintenance ratio (维持担保比例): assets over debt; infinite without debt. No haircut enters it."""
    debt = sums.principal + sums.short_value + sums.accrued
    return (sums.cash + sums.long_value) / debt if debt > 0.0 else np.inf


@jit
def available_margin(ledger: Ledger, price: Row, haircut: Row) -> float:
    """Return the available margin (保证金可用余额) in CNY at `price` (N,) and `haircut` (N,).

    Notes
    -----
    cash + collateral value x h + sum of each contract's gain x h or loss x 1 - sell amounts - principal x its ratio
    - shorted value x its ratio - accrued. Each contract keeps the ratio of its opening day. Financed shares enter only
    through their gain or loss. Source: SSE and SZSE margin trading rules, definition of 保证金可用余额.
    """
    margin = ledger.account[0]["cash"]
    for j in ledger.held[: ledger.account[0]["held"]]:
        if ledger.collateral[j] > 0.0:
            margin += ledger.collateral[j] * price[j] * haircut[j]
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        value = c["shares"] * price[c["symbol"]] if c["shares"] > 0.0 else 0.0
        if c["kind"] == SHORT:
            gain = c["sell_amount"] - value
            margin -= c["sell_amount"] + value * c["ratio"]
        else:
            gain = value - c["principal"]
            margin -= c["principal"] * c["ratio"]
        margin += (gain * haircut[c["symbol"]] if gain > 0.0 else gain) - c["accrued"] - c["compensation"]
    return margin


@jit
def locked_cash(ledger: Ledger) -> float:
    """Return the short proceeds that are held as security, in CNY."""
    locked = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        locked += ledger.contracts[i]["locked"]
    return locked


@jit
def available_cash(ledger: Ledger) -> float:
    """Return the cash that may be spent on anything: all cash less locked short proceeds, never below 0, in CNY."""
    return max(ledger.account[0]["cash"] - locked_cash(ledger), 0.0)


@jit
def payable(ledger: Ledger, released: float, proceeds_pay: bool) -> float:
    """Return the cash, in CNY, that may pay for covers, interest, fees and dividends owed.

    All of it, locked proceeds included; without `proceeds_pay` available cash and what a cover releases.
    """
    return ledger.account[0]["cash"] if proceeds_pay else available_cash(ledger) + released


@jit
def draw_proceeds(ledger: Ledger) -> None:
    """Take from the locked proceeds, of the oldest contract first, what the cash no longer covers.

    Notes
    -----
    To be called after a payment that may use them: buying back borrowed shares, interest, fees and dividends owed.
    Rule: SSE margin trading rules (上海证券交易所融资融券交易实施细则), article 17.
    """
    short_of = locked_cash(ledger) - max(ledger.account[0]["cash"], 0.0)
    for i in range(ledger.account[0]["open_contracts"]):
        if short_of <= 0.0:
            return
        c = ledger.contracts[i]
        drawn = min(c["locked"], short_of)
        c["locked"] -= drawn
        short_of -= drawn


@jit
def contract_shares(ledger: Ledger, kind: int, symbol: int, opened_before: int) -> float:
    """Return the shares of open contracts of `kind` in `symbol` that opened before day `opened_before`."""
    shares = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == kind and c["symbol"] == symbol and c["opened"] < opened_before:
            shares += c["shares"]
    return shares


@jit
def shares_held(ledger: Ledger, symbol: int, with_financed: bool) -> float:
    """Return the shares of `symbol` that a sale may draw on: collateral, and the financed ones where it repays."""
    shares = ledger.collateral[symbol]
    if with_financed:
        shares += contract_shares(ledger, FINANCING, symbol, ledger.account[0]["today"] + 1)
    return shares


@jit
def positions(ledger: Ledger, long: Row, short: Row) -> None:
    """Fill `long` (N,) with collateral and financed shares, and `short` (N,) with shares owed."""
    for j in range(long.size):
        long[j] = ledger.collateral[j]
        short[j] = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == SHORT:
            short[c["symbol"]] += c["shares"]
        else:
            long[c["symbol"]] += c["shares"]


@jit
def sweep(ledger: Ledger, closed: NDArray[np.void]) -> int:
    """Move the contracts that are closed into `closed` and return how many; the rest keep their order."""
    account = ledger.account[0]
    kept = moved = 0
    for i in range(account["open_contracts"]):
        if ledger.contracts[i]["closed"] == NOT_CLOSED:
            if kept < i:
                ledger.contracts[kept] = ledger.contracts[i]
            kept += 1
        else:
            closed[moved] = ledger.contracts[i]
            moved += 1
    account["open_contracts"] = kept
    account["closed_today"] = 0
    return moved
