"""Contracts of a credit account: opened, paid by age with interest first, returned in part, closed."""

from ..kernels.jit import jit
from ..kernels.prices import round_cent
from .credit import FINANCING, NOT_CLOSED, SHORT, Ledger, available_cash, draw_proceeds, hold, payable

DUST = 5e-7
"""CNY; a debt this near to a payment counts as paid by it, so that rounding leaves no contract behind."""


@jit
def returned_part(
    ledger: Ledger, symbol: int, shares: float, day_count: float, settle: bool
) -> tuple[float, float, float]:
    """Return what a return of `shares` settles, oldest contract first: borrow fee, proceeds, dividends owed, in CNY.

    With `settle` the contracts lose that part, sell amount and shares too; cash is the caller's to change.
    """
    fee = released = compensation = 0.0
    rest = shares
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if rest <= 0.0 or c["kind"] != SHORT or c["symbol"] != symbol or c["shares"] <= 0.0:
            continue
        taken = min(rest, c["shares"])
        part = taken / c["shares"]
        part_fee = payable_interest(ledger, part * (c["accrued"] + first_day(ledger, i, c["sell_amount"], day_count)))
        fee += part_fee
        released += part * c["locked"]
        compensation += part * c["compensation"]
        rest -= taken
        if settle:
            c["paid"] += part_fee
            c["amount_years"] += _first_years(ledger, i, part * c["sell_amount"], day_count)
            c["accrued"] -= part * c["accrued"]
            c["compensation"] -= part * c["compensation"]
            c["locked"] -= part * c["locked"]
            c["sell_amount"] -= part * c["sell_amount"]
            c["shares"] -= taken
            c["recalled"] = max(c["recalled"] - taken, 0.0)
            if c["shares"] <= 0.0:
                close_contract(ledger, i)
    return fee, released, compensation


@jit
def debt(ledger: Ledger, day_count: float) -> float:
    """Return what paying off every financing contract now would cost, in CNY, the minimum of one day included."""
    owed = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == FINANCING:
            owed += c["principal"] + payable_interest(
                ledger, c["accrued"] + first_day(ledger, i, c["principal"], day_count)
            )
    return owed


@jit
def pay_debt(ledger: Ledger, amount: float, symbol: int, day_count: float) -> tuple[float, float]:
    """Pay up to `amount` of cash towards financing contracts; return the interest and the principal paid, in CNY.

    Notes
    -----
    Contracts of `symbol` first, then the rest; each by age, its interest before its principal. A `symbol` of -1
    prefers none. A contract that is paid in full releases its shares to the collateral.
    """
    interest = principal = 0.0
    for preferred in range(2):
        for i in range(ledger.account[0]["open_contracts"]):
            c = ledger.contracts[i]
            if c["kind"] == FINANCING and c["closed"] == NOT_CLOSED and (c["symbol"] == symbol) == (preferred == 0):
                paid_interest, paid_principal = _pay_contract(ledger, i, amount, day_count)
                amount = max(amount - paid_interest - paid_principal, 0.0)
                interest += paid_interest
                principal += paid_principal
    ledger.account[0]["cash"] -= interest + principal
    draw_proceeds(ledger)
    return interest, principal


@jit
def _pay_contract(ledger: Ledger, i: int, amount: float, day_count: float) -> tuple[float, float]:
    """Pay up to `amount` towards contract `i`, without touching cash."""
    paid_interest, paid_principal = split_payment(ledger, i, amount, day_count)
    settle_payment(ledger, i, paid_interest, paid_principal, day_count)
    return paid_interest, paid_principal


@jit
def settle_payment(ledger: Ledger, i: int, interest: float, principal: float, day_count: float) -> None:
    """Take what was paid, in CNY, off financing contract `i`; the last of it releases its shares to the collateral."""
    c = ledger.contracts[i]
    c["paid"] += interest
    c["amount_years"] += _first_years(ledger, i, principal, day_count)
    c["accrued"] = left_of(ledger, c["accrued"], interest)
    c["principal"] = max(c["principal"] - principal, 0.0)
    _release_if_paid(ledger, i)


@jit
def _release_if_paid(ledger: Ledger, i: int) -> None:
    c = ledger.contracts[i]
    if c["principal"] <= 0.0 and c["accrued"] <= 0.0:
        released = c["shares"]
        bought = released if c["opened"] == ledger.account[0]["today"] else 0.0
        add_collateral(ledger, c["symbol"], released, bought, c["cost"])
        c["shares"] = c["cost"] = 0.0
        close_contract(ledger, i)


@jit
def split_payment(ledger: Ledger, i: int, amount: float, day_count: float) -> tuple[float, float]:
    """Return the interest and the principal that up to `amount` CNY pays of contract `i`."""
    c = ledger.contracts[i]
    least = first_day(ledger, i, c["principal"], day_count)
    due = payable_interest(ledger, c["accrued"] + least)
    if amount + DUST >= due + c["principal"]:
        return due, c["principal"]
    if least > 0.0:  # what is repaid on the opening day pays for one day; the rest accrues from its opening on
        interest = payable_interest(ledger, amount - amount / (1.0 + c["rate"] / day_count))
        return interest, amount - interest
    interest = min(amount, due)
    return interest, amount - interest


@jit
def payable_interest(ledger: Ledger, interest: float) -> float:
    """Return what is paid of `interest` CNY: half up to the cent where the account pays whole cents."""
    return round_cent(interest * (1.0 + 1e-12)) if ledger.account[0]["cents"] > 0 else interest


@jit
def left_of(ledger: Ledger, accrued: float, paid: float) -> float:
    """Return what is left of accrued interest after a payment; nothing where all of its whole cents were paid."""
    if ledger.account[0]["cents"] > 0 and paid + DUST >= payable_interest(ledger, accrued):
        return 0.0
    return max(accrued - paid, 0.0)


@jit
def can_repay(ledger: Ledger, amount: float, day_count: float, proceeds_pay: bool) -> bool:
    """Tell whether the account can pay `amount` CNY towards its debt, the oldest contract first.

    Notes
    -----
    Principal is paid from available cash only; interest from available cash, then from locked proceeds.
    """
    free = available_cash(ledger)
    if amount > payable(ledger, 0.0, proceeds_pay) + DUST:
        return False
    for i in range(ledger.account[0]["open_contracts"]):
        if ledger.contracts[i]["kind"] == FINANCING and amount > 0.0:
            interest, principal = split_payment(ledger, i, amount, day_count)
            free = max(free - interest, 0.0)
            if principal > free + DUST:
                return False
            free -= principal
            amount = max(amount - interest - principal, 0.0)
    return True


@jit
def first_day(ledger: Ledger, i: int, amount: float, day_count: float) -> float:
    """Return one day's interest on `amount` where contract `i` opened today: the least that it pays."""
    c = ledger.contracts[i]
    return amount * c["rate"] / day_count if c["opened"] == ledger.account[0]["today"] else 0.0


@jit
def _first_years(ledger: Ledger, i: int, amount: float, day_count: float) -> float:
    """Return `amount` x one day in years where contract `i` opened today: what the least interest is charged on."""
    return amount / day_count if ledger.contracts[i]["opened"] == ledger.account[0]["today"] else 0.0


@jit
def add_collateral(ledger: Ledger, symbol: int, shares: float, bought: float, cost: float) -> None:
    """Add `shares` that cost `cost` CNY to the collateral, `bought` of them locked by T+1."""
    if shares > 0.0:
        hold(ledger, symbol)
    ledger.collateral[symbol] += shares
    ledger.bought_today[symbol] += bought
    ledger.cost[symbol] += cost


@jit
def take_collateral(ledger: Ledger, symbol: int, shares: float) -> None:
    """Take `shares` off the collateral, with their part of its cost."""
    if shares > 0.0:
        left = ledger.collateral[symbol] - shares
        ledger.cost[symbol] *= left / ledger.collateral[symbol]
        ledger.collateral[symbol] = left


@jit
def take_financed(ledger: Ledger, symbol: int, shares: float, opened_before: int) -> float:
    """Take `shares` off the contracts that opened before a day, the oldest first; return how many they do not have.

    What is owed on them stays, and the part of the cost goes with the shares.
    """
    rest = shares
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == FINANCING and c["symbol"] == symbol and c["opened"] < opened_before:
            taken = min(c["shares"], rest)
            if taken > 0.0:
                c["cost"] *= (c["shares"] - taken) / c["shares"]
            c["shares"] -= taken
            rest -= taken
    return rest


@jit
def post_interest(ledger: Ledger, proceeds_pay: bool) -> float:
    """Pay accrued interest and borrow fees, the oldest contract first; return what was paid.

    From available cash, then, where they pay (`payable`), from the proceeds of short sales.
    """
    return _pay_accrued(ledger, proceeds_pay, False)


@jit
def settle_extended(ledger: Ledger, proceeds_pay: bool) -> float:
    """Pay the interest and fees of the contracts that were extended on that condition; as `post_interest`."""
    return _pay_accrued(ledger, proceeds_pay, True)


@jit
def _pay_accrued(ledger: Ledger, proceeds_pay: bool, of_extended: bool) -> float:
    cash = payable(ledger, 0.0, proceeds_pay)
    posted = 0.0
    ledger.account[0]["settling"] = 0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if of_extended and c["settles"] == 0:
            continue
        c["settles"] = 0
        part = max(min(payable_interest(ledger, c["accrued"]), cash - posted), 0.0)
        c["accrued"] = left_of(ledger, c["accrued"], part)
        c["paid"] += part
        posted += part
        if c["kind"] == FINANCING and c["closed"] == NOT_CLOSED:
            _release_if_paid(ledger, i)
    ledger.account[0]["cash"] -= posted
    draw_proceeds(ledger)
    return posted


@jit
def open_contract(ledger: Ledger, kind: int, symbol: int, shares: float, rate: float, ratio: float) -> int:
    """Open a contract with zero amounts and return its row."""
    account = ledger.account[0]
    row = account["open_contracts"]
    account["open_contracts"] += 1
    account["last_id"] += 1
    c = ledger.contracts[row]
    c["id"] = account["last_id"]
    c["kind"] = kind
    c["symbol"] = symbol
    c["opened"] = account["today"]
    c["due"] = account["due"]
    c["closed"] = NOT_CLOSED
    c["extensions"] = c["settles"] = 0
    c["told"] = c["unpaid"] = c["recall_due"] = c["recall_told"] = 0
    c["recalled"] = 0.0
    c["rate"] = rate
    c["ratio"] = ratio
    c["opened_shares"] = shares
    c["shares"] = shares
    c["opened_amount"] = c["cost"] = c["principal"] = c["sell_amount"] = c["locked"] = 0.0
    c["accrued"] = c["compensation"] = c["paid"] = c["amount_years"] = 0.0
    return row


@jit
def close_contract(ledger: Ledger, i: int) -> None:
    """Close contract `i` today; it keeps its row until the close."""
    ledger.contracts[i]["closed"] = ledger.account[0]["today"]
    ledger.account[0]["closed_today"] += 1
