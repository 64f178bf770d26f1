"""Codes of securities as people write them -> symbols such as ``600519.SH``, and the answer to one that is none."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from .errors import nearest

SUFFIXES = {
    **dict.fromkeys(("SH", "SS", "SSE", "SHSE", "XSHG"), "SH"),
    **dict.fromkeys(("SZ", "SZSE", "XSHE"), "SZ"),
    **dict.fromkeys(("BJ", "BSE", "BJSE", "XBSE"), "BJ"),
    "TW": "TW",
}
"""Exchange as files and other programs name it -> suffix of a symbol."""

_MAINLAND = (".SH", ".SZ", ".BJ")
_TAIWAN = (".TW", ".TWO")
_RANGES = ("5 6 900 SH", "0 15 16 18 20 30 39 SZ", "43 83 87 92 BJ")
_AFFIXED = re.compile(r"(?:(?P<head>[A-Z]{2,4})\.?)?(?P<code>\d{1,6})(?:\.?(?P<tail>[A-Z]{2,4}))?")
_NUMBERED = re.compile(r"(?P<market>[01])\.(?P<code>\d{6})")
_CANONICAL = re.compile(r"\d{6}\.(SH|SZ|BJ)")
_INDICES = "000"
"""With these digits begin Shanghai's indices and Shenzhen's shares."""


def parts(code: str) -> tuple[str | None, str] | None:
    """Return the exchange as written (None where it is not) and the digits of a code; None where it is no code.

    Full-width signs count as plain ones, letters of either case as capitals, blanks as nothing.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", code)).upper()
    match = _AFFIXED.fullmatch(text)
    return None if match is None else (match["tail"] or match["head"], match["code"])


def of_taiwan(symbol: str) -> bool:
    """Return whether a symbol is of Taiwan, whose amounts are TWD."""
    return symbol.endswith(_TAIWAN)


def of_mainland(symbol: str) -> bool:
    """Return whether a symbol is of an exchange of the mainland, whose amounts are CNY."""
    return symbol.endswith(_MAINLAND)


def exchange_of_range(code: str) -> str | None:
    """Return the exchange to whose code range a six-digit `code` belongs; None where it is in none."""
    for row in _RANGES:
        *prefixes, market = row.split()
        if code.startswith(tuple(prefixes)):
            return market
    return None


def spellings(code: str) -> tuple[str, ...]:
    """Return the symbols that `code` may mean.

    Parameters
    ----------
    code : str
        Such as ``600519``, ``sh600519``, ``600519.XSHG``, ``1.600519``, ``BJ830799``, ``１５９９１５``.

    Returns
    -------
    tuple of str
        ``("600519.SH",)``; a share and an index for ``000001``, which is both; none where it is no mainland code.
    """
    numbered = _NUMBERED.fullmatch(unicodedata.normalize("NFKC", code).strip())
    if numbered:
        return (f"{numbered['code']}.{('SZ', 'SH')[int(numbered['market'])]}",)
    found = parts(code)
    if found is None:
        return ()
    named, digits = found
    full = digits.zfill(6)
    if named is not None:
        market = SUFFIXES.get(named)
        return () if market in (None, "TW") else (f"{full}.{market}",)
    if full.startswith(_INDICES):
        return f"{full}.SZ", f"{full}.SH"
    market = exchange_of_range(full)
    return () if market is None else (f"{full}.{market}",)


def is_canonical(symbol: str) -> bool:
    """Return whether a symbol has six digits, a point and the suffix of a mainland exchange."""
    return _CANONICAL.fullmatch(symbol) is not None


def is_misspelt(symbol: str) -> bool:
    """Return whether a text is a mainland code that is spelt otherwise than ``600519.SH``."""
    return bool(spellings(symbol)) and not is_canonical(symbol)


def is_no_symbol(text: str) -> bool:
    """Return whether a text can be the symbol of no security: a code that is misspelt, or a Chinese name."""
    return is_misspelt(text) or not text.isascii()


def instead(symbol: str, known: Collection[str] = ()) -> str:
    """Say what to write in the place of a symbol that the data do not have.

    Parameters
    ----------
    symbol : str
    known : collection of str
        The symbols of the data; empty where they do not matter.

    Returns
    -------
    str
        ``write '600519.SH'``; else the nearest symbols of the data; empty where nothing is near.
    """
    meant = [one for one in _meant(symbol, known) if one != symbol]
    here = [one for one in meant if one in known] or meant
    if not meant and not symbol.isascii():
        return "write its code, such as '600519.SH'"
    words = " or ".join(_explained(one, len(here) > 1) for one in here)
    if here and (not known or here[0] in known):
        return f"write {words}"
    near = nearest(meant[0] if meant else symbol, known, 3)
    had = f"the nearest that they have: {', '.join(near)}" if near else ""
    spelt = f"it is spelt {words}, which they do not have either" if here else ""
    return "; ".join(part for part in (spelt, had) if part)


def _meant(symbol: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the symbols that one may mean, of the market that the data are of."""
    if not known or not all(map(of_taiwan, known)):
        return spellings(symbol)
    found = parts(symbol)
    return () if found is None else tuple(one for tail in _TAIWAN if (one := f"{found[1]}{tail}") in known)


def quoted(number: Any) -> str:
    """Say how to write a code that arrived as a number."""
    meant = spellings(str(number)) or ("600519.SH",)
    words = " or ".join(_explained(one, len(meant) > 1) for one in meant)
    return f"is a number, and a code is a text: quote it, {words}"


def remedies(symbols: Sequence[str], known: Collection[str]) -> str:
    """Say what to write instead of symbols that the data do not have, the first few; empty where nothing is near."""
    told = [(one, words) for one in symbols[:5] if (words := instead(one, known))]
    return "; ".join(words if len(symbols) == 1 else f"{one}: {words}" for one, words in told)


def _explained(symbol: str, is_ambiguous: bool) -> str:
    kind = ("the index" if symbol.endswith(".SH") else "the share") if is_ambiguous else ""
    return f"'{symbol}'" + (f" ({kind})" if kind else "")
