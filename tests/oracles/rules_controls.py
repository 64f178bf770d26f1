"""The controls, as a pandas user writes them: (frames, parameters) -> frame; and the random score in plain Python."""

import hashlib

import numpy as np
import pandas as pd


def adjusted(frames):
    return frames["close"] * frames["adj_factor"] if "adj_factor" in frames else frames["close"]


def equal_weight(frames):
    close = frames["close"]
    return pd.DataFrame(1.0, index=close.index, columns=close.columns).where(close.notna())


def buy_and_hold(frames):
    close = frames["close"]
    held = close.loc[close.first_valid_index() :] if close.notna().to_numpy().any() else close.iloc[:0]
    first = close.dropna(how="all").iloc[:1].notna().any()
    score = pd.DataFrame(np.nan, index=close.index, columns=close.columns)
    score.loc[held.index, first[first].index] = 1.0
    return score


def price_momentum(frames, sessions=250, skip=20):
    price = adjusted(frames)
    return price.shift(skip) / price.shift(sessions) - 1.0


def price_reversal(frames, sessions=20):
    price = adjusted(frames)
    return 1.0 - price / price.shift(sessions)


def random_draw(seed, symbol, day, hold):
    """Return one draw of the random score, in Python's whole numbers."""
    words = (1 << 64) - 1

    def mixed(bits):
        bits = (bits + 0x9E3779B97F4A7C15) & words
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & words
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & words
        return bits ^ (bits >> 31)

    # 1970-01-01 was a Thursday: three weekends had passed by Monday 1970-01-19.
    days = (day - np.datetime64("1970-01-01")).astype(int)
    weekdays = sum(1 for d in range(days % 7) if (3 + d) % 7 < 5) + days // 7 * 5
    digest = hashlib.blake2b(f"{seed}:{symbol}".encode(), digest_size=8).digest()
    bits = mixed(int.from_bytes(digest, "little") ^ mixed(int(weekdays) // hold))
    return (bits >> 11) / 2**53 - 0.5


PANDAS = {
    "equal_weight": equal_weight,
    "buy_and_hold": buy_and_hold,
    "price_momentum": price_momentum,
    "price_reversal": price_reversal,
}
