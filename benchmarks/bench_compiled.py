"""The compiled engine: a monthly rebalance against vectorbt and plain backtrader, the full account, and many trials.

All contestants hold 95 % of the account in the 50 best of a year, rebalanced each month, for a proportional commission;
ours under its whole ledger: T+1, price limits, lots, contracts, margin lines. The task is made one by prices (see
`oracles.rebalance`); left is rounding: ours trades lots of 100 shares and fees of whole cents, backtrader whole shares,
vectorbt fractions. With 1e12 yuan a lot is 1e-7 of a position. Each curve of equity is held to a book by hand with the
same rounding, to 1e-9, and to the book of fractions within 1e-6; so is the number of orders, which must be equal.

The market and the terms are prepared once and not timed (``ours, with preparation`` times them too), nor are the frames
of the rivals. Vectorbt's time is its simulation alone: its curve is computed after the clock has stopped.
"""

import gc
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pytest
from liangrong.core.config.run import Config, validate
from liangrong.core.panel.panel import Panel
from liangrong.core.run.bare import rebalances, simulate_equity
from liangrong.core.run.compiled import run_compiled, setting_of
from liangrong.core.run.scenario import assemble
from numpy.testing import assert_allclose
from oracles.rebalance import CASH, COMMISSION_RATE, account_of, by_session, prices, target_weights, weekdays
from oracles.rebalance_rivals import naive, naive_frames, vectorbt, vectorbt_frames
from run.random_scenarios import backtrader, with_targets

SHAPES = {"S": (2500, 300), "M": (2500, 1000), "L": (3900, 5000)}
SHAPE_UNTIMED = (120, 60)
INVESTED = 0.95
EXPOSURE = 1.3, 0.3  # long and short
TRIALS = {"S": 1000, "M": 1000, "L": 40}
TRIALS_UNTIMED = 12
THREADS = {"ours": 1, "ours, 2 threads": 2, "ours, 4 threads": 4}
ROUNDING = {"vectorbt": "fractions", "naive backtrader": "whole shares"}


@pytest.fixture
def market_shape(benchmark, size):
    return SHAPE_UNTIMED if benchmark.disabled else SHAPES[size]


@pytest.fixture(scope="module", autouse=True)
def forget_all(forget):
    forget(prices, weights, scenario, prepared, naive_frames, vectorbt_frames, book, leveraged, journal, some_accounts)


@lru_cache(maxsize=4)
def weights(shape, long=INVESTED, short=0.0):
    return target_weights(shape, long, short)


@lru_cache(maxsize=4)
def book(shape, rounding):
    return account_of(shape, weights(shape), rounding)


def warm(benchmark, function):
    """Let a contestant that is timed compile on a small task, or it loses its laps; sweep up what the last one left."""
    if not benchmark.disabled:
        function(SHAPE_UNTIMED)
        gc.collect()


# ---- ours -----------------------------------------------------------------------------------------------------------


def assembled(shape):
    """Return the scenario: prices and the account, nothing of it prepared before."""
    opened, close = prices(shape)
    fields = {"open": opened, "high": np.maximum(opened, close), "low": np.minimum(opened, close), "close": close}
    fields |= {"pre_close": opened, "suspended": np.zeros(shape)}
    symbols = tuple(f"{600_000 + j}.SH" for j in range(shape[1]))
    free = {"value": 0.0, "override": True}
    costs = {"commission_rate": COMMISSION_RATE, "commission_minimum": 0.0}
    config = {
        "name": "rebalance",
        "data": {"source": "synthetic"},
        "strategy": {"name": "buy_and_hold", "parameters": {"reserve": 0.0}},
        "account": {"cash": CASH, "financing_margin_ratio": 0.5},
        "market": {"eligibility": "all"},
        "costs": costs | {"stamp_duty_rate": free, "transfer_fee_rate": free},
    }
    settings = validate(config)
    assert isinstance(settings, Config), settings
    return assemble(settings, Panel(sessions=weekdays(shape[0]), symbols=symbols, fields=fields))


@lru_cache(maxsize=2)
def scenario(shape):
    return assembled(shape)


def inputs(whole, long=INVESTED, short=0.0):
    """Return what every trial over a scenario shares: market, terms, setting; and the rows of weights."""
    shape = whole.panel.shape
    table = by_session(weights(shape, long, short), shape)
    rows, setting = rebalances(table, setting_of(whole, table, keeps_margin=False))
    return (whole.market.arrays, whole.schedule.arrays, setting), rows


@lru_cache(maxsize=4)
def prepared(shape, *exposure):
    return inputs(scenario(shape), *exposure)


def ours(shape):
    shared, rows = prepared(shape)
    return simulate_equity(*shared, rows, CASH)


def ours_with_preparation(shape):
    shared, rows = inputs(assembled(shape))
    return simulate_equity(*shared, rows, CASH)


# ---- against rivals -------------------------------------------------------------------------------------------------


RIVALS = {
    "ours": ours,
    "ours, with preparation": ours_with_preparation,
    "vectorbt": lambda shape: vectorbt(shape, INVESTED, 2 * book(shape, "fractions")[1]),
    "naive backtrader": lambda shape: naive(shape, weights(shape)),
}


def curve_of(rival, answer):
    """Return the equity at each close and the number of orders."""
    if rival == "vectorbt":
        return answer.value().to_numpy(), answer.orders.count()
    if rival == "naive backtrader":
        return np.array(answer.values), answer.orders
    assert answer.refusals == answer.events == {}
    assert answer.closes["principal"].max() == 0.0
    return answer.equity, answer.fills


@pytest.mark.parametrize("rival", RIVALS)
def test_rebalance(contest, benchmark, size, rival, market_shape):
    if rival == "naive backtrader" and size != "S":
        pytest.skip("takes minutes: timed at size S only")

    def check(answer):
        equity, orders = curve_of(rival, answer)
        expected, expected_orders = book(market_shape, ROUNDING.get(rival, "lots"))
        assert_allclose(equity, expected, rtol=1e-9)
        assert_allclose(equity, book(market_shape, "fractions")[0], rtol=1e-6)
        assert orders == expected_orders == book(market_shape, "fractions")[1] > 0

    warm(benchmark, RIVALS[rival])
    contest("monthly rebalance of 50 names", lambda: RIVALS[rival](market_shape), check=check)


# ---- the full account -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def leveraged(shape):
    """Return a scenario that is long 1.3 times its equity, partly financed, and short 0.3 times."""
    return with_targets(scenario(shape), by_session(weights(shape, *EXPOSURE), shape))


@lru_cache(maxsize=2)
def journal(shape):
    return backtrader(leveraged(shape)).journal.tables()


def full_trial(shape):
    shared, rows = prepared(shape, *EXPOSURE)
    return simulate_equity(*shared, rows, CASH)


ACCOUNTS = {
    "ours": full_trial,
    "ours, with tables": lambda shape: run_compiled(leveraged(shape)),
    "ours on backtrader": lambda shape: backtrader(leveraged(shape)),
}


def listed(values):
    """Return a column as text with all digits: engines may hold it as a list or as an array."""
    return repr(np.asarray(values).tolist())


@pytest.mark.parametrize("rival", ACCOUNTS)
def test_full_account(contest, benchmark, rival, market_shape):
    """Financing, short sales, contracts that fall due: no rival has them; held to the backtrader broker bit by bit."""

    def check(answer):
        expected = journal(market_shape)
        if rival != "ours":
            assert answer.journal.tables().keys() == expected.keys()
            for name, columns in answer.journal.tables().items():
                assert all(listed(values) == listed(expected[name][one]) for one, values in columns.items())
            return
        assert answer.equity.tolist() == expected["equity"]["equity"]
        assert answer.fills == len(expected["fills"]["kind"])
        assert sum(answer.events.values()) == len(expected["margin_events"]["event"])
        assert answer.closes["principal"].max() > 0.2 * CASH
        assert answer.closes["short_value"].max() > 0.2 * CASH

    warm(benchmark, ACCOUNTS[rival])
    contest("full account, 1.3 long, 0.3 short", lambda: ACCOUNTS[rival](market_shape), check=check)


# ---- trials ---------------------------------------------------------------------------------------------------------


def rows_of(shape, k):
    """Return the weights of trial `k`, like those of no other: shifted to other securities, scaled after a round."""
    return np.roll(weights(shape), k, axis=1) * 0.9 ** (k // shape[1])


def trials(shape, count, threads):
    """Run trials of different weights, in the order in which they come; return final equity and fills of each."""
    shared, _ = prepared(shape)

    def one(k):
        trial = simulate_equity(*shared, rows_of(shape, k), CASH)
        return float(trial.equity[-1]), trial.fills

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(count)))


@lru_cache(maxsize=1)
def some_accounts(shape, count):
    """Return every so many trials by hand."""
    some = np.unique(np.linspace(0, count - 1, 12).astype(int)).tolist()
    accounts = {k: account_of(shape, rows_of(shape, k), "lots") for k in some}
    return {k: (equity[-1], orders) for k, (equity, orders) in accounts.items()}


@pytest.mark.parametrize("rival", THREADS)
def test_trials(contest, benchmark, size, rival, market_shape):
    count = TRIALS_UNTIMED if benchmark.disabled else TRIALS[size]

    def check(answer):
        assert len(set(answer)) == len(answer) == count
        for k, (equity, orders) in some_accounts(market_shape, count).items():
            assert answer[k][0] == pytest.approx(equity, rel=1e-9)
            assert answer[k][1] == orders

    warm(benchmark, ours)
    contest(f"{count} trials", lambda: trials(market_shape, count, THREADS[rival]), check=check)
