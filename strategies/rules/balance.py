"""Rules about the course of the financing balance (融资余额): does it rise, for how long, and who repays meanwhile.

F financing balance, B financing bought, R repaid.
"""

from collections.abc import Mapping

from ...core.errors import ConfigError
from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.conditions import between, gated, ramp
from ...core.kernels.elementwise import change_over, difference, ratio
from ...core.kernels.hysteresis import trend_age
from ...core.kernels.rolling import rolling_mean
from ...core.kernels.rolling_sums import rolling_sum
from ...core.panel.panel import Panel
from ...core.types import Panel2D


class BalanceTrend(Rule):
    """Financing balance against its own mean.

    Claim: a balance that has been rising is a buyers' market, and strong; one that has been falling a sellers' market.
    Formula: F / mean(F, window) - 1

    Notes
    -----
    NaN until the security has `window` balances in a row, and where all of them are 0.
    """

    NEEDS = ("financing_balance",)
    window: int = parameter(20, "sessions of the mean", low=2)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a balance above its mean": POSITIVE, "a balance below its mean": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        balance = panel["financing_balance"]
        mean = rolling_mean(balance, self.window)
        return ratio(balance, mean, plus=-1.0, out=mean)


class BalanceStage(Rule):
    """Age of a rise of the financing balance.

    Claim: an early rise lifts the price, a long persistent one marks a high: the buyers become tomorrow's sellers.
    Formula: clip(1 - 2 (age - young_sessions) / (old_sessions - young_sessions), -1, 1), age = number of sessions in a
    row with F > mean(F, window); 0 where F <= mean(F, window)

    Notes
    -----
    1 up to `young_sessions`, 0 half-way, -1 from `old_sessions` on. The claim says nothing of a balance that does not
    rise: 0 is that it expects no more and no less, which ends a position; NaN is that the mean is unknown. A session
    without a balance neither counts nor ends a rise.
    """

    NEEDS = ("financing_balance",)
    window: int = parameter(20, "sessions of the mean that a rising balance exceeds", low=2)
    young_sessions: int = parameter(10, "age up to which a rise is young, sessions", low=0)
    old_sessions: int = parameter(40, "age from which on a rise is old, sessions; above `young_sessions`", low=1)

    def __post_init__(self) -> None:
        """Check that a rise is young before it is old."""
        if self.old_sessions <= self.young_sessions:
            raise ConfigError(
                f"`old_sessions` of rule `{type(self).__name__}` should be more than its `young_sessions` "
                f"({self.young_sessions}), got {self.old_sessions}"
            )

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a young rise of the balance": POSITIVE, "an old rise of the balance": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), -1 to 1."""
        balance = panel["financing_balance"]
        mean = rolling_mean(balance, self.window)
        excess = difference(balance, mean, out=mean)
        age = trend_age(excess)
        return ramp(age, self.young_sessions, self.old_sessions, out=age)


class BalanceRepayDivergence(Rule):
    """A rising financing balance under which net repayment rises too.

    Claim: when the balance rises while net repayment also rises, those who bought low cash in, and a fall is likely.
    Formula: -(n - n sessions ago) / F where F > F rise_sessions ago and n > n sessions ago, else 0;
    n = sum(R - B, sessions)

    Notes
    -----
    F rises over the long span, while over the short one more is repaid, net of purchases, than over the one before it.
    0 outside such a divergence: the claim expects nothing there, which ends a position. NaN until the flows of both
    short spans and the balances at both ends are known, and where F is 0.
    """

    NEEDS = ("financing_balance", "financing_buy", "financing_repay")
    rise_sessions: int = parameter(20, "sessions over which the balance rises", low=1)
    sessions: int = parameter(5, "sessions over which net repayment is summed", low=1)

    def warmup(self) -> int:
        """Return the longer of the rise and two sums."""
        return max(1 + self.rise_sessions, 2 * self.sessions)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a rising balance under rising net repayment": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of the balance."""
        balance = panel["financing_balance"]
        repaid = rolling_sum(difference(panel["financing_repay"], panel["financing_buy"]), self.sessions)
        score = change_over(repaid, self.sessions, balance, times=-1.0)
        score = between(score, high=0.0, out=score)
        return gated(score, balance, low=0.0, sessions=self.rise_sessions, out=score)
