"""Rules about the whole market: one score for every listed security of a session, made to gate other rules."""

import numpy as np

from ...core.data.panel import Panel
from ...core.kernels.changes import change
from ...core.types import Panel2D
from .base import Rule, parameter
from .prices import for_listed
from .scales import ratio


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
        rises = change(panel[self.balance], self.sessions)
        growth = np.full(len(rises), np.nan)
        after = rises[self.sessions :]
        before = np.where(np.isnan(after), 0.0, panel[self.balance][: len(after)])
        growth[self.sessions :] = ratio(np.nansum(after, axis=1), before.sum(axis=1))
        return for_listed(growth, panel)


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
        net = panel["financing_buy"] - panel["financing_repay"]
        bought = np.count_nonzero(net > 0.0, axis=1)
        known = net.shape[1] - np.count_nonzero(np.isnan(net), axis=1)
        return for_listed(ratio(bought, known) - self.threshold, panel)
