"""Rules about the spread (余额差), financing balance against short balance, and about both together.

F financing balance, qP short balance, M the scale: float cap or mean turnover.
"""

from collections.abc import Mapping

from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.changes import relative_change
from ...core.kernels.elementwise import ratio
from ...core.kernels.rolling import rolling_zscore
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import OWN, change_scaled, half, scale_needs, scale_parameter, scale_warmup, scale_window_parameter, scaled


class SpreadLevel(Rule):
    """Financing balance less short balance.

    Claim: a positive spread means that the bulls are stronger than the bears, a negative one the opposite.
    Formula: (F - qP) / M, M = float_cap (scale: float_cap) or mean(A, scale_window) (scale: turnover)

    Notes
    -----
    F is many times qP for nearly every security, so the level is nearly F / M, and its sign nearly always positive.
    """

    scale: str = scale_parameter()
    scale_window: int = scale_window_parameter()

    def needs(self) -> tuple[str, ...]:
        """Return spread and the field that scales it."""
        return ("spread", *scale_needs(self.scale))

    def warmup(self) -> int:
        """Return 1, or half the window of the mean turnover."""
        return scale_warmup(self.scale, self.scale_window)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a positive spread": POSITIVE, "a negative spread": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction of M."""
        return scaled(panel["spread"], panel, self.scale, self.scale_window)


class SpreadMomentum(Rule):
    """Change of the spread.

    Claim: the change of the spread measures both forces: bulls who add and bears who give up raise it.
    Formula: ((F - qP) - (F - qP) sessions ago) / M, M = float_cap (scale: float_cap) or mean(A, scale_window)
    (scale: turnover), both of today

    Notes
    -----
    NaN where the spread is unknown at either end. A change of the price moves qP as well as a change of the position.
    """

    sessions: int = parameter(5, "sessions over which the spread changes", low=1)
    scale: str = scale_parameter()
    scale_window: int = scale_window_parameter()

    def needs(self) -> tuple[str, ...]:
        """Return spread and the field that scales it."""
        return ("spread", *scale_needs(self.scale))

    def warmup(self) -> int:
        """Return one session more than the change spans, or half the window of the mean turnover."""
        return max(1 + self.sessions, scale_warmup(self.scale, self.scale_window))

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a rising spread": POSITIVE, "a falling spread": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction of M."""
        return change_scaled(panel["spread"], self.sessions, panel, self.scale, self.scale_window)


class SpreadZscore(Rule):
    """Spread against its own history.

    Claim: a spread far from its own history returns to it, and the price with it.
    Formula: sign * z((F - qP) / M, window), z = (x - mean) / standard deviation (n - 1) of the last window sessions,
    M = float_cap (scale: float_cap), mean(A, scale_window) (scale: turnover) or 1 (scale: own)

    Notes
    -----
    A z-score compares a security with itself, so it needs no M: `own` is the choice of data without float cap and
    turnover; with an M its changes count too. `sign` -1 is the claim; 1 is its opposite, a spread that goes on. NaN
    where the spread / M of the session is, and where it did not move but for rounding. Half of the window suffices: a
    suspended session may have no float cap.
    """

    window: int = parameter(60, "sessions of the z-score", low=3)
    sign: int = parameter(-1, "-1: the spread returns to its history; 1: it goes on", choices=(-1, 1))
    scale: str = scale_parameter(own=True)
    scale_window: int = scale_window_parameter()

    def needs(self) -> tuple[str, ...]:
        """Return spread and the field that scales it, if any."""
        return ("spread", *scale_needs(self.scale))

    def warmup(self) -> int:
        """Return half the window, after that of the mean turnover."""
        return scale_warmup(self.scale, self.scale_window) + half(self.window) - 1

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in standard deviations."""
        relative = scaled(panel["spread"], panel, self.scale, self.scale_window, times=self.sign)
        return rolling_zscore(relative, self.window, min_count=half(self.window))


class ShortToFinancing(Rule):
    """Short balance over financing balance (融券融资比).

    Claim: the larger the bears' position beside the bulls', the lower the returns that follow.
    Formula: -qP / F

    Notes
    -----
    NaN where F is 0, and for a security without a short balance (off the short list): not short is not 0 short.
    """

    NEEDS = ("short_balance", "financing_balance")

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction."""
        return ratio(panel["short_balance"], panel["financing_balance"], times=-1.0)


class TotalMomentum(Rule):
    """Change of financing and short balance together.

    Claim: a total balance that rises is optimism: more is dared on the security, on whichever side.
    Formula: ((F + qP) - (F + qP) sessions ago) / M, M = float_cap (scale: float_cap) or mean(A, scale_window)
    (scale: turnover), both of today, or (F + qP) sessions ago (scale: own)

    Notes
    -----
    F is many times qP for nearly every security, so it is nearly the change of F; against spread_momentum it counts
    what is sold short with the other sign. `own` is the growth of the balance, the choice of data without float cap
    and turnover. NaN where the total is unknown at either end, and from a total of 0 with `own`.
    """

    sessions: int = parameter(20, "sessions over which the total balance changes", low=1)
    scale: str = scale_parameter(own=True)
    scale_window: int = scale_window_parameter()

    def needs(self) -> tuple[str, ...]:
        """Return total_balance and the field that scales it, if any."""
        return ("total_balance", *scale_needs(self.scale))

    def warmup(self) -> int:
        """Return one session more than the change spans, or half the window of the mean turnover."""
        return max(1 + self.sessions, scale_warmup(self.scale, self.scale_window))

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a rising total balance": POSITIVE, "a falling total balance": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction of M."""
        if self.scale == OWN:
            return relative_change(panel["total_balance"], self.sessions)
        return change_scaled(panel["total_balance"], self.sessions, panel, self.scale, self.scale_window)
