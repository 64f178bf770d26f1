"""Rules about the whole market: one score for every listed security of a session, made to gate other rules."""

from collections.abc import Mapping

import numpy as np

from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.elementwise import difference, product
from ...core.kernels.market_wide import count_above, total_change
from ...core.kernels.rolling_sums import rolling_sum
from ...core.panel.panel import Panel
from ...core.types import Panel2D, Row
from .adjusted import for_listed
from .market_sums import sums_of_known
from .scales import half


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

    STRATEGY = "timing"
    balance: str = parameter(
        "total_balance", "field whose total is compared", choices=("total_balance", "financing_balance")
    )
    sessions: int = parameter(20, "sessions between the two totals", low=1)

    def needs(self) -> tuple[str, ...]:
        """Return close and the balance."""
        return ("close", self.balance)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a rising balance of the market": POSITIVE, "a falling balance of the market": NEGATIVE}

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

    STRATEGY = "timing"
    NEEDS = ("close", "financing_buy", "financing_repay")
    threshold: float = parameter(0.5, "share of the securities that scores 0, fraction", low=0.0, high=1.0)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a market that is bought broadly": POSITIVE, "a market that is not bought broadly": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        bought, known = count_above(panel["financing_buy"], panel["financing_repay"])
        return for_listed(bought / np.where(known > 0.0, known, np.nan) - self.threshold, panel)


class MarketForce(Rule):
    """The market's long force against its short force.

    Claim: the market goes where the stronger force pushes: what is bought on margin against what is sold short.
    Formula: (sum(B - R, window) - sum((s - c) P, window)) / sum(A, window), each of the whole market (by: flows), or
    (spread - spread window sessions ago) / (total balance window sessions ago) of the whole market (by: balances);
    spread = F - qP, total balance = F + qP, P the unadjusted close

    Notes
    -----
    The same score for every security with a close. Flows: of the securities whose financing flows are known; their
    turnover counts where they trade, their short force where they have one (off the short list is none). Balances: of
    the securities that have them on both sessions; the choice of totals of a market, which have no turnover, and whose
    index is no price; a change of prices moves qP there. NaN until the window is complete, and where a session in it
    has no financing or no short flow at all.
    """

    STRATEGY = "timing"
    window: int = parameter(20, "sessions of the sums, or between the two balances", low=1)
    by: str = parameter("flows", "what shows the forces: flows, or changes of balances", choices=("flows", "balances"))

    def needs(self) -> tuple[str, ...]:
        """Return close and the flows or balances."""
        if self.by == "balances":
            return ("close", "spread", "total_balance")
        return ("close", "financing_buy", "financing_repay", "short_sell", "short_repay", "amount")

    def warmup(self) -> int:
        """Return the window; balances need one session more."""
        return self.window + (self.by == "balances")

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a stronger long force": POSITIVE, "a stronger short force": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction of the turnover or of the balance."""
        force, by = self._balances(panel) if self.by == "balances" else self._flows(panel)
        return for_listed(force / np.where(by > 0.0, by, np.nan), panel)

    def _balances(self, panel: Panel) -> tuple[Row, Row]:
        return total_change(panel["spread"], self.window)[0], total_change(panel["total_balance"], self.window)[1]

    def _flows(self, panel: Panel) -> tuple[Row, Row]:
        financed = difference(panel["financing_buy"], panel["financing_repay"])
        short = product(difference(panel["short_sell"], panel["short_repay"]), panel["close"])
        is_known = ~np.isnan(financed)

        def rolled(values: Panel2D, least: int) -> Row:
            daily = sums_of_known(np.where(is_known, values, np.nan))
            return rolling_sum(daily[:, None], self.window, min_count=least)[:, 0]

        force = rolled(financed, self.window) - rolled(short, self.window)
        return force, rolled(panel["amount"], half(self.window))


class MarketShort(Rule):
    """Growth of the market's short balance, turned round.

    Claim: a short balance of the whole market that rises is a weak market to come, one that falls a strong one.
    Formula: -sum(qP - qP sessions ago) / sum(qP sessions ago), both sums over the securities that have it on both
    sessions

    Notes
    -----
    The same score for every security with a close. qP moves with the price as well: a rising market raises the short
    balance that nobody added to. NaN where no security has a short balance on both sessions.
    """

    STRATEGY = "timing"
    NEEDS = ("close", "short_balance")
    sessions: int = parameter(20, "sessions between the two totals", low=1)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a falling short balance of the market": POSITIVE, "a rising short balance of the market": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction."""
        rise, before = total_change(panel["short_balance"], self.sessions)
        return for_listed(-rise / np.where(before > 0.0, before, np.nan), panel)
