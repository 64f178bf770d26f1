"""The rules about the spread, as a pandas user writes them: (frames, parameters) -> frame."""


def over_scale(values, frames, scale, scale_window):
    if scale == "float_cap":
        by = frames["float_cap"]
    elif scale == "own":
        return values
    else:
        by = frames["amount"].rolling(scale_window, min_periods=(scale_window + 1) // 2).mean()
    return values / by.where(by > 0)


def zscore(values, window, least):
    """Return the z-score; pandas itself divides by whatever rounding left of a constant window."""
    history = values.rolling(window, min_periods=least)
    mean, deviation = history.mean(), history.std()
    return (values - mean) / deviation.where(deviation > 1e-12 * mean.abs())


def spread_level(frames, scale="float_cap", scale_window=20):
    return over_scale(frames["spread"], frames, scale, scale_window)


def spread_momentum(frames, sessions=5, scale="float_cap", scale_window=20):
    return over_scale(frames["spread"].diff(sessions), frames, scale, scale_window)


def spread_zscore(frames, window=60, sign=-1, scale="float_cap", scale_window=20):
    relative = over_scale(frames["spread"], frames, scale, scale_window)
    return sign * zscore(relative, window, (window + 1) // 2)


def short_to_financing(frames):
    balance = frames["financing_balance"]
    return -frames["short_balance"] / balance.where(balance > 0)


def total_momentum(frames, sessions=20, scale="float_cap", scale_window=20):
    total = frames["total_balance"]
    if scale == "own":
        before = total.shift(sessions)
        return total / before.where(before > 0) - 1
    return over_scale(total.diff(sessions), frames, scale, scale_window)


PANDAS = {
    "spread_level": spread_level,
    "spread_momentum": spread_momentum,
    "spread_zscore": spread_zscore,
    "short_to_financing": short_to_financing,
    "total_momentum": total_momentum,
}
