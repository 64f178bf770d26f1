"""Functions of panels, for rules of one's own: float64 (T, N) arrays in and out, compiled, NaN = no observation.

Row t of what they return uses rows up to t only (but `cross_*`, `group_sum`, `neutralise` and `winsorise`: row t only),
so that a rule that is made of them cannot know the future.
"""

from .core.kernels.balance_series import Flows, Series, balance_series
from .core.kernels.balances import (
    financing_repayment,
    impute_outflow,
    impute_short_balance,
    reconcile,
    roll_balance,
    short_repayment,
)
from .core.kernels.changes import change, lag, relative_change
from .core.kernels.conditions import between, direction, gated, is_above, low_in_range, ramp
from .core.kernels.cost_line import Stock, Sums, share_below, stock_of, sums_of
from .core.kernels.crash import CrashRisk, rolling_crash_risk
from .core.kernels.cross_section import cross_quantile, cross_rank, cross_zscore, group_sum, neutralise, winsorise
from .core.kernels.elementwise import change_over, difference, product, ratio, weighted_sum
from .core.kernels.hysteresis import hysteresis, trend_age
from .core.kernels.market_wide import count_above, total_change, where_known
from .core.kernels.prices import carry_forward, returns, round_half_up
from .core.kernels.rolling import rolling_mean, rolling_std, rolling_zscore
from .core.kernels.rolling_correlation import rolling_correlation
from .core.kernels.rolling_extremes import rolling_max, rolling_min
from .core.kernels.rolling_rank import rolling_rank
from .core.kernels.rolling_sums import rolling_count, rolling_sum
from .core.kernels.smoothing import exponential_mean

__all__ = [
    "CrashRisk",
    "Flows",
    "Series",
    "Stock",
    "Sums",
    "balance_series",
    "between",
    "carry_forward",
    "change",
    "change_over",
    "count_above",
    "cross_quantile",
    "cross_rank",
    "cross_zscore",
    "difference",
    "direction",
    "exponential_mean",
    "financing_repayment",
    "gated",
    "group_sum",
    "hysteresis",
    "impute_outflow",
    "impute_short_balance",
    "is_above",
    "lag",
    "low_in_range",
    "neutralise",
    "product",
    "ramp",
    "ratio",
    "reconcile",
    "relative_change",
    "returns",
    "roll_balance",
    "rolling_correlation",
    "rolling_count",
    "rolling_crash_risk",
    "rolling_max",
    "rolling_mean",
    "rolling_min",
    "rolling_rank",
    "rolling_std",
    "rolling_sum",
    "rolling_zscore",
    "round_half_up",
    "share_below",
    "short_repayment",
    "stock_of",
    "sums_of",
    "total_change",
    "trend_age",
    "weighted_sum",
    "where_known",
    "winsorise",
]
