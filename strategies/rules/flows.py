"""Rules about the flows of margin trading against all that is traded (成交额).

F financing balance, B financing bought, R repaid, s sold short, c returned, P close, A amount traded.
"""

from collections.abc import Mapping

from ...core.errors import ConfigError
from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.conditions import is_above
from ...core.kernels.elementwise import difference, product, ratio
from ...core.kernels.rolling_sums import rolling_sum
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import mean_turnover, scale_warmup, scaled


class FinancingToTurnover(Rule):
    """Financing balance against the turnover of a day.

    Claim: a financing balance above 20 % of the day's turnover says that many believe in the security for long.
    Formula: F / mean(A, window) - threshold

    Notes
    -----
    A balance is usually worth several days of turnover, so the level of the claim is nearly always passed; the order
    of the securities does not depend on it. A suspended session has no amount and does not count; the mean needs half
    of its sessions. NaN where nothing was traded in them.
    """

    NEEDS = ("financing_balance", "amount")
    window: int = parameter(20, "sessions of the mean turnover", low=1)
    threshold: float = parameter(0.2, "balance over a day's turnover that scores 0, fraction", low=0.0, high=10.0)

    def warmup(self) -> int:
        """Return half the window."""
        return scale_warmup("turnover", self.window)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a balance above the threshold": POSITIVE, "a balance below the threshold": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in days of turnover."""
        return scaled(panel["financing_balance"], panel, "turnover", self.window, plus=-self.threshold)


class FinancingBuyShare(Rule):
    """Purchases on margin of a week against the turnover of a day.

    Claim: a week whose purchases on margin reach 10 % of a day's turnover is strong in the short run and moves the
    price: 3.8 bought on margin beside days of 22, 38, 21, 13 and 24 are 16.1 % of the mean day.
    Formula: sum(B, window) / mean(A, window) - threshold (of: day), or sum(B, window) / sum(A, window) - threshold
    (of: week)

    Notes
    -----
    Of a day nearly every security passes the level of the claim; the order of the securities hardly depends on `of`.
    NaN until the window is complete, where a flow in it is missing, and where nothing was traded in it. A session
    without an amount (suspended) does not count for the mean and adds nothing to the sum; half of the window has to
    have one.
    """

    NEEDS = ("financing_buy", "amount")
    window: int = parameter(5, "sessions of the sum, and of the turnover", low=1)
    threshold: float = parameter(0.1, "share of the turnover that scores 0, fraction", low=0.0)
    of: str = parameter("day", "turnover that counts: of the mean day, or of the whole window", choices=("day", "week"))

    def __post_init__(self) -> None:
        """Check that the threshold is not more than all that was traded."""
        whole = self.window if self.of == "day" else 1
        if self.threshold > whole:
            percent = f": write {self.threshold / 100:g} for {self.threshold:g} %" if self.threshold <= 100 else ""
            raise ConfigError(
                f"`threshold` of rule `{type(self).__name__}` should be at most {whole}, all that was traded "
                f"(of: {self.of}), got {self.threshold:g}{percent}"
            )

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"purchases above the threshold": POSITIVE, "purchases below the threshold": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        bought = rolling_sum(panel["financing_buy"], self.window)
        traded = mean_turnover(panel, self.window) if self.of == "day" else _turnover(panel, self.window)
        return ratio(bought, traded, plus=-self.threshold, out=bought)


class NetFinancingRate(Rule):
    """Net financing purchases as a share of the turnover.

    Claim: purchases against repayments tell believers from traders: who repays as much as he buys is gone tomorrow.
    Formula: sum(B - R, window) / sum(A, window); window 5 for the week, 20 for the month

    Notes
    -----
    NaN until the window is complete, where a flow in it is missing, and where nothing was traded in it. A session
    without an amount (suspended) adds none; half of the window has to have one.
    """

    NEEDS = ("financing_buy", "financing_repay", "amount")
    window: int = parameter(5, "sessions of the sums: 5 is a week, 20 a month", low=1)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"net purchases": POSITIVE, "net repayment": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        net = difference(panel["financing_buy"], panel["financing_repay"])
        total = rolling_sum(net, self.window)
        return ratio(total, _turnover(panel, self.window, out=net), out=total)


class ForceBalance(Rule):
    """New long positions less new short ones, as a share of the turnover.

    Claim: the price goes where the stronger force pushes: net financing B - R against net short selling (s - c) P.
    Formula: (sum(B - R, window) - sum((s - c) P, window)) / sum(A, window), P the unadjusted close of each session

    Notes
    -----
    NaN until the window is complete, where a financing flow in it is missing, where nothing was traded in it, and for
    a security without short flows (off the short list): its short force is not 0 but not there; net_financing_rate is
    the rule for those. A session without an amount or a close (suspended) adds nothing to A or to the short force;
    half of the window has to have them.
    """

    NEEDS = ("financing_buy", "financing_repay", "short_sell", "short_repay", "close", "amount")
    window: int = parameter(5, "sessions of the sums: 5 is a week, 20 a month", low=1)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a stronger long force": POSITIVE, "a stronger short force": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        flow = difference(panel["financing_buy"], panel["financing_repay"])
        long_force = rolling_sum(flow, self.window)
        shares = difference(panel["short_sell"], panel["short_repay"], out=flow)
        flow = product(shares, panel["close"], out=shares)
        short_force = rolling_sum(flow, self.window, min_count=scale_warmup("turnover", self.window))
        force = difference(long_force, short_force, out=short_force)
        return ratio(force, _turnover(panel, self.window, out=flow), out=force)


class NetBuyDays(Rule):
    """Share of the last sessions with net financing purchases.

    Claim: buyers who come back on most days mean more than one large purchase.
    Formula: count(B > R, window) / window - threshold

    Notes
    -----
    A session with B = R does not count as bought. NaN until the window is complete: a session whose flows are not
    known is neither bought nor repaid.
    """

    NEEDS = ("financing_buy", "financing_repay")
    window: int = parameter(20, "sessions that are counted", low=1)
    threshold: float = parameter(0.5, "share of the sessions that scores 0, fraction", low=0.0, high=1.0)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        bought = rolling_sum(is_above(panel["financing_buy"], panel["financing_repay"]), self.window)
        return ratio(bought, self.window, plus=-self.threshold, out=bought)


def _turnover(panel: Panel, window: int, out: Panel2D | None = None) -> Panel2D:
    """Return sum(A, window); half of the sessions need an amount, as for the mean turnover."""
    return rolling_sum(panel["amount"], window, min_count=scale_warmup("turnover", window), out=out)
