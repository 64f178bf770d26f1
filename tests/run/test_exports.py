"""A result in the forms of other packages: figures by hand, and those packages where they are installed."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.errors import ConfigError
from liangrong.core.run.engines import execute
from liangrong.core.run.exports import pyfolio_of, returns_of
from liangrong.core.run.scenario import prepare
from run.configured import configured

DAYS = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])


def equity(values):
    columns = dict.fromkeys(
        ("cash", "long_value", "short_value", "principal", "accrued", "maintenance_ratio"), [0.0] * 3
    )
    return make_table("equity", {**columns, "available_margin": [0.0] * 3, "date": DAYS, "equity": values})


def test_returns_by_hand():
    got = returns_of(equity([110.0, 99.0, 99.0]), 100.0)
    assert got.round(12).tolist() == [0.1, -0.1, 0.0]
    assert got.index.tolist() == DAYS.tolist()
    np.testing.assert_array_equal(returns_of(equity([-5.0, 10.0, 20.0]), 100.0), [-1.05, np.nan, np.nan])


def test_pyfolio_by_hand():
    position = {"collateral": [100, 100], "financed": [0, 0], "short": [0, 50], "price": [10.0, 11.0]}
    held = make_table("positions", {**position, "date": DAYS[:2], "symbol": ["A", "A"], "value": [1000.0, 550.0]})
    kinds = ["buy", "short_sell", "forced_sell_to_repay", "repay", "return_shares"]
    fill = dict.fromkeys(("value", "commission", "stamp_duty", "transfer_fee", "interest"), [0.0] * 5)
    shares = {"kind": kinds, "shares": [100, 50, 30, 0, 50], "price": [10.0, 11.0, 9.0, np.nan, np.nan]}
    fills = make_table("fills", {**fill, **shares, "date": [DAYS[0]] * 5, "symbol": ["A", "A", "A", "", "A"]})
    got = pyfolio_of(equity([1100.0, 1200.0, 900.0]), fills, held, 1000.0)
    assert got.positions.to_dict("list") == {"A": [1000.0, 550.0, 0.0], "cash": [100.0, 650.0, 900.0]}
    assert got.transactions[["amount", "price"]].to_numpy().tolist() == [[100, 10], [-50, 11], [-30, 9]]
    with pytest.raises(ConfigError, match=r"this run kept no positions: run it with `output: \{positions: true\}`"):
        pyfolio_of(equity([1.0, 1.0, 1.0]), fills, None, 1.0)


@pytest.fixture(scope="module")
def made():
    return execute(prepare(configured({"execution.engine": "compiled"})))


def test_empyrical_finds_our_figures(made):
    empyrical = pytest.importorskip("empyrical", reason="empyrical-reloaded is not installed")
    returns = made.returns()
    assert empyrical.cum_returns_final(returns) == pytest.approx(made.summary["total_return"], rel=1e-9)
    assert empyrical.max_drawdown(returns) == pytest.approx(made.summary["max_drawdown"], rel=1e-9)


def test_pyfolio_takes_the_three_tables(made):
    pyfolio = pytest.importorskip("pyfolio", reason="pyfolio-reloaded is not installed")
    returns, positions, transactions = made.to_pyfolio()
    share = pyfolio.pos.get_percent_alloc(positions)
    assert share.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert pyfolio.txn.get_turnover(positions, transactions).notna().any()
    assert (
        "Sharpe ratio" in pyfolio.timeseries.perf_stats(returns, positions=positions, transactions=transactions).index
    )


def test_quantstats_takes_the_returns(made):
    quantstats = pytest.importorskip("quantstats", reason="quantstats is not installed")
    assert quantstats.stats.comp(made.returns()) == pytest.approx(made.summary["total_return"], rel=1e-9)
