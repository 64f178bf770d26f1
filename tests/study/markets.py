"""Small markets with known answers for the tests of studies."""

import numpy as np
from liangrong.core.panel.panel import Panel
from liangrong.core.study.design import Question

SYMBOLS = (
    *(f"{600000 + j}.SH" for j in range(20)),
    *(f"{300000 + j}.SZ" for j in range(15)),
    *(f"{688000 + j}.SH" for j in range(15)),
)


def market(seed=0, sessions=90, symbols=SYMBOLS, *, start="2023-06-01", holes=0.05):
    """Return a panel of random prices, balances and industries that change; NaN in prices are suspensions."""
    random = np.random.default_rng(seed)
    shape = (sessions, len(symbols))
    close = 10.0 * np.exp(0.02 * random.normal(size=shape).cumsum(axis=0))
    opens = close * np.exp(0.005 * random.normal(size=shape))
    is_out = random.random(shape) < holes
    close[is_out], opens[is_out] = np.nan, np.nan
    industry = np.where(np.arange(shape[1]) % 3 == 0, 1.0, 0.0) * np.ones(shape)
    industry[sessions // 2 :, :4] = 1.0
    industry[:, 7] = np.nan
    balance = 1e8 * np.exp(0.01 * random.normal(size=shape).cumsum(axis=0))
    balance[random.random(shape) < holes] = np.nan
    fields = {"close": close, "open": opens, "financing_balance": balance, "industry": industry}
    days = np.busday_offset(start, np.arange(sessions), roll="forward")
    return Panel(sessions=days, symbols=symbols, fields=fields, industries=("metal", "paper"))


def question(panel, seed=1, *, first=0, signal=0.0, entry_lead=1, **more):
    """Return a question with a random score, `signal` of which is the return of the next session."""
    random = np.random.default_rng(seed)
    score = random.normal(size=panel.shape)
    if signal:
        opens = panel["open"]
        ahead = np.full(panel.shape, np.nan)
        ahead[: -1 - entry_lead] = opens[1 + entry_lead :] / opens[entry_lead:-1] - 1.0
        score = np.where(np.isnan(ahead), score, score + signal * ahead / 0.02)
    score[random.random(panel.shape) < 0.1] = np.nan
    return Question(score=score, seen=panel, traded=panel, first=first, **more)
