"""The rules about extremes, as a pandas user writes them: (frames, parameters) -> frame."""


def last_price(frames):
    close = frames["close"]
    return (close * frames["adj_factor"] if "adj_factor" in frames else close).ffill()


def growth(balance, sessions):
    before = balance.shift(sessions)
    return (balance - before) / before.where(before > 0)


def dip_financing(frames, sessions=20, range_window=250, low=0.25, sign=1):
    rise, price = growth(frames["financing_balance"], sessions), last_price(frames)
    fall = price.diff(sessions)
    history = price.rolling(range_window, min_periods=(range_window + 1) // 2)
    least = history.min()
    line = least + low * (history.max() - least)
    score = rise.rank(axis=1, pct=True).where((rise > 0) & (fall < 0) & (price <= line), 0.0)
    return sign * score.where(rise.notna() & fall.notna() & line.notna())


def trapped_buying(frames, sign=-1, **given):
    return dip_financing(frames, sign=sign, **given)


def balance_rollover(frames, sessions=5, range_window=250, top=0.1):
    balance = frames["financing_balance"]
    rank = balance.rolling(range_window, min_periods=(range_window + 1) // 2).rank(pct=True)
    fall = growth(balance, sessions)
    return fall.where((rank > 1 - top) & (fall < 0), 0.0).where(rank.notna() & fall.notna())


def deleveraging(frames, sessions=5, fall=0.1):
    change = growth(frames["financing_balance"], sessions)
    move = last_price(frames).diff(sessions)
    return change.where((change < -fall) & (move < 0), 0.0).where(change.notna() & move.notna())


PANDAS = {
    "dip_financing": dip_financing,
    "trapped_buying": trapped_buying,
    "balance_rollover": balance_rollover,
    "deleveraging": deleveraging,
}
