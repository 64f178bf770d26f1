"""Who takes part on a session, with which score and of which size."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ConfigError
from ...core.ideas.parameters import Parameter
from ...core.ideas.target_strategy import Setting
from ...core.kernels.changes import relative_change
from ...core.kernels.cross_section import neutralise
from ...core.kernels.rolling import rolling_std
from ...core.panel.panel import Panel
from ...core.types import Mask2D, Panel2D
from ..rules.adjusted import adjusted_close

NEUTRAL = Parameter(
    "neutral", str, "none", "`industry`: a score counts less its industry's mean", choices=("none", "industry")
)
SIZING = (
    Parameter(
        "sizing",
        str,
        "equal",
        "`volatility`: inverse of the volatility of daily returns",
        choices=("equal", "volatility"),
    ),
    Parameter("volatility_window", int, 60, "sessions of the volatility, of `sizing: volatility`", low=5),
)


def minimum(default: int) -> Parameter:
    """Return the parameter `minimum` with its default for a form."""
    return Parameter("minimum", int, default, "least number of scored securities to trade at all", low=1)


class Stage(NamedTuple):
    """The S sessions from some row of the panel on."""

    trades: Mask2D  # (S, N): has a close and is not suspended
    is_member: Mask2D  # (S, N), or (1, 1) where all are: of the universe of that session
    has_opinion: Mask2D  # (S, N): trades and is scored
    has_enough: Mask2D  # (S,): at least `minimum` scored securities
    sizes: Panel2D  # (S, N), or (S, 1) where all are equal: relative to each other
    rule_score: Panel2D  # (S, N)
    industry: Panel2D | None  # (S, N); None where scores are not neutral to it

    def scores(self, rows: slice | NDArray[np.intp] = slice(None)) -> Panel2D:
        """Return the scores of some rows, NaN = no opinion; less their industry's mean over those that take part."""
        score = np.where(self.has_opinion[rows], self.rule_score[rows], np.nan)
        return score if self.industry is None else neutralise(score, self.industry[rows])


def staged(setting: Setting, parameters: Mapping[str, Any], first: int) -> Stage:
    """Return who takes part from row `first` of the panel on.

    Raises
    ------
    ConfigError
        A setting without a score.

    Notes
    -----
    No opinion: a NaN score, a security that does not trade that session or is not in its universe, one without an
    industry where the score is neutral to industries, one without a volatility where sizes need it.
    """
    if setting.score is None:
        raise ConfigError("a portfolio form trades a rule: the setting should have its score, got None")
    panel, rule_score = setting.panel, setting.score[first:]
    trades = np.isfinite(panel["close"][first:])
    suspended = panel.get("suspended")
    if suspended is not None:
        trades &= ~(suspended[first:] > 0.0)
    sizes = _sizes(panel, parameters, first)
    industry = panel["industry"][first:] if parameters.get("neutral") == "industry" else None
    universe = panel.get("in_universe")
    is_member = np.ones((1, 1), dtype=np.bool_) if universe is None else universe[first:] > 0.0
    has_opinion = trades & is_member & ~np.isnan(rule_score)
    for needed in (sizes, industry):
        if needed is not None:
            has_opinion &= ~np.isnan(needed)
    has_enough = np.count_nonzero(has_opinion, axis=1) >= parameters["minimum"]
    return Stage(trades, is_member, has_opinion, has_enough, sizes, rule_score, industry)


def _sizes(panel: Panel, parameters: Mapping[str, Any], first: int) -> Panel2D:
    """Return 1 for all, or 1 / volatility; NaN where fewer than half of the window's returns are known, or all are 0.

    A return across a suspension is none: it would be the one of many sessions.
    """
    if parameters["sizing"] == "equal":
        return np.ones((panel.shape[0] - first, 1))
    window = parameters["volatility_window"]
    returns = relative_change(adjusted_close(panel), 1)
    volatility = rolling_std(returns, window, min_count=(window + 1) // 2, start=first)[first:]
    with np.errstate(divide="ignore"):
        sizes = 1.0 / volatility
    sizes[np.isinf(sizes)] = np.nan
    return sizes


def total_sizes(panel: Panel, sizes: Panel2D) -> Panel2D:
    """Return the sum of the sizes (T, N) or (T, 1) of every session, (T, 1); equal ones are those of the listed so far.

    Listed is what has had a close: the suspended and the delisted stay in, so that nobody's part grows by them. Where
    the panel has a universe by day (`in_universe`), its members are what counts.
    """
    universe = panel.get("in_universe")
    if universe is not None:
        total = np.nansum(np.where(universe > 0.0, sizes, 0.0), axis=1, keepdims=True)
        return np.where(total > 0.0, total, 1.0)
    if sizes.shape[1] > 1:
        return np.nansum(sizes, axis=1, keepdims=True)
    is_quoted = np.isfinite(panel["close"])
    begins = is_quoted.argmax(axis=0)[is_quoted.any(axis=0)]
    listed = np.cumsum(np.bincount(begins, minlength=panel.shape[0]))
    return np.maximum(listed, 1)[:, None] * sizes
