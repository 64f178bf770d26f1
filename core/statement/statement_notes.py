"""What the reader of a replay has to know of the file: what of it was not followed, not compared, or is no line."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ..pages.language import joined, say
from .broker_words import BY_ITSELF, OUTSIDE, OUTSIDE_WORDS, SELF_WORDS
from .order_list import OrderList, StatedOrder

_SHOWN = 8


def notes_of(file: OrderList, unknown: Sequence[int], query_day: str) -> tuple[str, ...]:
    """Return the sentences.

    Parameters
    ----------
    file : OrderList
    unknown : sequence of int
        Lines of payments whose contract nothing in the files tells.
    query_day : str
        Day of a debt query that is no session of the run; "" = it was compared, or there is none.
    """
    return tuple(_notes(file, unknown, query_day))


def _notes(file: OrderList, unknown: Sequence[int], query_day: str) -> Iterator[str]:
    outside = [row for row in file.rows if row.booking == OUTSIDE]
    if outside:
        cash = sum(row.figures.get("net", 0.0) for row in outside)
        yield say(
            "Lines of the file that the account does not follow: {n} ({reasons}), {places}. By the file they changed "
            "the cash by {cash} CNY, which the ledger does not have; the cash after later lines is compared with it "
            "taken in.",
            **_told(outside),
            cash=f"{cash:,.2f}",
        )
    of_itself = [row for row in file.rows if row.booking == BY_ITSELF]
    if of_itself:
        yield say(
            "Lines that stand for what the account does by itself, not compared: {n} ({reasons}), {places}.",
            **_told(of_itself),
        )
    if file.skipped:
        told = {"n": len(file.skipped), "rows": "; ".join(file.skipped)}
        yield say("Rows of totals or remarks, which are no lines: {n} ({rows}).", **told)
    if file.passed:
        passed = joined(file.passed, "{one}, {other}")
        yield say("Columns that were not compared, another one says the same: {columns}.", columns=passed)
    if unknown:
        yield say(
            "Payments on contracts whose numbers no line and no debt query explains: {n}, {places}; the ledger paid "
            "the oldest contracts first.",
            n=len(unknown),
            places=_places(unknown),
        )
    if query_day:
        yield say("The debt query of {day} was not compared: the run has no such session.", day=query_day)


def _told(rows: Sequence[StatedOrder]) -> dict[str, Any]:
    """Return how many lines there are, why, and where."""
    why = {**OUTSIDE_WORDS, **SELF_WORDS}
    counts = Counter(row.word for row in rows)
    reasons = [
        say("{what} {n}: {why}", what=word, n=count, why=why.get(word, "as its plain name"))
        for word, count in counts.items()
    ]
    return {
        "n": len(rows),
        "reasons": joined(reasons, "{one}; {other}"),
        "places": _places([row.line for row in rows]),
    }


def _places(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN]))
    if len(lines) == 1:
        return say("line {n}", n=shown)
    if len(lines) > _SHOWN:
        return say("lines {numbers} and {n} more", numbers=shown, n=len(lines) - _SHOWN)
    return say("lines {numbers}", numbers=shown)
