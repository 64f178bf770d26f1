"""The slow, obvious statistics of an equity series: plain loops over lists, each straight from its definition."""

import math
import statistics
from itertools import pairwise


def returns(equity):
    out = [math.nan]
    for before, after in pairwise(equity):
        out.append((after - before) / before if before > 0 else math.nan)
    return out[: len(equity)]


def drawdown(equity):
    out = []
    for t, value in enumerate(equity):
        peak = max((v for v in equity[: t + 1] if v > 0), default=math.nan)
        out.append((value - peak) / peak)
    return out


def max_drawdown(equity):
    """Look at every pair (peak, trough): quadratic on purpose."""
    best = (math.nan, -1, -1, -1)
    for a, high in enumerate(equity):
        if not high > 0:
            continue
        if math.isnan(best[0]):
            best = (0.0, -1, -1, -1)
        for b in range(a + 1, len(equity)):
            if any(v > high for v in equity[: b + 1]):
                break  # not the peak that b fell from
            depth = equity[b] / high - 1.0
            tie_with_later_peak = depth == best[0] < 0 and b == best[2]
            if depth < best[0] or tie_with_later_peak:
                back = [t for t in range(b + 1, len(equity)) if equity[t] >= high]
                best = (depth, a, b, back[0] if back else -1)
    return best


def observed(values):
    return [float(v) for v in values if not math.isnan(v)]


def volatility(values, year):
    seen = observed(values)
    return statistics.stdev(seen) * math.sqrt(year) if len(seen) > 1 else math.nan


def sharpe(values, year, risk_free_rate=0.0):
    excess = [v - risk_free_rate / year for v in observed(values)]
    if len(excess) < 2 or len(set(excess)) == 1:
        return math.nan
    return statistics.fmean(excess) / statistics.stdev(excess) * math.sqrt(year)


def sortino(values, year, target_rate=0.0):
    excess = [v - target_rate / year for v in observed(values)]
    losses = [e * e for e in excess if e < 0]
    if not losses:
        return math.nan
    return statistics.fmean(excess) / math.sqrt(sum(losses) / len(excess)) * math.sqrt(year)
