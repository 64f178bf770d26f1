"""The rules about the whole market, as a pandas user writes them: (frames, parameters) -> frame."""

import numpy as np
import pandas as pd


def for_listed(row, frames):
    close = frames["close"]
    return pd.DataFrame(dict.fromkeys(close, row), index=close.index).where(close.notna())


def market_regime(frames, balance="total_balance", sessions=20):
    now, before = frames[balance], frames[balance].shift(sessions)
    both = now.notna() & before.notna()
    total = before.where(both).sum(axis=1)
    return for_listed(now.where(both).sum(axis=1) / total.where(total > 0) - 1.0, frames)


def breadth(frames, threshold=0.5):
    net = frames["financing_buy"] - frames["financing_repay"]
    known = net.notna().sum(axis=1).replace(0, np.nan)
    return for_listed((net > 0).sum(axis=1) / known - threshold, frames)


def market_force(frames, window=20, by="flows"):
    if by == "balances":
        spread, total = frames["spread"], frames["total_balance"]
        change, before = spread.diff(window), total.shift(window).where(total.notna())
        return for_listed(change.sum(axis=1) / before.sum(axis=1).where(lambda x: x > 0), frames)
    net = frames["financing_buy"] - frames["financing_repay"]
    short = (frames["short_sell"] - frames["short_repay"]) * frames["close"]
    long, short, traded = (x.where(net.notna()).sum(axis=1, min_count=1) for x in (net, short, frames["amount"]))
    force = long.rolling(window).sum() - short.rolling(window).sum()
    by = traded.rolling(window, min_periods=(window + 1) // 2).sum()
    return for_listed(force / by.where(by > 0), frames)


def market_short(frames, sessions=20):
    now, before = frames["short_balance"], frames["short_balance"].shift(sessions)
    total = before.where(now.notna()).sum(axis=1)
    return for_listed(1.0 - now.where(before.notna()).sum(axis=1) / total.where(total > 0), frames)


LINES = {"buy_share": (0.06, 0.11), "float_share": (0.0225, 0.047), "average_maintenance": (2.09, 3.17)} | {
    "estimated_maintenance": (1.3, 2.0)
}


def gauge(frames, series="buy_share", measure="level", window=250, sign=-1):
    parts = {"buy_share": ("financing_buy", "amount"), "float_share": ("financing_balance", "float_cap")}
    if series == "average_maintenance":
        x = frames[series].mean(axis=1)
    elif series == "estimated_maintenance":
        owed = frames["financing_balance"].where(frames[series].notna())
        x = (frames[series] * owed).sum(axis=1) / owed.sum(axis=1).where(owed.sum(axis=1) > 0)
    else:
        above, below = (frames[name] for name in parts[series])
        total = below.where(above.notna()).sum(axis=1)
        x = above.where(below.notna()).sum(axis=1) / total.where(total > 0)
    if measure == "percentile":
        return for_listed(sign * (2 * x.rolling(window, min_periods=(window + 1) // 2).rank(pct=True) - 1), frames)
    cold, hot = LINES[series]
    return for_listed(sign * 2 * (x - (cold + hot) / 2) / (hot - cold), frames)


PANDAS = {
    "market_regime": market_regime,
    "breadth": breadth,
    "market_force": market_force,
    "market_short": market_short,
    "gauge": gauge,
}
