"""The rules about the course of the balance, as a pandas user writes them: (frames, parameters) -> frame."""


def balance_trend(frames, window=20):
    balance = frames["financing_balance"]
    mean = balance.rolling(window).mean()
    return balance / mean.where(mean > 0) - 1


def balance_stage(frames, window=20, young_sessions=10, old_sessions=40):
    balance = frames["financing_balance"]
    mean = balance.rolling(window).mean()
    is_rise = balance > mean
    is_known = balance.notna() & mean.notna()
    count = is_rise.astype(float).cumsum()
    age = count - count.where(is_known & ~is_rise).ffill().fillna(0)
    score = (1 - 2 * (age - young_sessions) / (old_sessions - young_sessions)).clip(-1, 1)
    return score.where(is_rise, 0.0).where(is_known)


def balance_repay_divergence(frames, rise_sessions=20, sessions=5):
    balance = frames["financing_balance"]
    repaid = (frames["financing_repay"] - frames["financing_buy"]).rolling(sessions).sum()
    more, rise = repaid.diff(sessions), balance.diff(rise_sessions)
    score = (-more / balance).where((more > 0) & (rise > 0), 0.0)
    return score.where(more.notna() & rise.notna() & (balance > 0))


PANDAS = {
    "balance_trend": balance_trend,
    "balance_stage": balance_stage,
    "balance_repay_divergence": balance_repay_divergence,
}
