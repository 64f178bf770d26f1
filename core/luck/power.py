"""What a comparison can find: the Sharpe advantage that the verdict tells from luck in four cases of five."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ..errors import ConfigError
from ..inference.checks import FEWEST_SESSIONS, fraction
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..types import Row
from .alike import Alike
from .deflated import expected_maximum

LIKELY = 0.8
"""Probability with which an advantage is found that is called large enough."""

GUESS = Alike(0.7, 0.7, 0.7)
"""Correlations before anything was run: portfolios of one market that are mostly long."""

DRAWS = 20_000
"""Of the model: the advantage that is enough has an error of one or two hundredths of itself."""

_NORMAL = NormalDist()
_quantile = np.vectorize(_NORMAL.inv_cdf, otypes=[np.float64])


@dataclass(frozen=True, kw_only=True)
class Power:
    """What advantage a comparison finds.

    Parameters
    ----------
    advantage : float, Sharpe per year
        Over every control: found with the probability `likely`.
    likely : float, fraction
    at_half : float, fraction
        Probability with which half of that advantage is found.
    sessions, trials, controls : int
        Trials: all that were tried.
    alike : Alike
        Correlations that this rests on.
    is_measured : bool
        Whether they were measured, else guessed.
    base : float, Sharpe per year
        Of the controls.
    alpha : float, fraction
        Level of the verdict.
    """

    advantage: float
    likely: float
    at_half: float
    sessions: int
    trials: int
    controls: int
    alike: Alike
    is_measured: bool
    base: float
    alpha: float


def power(
    sessions: int,
    trials: int,
    controls: int,
    *,
    alpha: float = 0.05,
    alike: Alike | None = None,
    base: float = 0.0,
    kept: int | None = None,
    likely: float = LIKELY,
    periods_per_year: float = SESSIONS_PER_YEAR,
) -> Power:
    """Return what advantage one trial among others without any has to have so that `judge` finds it.

    Parameters
    ----------
    sessions, trials, controls : int
        T; all that are tried; C.
    alpha : float, fraction
        Level of the verdict.
    alike : Alike, optional
        Mean correlations; `GUESS` where absent. NaN is taken for that of the trials, or else of the guess.
    base : float, Sharpe per year
        True ratio of the controls and of the other trials.
    kept : int, optional
        K, the trials that are judged, where more were tried.
    likely : float, fraction
    periods_per_year : float

    Raises
    ------
    ConfigError
        Fewer than 20 sessions, no trial, no control, `alpha` or `likely` out of range.

    Notes
    -----
    A ratio of T sessions has about the error 1 / sqrt(T) per session; what trials share moves all alike. In units of
    that error, with r, x, c the correlations of trials, across, and of controls:

    * ratio of trial k: sqrt(1 - r) a_k + G, of control c: sqrt(1 - c) b_c + F; a, b independent, var G = r,
      var F = c, cov = x. Their difference has the error e = sqrt(2 - 2 x).
    * stepwise test: q is the 1 - alpha quantile of the largest of all differences over e where none is real, those
      that are left when the trial's own are rejected: sqrt(1 - r) M(K - 1 + 1 / C) + G - F + sqrt(1 - c) M(C), M(n)
      the largest of n normal draws. The trial has to be above its best control by q e.
    * deflated ratio: above E sqrt(V) + z(1 - alpha), E as `expected_maximum`, V the variance of the K ratios, the
      trial's own among them.

    Both are linear or quadratic in the advantage: each of 20,000 draws (of one seed) tells the least that is enough,
    and the percentile `likely` of these is the answer. Where trials are much alike the second binds, else the first.
    Normal returns, independent over time, of about the same volatility. Trials that form clusters are fewer than they
    count, so that rather too much is asked for. Step-down: Romano and Wolf (2005); deflated ratio: Bailey and Lopez de
    Prado (2014); the model itself is our own, held to `judge` by simulation.
    """
    kept = trials if kept is None else kept
    if sessions < FEWEST_SESSIONS or not 1 <= kept <= trials or controls < 1:
        raise ConfigError(
            f"power needs {FEWEST_SESSIONS} sessions, a trial and a control, and no more trials kept than tried; got "
            f"{sessions}, {trials}, {controls}, {kept} kept"
        )
    fraction("alpha", alpha)
    fraction("likely", likely)
    pairs = _known(GUESS if alike is None else alike)
    root = math.sqrt(periods_per_year / sessions)
    needed = root * _needed(pairs, (trials, kept, controls), alpha, base / root)
    advantage = float(np.quantile(needed, likely))
    return Power(
        advantage=advantage,
        likely=likely,
        at_half=float((needed <= advantage / 2.0).mean()),
        sessions=sessions,
        trials=trials,
        controls=controls,
        alike=pairs,
        is_measured=alike is not None,
        base=base,
        alpha=alpha,
    )


def _known(pairs: Alike) -> Alike:
    """Return correlations from 0 to 1 that can hold together, those that are not known as the others."""
    across = GUESS.across if math.isnan(pairs.across) else pairs.across
    trials, controls = (across if math.isnan(one) else one for one in (pairs.trials, pairs.controls))
    trials, controls = (min(max(one, 0.0), 1.0) for one in (trials, controls))
    return Alike(trials, min(max(across, 0.0), math.sqrt(trials * controls)), controls)


def _needed(pairs: Alike, counts: tuple[int, int, int], alpha: float, base: float) -> Row:
    """Return the advantage that is enough in each draw, in errors of a ratio, as `base`."""
    tried, kept, controls = counts
    random = np.random.default_rng(0)
    own, other = math.sqrt(1.0 - pairs.trials), math.sqrt(1.0 - pairs.controls)
    ratio, shared, rest = random.standard_normal((3, DRAWS))
    # G, and F = (cov / var G) G + what is left; without a G all of F is left
    slope = pairs.across / pairs.trials if pairs.trials > 0.0 else 0.0
    common = math.sqrt(pairs.trials) * shared
    of_controls = slope * common + math.sqrt(max(pairs.controls - slope * pairs.across, 0.0)) * rest
    error = math.sqrt(max(2.0 - 2.0 * pairs.across, 1e-12))
    best = other * _largest(controls, random)
    level = alpha * kept / tried
    luck = own * _largest(kept - 1 + 1.0 / controls, random) + common - of_controls + best
    bar = _NORMAL.inv_cdf(1.0 - level) * error if kept == 1 else float(np.quantile(luck, 1.0 - level))
    stepwise = bar - own * ratio - common + of_controls + best
    return np.maximum(stepwise, _deflated(own, own * ratio, base + common - _NORMAL.inv_cdf(1.0 - alpha), tried, kept))


def _deflated(own: float, noise: Row, above: Row, tried: int, kept: int) -> Row:
    """Return the advantage at which the deflated ratio is enough: y + k = E sqrt(A + y^2 / K), y its own deviation."""
    factor = expected_maximum(tried)
    if kept == 1:
        return factor - noise - above
    random = np.random.default_rng(1)
    others = own * random.standard_normal(DRAWS) / math.sqrt(kept - 1)
    rest = own**2 * (random.chisquare(kept - 2, DRAWS) if kept > 2 else np.zeros(DRAWS)) / (kept - 1)
    away = noise - others
    k = above + noise - away
    square = 1.0 - factor**2 / kept
    return (np.sqrt(np.maximum(k**2 - square * (k**2 - factor**2 * rest), 0.0)) - k) / square - away


def _largest(count: float, random: np.random.Generator) -> Row:
    """Return draws of the largest of `count` standard normal numbers."""
    uniform = random.random(DRAWS)
    return _quantile(np.clip(np.exp(np.log(np.clip(uniform, 1e-300, None)) / count), 1e-300, 1.0 - 1e-16))
