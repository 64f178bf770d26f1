"""What was refused in a run, in one line at its end."""

import warnings
from collections import Counter

from ..types import Refusal

_REMEDIES = {
    Refusal.SUSPENDED: "such a security does not trade that day",
    Refusal.LIMIT_UP: "nobody sells at the limit",
    Refusal.LIMIT_DOWN: "nobody buys at the limit",
    Refusal.LOT: "round sizes to lots: LotSizer or order_target_*",
    Refusal.T_PLUS_1: "what is bought today is sold tomorrow",
    Refusal.NOT_ELIGIBLE: "only eligible securities are financed or shorted",
    Refusal.NOT_IN_UNIVERSE: "only members of `universe.index` are opened",
    Refusal.NO_CASH: "sell before you buy, and leave room for fees and the next open",
    Refusal.NO_MARGIN: "available_margin() tells what may be borrowed",
    Refusal.CREDIT_LINE: "`account.credit_line` caps the debt",
    Refusal.NO_SHARES: "a plain sale needs own shares: kind=OrderKind.SHORT_SELL borrows, close() chooses by itself",
    Refusal.EXPIRED: "the day's volume was too small",
}
_ELSEWHERE = "the analyzer Refusals lists them"


class OrdersRefused(UserWarning):
    """Orders of a run were refused; its text counts them by reason."""


class RefusalTally:
    """The orders of one run, and how many of them were refused, by reason."""

    def __init__(self) -> None:
        self.submitted = 0
        self.refused: Counter[Refusal] = Counter()

    def line(self) -> str:
        """Return the one line, such as ``1,461 of 1,489 orders refused: lot 1,461 (round sizes to lots: …)``."""
        ranked = self.refused.most_common()
        reasons = ", ".join(f"{reason.name.lower()} {count:,}" for reason, count in ranked)
        remedy = _REMEDIES.get(ranked[0][0], _ELSEWHERE)
        return f"{self.refused.total():,} of {self.submitted:,} orders refused: {reasons} ({remedy})"

    def warn(self) -> None:
        """Warn with the line, once for this run, whatever earlier runs said; not at all where nothing was refused."""
        if self.refused:
            # Without a registry Python does not drop the same line of a second run.
            warnings.warn_explicit(self.line(), OrdersRefused, "liangrong", 0, module=__name__)
