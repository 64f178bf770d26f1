"""The first difference between what the oracle and an engine say, readably."""

import math
from itertools import zip_longest

from .tables import of_result, of_run

TOLERANCE = 1e-6
ORDER = ("flows", "fills", "refusals", "forced_sales", "equity", "margin_events", "contracts")
"""What is the cause stands before what follows from it."""


def differences(run, result, ordered=True):
    """Return the differences of an engine's `result` from the oracle's `run`, the earliest session first.

    Parameters
    ----------
    run : Run
        Of the oracle, finished.
    result : Result
    ordered : bool
        Whether the oracle knows in which order the refused orders of a session came.

    Returns
    -------
    list of (date, str)
        Of each table and session the first row that differs; what only the engine's rows have is not compared.

    Notes
    -----
    Money to 1e-6 CNY (a billionth of large sums, as floats have them). A refusal agrees where the engine's reason is
    one of all that the ledger knows against the order: the ledger does not rank them. From the first session on that
    the run has doubts about (`Desk.doubts`) nothing is compared.
    """
    ours, theirs = of_run(run), of_result(result)
    if not ordered:
        for rows in (ours["refusals"], theirs["refusals"]):
            rows.sort(key=lambda row: (row["date"], row["symbol"], row["kind"], row["shares"]))
    found = []
    for rank, name in enumerate(ORDER):
        mine, other = _by_day(ours[name], run.sessions[-1]), _by_day(theirs[name], run.sessions[-1])
        for day in set(mine) | set(other):
            text = _first(mine.get(day, []), other.get(day, []))
            if text:
                found.append((day, rank, f"{name}{text}"))
    doubtful = min((day for day, _ in run.desk.doubts), default=None)
    return [(day, text) for day, rank, text in sorted(found) if doubtful is None or day < doubtful]


def _by_day(rows, last):
    grouped = {}
    for row in rows:
        grouped.setdefault(row["date"] or last, []).append(row)
    return grouped


def _first(mine, other):
    for k, (a, b) in enumerate(zip_longest(mine, other)):
        if a is None or b is None:
            return f", row {k} of the day:\n    oracle {_line(a)}\n    engine {_line(b)}"
        idle = a.get("done") == 0 == b.get("done")  # what was wanted of a forced order that met no market is no matter
        wrong = [name for name in a if not (idle and name == "wanted") and not same(a[name], b[name])]
        if wrong:
            return f", row {k} of the day, {', '.join(wrong)}:\n    oracle {_line(a)}\n    engine {_line(b)}"
    return ""


def same(ours, theirs):
    """Return whether a value of the oracle and one of the engine are the same."""
    if isinstance(ours, frozenset):
        return theirs in ours
    if ours is None or theirs is None or isinstance(ours, str) or hasattr(ours, "year"):
        return ours == theirs
    ours, theirs = float(ours), float(theirs)
    if math.isinf(ours) or math.isinf(theirs):
        return ours == theirs
    return abs(ours - theirs) <= TOLERANCE * max(1.0, abs(ours) * 1e-3)


def _line(row):
    return (
        "none" if row is None else " ".join(f"{name}={_cell(value)}" for name, value in row.items() if name != "date")
    )


def _cell(value):
    if isinstance(value, frozenset):
        return "|".join(sorted(value))
    is_number = hasattr(value, "numerator") or isinstance(value, float)
    return f"{float(value):.8g}" if is_number else str(value)
