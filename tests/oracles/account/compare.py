"""The first difference between what the oracle and an engine say, readably."""

import math
from itertools import zip_longest

TOLERANCE = 1e-6
EQUITY = (
    "cash",
    "long_value",
    "short_value",
    "principal",
    "accrued",
    "equity",
    "maintenance_ratio",
    "available_margin",
)


def differences(run, result, silent=frozenset()):
    """Return all differences, those of the earliest session first.

    Parameters
    ----------
    run : Run
        Of the oracle, finished.
    result : Result
        Of an engine.
    silent : set of (str, str)
        Pairs of reasons between which the ledger does not choose.

    Returns
    -------
    list of (date, str)
    """
    found = [*_equity(run, result), *_fills(run, result), *_refusals(run, result)]
    found += [*_events(run, result), *_forced(run, result), *_contracts(run, result)]
    rank = {"fills": 0, "refusals": 1, "forced_sales": 2, "equity": 3, "margin_events": 4, "contracts": 5}
    return sorted(found, key=lambda row: (row[0], rank[row[1].split()[0].rstrip(":")]))


def close_to(ours, theirs, tolerance=TOLERANCE):
    if ours is None or theirs is None:
        return ours is None and (theirs is None or theirs != theirs)
    ours, theirs = float(ours), float(theirs)
    if math.isinf(ours) or math.isinf(theirs):
        return ours == theirs
    return abs(ours - theirs) <= tolerance * max(1.0, abs(ours) * 1e-3)


def day_of(stamp):
    return None if stamp != stamp or stamp is None else stamp.date()


def _equity(run, result):
    for ours, theirs in zip(run.closes, result.equity.to_dict("records"), strict=True):
        assert ours.day == theirs["date"].date()
        for name in EQUITY:
            if not close_to(getattr(ours, name), theirs[name]):
                yield ours.day, f"equity {name}: oracle {show(getattr(ours, name))}, engine {show(theirs[name])}"


def show(value):
    return f"{float(value):,.6f}" if isinstance(value, int | float) or hasattr(value, "numerator") else str(value)


def _by_day(rows, day):
    grouped = {}
    for row in rows:
        grouped.setdefault(day(row), []).append(row)
    return grouped


def _rows(table, ours, theirs):
    """Yield where two lists of rows (each a dict) of one day differ."""
    for day in sorted(set(ours) | set(theirs)):
        mine, other = ours.get(day, []), theirs.get(day, [])
        if len(mine) != len(other) or not all(map(_same, mine, other)):
            pairs = zip_longest(mine, other)
            k = next(k for k, (a, b) in enumerate(pairs) if a is None or b is None or not _same(a, b))
            yield day, f"{table} (row {k} of the day):\n    oracle {_lines(mine[k : k + 1])}\n    engine {_lines(other[k : k + 1])}"


def _lines(rows):
    shown = ({name: value for name, value in row.items() if name != "date"} for row in rows)
    return " | ".join(" ".join(f"{name}={_cell(value)}" for name, value in row.items()) for row in shown) or "none"


def _cell(value):
    return f"{float(value):.6g}" if hasattr(value, "numerator") and not isinstance(value, bool) else str(value)


def _same(mine, other):
    for name, value in mine.items():
        theirs = other[name]
        if isinstance(value, frozenset):
            if theirs not in value:
                return False
        elif value is None:
            if not (theirs is None or theirs != theirs):
                return False
        elif isinstance(value, str) or hasattr(value, "year"):
            if value != theirs:
                return False
        elif not close_to(value, theirs):
            return False
    return True


def fill_row(fill):
    fees = fill.fees
    return {
        "symbol": fill.symbol,
        "kind": fill.kind,
        "shares": fill.shares,
        "price": fill.price,
        "value": fill.value,
        "commission": fees.commission,
        "stamp_duty": fees.duty,
        "transfer_fee": fees.transfer,
        "interest": fill.interest,
    }


def _fills(run, result):
    ours = _by_day(run.fills, lambda fill: fill.day)
    theirs = _by_day(result.fills.to_dict("records"), lambda row: row["date"].date())
    yield from _rows("fills", {day: [fill_row(f) for f in rows] for day, rows in ours.items()}, theirs)


def _refusals(run, result):
    ours = {}
    for row in run.refusals:
        text = {"symbol": row.symbol, "kind": row.kind, "shares": row.shares, "reason": row.reasons}
        ours.setdefault(row.day, []).append(text)
    theirs = _by_day(result.refusals.to_dict("records"), lambda row: row["date"].date())
    yield from _rows("refusals", ours, theirs)


def _events(run, result):
    ours = {}
    for event in run.desk.events:
        row = {"event": event.event, "ratio": event.ratio, "deadline": event.deadline, "contract": event.contract}
        ours.setdefault(event.day, []).append(row)
    theirs = _by_day(result.margin_events.to_dict("records"), lambda row: row["date"].date())
    for rows in theirs.values():
        for row in rows:
            row["deadline"] = day_of(row["deadline"])
    yield from _rows("margin_events", ours, theirs)


def _forced(run, result):
    ours = {}
    for sale in run.desk.sales:
        row = {"cause": sale.cause, "symbol": sale.symbol, "kind": sale.kind, "wanted": sale.wanted, "done": sale.done}
        ours.setdefault(sale.day, []).append(row)
    theirs = _by_day(result.forced_sales.to_dict("records"), lambda row: row["date"].date())
    yield from _rows("forced_sales", ours, theirs)


def _contracts(run, result):
    """Compare every contract from opening to closing; a difference is dated by its closing, or by the last session."""
    theirs = sorted(result.contracts.to_dict("records"), key=lambda row: row["id"])
    last = run.sessions[-1]
    if len(theirs) != len(run.book.every):
        yield last, f"contracts count: oracle {len(run.book.every)}, engine {len(theirs)}"
        return
    for ours, row in zip(run.book.every, theirs, strict=True):
        mine = {"kind": ours.kind, "symbol": ours.symbol, "opened": ours.opened, "closed": ours.closed, "due": ours.due}
        mine |= {"shares": ours.first[0], "rate": ours.rate, "interest": ours.paid + ours.interest}
        mine |= {"principal" if ours.kind == "financing" else "sell_amount": ours.first[1]}
        row = {**row, **{name: day_of(row[name]) for name in ("opened", "due", "closed")}}
        if not _same(mine, row):
            yield ours.closed or last, f"contracts {ours.number}:\n    oracle {_lines([mine])}\n    engine {_lines([row])}"
