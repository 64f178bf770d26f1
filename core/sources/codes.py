"""Codes as files write them -> symbols such as ``600519.SH``."""

import re
from pathlib import Path

from ..errors import DataError
from ..symbols import SUFFIXES, exchange_of_range, parts, quoted

_FILE_CODE = re.compile(r"^(?:(?:sh|sz|bj)\.?)?(\d{6})(?!\d)(?:\.(?:SH|SZ|BJ))?", re.IGNORECASE)


def symbol_of(code: str, exchange: str | None = None) -> tuple[str, bool]:
    """Return the symbol that `code` means and whether lost leading zeros were restored.

    Parameters
    ----------
    code : str
        Such as ``600519``, ``600519.SH``, ``sh.600519``, ``000001.XSHE``, ``510050 .SH``, or ``1`` for ``000001``.
    exchange : {"SH", "SZ", "BJ"}, optional
        Of the whole file, where the source is one exchange's.

    Returns
    -------
    tuple of str and bool
        ``("000001.SZ", True)``.

    Raises
    ------
    DataError
        A code that is none, contradicts `exchange`, or lost its zeros where the exchange is not known.

    Notes
    -----
    A spreadsheet turns 000001 into 1. Shenzhen's codes are the ones that begin with zeros, so zeros are restored for a
    file of Shenzhen only; in a file of Shanghai a short code is an error, and without an exchange it is ambiguous.
    """
    if not isinstance(code, str):
        raise DataError(f"`{code}` {quoted(code)}")
    found = parts(code)
    if found is None:
        raise DataError(f"`{code}` is not a security code: it should look like 600519, 600519.SH or sh.600519")
    named, digits = found
    if named is not None and named not in SUFFIXES:
        raise DataError(f"`{code}` names an unknown exchange: known are {', '.join(sorted(SUFFIXES))}")
    market = SUFFIXES[named] if named else exchange
    if named and exchange and market != exchange:
        raise DataError(f"`{code}` is not a security of exchange {exchange}, of which this file is: check the file")
    if len(digits) < 6 and market != "SZ":
        raise DataError(
            f"`{code}` has lost its leading zeros and its exchange is not certain: write it with six digits"
        )
    full = digits.zfill(6)
    return f"{full}.{market or _market_of(full)}", len(digits) < 6


def _market_of(code: str) -> str:
    market = exchange_of_range(code)
    if market is None:
        raise DataError(f"`{code}` is in no known code range: write it with its exchange, such as {code}.SH")
    return market


def code_in_name(path: Path) -> str | None:
    """Return the six-digit code with which the name of the file begins, or None: ``600519_daily.csv`` -> ``600519``."""
    match = _FILE_CODE.match(path.name)
    return match[0] if match else None
