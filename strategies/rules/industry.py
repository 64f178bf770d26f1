"""Rules about whole industries (行业): one score for all that belong to one."""

from collections.abc import Mapping

from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.conditions import gated
from ...core.kernels.cross_section import group_sum
from ...core.kernels.elementwise import difference, ratio
from ...core.kernels.rolling_sums import rolling_sum
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import half


class IndustryHeat(Rule):
    """Net financing purchases of the security's industry.

    Claim: the industries that margin traders favour lead the market.
    Formula: sum(B - R, window) over the securities of the industry / sum(A, window) over the same, given to all of its
    members; B financing bought, R repaid, A amount traded

    Notes
    -----
    Both sums are over the members that have both, so that one off the margin list adds no turnover; but it has the
    score of its industry, since it moves with it. The industry is that of the session. NaN without an industry, where
    the security has no close, and where no member has complete flows. A session without an amount (suspended) adds
    none; half of the window has to have one.
    """

    NEEDS = ("industry", "close", "financing_buy", "financing_repay", "amount")
    window: int = parameter(20, "sessions of the sums: 5 is a week, 20 a month", low=1)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"an industry that is bought": POSITIVE, "an industry that is repaid": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        net = rolling_sum(difference(panel["financing_buy"], panel["financing_repay"]), self.window)
        traded = rolling_sum(panel["amount"], self.window, min_count=half(self.window))
        both = gated(traded, net), gated(net, traded)
        bought = group_sum(both[1], panel["industry"])
        heat = ratio(bought, group_sum(both[0], panel["industry"]), out=bought)
        return gated(heat, panel["close"], out=heat)
