"""Securities whose code tells another board than the one that the configuration gives to all."""

from collections.abc import Iterable

from ..errors import DataError
from ..rulebook import board_of


def overridden(symbols: Iterable[str], board: str) -> list[str]:
    """Return the securities with their boards, such as "688001.SH star"; those whose code tells none are left out."""
    told = ((symbol, _told(symbol)) for symbol in symbols)
    return [f"{symbol} {own}" for symbol, own in told if own not in ("", board)]


def _told(symbol: str) -> str:
    """Return the board that a code tells; empty where it tells none."""
    try:
        return board_of(symbol).name.lower()
    except DataError:
        return ""
