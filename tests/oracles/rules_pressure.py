"""The rule about forced sales ahead, as a pandas user writes it who keeps the lots of each security in lists."""

import numpy as np
import pandas as pd

from .cost_line import below, sums
from .rules_spread import over_scale

MARGINS = [("2010-03-31", 0.5), ("2015-11-23", 1.0), ("2023-09-11", 0.8), ("2026-01-19", 1.0)]
"""First day and least margin of a financed purchase."""


def initial(days):
    return np.array([1.0 + [m for first, m in MARGINS if pd.Timestamp(first) <= day][-1] for day in days])


def pressure(frames, fall=0.1, line=1.3, way="proportional", opening=0.5, scale="float_cap", scale_window=20):
    close, owed = frames["close"], frames["financing_balance"]
    factor = frames["adj_factor"].ffill()
    average = (frames["amount"] / frames["volume"].where(frames["volume"] > 0)).replace(0.0, np.nan)
    average = average.fillna(close).fillna(close.ffill()) * factor
    flows = [owed, frames["financing_buy"], frames["financing_repay"], average]
    parts = [frame.to_numpy() for frame in flows]
    ratio = initial(close.index)[:, None] / parts[3]
    level = (close.ffill() * factor * (1.0 - fall)).to_numpy()
    found = below(parts, ratio, np.ones(owed.shape), level, line, way)
    old = sums(parts, ratio, ratio, way)[2]
    score = owed * np.where(old <= opening, found, np.nan)
    return -over_scale(score, frames, scale, scale_window)
