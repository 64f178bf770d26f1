"""What the word of a delivery order's row says: an order, a payment, a booking, or nothing that the account does."""

from typing import NamedTuple

from ..types import OrderKind
from .broker_words import (
    BOOKINGS,
    BY_ITSELF,
    FORCED_KINDS,
    FORCED_PREFIXES,
    KINDS,
    OUTSIDE,
    OUTSIDE_WORDS,
    PARTS,
    PREFIXES,
    SELF_WORDS,
    SUFFIXES,
)


class Named(NamedTuple):
    """What the word of a row says."""

    word: str
    kind: OrderKind | None = None
    booking: str = ""
    is_forced: bool = False
    part: str = ""

    @property
    def is_account(self) -> bool:
        """Return whether the row carries figures of the account and is no line."""
        return self.kind is None and not self.booking


def named(word: str, is_bought: bool) -> Named | None:
    """Return what the word of a row says; `is_bought` where only a side tells. None for an unknown one."""
    plain = word.lower().replace(" ", "_").replace("-", "_")
    return _known(word, plain, is_bought) or next(
        (found for shorter in _shortened(plain) if (found := _known(word, shorter, is_bought)) is not None), None
    )


def all_words() -> tuple[str, ...]:
    """Return every word that `named` knows by itself."""
    return tuple({**KINDS, **PARTS, **BOOKINGS, **FORCED_KINDS, **OUTSIDE_WORDS, **SELF_WORDS})


def _known(word: str, plain: str, is_bought: bool) -> Named | None:
    if plain in KINDS:
        return Named(word, KINDS[plain])
    if plain in PARTS:
        return Named(word, OrderKind.REPAY, part=PARTS[plain])
    if plain in BOOKINGS:
        return Named(word, booking=BOOKINGS[plain])
    if plain in OUTSIDE_WORDS:
        return Named(word, booking=OUTSIDE)
    if plain in SELF_WORDS:
        return Named(word, booking=BY_ITSELF)
    if plain in FORCED_KINDS:
        kind = FORCED_KINDS[plain]
        return Named(word, kind or (OrderKind.BUY_TO_RETURN if is_bought else OrderKind.SELL_TO_REPAY), is_forced=True)
    for prefix in FORCED_PREFIXES:
        rest = plain.removeprefix(prefix).strip("_:")
        kind = KINDS.get(rest) if rest != plain else None
        if kind is not None:  # what is repaid without a sale is the same whoever asks for it
            return Named(word, kind, is_forced=kind is not OrderKind.REPAY and kind is not OrderKind.RETURN_SHARES)
    return None


def _shortened(plain: str) -> list[str]:
    """Return a word without what stands before or after it and changes nothing."""
    made = [plain.removesuffix(suffix) for suffix in SUFFIXES]
    made += [word.removeprefix(prefix) for word in (plain, *made) for prefix in PREFIXES]
    return [word for word in dict.fromkeys(made) if word and word != plain]
