"""Random histories of a credit account, and one with everything on: due days, calls, forced sales, dividends."""

from dataclasses import dataclass, field

import numpy as np
from liangrong.core.account import calls
from liangrong.core.account.costs import CostTerms
from liangrong.core.account.sale_size import SaleRule
from liangrong.core.types import OrderKind

from .ledger_bridge import Twins, dealing, decimal, order, sale_rule, terms
from .ledger_risk import Watch

BRINGS_ABOUT = {
    OrderKind.SELL: OrderKind.BUY,
    OrderKind.SELL_TO_REPAY: OrderKind.MARGIN_BUY,
    OrderKind.BUY_TO_RETURN: OrderKind.SHORT_SELL,
    OrderKind.RETURN_SHARES: OrderKind.SHORT_SELL,
}
"""Kind -> the order that gives it something to act on."""


def stock_of(oracle, kind, symbol):
    """Return the shares that an order of `kind` could end with: held or owed; None where it needs none."""
    if kind in (OrderKind.BUY_TO_RETURN, OrderKind.RETURN_SHARES):
        return int(oracle.owed(symbol))
    if kind == OrderKind.SELL_TO_REPAY:
        return int(oracle.held(symbol))
    return int(oracle.own[symbol]) if kind == OrderKind.SELL else None


def directed(oracle, kind, symbol, number):
    """Turn three of four orders that have nothing to act on into ones that have, or that bring it about."""
    stocks = [stock_of(oracle, kind, j) for j in range(len(oracle.own))]
    if number % 4 == 0 or stocks[0] is None:
        return kind, symbol
    stocked = [j for j in range(len(oracle.own)) if stocks[j]]
    if not stocked:
        return BRINGS_ABOUT[kind], symbol
    symbol = stocked[symbol % len(stocked)]
    return (OrderKind.BUY if kind == OrderKind.RETURN_SHARES and not oracle.own[symbol] else kind), symbol


def shares_asked(twins, kind, symbol, mode, number, price):
    """Return how many shares an order asks for: lots, an odd count, or what the account holds, owes or can afford."""
    stock = stock_of(twins.oracle, kind, symbol)
    if mode in ("lots", "odd") or (stock is None and mode == "half"):
        odd = number if number % 10 else 1  # one share is worth less than the least commission
        return odd if mode == "odd" else number // 20 * 100
    if stock is not None:
        return {"all": stock, "half": stock // 200 * 100 or stock // 2}.get(mode, stock + number)
    return affordable(twins, kind, price) - (100 if mode == "cash" else 0)


def affordable(twins, kind, price):
    """Return the lots that cash or margin would carry, or the shares with which the credit line is just drawn."""
    kernel = twins.kernel
    if kind == OrderKind.BUY:
        return kernel.available_cash / price // 100 * 100
    ratio = kernel.terms.short_ratio if kind == OrderKind.SHORT_SELL else kernel.terms.financing_ratio
    base = f"{'short' if kind == OrderKind.SHORT_SELL else 'financing'}_ratio_base"
    ratio = max(ratio, getattr(kernel.terms.options, base) - kernel.haircut.min())
    lots = kernel.margin / ratio / price // 100 * 100
    line = kernel.terms.options.credit_line - kernel.sums.principal - kernel.sums.short_value
    return min(lots, np.floor(line / price))


def volume_left(number):
    """Return the shares that the session's volume leaves, now and then few or none."""
    return number % 5 * 100.0 if number % 7 == 0 else np.inf


def amount_asked(oracle, mode, number, day_count):
    owed = float(oracle.debt(day_count))
    choices = {"all": 1e12, "half": round(owed / 2, 2), "cash": round(float(oracle.available_cash()) - 0.05, 2)}
    return choices.get(mode, number * 7.77)


# ---- everything on --------------------------------------------------------------------------------------------------

COSTS = CostTerms(0.00025, 5.0, 0.0005, 0.00001)
TIERS = {"tier_below": np.array([1.6, 2.2]), "tier_share": np.array([0.75, 0.9])}
CONDITIONS = (
    terms(COSTS, financing_ratio=0.5, short_ratio=0.5, financing_rate=0.0835, borrow_rate=0.1035, warn=1.3),
    terms(COSTS, financing_ratio=0.6, short_ratio=0.5, finances_fees=False, cover_delay=0, warn=1.4),
    terms(
        COSTS, financing_ratio=0.5, financing_ratio_base=1.3, short_ratio_base=1.2, short_ratio=0.6, warn=1.2, **TIERS
    ),
)
LINES = (
    calls.Lines(1.4, 1.3, 1.3, 1.4, 1.1, 1),
    calls.Lines(1.45, 1.3, 1.5, 1.5, 1.1, 2),  # the statutory two sessions and 150 %
    calls.Lines(1.3, 1.3, 1.3, 1.31, 1.2, 0),
    calls.Lines(1.5, 1.4, 1.45, 2.0, 1.15, 3),
)
LOTS = dealing([100.0, 100.0, 200.0, 100.0], [100.0, 100.0, 1.0, 1.0])
START = np.array([10.0, 3.37, 81.52, 25.1])
MODES = ("lots", "lots", "all", "half", "odd", "cash")
OPENING = ((0, 2, 2), (0, 5, 5, 2), (5, 5), (0, 2, 5))  # with what an account fills its margin on the first day


@dataclass
class Story:
    """What one random history met."""

    twins: Twins
    is_tied: bool = False
    forced: dict[str, int] = field(default_factory=dict)
    due: int = 0
    sessions: int = 0


def eventful(rng: np.random.Generator) -> Story:
    """Run one random history with everything on: both accounts, the judgement of every close and forced order."""
    conditions, lines = CONDITIONS[rng.integers(len(CONDITIONS))], LINES[rng.integers(len(LINES))]
    rule = sale_rule(int(rng.integers(3)), lines.restore, conditions.costs, bool(rng.random() < 0.5))
    by_value, posts = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    day, drift = 0, float(rng.choice((-0.18, -0.08, -0.03, 0.03)))
    twins = Twins.open(float(rng.choice((31_234.5, 500_000.0, 7_000_000.25))), len(START), 0, conditions)
    twins.kernel.term = int(rng.choice((20, 60, 180)))
    story, watch, price = Story(twins), Watch(twins.oracle), START.copy()
    haircut = np.array([0.7, 0.65, 0.5, 0.0])
    for t in range(int(rng.integers(8, 20))):
        story.sessions += 1
        day += int(rng.choice((1, 1, 1, 3, 10)))
        last, price = price, moved(price, rng, drift)
        twins.session(day, price, haircut, conditions, last if by_value else None)
        price = twins.kernel.price = acted(twins, price, rng)
        if posts and day % 30 < 5:
            twins.post()
        twins.compare()
        is_fine = desk_at_open(story, rule, {int(j) for j in np.flatnonzero(rng.random(len(price)) < 0.15)})
        kinds = OPENING[rng.integers(len(OPENING))] if t == 0 else rng.integers(0, 8, rng.integers(0, 4))
        mode = "cash" if t == 0 else None
        is_fine = is_fine and all(random_order(twins, OrderKind(int(kind)), mode, price, rng) for kind in kinds)
        if is_fine:
            price = twins.kernel.price = moved(price, rng, drift)
            is_fine = twins.close(lines, t, watch)
        if not is_fine:
            story.is_tied = True
            break
        twins.compare()
    return story


def moved(price, rng, drift):
    return np.maximum(np.round(price * np.exp(rng.normal(drift, 0.06, len(price))), 2), 0.3)


def acted(twins: Twins, price, rng):
    """Pay a dividend or give new shares, some days; return the prices that are left."""
    if rng.random() > 0.25:
        return price
    j = int(rng.integers(len(price)))
    cash, ratio, tax = (float(rng.choice(c)) for c in ((0.0, 0.12, 0.5), (0.0, 0.1, 0.57, 1.0), (0.0, 0.2)))
    cash = min(cash, round(price[j] / 4, 2))
    twins.act(j, cash, ratio, tax)
    left = price.copy()
    left[j] = max(round((price[j] - cash) / (1.0 + ratio), 2), 0.3)
    return left


def desk_at_open(story: Story, rule: SaleRule, blocked: set[int]) -> bool:
    """Close what is due and sell what is due to be sold."""
    twins = story.twins
    account = twins.kernel.ledger.account[0]
    rows = twins.kernel.contracts
    for identity in rows["id"][rows["due"] < account["today"]].tolist():
        story.due += 1
        if not twins.due_sale(identity, rule, LOTS, blocked):
            return False
        twins.compare()
    state = twins.oracle.state
    if state not in ("forced", "insolvent"):
        return True
    story.forced[state] = story.forced.get(state, 0) + 1
    is_fine = twins.forced_sale(rule, LOTS, blocked)
    if is_fine:
        twins.compare()
    return is_fine


def random_order(twins: Twins, kind: OrderKind, mode: str | None, price, rng) -> bool:
    number, mode = int(rng.integers(1, 900)), mode or str(rng.choice(MODES))
    kind, symbol = directed(twins.oracle, kind, int(rng.integers(len(price))), number)
    shares = shares_asked(twins, kind, symbol, mode, number, price[symbol])
    shares = shares if np.isfinite(shares) else 0.0
    amount = amount_asked(twins.oracle, mode, number, decimal(twins.kernel.terms.day_count))
    paid = round(price[symbol] * float(rng.choice((1.0, 1.0, 1.004))), 4)
    most = volume_left(number)
    return twins.do(order(kind, symbol, shares, paid, amount=amount, lot=int(LOTS.step[symbol]), most=most))
