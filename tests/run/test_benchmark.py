"""What a run is measured against: the null strategy and the benchmark, by hand and by other libraries."""

from typing import Any

import empyrical
import numpy as np
import pandas as pd
import pytest
from liangrong.core.config.run import Config
from liangrong.core.dataset import store
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.endings import Ending
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import execute
from liangrong.core.run.excess import relative
from liangrong.core.run.result import load
from liangrong.core.run.scenario import prepare
from run.configured import configured

DAYS = np.array(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"], "datetime64[D]")
SYMBOLS = ("600000.SH", "600519.SH", "601318.SH", "000300.SH")
CLOSES = np.array(
    [
        [10.0, 20.0, np.nan, 3000.0],
        [11.0, 20.0, 50.0, 3030.0],
        [5.5, 22.0, 55.0, np.nan],
        [6.0, 21.0, 60.0, 3060.0],
        [6.6, 24.0, 66.0, 3150.0],
    ]
)
"""600000 splits 1:2 on the third session, 600519 pays 1 CNY on the fourth, 601318 is listed on the second."""
ACTIONS = (
    CorporateAction(DAYS[2], "600000.SH", 0.0, 1.0),
    CorporateAction(DAYS[3], "600519.SH", 1.0, 0.0),
)


def market(folder, endings=(), closes=CLOSES):
    fields = dict.fromkeys(("open", "high", "low", "close"), closes)
    fields["volume"] = np.where(np.isfinite(closes), 1e8, np.nan)
    panel = Panel(sessions=DAYS, symbols=SYMBOLS, fields=fields, actions=ACTIONS, endings=endings)
    return store.save(panel, [], folder / "data")


def ran(path, benchmark="equal_weight", engine="compiled"):
    return execute(prepare(config(path, benchmark, engine)))


def kept(made: Any) -> pd.DataFrame:
    return made.benchmark


def config(path, benchmark="equal_weight", engine="compiled"):
    return Config.model_validate(
        {
            "name": "beside",
            "data": {"source": "dataset", "path": str(path)},
            "universe": {"exclude": ["000300.SH"]},
            "strategy": {"name": "buy_and_hold"},
            "execution": {"engine": engine},
            "output": {"benchmark": benchmark},
        }
    )


@pytest.mark.parametrize("engine", ["compiled", "backtrader"])
def test_the_null_strategy_by_hand(tmp_path, engine):
    """1 CNY: 0.05 shares of 600000, twice as many from the split on, and 0.025 of 600519, which pay 0.025 in cash.

    601318 has no close on the first session and is not bought.
    """
    made = kept(ran(market(tmp_path), engine=engine))
    expected = [1.0, 0.55 + 0.5, 0.55 + 0.55, 0.6 + 0.525 + 0.025, 0.66 + 0.6 + 0.025]
    np.testing.assert_allclose(made["equal_weight"], expected, rtol=1e-12)
    np.testing.assert_allclose(made["benchmark"], expected, rtol=1e-12)


def test_an_end_of_a_listing_is_settled(tmp_path):
    """On the fourth session 600000 becomes half a share of 601318 and 0.5 CNY: 0.1 shares -> 0.05 and 0.05 CNY."""
    end = Ending(DAYS[3], "600000.SH", "601318.SH", 0.5, 0.5, DAYS[1])
    closes = CLOSES.copy()
    closes[3:, 0] = np.nan
    made = kept(ran(market(tmp_path, (end,), closes)))
    expected = [1.0, 1.05, 1.1, 0.05 * 60 + 0.05 + 0.525 + 0.025, 0.05 * 66 + 0.05 + 0.6 + 0.025]
    np.testing.assert_allclose(made["equal_weight"], expected, rtol=1e-12)


def test_an_index_that_is_no_part_of_the_universe_and_a_security_with_its_dividends(tmp_path):
    """The index lacks one close, which counts as the one before; the dividend of 1 CNY at 21 is 1/21 more shares."""
    folder = market(tmp_path)
    made = ran(folder, "000300.SH")
    np.testing.assert_allclose(kept(made)["benchmark"], [1.0, 1.01, 1.01, 1.02, 1.05], rtol=1e-12)
    own = made.summary["benchmark"]
    assert (own["name"], own["total_return"]) == ("000300.SH", pytest.approx(0.05))
    held = kept(ran(folder, "600519.SH"))["benchmark"]
    np.testing.assert_allclose(held, [1.0, 1.0, 1.1, 1.05 * (1 + 1 / 21), 1.2 * (1 + 1 / 21)], rtol=1e-12)


def test_a_file_is_carried_over_gaps_and_stays_unknown_outside(tmp_path, write):
    path = write("closes.csv", "date,close\n2024-01-03,100\n2024-01-05,110\n2024-01-07,121\n")
    made = kept(ran(market(tmp_path), str(path)))["benchmark"]
    np.testing.assert_allclose(made, [np.nan, 1.0, 1.0, 1.1, np.nan], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,close\n2024-01-03,0\n", r"closes\.csv:2: `close` should be a number above 0, got '0'"),
        ("date,close\n2024-01-04,1\n2024-01-03,1\n", "the dates should increase"),
        ("date,close\n2023-01-04,1\n", "fewer than two closes within 2024-01-02..2024-01-08"),
        ("date,close\n2024/01/04,1\n", "should be a day such as"),
        ("date,price\n2024-01-04,1\n", "the column close is missing"),
        ("date,close\n", "fewer than two closes"),
    ],
)
def test_files_that_are_no_benchmark(tmp_path, write, text, message):
    with pytest.raises(DataError, match=message):
        prepare(config(market(tmp_path), str(write("closes.csv", text))))


def test_a_symbol_that_the_data_do_not_have(tmp_path):
    with pytest.raises(ConfigError, match=r"`output.benchmark` names 600001\.SH, which the data do not have"):
        prepare(config(market(tmp_path), "600001.SH"))


def test_the_figures_are_those_of_other_libraries():
    """Beta by empyrical, alpha as the intercept of a fitted line, the rest by pandas."""
    generator = np.random.default_rng(3)
    other = generator.normal(0.0004, 0.012, 400)
    own = 0.0002 + 1.3 * other + generator.normal(0.0, 0.006, 400)
    path, levels = (np.concatenate([[7.0], 7.0 * np.cumprod(1.0 + one)]) for one in (own, other))
    got = relative(path, levels, 243.0)
    assert got["beta"] == pytest.approx(empyrical.beta(own, other))
    slope, intercept = np.polyfit(other, own, 1)
    assert got["beta"] == pytest.approx(slope)
    assert got["alpha"] == pytest.approx(243.0 * intercept)
    gap = pd.Series(own - other)
    assert got["tracking_error"] == pytest.approx(gap.std() * np.sqrt(243.0))
    assert got["information_ratio"] == pytest.approx(gap.mean() / gap.std() * np.sqrt(243.0))
    assert got["information_ratio"] == pytest.approx(empyrical.excess_sharpe(own, other) * np.sqrt(243.0))
    assert got["correlation"] == pytest.approx(pd.Series(own).corr(pd.Series(other)))
    assert got["excess_return"] == pytest.approx(np.prod(1.0 + own) - np.prod(1.0 + other))
    free = relative(path, levels, 243.0, 0.03)
    assert free["alpha"] == pytest.approx(243.0 * intercept - 0.03 * (1.0 - slope))


def test_figures_that_do_not_exist():
    flat = np.ones(5)
    for path, levels in ((flat, flat), (flat, np.full(5, np.nan)), (np.array([1.0]), np.array([1.0]))):
        assert np.isnan(relative(path, levels, 243.0)["beta"])
    gone = relative(np.array([1.0, -0.5, -0.5]), np.array([1.0, 1.1, 1.2]), 243.0)
    assert gone["excess_return"] == pytest.approx(-1.5 - 0.2)


def test_it_is_kept_with_the_result(tmp_path):
    made = execute(prepare(configured({"execution.engine": "both"})))
    assert kept(made)["equal_weight"].iloc[0] == 1.0
    again = load(made.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(kept(again), kept(made))
    assert again.summary["benchmark"]["name"] == "equal_weight"
    assert again.summary["null_strategy"]["total_return"] == pytest.approx(kept(made)["equal_weight"].iloc[-1] - 1)


def test_the_mark_before_a_forced_sale_is_the_close_before():
    """A synthetic market without corporate actions: the mark of the session before, as positions.csv has it."""
    strategy = {
        "name": "quantile",
        "rule": {"name": "spread_zscore", "parameters": {"window": 100, "sign": 1}},
        "parameters": {
            "quantile": 0.05,
            "rebalance": "every",
            "every": 60,
            "long_weight": 2.95,
            "short_weight": 0.1,
        },
    }
    keys = {
        "data.options": {"seed": 17, "securities": 60, "sessions": 320, "start": "2021-01-04"},
        "account.preset": ["lines_150_140_130"],
        "account.financing_margin_ratio": {"value": 0.5, "override": True},
        "execution.engine": "compiled",
    }
    made = execute(prepare(configured(keys, strategy=strategy, cash=2_000_000)))
    marks, days = made.forced_marks, made.equity["date"].tolist()
    assert marks is not None
    assert len(marks) == 3
    assert made.positions is not None
    held = made.positions.set_index(["date", "symbol"])["price"]
    for row in marks.itertuples():
        assert row.price == pytest.approx(held[days[days.index(row.date) - 1], row.symbol], abs=0.006)
