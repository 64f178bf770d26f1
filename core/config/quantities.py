"""What the numbers of an account are: their bounds by what they mean, and the answer to one that cannot be meant.

A configuration judges by them, in YAML and in Python.
"""

import math
import numbers
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ConfigError

_WHOLE = r"\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+|\d[\d_]*"  # thousands or 万 apart; 1,5 may mean 1.5
_WRITTEN = re.compile(rf"(?P<number>[-+]?(?=\.?\d)(?:{_WHOLE})?(?:\.\d*)?)\s*(?P<unit>[%‰万亿wW]?)")
LONGEST = 200
"""Signs of a value in a message."""

_UNITS = {"": 1.0, "%": 1e-2, "‰": 1e-3, "万": 1e4, "w": 1e4, "W": 1e4, "亿": 1e8}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a number is.

    Parameters
    ----------
    what : str
        In words, with its unit.
    low, high : float
        Bounds, both included.
    above, below : bool
        The lower, the upper bound is excluded.
    is_fraction : bool
        Percent may have been meant where a hundredth fits.
    remark : str
        What bounds it and how it is written, where percent are not the likely mistake.
    """

    what: str
    low: float = 0.0
    high: float = math.inf
    above: bool = False
    below: bool = False
    is_fraction: bool = True
    remark: str = ""

    def admits(self, value: float) -> bool:
        """Return whether `value` lies within the bounds; NaN never does."""
        low = value > self.low if self.above else value >= self.low
        return low and (value < self.high if self.below else value <= self.high)

    def expected(self) -> str:
        """Say what the number should be."""
        low = f"{'above' if self.above else 'from'} {self.low:g}"
        if self.high == math.inf:
            return f"{self.what} {low if self.above else f'of at least {self.low:g}'}"
        return f"{self.what} {low} {'to below' if self.below else 'to'} {self.high:g}"

    def refusal(self, value: Any) -> str | None:
        """Say what a value should be, what arrived and what to write instead; None for one that can be meant."""
        number = number_of(value)
        if number is None:
            return _not_a_number(value)
        if math.isfinite(number) and self.admits(number):
            return None
        return f"should be {self.expected()}, got {shown(value)}{self._remedy(number)}"

    def _remedy(self, number: float) -> str:
        if not math.isfinite(number) or number < self.low:
            return ""
        if self.remark:
            share = f"{number:.12g} would be {100.0 * number:.6g} % of the value: " if number <= 1.0 else ""
            return f": {share}{self.remark}"
        # Who writes 0.6 for a share has written no percent; who writes 0.1 for a slippage below 0.1 may have.
        if self.is_fraction and (number >= 1.0 or self.high <= 0.1) and self.admits(number / 100.0):
            return f": write {number / 100.0:.12g} for {number:.12g} %"
        return ""


CASH = Kind(what="an amount in CNY", high=1e13, above=True, is_fraction=False)
RATE = Kind(what="a rate per year, a fraction", high=0.5)
RATE_FACTOR = Kind(what="a factor", high=10.0, is_fraction=False)
RATE_ADDITION = Kind(what="an addition to a rate per year, a fraction", low=-0.5, high=0.5)
MARGIN_RATIO = Kind(what="a margin ratio, a fraction", high=3.0, above=True)
RATIO_BASE = Kind(what="a margin ratio before the haircut, a fraction", low=1.0, high=3.0)
HAIRCUT = Kind(what="a haircut, a fraction", high=1.0)
SHARE = Kind(what="a share, a fraction", high=1.0)
POSITIVE_SHARE = Kind(what="a share, a fraction", high=1.0, above=True)
LINE = Kind(what="a maintenance ratio, a fraction", low=1.0, high=10.0, above=True)
DIVIDEND_TAX_RATE = Kind(what="a tax on dividends, a fraction", high=0.2)
"""20 % is the highest rate of the individual income tax on dividends (财税〔2015〕101号)."""

COMMISSION_RATE = Kind(
    what="a commission, a fraction of the value",
    high=0.003,
    remark="A-share commissions are at most 0.003; write 0.00025 for 2.5 per 10,000",
)
"""The ceiling of 3 per mille: 证监发〔2002〕21号, notice on the commissions of securities trading."""

COMMISSION_MINIMUM = Kind(what="an amount in CNY per order", high=100.0, is_fraction=False)
STAMP_DUTY_RATE = Kind(
    what="a stamp duty, a fraction of the value",
    high=0.01,
    remark="the stamp duty is at most 0.01; write 0.0005 for 5 per 10,000",
)
"""The record is 0.005 a side, 1997-05-10 to 1998-06-11."""

TRANSFER_FEE_RATE = Kind(
    what="a transfer fee, a fraction of the value",
    high=0.001,
    below=True,
    remark="the transfer fee is below 0.001; write 0.00001 for 0.1 per 10,000",
)
SLIPPAGE = Kind(what="a slippage, a fraction of the price", high=0.1, below=True)

LINES_ORDER = "the lines should satisfy instant < call <= restore <= withdraw and call <= warn (and call <= cure)"


def lines_fit(
    *, instant: float, call: float, restore: float, withdraw: float, warn: float, cure: float | None = None
) -> bool:
    """Return whether maintenance ratio lines lie in their order (`LINES_ORDER`)."""
    return instant < call <= restore <= withdraw and call <= warn and (cure is None or call <= cure)


def number_of(value: Any) -> float | None:
    """Return a number, or what a text says that every program reads as one; None for true, false and all else."""
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return None


def whole_number(name: str, value: Any) -> int:
    """Return the whole number that the parameter `name` is given; ConfigError for 1.5, True, "2", None."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ConfigError(f"`{name}` should be a whole number, got {value!r}")
    return int(value)


def true_or_false(name: str, value: Any) -> bool:
    """Return whether the parameter `name` is given true or false; ConfigError for "yes", 1, None."""
    if not isinstance(value, bool | np.bool_):
        raise ConfigError(f"`{name}` should be true or false, got {shown(value)}")
    return bool(value)


def fitting(name: str, value: Any, kind: Kind) -> float:
    """Return the number that the parameter `name` is given; ConfigError for a text, None, and what is no `kind`."""
    told = kind.refusal(value) if isinstance(value, numbers.Real) else f"should be a number, got {shown(value)}"
    if told is not None:
        raise ConfigError(f"`{name}` {told}")
    return float(value)


def rewritten(value: Any) -> str | None:
    """Return how a text such as ``8.35%``, ``1,000,000`` or ``100万`` is written as a number; None for any other."""
    if not isinstance(value, str):
        return None
    match = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", value).strip().removeprefix("¥"))
    if match is None:
        return None
    number = float(match["number"].replace(",", "").replace("_", "")) * _UNITS[match["unit"]]
    return f"{int(number):_}" if number.is_integer() and abs(number) >= 1000 else f"{number:.12g}"


def shown(value: Any) -> str:
    """Return a value as a user wrote it."""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else shortened(value)


def shortened(value: Any) -> str:
    """Return a value as Python writes it, a long one without its middle."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        return "a whole number of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 4 :]}"


def _not_a_number(value: Any) -> str:
    remedy = rewritten(value)
    return f"should be a number, got {shown(value)}{': write ' + remedy if remedy else ''}"
