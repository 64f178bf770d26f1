"""Markets in which a published result is true, is turned round, or means nothing."""

import numpy as np
from liangrong.core.panel.panel import Panel


def remembering(random, shape, memory):
    """Return series (T, N) of variance 1 that keep `memory` of their last value."""
    shocks = np.sqrt(1.0 - memory**2) * random.normal(size=shape)
    out = np.empty(shape)
    out[0] = random.normal(size=shape[1])
    for t in range(1, shape[0]):
        out[t] = memory * out[t - 1] + shocks[t]
    return out


def market(carrier="", tilt=0.0, *, sessions=520, securities=40, start="2019-01-02", seed=1, without=(), **more):
    """Return a panel in which a hidden series of each security tells its returns, and one field tells the series.

    Parameters
    ----------
    carrier : str
        shares short, debt, purchases, short sales: what the hidden series stands in.
    tilt : float
        By how much a day's return is higher for each 1 of the series.
    without : sequence of str
        Fields that are left out.
    more : arrays
        Fields in the place of these.
    """
    random = np.random.default_rng(seed)
    shape = (sessions, securities)
    hidden = remembering(random, shape, 0.97)
    told = {one: hidden if one == carrier else remembering(random, shape, 0.97) for one in CARRIERS}
    returns = 0.008 * random.normal(size=(sessions, 1)) + 0.012 * random.normal(size=shape)
    returns[1:] += tilt * hidden[:-1]
    close = 10.0 * np.exp(np.log1p(np.clip(returns, -0.3, 0.3)).cumsum(axis=0))
    volume = 1e6 * np.exp(0.2 * random.normal(size=shape))
    amount = volume * close
    debt = 5.0 * 1e7 * np.exp(0.3 * told["debt"])
    bought = 0.1 * debt * np.exp(0.5 * told["purchases"])
    earlier = np.concatenate([debt[:1], debt[:-1]])
    short = 1e5 * np.exp(0.5 * told["shares short"])
    sold = 0.05 * short * np.exp(0.5 * told["short sales"])
    fields = {
        "open": np.concatenate([close[:1], close[:-1]]),
        "close": close,
        "volume": volume,
        "amount": amount,
        "float_shares": np.full(shape, 1e8),
        "float_cap": 1e8 * close,
        "outstanding_shares": np.full(shape, 2e8),
        "financing_balance": debt,
        "financing_buy": bought,
        "financing_repay": bought - (debt - earlier),
        "short_volume": short,
        "short_balance": short * close,
        "short_sell": sold,
    }
    fields = {name: values for name, values in (fields | more).items() if name not in without}
    days = np.busday_offset(start, np.arange(sessions), roll="forward")
    symbols = tuple(f"{600000 + j}.SH" for j in range(securities))
    return Panel(sessions=days, symbols=symbols, fields=fields, source="a test")


CARRIERS = ("shares short", "debt", "purchases", "short sales")


def followers(answer, *, sessions=400, securities=12, seed=3, short=False):
    """Return a panel whose margin buyers do `answer` times a fall of the week before, a fifth of it each day.

    With `short` short sellers do `answer` times a rise of the day before. Nothing is done after the other move.
    """
    random = np.random.default_rng(seed)
    shape = (sessions, securities)
    returns = 0.01 * random.standard_t(5, (sessions, 1)) + 0.01 * random.standard_t(5, shape)
    flow = 0.003 * random.normal(size=shape)
    if short:
        flow[1:] += answer * np.maximum(returns[:-1], 0.0)
    else:
        weeks = np.arange(sessions) // 5
        falls = np.stack([np.minimum(returns[weeks == week - 1].sum(axis=0), 0.0) for week in weeks])
        flow += answer / 5.0 * falls
    stock = np.exp(np.log1p(np.clip(flow, -0.5, 0.5)).cumsum(axis=0))
    close = 10.0 * np.exp(np.log1p(np.clip(returns, -0.3, 0.3)).cumsum(axis=0))
    fields = (
        {"close": close, "short_volume": 1e6 * stock} if short else {"close": close, "financing_balance": 1e8 * stock}
    )
    days = np.busday_offset("2019-01-07", np.arange(sessions), roll="forward")
    return Panel(sessions=days, symbols=tuple(f"{600000 + j}.SH" for j in range(securities)), fields=fields)


def entries(drift, *, sessions=400, securities=60, seed=4):
    """Return a panel whose securities enter the lists one by one, and drift by so much a day in the 20 days after."""
    random = np.random.default_rng(seed)
    shape = (sessions, securities)
    returns = 0.008 * random.normal(size=(sessions, 1)) + 0.012 * random.normal(size=shape)
    eligible = np.zeros(shape)
    for j in range(40):
        day = 90 + 7 * j
        eligible[day:, j] = 1.0
        returns[day : day + 20, j] += drift
    close = 10.0 * np.exp(np.log1p(returns).cumsum(axis=0))
    fields = {"close": close, "float_cap": 1e8 * close, "financing_eligible": eligible, "short_eligible": eligible}
    days = np.busday_offset("2019-01-02", np.arange(sessions), roll="forward")
    return Panel(sessions=days, symbols=tuple(f"{600000 + j}.SH" for j in range(securities)), fields=fields)


def crashes(side, *, sessions=640, securities=60, seed=5):
    """Return a panel in which securities with restless (side 1) or calm (side -1) balances crash now and then."""
    random = np.random.default_rng(seed)
    shape = (sessions, securities)
    restless = np.arange(securities) % 2 == 0
    returns = 0.01 * random.normal(size=shape)
    jumps = random.random(shape) < 0.06
    mean = 0.06 * 0.05
    returns += np.where(restless == (side > 0), np.where(jumps, -0.05, 0.0) + mean, 0.0)
    moves = np.where(restless, 0.05, 0.005) * random.normal(size=shape)
    debt = 1e8 * np.exp(0.3 * np.tanh(np.cumsum(moves, axis=0)) + moves)
    close = 10.0 * np.exp(np.log1p(returns).cumsum(axis=0))
    fields = {"open": np.concatenate([close[:1], close[:-1]]), "close": close, "financing_balance": debt}
    days = np.busday_offset("2019-01-02", np.arange(sessions), roll="forward")
    return Panel(sessions=days, symbols=tuple(f"{600000 + j}.SH" for j in range(securities)), fields=fields)
