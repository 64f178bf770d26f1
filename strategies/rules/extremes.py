"""Rules about extremes: a balance that turns down from a high, rises under a low price, or collapses with the price.

F financing balance, P adjusted close, the last one known of a suspended security. Outside its event such a rule scores
0: it expects nothing, which ends a position and ranks between the good and the bad. NaN means that nobody can tell.
"""

from collections.abc import Mapping

from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.changes import relative_change
from ...core.kernels.conditions import between, gated, low_in_range
from ...core.kernels.cross_section import cross_rank
from ...core.kernels.elementwise import ratio
from ...core.kernels.prices import carry_forward
from ...core.kernels.rolling_extremes import rolling_max, rolling_min
from ...core.kernels.rolling_rank import rolling_rank
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .adjusted import adjusted_close
from .scales import half

_SIGN = "1: what is bought at a low is held and pays; -1: it is trapped"


class DipFinancing(Rule):
    """A financing balance that rises while the price falls, at a low.

    Claim: when the price falls while the balance rises, at a low, steady financing is a buy for the long run.
    Formula: sign * rank(F / F sessions ago - 1) where F > F sessions ago, P < P sessions ago and
    P <= min(P, range_window) + low (max(P, range_window) - min(P, range_window)), else 0; rank = fractional rank among
    all securities of the session, (0, 1]

    Notes
    -----
    NaN where the change of F is (F was 0 included) and until P has half of its range and its change. Equal changes
    share the mean of their ranks. `sign` 1 is the claim; -1 is its opposite, trapped_buying.
    """

    NEEDS = ("financing_balance", "close")
    sessions: int = parameter(20, "sessions over which the price falls and the balance rises", low=1)
    range_window: int = parameter(250, "sessions of the range of the price", low=2)
    low: float = parameter(0.25, "lowest part of the range that counts as a low, fraction", low=0.0, high=1.0)
    sign: int = parameter(1, _SIGN, choices=(-1, 1))

    def warmup(self) -> int:
        """Return the longer of the change and half the range."""
        return max(1 + self.sessions, half(self.range_window))

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        held = POSITIVE if self.sign > 0 else NEGATIVE
        return {"a balance that rises under a price that falls": held}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), 0 to `sign`."""
        rise = relative_change(panel["financing_balance"], self.sessions)
        price = last_price(panel)
        rank = cross_rank(rise)
        score = gated(rank, rise, low=0.0, out=rank)
        score = gated(score, price, high=0.0, sessions=self.sessions, out=score)
        least = rolling_min(price, self.range_window, min_count=half(self.range_window), out=rise)
        most = rolling_max(price, self.range_window, min_count=half(self.range_window))
        score = low_in_range(score, price, least, most, self.low, out=score)
        return ratio(score, 1.0, times=self.sign, out=score) if self.sign != 1 else score


class TrappedBuying(DipFinancing):
    """A financing balance that rises while the price falls, taken for trapped money.

    Claim: purchases that go on while the price falls are trapped money (套牢盘), and press on it: against the claim of
    dip_financing.
    Formula: sign * dip_financing: sign * rank(F / F sessions ago - 1) where F > F sessions ago, P < P sessions ago and
    P <= min(P, range_window) + low (max(P, range_window) - min(P, range_window)), else 0

    Notes
    -----
    The same figure as dip_financing with the other sign; each is judged by itself. `low: 1` takes every price, not
    those at a low alone.
    """

    sign: int = parameter(-1, _SIGN, choices=(-1, 1))


class BalanceRollover(Rule):
    """A financing balance that turns down from a high.

    Claim: a balance that turns down from a high marks a top: sell, or sell short.
    Formula: F / F sessions ago - 1 where that is negative and rank(F, range_window) > 1 - top, else 0; rank =
    percentile rank of F within its last range_window sessions, (0, 1]

    Notes
    -----
    F is still in the top of its range after it has turned down. NaN where the change of F is (F was 0 included) and
    until half of the range is known.
    """

    NEEDS = ("financing_balance",)
    sessions: int = parameter(5, "sessions over which the balance falls", low=1)
    range_window: int = parameter(250, "sessions of the range of the balance", low=2)
    top: float = parameter(0.1, "highest part of the range that counts as a high, fraction", low=0.0, high=1.0)

    def warmup(self) -> int:
        """Return the longer of the change and half the range."""
        return max(1 + self.sessions, half(self.range_window))

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a balance that turns down from a high": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus the fraction of the balance that is gone."""
        balance = panel["financing_balance"]
        rank = rolling_rank(balance, self.range_window, min_count=half(self.range_window))
        score = relative_change(balance, self.sessions)
        score = between(score, high=0.0, out=score)
        return gated(score, rank, low=1.0 - self.top, out=score)


class Deleveraging(Rule):
    """A financing balance that collapses together with the price.

    Claim: a balance that falls fast together with the price shows worsening sentiment: -12.4 % in 5 sessions went
    with -3.1 % of the price.
    Formula: F / F sessions ago - 1 where that is below -fall and P < P sessions ago, else 0

    Notes
    -----
    NaN where the change of F (F was 0 included) or of P is unknown.
    """

    NEEDS = ("financing_balance", "close")
    sessions: int = parameter(5, "sessions over which the balance and the price fall", low=1)
    fall: float = parameter(0.1, "fall of the balance beyond which it is a collapse, fraction", low=0.0, high=1.0)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"a balance that collapses with the price": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus the fraction of the balance that is gone."""
        score = relative_change(panel["financing_balance"], self.sessions)
        score = between(score, high=-self.fall, out=score)
        return gated(score, last_price(panel), high=0.0, sessions=self.sessions, out=score)


def last_price(panel: Panel) -> Panel2D:
    """Return the adjusted close (T, N), carried forward: a range of a year should survive a day's suspension."""
    price = adjusted_close(panel)
    return carry_forward(price, out=price if price.flags.writeable else None)
