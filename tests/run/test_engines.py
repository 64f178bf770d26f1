"""Whole runs: what must hold on every row of every configuration that the project ships, and the same bytes twice."""

import gc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.account.columns import TABLES
from liangrong.core.config.yaml_file import load
from liangrong.core.run import engines
from liangrong.core.run.engines import execute, run
from liangrong.core.run.scenario import prepare
from run.configured import SPREAD, configured, dataset

ROOT = Path(__file__).parents[2]
CONFIGS = [path for path in sorted((ROOT / "configs").glob("*.yaml")) if not path.stem.startswith("compare_")]


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda path: path.stem)
def finished(request):
    """One run of every shipped configuration; those on real data skip where it is absent."""
    if "LIANGRONG_REAL_DATA" in request.param.read_text(encoding="utf-8"):
        request.getfixturevalue("real")
    config = load(request.param)
    return config, run(config)


def test_equity_is_the_sum_of_its_parts_on_every_row(finished):
    config, result = finished
    table = result.equity
    parts = table["cash"] + table["long_value"] - table["short_value"] - table["principal"] - table["accrued"]
    scale = max(1.0, config.account.cash / 1e6)
    assert np.abs(table["equity"] - parts).max() < 1e-8 * scale
    assert len(table) == result.summary["sessions"]
    assert table["date"].is_monotonic_increasing
    assert table["date"].is_unique


def test_attribution_leaves_no_residual(finished):
    config, result = finished
    change = result.equity["equity"].iloc[-1] - config.account.cash
    assert abs(result.attribution["amount"].sum() - change) < 1e-6
    assert abs(result.summary["attribution_residual"]) < 1e-6


def test_nothing_is_negative_that_may_not_be(finished):
    _, result = finished
    for name in ("long_value", "short_value", "principal", "accrued"):
        assert (result.equity[name] >= 0.0).all(), name
    for name in ("shares", "value", "commission", "stamp_duty", "transfer_fee", "interest"):
        assert (result.fills[name] >= 0.0).all(), name


def test_the_run_trades_on_both_sides(finished):
    config, result = finished
    if config.strategy.name == "buy_and_hold":
        assert set(result.fills["kind"]) == {"buy"}
        return
    assert {"buy", "margin_buy", "short_sell", "buy_to_return"} <= set(result.fills["kind"])
    assert set(result.contracts["kind"]) == {"financing", "short"}


def test_interest_of_an_untouched_contract_by_hand(finished):
    """Open to the end, or closed in one piece: principal x rate x calendar days / 360."""
    config, result = finished
    fills = result.fills.assign(kind=result.fills["kind"].str.removeprefix("forced_"))
    repaid = fills[fills["kind"].isin(["repay", "sell_to_repay"])]["date"]
    end = result.equity["date"].iloc[-1]
    financed = result.contracts[result.contracts["kind"] == "financing"]
    checked = 0
    for row in financed.itertuples():
        last = end if row.closed != row.closed else row.closed
        if ((repaid > row.opened) & (repaid < last)).any() or row.closed == row.opened:
            continue
        if row.closed == row.closed and (repaid == last).sum() != 1:
            continue
        if row.closed != row.closed and (repaid == end).any():
            continue
        days = (last - row.opened).days
        assert row.interest == pytest.approx(row.principal * config.account.financing_rate * days / 360, rel=1e-9)
        checked += 1
    shorts = result.contracts[result.contracts["kind"] == "short"]
    for row in shorts.itertuples():
        last = end if row.closed != row.closed else row.closed
        of = fills[(fills["symbol"] == row.symbol) & fills["kind"].isin(["buy_to_return", "return_shares"])]["date"]
        if ((of >= row.opened) & (of < last)).any() or (row.closed != row.closed and (of == end).any()):
            continue
        days = (last - row.opened).days
        assert row.interest == pytest.approx(row.sell_amount * config.account.borrow_rate * days / 360, rel=1e-9)
        checked += 1
    assert checked >= (config.strategy.name != "buy_and_hold")  # which owes nothing


def test_every_fill_keeps_to_lots_and_prices(finished):
    config, result = finished
    bought = result.fills[result.fills["kind"].isin(["buy", "margin_buy", "short_sell"])]
    scenario = prepare(config)
    index = {symbol: j for j, symbol in enumerate(scenario.panel.symbols)}
    rows = {day: t for t, day in enumerate(scenario.panel.sessions)}
    for row in bought.sample(min(len(bought), 60), random_state=1).itertuples():
        t, j = rows[np.datetime64(row.date, "D")], index[row.symbol]
        minimum, step = scenario.market.lot(t, j)
        assert row.shares >= minimum
        assert (row.shares - minimum) % step == 0
        if "high" in scenario.panel:
            high, low = scenario.panel["high"][t, j], scenario.panel["low"][t, j]
            slip = config.costs.slippage
            assert low * (1.0 - slip) - 0.01 < row.price < high * (1.0 + slip) + 0.01  # on to the next tick
        assert row.value == pytest.approx(row.shares * row.price)


def test_the_same_configuration_gives_the_same_bytes(tmp_path):
    config = configured(strategy=SPREAD)
    folders = [run(config).save(tmp_path / name) for name in ("one", "two")]
    names = sorted(path.name for path in folders[0].iterdir())
    assert {f"{name}.csv" for name, one in TABLES.items() if not one.is_optional} < set(names)
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_the_collector_rests_until_the_tables_are_made_and_is_left_as_it_was(monkeypatch, request):
    request.addfinalizer(partial(gc.set_threshold, *gc.get_threshold()))
    gc.set_threshold(900, 11, 12)
    before, made, seen = (gc.get_freeze_count(), gc.get_threshold()), engines._result, []

    def result(*given):
        seen.append(gc.get_freeze_count())
        return made(*given)

    monkeypatch.setattr(engines, "_result", result)
    execute(prepare(load(ROOT / "configs" / "demo.yaml", ["execution.engine=both"])))
    assert len(seen) == 2
    assert min(seen) > before[0]
    assert (gc.get_freeze_count(), gc.get_threshold()) == before


def test_progress_counts_the_sessions():
    seen = []
    run(configured(), lambda done, total: seen.append((done, total)))
    assert seen == [(n, 60) for n in range(1, 61)]


def test_a_run_by_hand_through_the_engine(tmp_path):
    """98,000 of own cash and 52,000 financed at 10; the price ends at 10.50 a week later."""
    days = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-08", "2024-03-11"]
    data = dataset(panel([10.0, 10.0, 10.0, 10.2, 10.5], days=days), tmp_path)
    hold = {"name": "buy_and_hold", "parameters": {"leverage": 1.5}}
    free = {"value": 0.0, "override": True}
    keys = {"costs": {"commission_rate": 0.0, "commission_minimum": 0.0, "transfer_fee_rate": free}}
    result = run(configured(keys, data=data, strategy=hold, cash=100_000.0))
    interest = 52_000 * 0.0835 / 360 * 6  # Tuesday to Monday
    assert result.equity["equity"].iloc[-1] == pytest.approx(15_000 * 10.5 + 2_000 - 52_000 - interest)
    assert result.contracts["interest"].tolist() == pytest.approx([interest])
    amounts = result.attribution.groupby("component")["amount"].sum()
    assert amounts["price_pnl"] == pytest.approx(7_500.0)
    assert amounts["financing_interest"] == pytest.approx(-interest)
    assert result.equity["maintenance_ratio"].iloc[-1] == pytest.approx(159_500 / (52_000 + interest))
    assert result.summary["fills"] == 2


def test_slippage_of_the_configuration_reaches_the_fills(tmp_path):
    data = dataset(panel([10.0] * 4), tmp_path)
    result = run(configured({"costs.slippage": 0.01}, data=data, strategy={"name": "buy_and_hold"}))
    assert result.fills["price"].tolist() == [10.1]


def test_market_sums_are_nan_where_no_security_publishes(tmp_path):
    balances = [[1.0, 2.0], [np.nan, 3.0], [np.nan, np.nan], [4.0, 4.0]]
    data = dataset(panel([[10.0, 20.0]] * 4, financing_balance=balances), tmp_path)
    market = execute(prepare(configured(data=data, strategy={"name": "buy_and_hold"}))).market
    assert market["financing_balance"].take([0, 1, 3]).tolist() == [3.0, 3.0, 8.0]
    assert np.isnan(market["financing_balance"].iloc[2])
    assert market["spread"].isna().all()


def test_a_run_through_a_crash_goes_on_to_its_end(tmp_path):
    """Nine per cent down a session for twenty: the desk sells all the way, every session and every cent is there."""
    price = np.round(10.0 * 0.91 ** np.maximum(np.arange(24) - 2, 0), 2)
    data = dataset(panel(price), tmp_path)
    hold = {"name": "buy_and_hold", "parameters": {"leverage": 1.8}}
    result = run(configured(data=data, strategy=hold, cash=100_000.0))
    assert len(result.equity) == 24
    assert len(result.forced_sales) >= 2
    assert result.equity["principal"].iloc[-1] < result.equity["principal"].max() / 2
    assert result.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)
