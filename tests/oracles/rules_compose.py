"""Rules made of others, as a pandas user writes them, on frames of scores; `PANDAS` has an example of each."""

import numpy as np

from .rules_flows import net_financing_rate
from .rules_market import breadth
from .rules_short import days_to_cover


def industry_relative(score, industry):
    relative, numbers = score * np.nan, np.unique(industry)
    for number in numbers[~np.isnan(numbers)]:
        is_member = industry == number
        mean = score.where(is_member).mean(axis=1)
        relative = relative.where(~is_member, score.sub(mean, axis=0))
    return relative


def combine(scores, weights=()):
    weights = weights or [1.0] * len(scores)
    ranks = [score.rank(axis=1, pct=True) for score in scores]
    ranks = [rank.sub(rank.mean(axis=1), axis=0) for rank in ranks]
    total = sum(weight * rank.fillna(0.0) for weight, rank in zip(weights, ranks, strict=True))
    has_any = np.logical_or.reduce([rank.notna() for rank in ranks])
    return (total / np.abs(weights).sum()).where(has_any)


def gate(score, gate, above=0.0, otherwise="none"):
    shut = {"none": np.nan, "zero": score * 0.0, "negate": -score}[otherwise]
    return score.where(gate > above, shut).where(gate.notna())


def lag(score, sessions=1):
    return score.shift(sessions)


def smooth(score, mean="rolling", window=5):
    if mean == "rolling":
        return score.rolling(window).mean()
    return score.ewm(span=window, min_periods=window).mean().where(score.notna())


PANDAS = {
    "industry_relative": lambda frames: industry_relative(net_financing_rate(frames), frames["industry"]),
    "combine": lambda frames: combine([net_financing_rate(frames), days_to_cover(frames)]),
    "gate": lambda frames: gate(net_financing_rate(frames), breadth(frames)),
    "lag": lambda frames: lag(net_financing_rate(frames)),
    "smooth": lambda frames: smooth(net_financing_rate(frames)),
}
"""Examples over net_financing_rate, days_to_cover and breadth with their defaults."""
