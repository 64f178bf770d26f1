"""Rules in a file of a user's own that know the future in many ways, and honest ones beside them."""

RULES = '''
import functools

import numpy as np
import pandas as pd
from liangrong.strategies.rules import Rule, parameter

KEPT = {}


class Close(Rule):
    """A figure of the closes.

    Claim: none.
    Formula: none
    """

    NEEDS = ("close",)

    def score(self, panel):
        return np.asarray(self.of(pd.DataFrame(panel["close"])))

    def of(self, close):
        return close / close.shift(3) - 1


class Shift(Close):
    def of(self, close):
        return close.shift(-1) / close - 1


class Backfill(Close):
    def of(self, close):
        is_shown = np.broadcast_to(np.arange(len(close))[:, None] % 5 == 4, close.shape)
        return close.where(is_shown).bfill()


class Centred(Close):
    def of(self, close):
        return close / close.rolling(5, center=True, min_periods=1).mean()


class Mean(Close):
    def of(self, close):
        return close - close.mean()


class Deviation(Close):
    def of(self, close):
        return close / close.std()


class Rank(Close):
    def of(self, close):
        return close.rank(pct=True)


class Quantile(Close):
    def of(self, close):
        return close > close.quantile(0.9)


class Reversed(Close):
    def of(self, close):
        return close[::-1].ewm(5).mean()[::-1]


class Regression(Close):
    def of(self, close):
        t = np.arange(len(close))
        slope, level = np.polyfit(t, close.fillna(0.0), 1)
        return close - (level + np.outer(t, slope))


class Survivors(Close):
    """Only those that trade to the end."""

    def of(self, close):
        return (close / close.shift(3) - 1).where(close.iloc[-1].notna())


class Length(Close):
    def of(self, close):
        return close / len(close)


class LastRow(Close):
    def of(self, close):
        score = close.copy()
        score.iloc[-1] = 0.0
        return score


class NextDate(Rule):
    """Sees in the calendar that a month ends, and takes the end of the history for one.

    Claim: none.
    Formula: none
    """

    def score(self, panel):
        month = panel.sessions.astype("datetime64[M]")
        ends = np.append(month[1:] != month[:-1], True)
        return np.repeat(ends[:, None], len(panel.symbols), axis=1)


class Parameter(Close):
    """Looks as far ahead as its parameter says."""

    ahead: int = parameter(2, "sessions")

    def of(self, close):
        return close.shift(-self.ahead) / close - 1


class Tiny(Close):
    """A peek in the tenth digit."""

    def of(self, close):
        return close + 1e-9 * close.shift(-1).fillna(0.0)


class FirstPanel(Rule):
    """Keeps the first panel and answers from it, one session ahead.

    Claim: none.
    Formula: C[t+1]/C[t] - 1
    """

    NEEDS = ("close",)

    def score(self, panel):
        close = KEPT.setdefault("close", np.array(panel["close"]))
        ahead = np.full(close.shape, np.nan)
        ahead[:-1] = close[1:] / close[:-1] - 1
        return ahead[: panel.shape[0]]


class EveryTwenty(Rule):
    """Peeks on one session of twenty.

    Claim: none.
    Formula: C[t+1]/C[t] - 1 where t % 20 = 7
    """

    NEEDS = ("close",)

    def score(self, panel):
        close = np.array(panel["close"])
        score = np.zeros(close.shape)
        for t in range(7, len(close) - 1, 20):
            score[t] = close[t + 1] / close[t] - 1
        return score


class NeedsSome(Rule):
    """Honest from the 12th session on, and cannot do with fewer.

    Claim: none.
    Formula: C / C[11] - 1
    """

    NEEDS = ("close",)

    def score(self, panel):
        return panel["close"] / panel["close"][11] - 1


class NeedsMost(NeedsSome):
    """One fixed session near the end."""

    def score(self, panel):
        return panel["close"] / panel["close"][26] - 1


class Fails(NeedsSome):
    """An error on histories of one length in four."""

    def score(self, panel):
        if len(panel.sessions) % 4 == 1:
            raise ValueError("not this length")
        return panel["close"] / panel["close"][0]


class Kept(Close):
    """Honest in a process of its own; the answer of its first call for ever."""

    def of(self, close):
        return KEPT.setdefault(len(close), close / close.shift(3) - 1)


@functools.lru_cache
def momentum(length, columns):
    return np.random.default_rng(columns).random((length, columns))


class Cached(Close):
    """Keeps what depends on the length alone, in a cache."""

    def of(self, close):
        return momentum(*close.shape)


class Product(Close):
    """Honest: a matrix product, whose last digits depend on the length."""

    def of(self, close):
        mixed = np.random.default_rng(0).normal(size=(close.shape[1], close.shape[1]))
        return close.fillna(0.0).to_numpy() @ mixed


class NotLate(Close):
    """Honest, and cannot do without a first session."""

    def of(self, close):
        if close.iloc[0].isna().all():
            raise ValueError("no first session")
        return close / close.shift(3) - 1
'''
