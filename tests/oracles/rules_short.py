"""The rules about short positions, as a pandas user writes them: (frames, parameters) -> frame."""

import numpy as np

from .rules_spread import zscore


def scaled_shorts(frames, scale, scale_window):
    if scale == "own":
        return frames["short_volume"]
    if scale in ("float_shares", "outstanding_shares"):
        base = frames[scale]
    else:
        base = frames["volume"].rolling(scale_window, min_periods=(scale_window + 1) // 2).mean()
    return frames["short_volume"] / base.where(base > 0)


def short_pressure(
    frames, window=60, persistence_window=20, persistence_weight=1.0, scale="float_shares", scale_window=20
):
    x = scaled_shorts(frames, scale, scale_window)
    z = zscore(x, window, window)
    persistence = np.sign(frames["short_volume"].diff()).rolling(persistence_window).mean()
    return -(z + persistence_weight * persistence)


def short_interest_ratio(frames, of="outstanding"):
    return -scaled_shorts(frames, f"{of}_shares", None)


def days_to_cover(frames, window=20):
    return -scaled_shorts(frames, "turnover", window)


def short_to_turnover(frames, window=20):
    traded = frames["amount"].rolling(window, min_periods=(window + 1) // 2).mean()
    return -frames["short_balance"] / traded.where(traded > 0)


PANDAS = {
    "short_pressure": short_pressure,
    "short_interest_ratio": short_interest_ratio,
    "days_to_cover": days_to_cover,
    "short_to_turnover": short_to_turnover,
}
