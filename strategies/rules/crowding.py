"""Rules about too much borrowed money: contracts that must be unwound, a crowded float, a climax of the flows.

F financing balance, B financing bought, R repaid, M the scale: float cap or mean turnover.
"""

import math
from collections.abc import Mapping

from ...core.errors import ConfigError
from ...core.ideas.rule import NEGATIVE, POSITIVE, Rule, Scores, parameter
from ...core.kernels.conditions import between
from ...core.kernels.elementwise import difference, weighted_sum
from ...core.kernels.hysteresis import hysteresis
from ...core.kernels.rolling import rolling_zscore
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import change_scaled, scale_needs, scale_parameter, scale_warmup, scale_window_parameter, scaled


class ExpiryOverhang(Rule):
    """What was financed half a year ago, and falls due now.

    Claim: contracts last six months; what was built then must be unwound now.
    Formula: -(net financing from far_sessions to near_sessions ago, both included) / M
    = -(F near_sessions ago - F far_sessions + 1 ago) / M, M = float_cap (scale: float_cap) or mean(A, scale_window)
    (scale: turnover), of today

    Notes
    -----
    Net financing B - R of a span is the change of F over it (the balance identity), which data without flows have
    too; a balance that was derived from its volume also moves with the price. Six months are 115 to 130 sessions.
    NaN where F is unknown at either end. What was repaid or extended (展期) since is not known, and counts.
    """

    near_sessions: int = parameter(115, "sessions ago on which the span ends", low=1)
    far_sessions: int = parameter(130, "sessions ago on which the span begins; not below `near_sessions`", low=1)
    scale: str = scale_parameter()
    scale_window: int = scale_window_parameter()

    def __post_init__(self) -> None:
        """Check that the span begins before it ends."""
        if self.far_sessions < self.near_sessions:
            raise ConfigError(
                f"`far_sessions` of rule `{type(self).__name__}` should not be less than its `near_sessions` "
                f"({self.near_sessions}), got {self.far_sessions}"
            )

    def needs(self) -> tuple[str, ...]:
        """Return financing_balance and the field that scales it."""
        return ("financing_balance", *scale_needs(self.scale))

    def warmup(self) -> int:
        """Return two sessions more than the beginning of the span: the balance before it, and today."""
        return max(self.far_sessions + 2, scale_warmup(self.scale, self.scale_window))

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of M."""
        balance, before = panel["financing_balance"], self.far_sessions + 1
        return change_scaled(
            balance, before, panel, self.scale, self.scale_window, until=self.near_sessions, times=-1.0
        )


class Crowding(Rule):
    """Financing balance against what it could be sold to.

    Claim: a financing balance that is too large for its security is a pressure to sell; at 25 % of the float cap the
    exchange stops financing, until it is below 20 %.
    Formula: -F / M - penalty * flag, M = float_cap (scale: float_cap) or mean(A, scale_window) (scale: turnover);
    flag = 1 from F / float_cap >= suspend on until F / float_cap < resume, else 0

    Notes
    -----
    With the default penalty a security whose financing is suspended ranks below every other. The flag is about the
    float cap: there is none with `scale` turnover. NaN where F or M is unknown; the flag outlasts such a gap.
    """

    suspend: float = parameter(0.25, "F over float cap at which financing is suspended, fraction", low=0.0, high=1.0)
    resume: float = parameter(
        0.2, "F over float cap below which it resumes, fraction; not above `suspend`", low=0.0, high=1.0
    )
    penalty: float = parameter(1.0, "what the score loses while financing is suspended, float caps", low=0.0)
    scale: str = scale_parameter()
    scale_window: int = scale_window_parameter()

    def __post_init__(self) -> None:
        """Check that financing does not resume before it is suspended."""
        if self.resume > self.suspend:
            raise ConfigError(
                f"`resume` of rule `{type(self).__name__}` should not lie above its `suspend` ({self.suspend:g}), "
                f"got {self.resume:g}"
            )

    def needs(self) -> tuple[str, ...]:
        """Return financing_balance and the field that scales it."""
        return ("financing_balance", *scale_needs(self.scale))

    def warmup(self) -> int:
        """Return 1, or half the window of the mean turnover."""
        return scale_warmup(self.scale, self.scale_window)

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        if self.scale != "float_cap" or self.penalty <= self.suspend:
            return {}
        return {"a security whose financing is suspended": (-math.inf, -self.penalty)}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of M."""
        if self.scale != "float_cap":
            return scaled(panel["financing_balance"], panel, self.scale, self.scale_window, times=-1.0)
        crowd = scaled(panel["financing_balance"], panel, self.scale, self.scale_window)
        # The state begins above its line; the rule of the exchange begins on it.
        enter = math.nextafter(self.suspend, 0.0)
        flag = hysteresis(crowd, enter, min(self.resume, enter))
        return weighted_sum(crowd, flag, (-1.0, -self.penalty), out=crowd)


class FlowClimax(Rule):
    """A climax of financing purchases, or a panic of repayment.

    Claim: purchases of a climax come at a top, and panic repayment at a bottom.
    Formula: x(R) - x(B), x = z(flow, window) where that is above threshold, else 0; z = (flow - mean) / standard
    deviation (n - 1) of the last window sessions

    Notes
    -----
    A flow is judged against its own history, so nothing scales it. 0 on an ordinary session: the claim expects
    nothing, which ends a position. NaN until both windows are complete, and where a flow in them never moved.
    """

    NEEDS = ("financing_buy", "financing_repay")
    window: int = parameter(60, "sessions of the z-scores", low=3)
    threshold: float = parameter(2.0, "z-score above which a flow is extreme, standard deviations", low=0.0, high=30.0)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        return {"panic repayment": POSITIVE, "purchases of a climax": NEGATIVE}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in standard deviations."""
        panic, climax = self._extreme(panel["financing_repay"]), self._extreme(panel["financing_buy"])
        return difference(panic, climax, out=panic)

    def _extreme(self, flow: Panel2D) -> Panel2D:
        """Return the z-score of a flow above the threshold, 0 elsewhere."""
        score = rolling_zscore(flow, self.window)
        return between(score, low=self.threshold, out=score)
