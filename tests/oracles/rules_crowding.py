"""The rules about too much borrowed money, as a pandas user writes them: (frames, parameters) -> frame."""

from .rules_spread import over_scale, zscore


def expiry_overhang(frames, near_sessions=115, far_sessions=130, scale="float_cap", scale_window=20):
    balance = frames["financing_balance"]
    built = balance.shift(near_sessions) - balance.shift(far_sessions + 1)
    return -over_scale(built, frames, scale, scale_window)


def crowding(frames, suspend=0.25, resume=0.2, penalty=1.0, scale="float_cap", scale_window=20):
    score = over_scale(frames["financing_balance"], frames, scale, scale_window)
    if scale == "turnover":
        return -score
    flag = (score >= suspend).astype(float).where((score >= suspend) | (score < resume)).ffill().fillna(0.0)
    return -score - penalty * flag


def extreme(flow, window, threshold):
    score = zscore(flow, window, window)
    return score.where((score > threshold) | score.isna(), 0.0)


def flow_climax(frames, window=60, threshold=2.0):
    repaid = extreme(frames["financing_repay"], window, threshold)
    return repaid - extreme(frames["financing_buy"], window, threshold)


PANDAS = {
    "expiry_overhang": expiry_overhang,
    "crowding": crowding,
    "flow_climax": flow_climax,
}
