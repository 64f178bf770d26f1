"""Rules about the whole market: one score for every listed security of a session, made to gate other rules."""

import numpy as np

from ...core.ideas.rule import Rule, parameter
from ...core.kernels.market_wide import count_above, total_change
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .adjusted import for_listed


class MarketRegime(Rule):
    """Growth of the market's margin balance.

    Claim: a rising balance of the whole exchange is a strong market, a falling one a weak market.
    Formula: sum(X - X sessions ago) / sum(X sessions ago), X = the field `balance` (F + qP by default), both sums over
    the securities that have it on both sessions, so that a listing does not look like an inflow

    Notes
    -----
    The same score for every security with a close. NaN where no security has a balance on both sessions. A security
    off the short list may have no total balance; `balance: financing_balance` counts it.
    """

    balance: str = parameter(
        "total_balance", "field whose total is compared", choices=("total_balance", "financing_balance")
    )
    sessions: int = parameter(20, "sessions between the two totals", low=1)

    def needs(self) -> tuple[str, ...]:
        """Return close and the balance."""
        return ("close", self.balance)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        rise, before = total_change(panel[self.balance], self.sessions)
        return for_listed(rise / np.where(before > 0.0, before, np.nan), panel)


class Breadth(Rule):
    """Share of the securities with net financing purchases.

    Claim: a rise that most securities share lasts; one of a few does not.
    Formula: count(B > R) / count(B and R known) over the securities of a session - threshold

    Notes
    -----
    The same score for every security with a close. A security with B = R does not count as bought. NaN on a session
    without flows. One day is noisy: `smooth` makes a mean of several.
    """

    NEEDS = ("close", "financing_buy", "financing_repay")
    threshold: float = parameter(0.5, "share of the securities that scores 0, fraction", low=0.0, high=1.0)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        bought, known = count_above(panel["financing_buy"], panel["financing_repay"])
        return for_listed(bought / np.where(known > 0.0, known, np.nan) - self.threshold, panel)
