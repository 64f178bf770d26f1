"""What the reader of a replay has to know of the file: what of it was not followed, not compared, or is no line."""

from collections import Counter
from collections.abc import Iterator, Sequence

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
        yield (
            f"Lines of the file that the account does not follow: {len(outside)} ({_reasons(outside)}), "
            f"{_places([row.line for row in outside])}. By the file they changed the cash by {cash:,.2f} CNY, which "
            "the ledger does not have; the cash after later lines is compared with it taken in."
        )
    of_itself = [row for row in file.rows if row.booking == BY_ITSELF]
    if of_itself:
        yield (
            "Lines that stand for what the account does by itself, not compared: "
            f"{len(of_itself)} ({_reasons(of_itself)}), {_places([row.line for row in of_itself])}."
        )
    if file.skipped:
        yield f"Rows of totals or remarks, which are no lines: {len(file.skipped)} ({'; '.join(file.skipped)})."
    if file.passed:
        yield f"Columns that were not compared, another one says the same: {', '.join(file.passed)}."
    if unknown:
        yield (
            f"Payments on contracts whose numbers no line and no debt query explains: {len(unknown)}, "
            f"{_places(unknown)}; the ledger paid the oldest contracts first."
        )
    if query_day:
        yield f"The debt query of {query_day} was not compared: the run has no such session."


def _reasons(rows: Sequence[StatedOrder]) -> str:
    why = {**OUTSIDE_WORDS, **SELF_WORDS}
    counts = Counter(row.word for row in rows)
    return "; ".join(f"{word} {count}: {why.get(word, 'as its plain name')}" for word, count in counts.items())


def _places(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:_SHOWN]))}{more}"
