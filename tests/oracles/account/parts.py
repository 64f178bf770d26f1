"""What the change of equity consists of, by the oracle's own books."""

import math
from fractions import Fraction

from .compare import same

ZERO = Fraction(0)


def parts_of(run):
    """Return the CNY of each component of a finished run; `price_pnl` is what the others leave of the change."""
    moved = [row for row in run.moves.rows if not row.reasons]
    fees = [fill.fees for fill in run.fills]
    charged = {kind: [c.paid + c.interest for c in run.book.every if c.kind == kind] for kind in ("financing", "short")}
    parts = {
        "dividends": run.book.dividends,
        "dividends_owed": -run.book.dividends_owed,
        "commission": -sum((fee.commission for fee in fees), ZERO),
        "stamp_duty": -sum((fee.duty for fee in fees), ZERO),
        "transfer_fee": -sum((fee.transfer for fee in fees), ZERO),
        "financing_interest": -sum(charged["financing"], ZERO),
        "borrow_fee": -sum(charged["short"], ZERO),
        "interest_received": run.book.credited,
        "cash_flow": sum((row.amount for row in moved if not row.symbol), ZERO),
        "transfers": sum((row.amount for row in moved if row.symbol), ZERO),
    }
    parts["price_pnl"] = run.closes[-1].equity - run.start_equity - sum(parts.values())
    return parts


def wrong_parts(run, result):
    """Return (last session, text) of every component of a `result` that differs, and of parts that do not sum up."""
    if run.desk.doubts:
        return []
    told, found = result.attribution.groupby("component")["amount"].sum(), []
    for name, amount in parts_of(run).items():
        if not same(amount, told.get(name, 0.0)):
            found.append((run.sessions[-1], f"attribution, {name}: oracle {float(amount):.8g} engine {told.get(name)}"))
    change = result.equity["equity"].iloc[-1] - float(run.start_equity)
    total = math.fsum(result.attribution["amount"])
    if abs(total - change) > 1e-6:
        found.append((run.sessions[-1], f"attribution sums to {total!r}, not {change!r}"))
    return found
