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


PANDAS = {"market_regime": market_regime, "breadth": breadth}
