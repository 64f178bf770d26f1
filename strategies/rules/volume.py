"""Rules about volume and turnover rate (成交量, 换手率): what balances are read together with."""

from ...core.ideas.rule import Rule, parameter
from ...core.kernels.elementwise import ratio
from ...core.kernels.rolling import rolling_mean
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import OWN, half

_PARTS = {"float_shares": "volume", "float_cap": "amount"}
"""What a day's trade is a part of, and that trade in the same unit."""


class TurnoverRate(Rule):
    """Turnover rate (换手率) against its own mean.

    Claim: balances have to be read together with the turnover rate: a move on a rising one is borne by many.
    Formula: r / mean(r, window) - 1, r = volume / float_shares (of: float_shares), A / float_cap (of: float_cap) or
    volume (of: own)

    Notes
    -----
    By its own mean, because a rate is large where the float is small. The mean needs half of its sessions: a suspended
    one has no volume and does not count. `own` is the choice of data without shares: where these do not change it is
    the same. NaN where the session has no trade, or the shares are unknown.
    """

    window: int = parameter(20, "sessions of the mean", low=2)
    of: str = parameter("float_shares", "what trade is a part of: shares, float cap, nothing", choices=(*_PARTS, OWN))

    def needs(self) -> tuple[str, ...]:
        """Return the day's trade and what it is a part of."""
        return ("volume",) if self.of == OWN else (_PARTS[self.of], self.of)

    def warmup(self) -> int:
        """Return half the window."""
        return half(self.window)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        rate = panel["volume"] if self.of == OWN else ratio(panel[_PARTS[self.of]], panel[self.of])
        mean = rolling_mean(rate, self.window, min_count=half(self.window))
        return ratio(rate, mean, plus=-1.0, out=mean)


class VolumeTrend(Rule):
    """Volume of late against that of a longer time.

    Claim: balances have to be read together with volume: what rises on growing volume goes on, on a shrinking one it
    tires.
    Formula: mean(volume, sessions) / mean(volume, window) - 1

    Notes
    -----
    A suspended session has no volume and does not count; each mean needs half of its sessions. NaN where nothing was
    traded in the window.
    """

    NEEDS = ("volume",)
    sessions: int = parameter(5, "sessions of the recent mean", low=1)
    window: int = parameter(60, "sessions of the longer mean", low=2)

    def warmup(self) -> int:
        """Return half the longer of the two."""
        return half(max(self.sessions, self.window))

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        recent = rolling_mean(panel["volume"], self.sessions, min_count=half(self.sessions))
        longer = rolling_mean(panel["volume"], self.window, min_count=half(self.window))
        return ratio(recent, longer, plus=-1.0, out=recent)
