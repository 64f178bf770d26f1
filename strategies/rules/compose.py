"""Rules made of other rules: against the industry, combined, gated, later, smoother."""

from typing import ClassVar

import numpy as np

from ...core.errors import ConfigError
from ...core.ideas.rule import Composed, parameter
from ...core.kernels.changes import lag
from ...core.kernels.conditions import gated
from ...core.kernels.cross_section import cross_rank, neutralise
from ...core.kernels.market_wide import add_centred_ranks
from ...core.kernels.rolling import rolling_mean
from ...core.kernels.smoothing import exponential_mean
from ...core.panel.panel import Panel
from ...core.types import Panel2D


class IndustryRelative(Composed):
    """A rule compared with the security's industry (行业).

    Claim: what counts is how a security stands among its like; industries as a whole are financed more or less.
    Formula: r - mean(r over the securities of the same industry that have a score on that session), r = the rule

    Notes
    -----
    NaN without an industry. A security that is alone in its industry has 0: it is as its industry is.
    """

    NEEDS = ("industry",)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in the unit of the rule."""
        return neutralise(self.rules[0].score(panel), panel["industry"])


class Combine(Composed):
    """Several rules as one: the weighted mean of their cross-sectional ranks.

    Claim: no sign is right alone; balances have to be read together with volume and turnover.
    Formula: sum(w_i (rank_i - mean rank_i)) / sum(|w_i|), rank_i = the rank of the security's score by rule i among
    all scores of the session, (0, 1]; w_i = `weights`

    Notes
    -----
    Between -0.5 and 0.5, centred at 0. A rule that has no score for a security counts as the middle rank, 0: no
    opinion moves nothing. So the rules with shorter warm-ups speak alone until all are known. NaN where no rule
    scores the security.
    """

    COUNT: ClassVar[tuple[int, int | None]] = (2, None)
    ROLES: ClassVar[str] = "the rules to combine"

    weights: tuple = parameter((), "weight of each rule, negative turns it round; empty: all alike")

    def __post_init__(self) -> None:
        """Check that there is a weight for each rule, and that they are not all 0."""
        super().__post_init__()
        if self.weights and len(self.weights) != len(self.rules):
            raise ConfigError(
                f"`weights` of rule `Combine` should be one number for each of its {len(self.rules)} rules, "
                f"got {len(self.weights)}"
            )
        if self.weights and not any(self.weights):
            raise ConfigError("`weights` of rule `Combine` should not all be 0: nothing would be left")

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        weights = self.weights or (1.0,) * len(self.rules)
        share = sum(map(abs, weights))
        total = np.full(panel.shape, np.nan)
        for rule, weight in zip(self.rules, weights, strict=True):
            add_centred_ranks(cross_rank(rule.score(panel)), weight / share, total)
        return total


_SHUT = {"none": np.nan, "zero": 0.0, "negate": -1.0}
"""What a score is multiplied by while its gate is shut."""


class Gate(Composed):
    """A rule where another one allows it.

    Claim: a sign holds only in its market: follow it while the gate is open.
    Formula: r where g > above; elsewhere NaN (otherwise: none), 0 (zero) or -r (negate); r = the first rule, g = the
    second, the gate

    Notes
    -----
    NaN where the rule is, and where the gate is: an unknown gate is neither open nor shut.
    """

    COUNT: ClassVar[tuple[int, int | None]] = (2, 2)
    ROLES: ClassVar[str] = "the rule, then its gate"

    above: float = parameter(0.0, "score of the gate above which it is open, in its unit")
    otherwise: str = parameter("none", "score while the gate is shut", choices=tuple(_SHUT))

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in the unit of the first rule."""
        score, gate = (rule.score(panel) for rule in self.rules)
        return gated(score, gate, low=self.above, shut=_SHUT[self.otherwise])


class Lag(Composed):
    """A rule's score of some sessions before.

    Claim: a sign acts later than it is seen; or, a sign that is worth something is still worth it a few sessions on.
    Formula: r `sessions` before, r = the rule

    Notes
    -----
    Sessions of the panel are counted, whether or not the security has a score on them.
    """

    sessions: int = parameter(1, "sessions between the score and its use", low=1)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in the unit of the rule."""
        return lag(self.rules[0].score(panel), self.sessions)


class Smooth(Composed):
    """A rule's score as a mean of the last sessions.

    Claim: what lasts for days is a sign, what comes and goes in one is noise; and a smooth score costs fewer trades.
    Formula: mean(r, window) (mean: rolling); or the mean of all r so far, a score of k sessions ago weighted
    (1 - 2 / (window + 1))^k (mean: exponential); r = the rule

    Notes
    -----
    NaN where the rule has no score on the session itself; for `rolling` also where it lacks one in the window, for
    `exponential` where it had fewer than `window` so far.
    """

    mean: str = parameter("rolling", "kind of the mean", choices=("rolling", "exponential"))
    window: int = parameter(5, "sessions of the mean; of the exponential one, its span", low=1)

    def warmup(self) -> int:
        """Return the warm-up of the rule and the sessions that the window adds."""
        return self.rules[0].warmup() + self.window - 1

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in the unit of the rule."""
        score = self.rules[0].score(panel)
        if self.mean == "rolling":
            return rolling_mean(score, self.window)
        mean = exponential_mean(score, self.window, min_count=self.window)
        mean[np.isnan(score)] = np.nan
        return mean
