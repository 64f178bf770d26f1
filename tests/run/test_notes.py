"""The sentences that a result carries, each on a run that earns it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.run.engines import run
from liangrong.core.run.rules_used import changes_used
from liangrong.core.run.scenario import prepare
from run.configured import SPREAD, configured, dataset

SCORED = {"name": "balance_trend", "parameters": {"window": 4}}
HOLD = {"name": "buy_and_hold", "parameters": {"leverage": 1.5}}


def notes(tmp_path, given, keys=None, **words):
    config = configured(keys, data=dataset(given, tmp_path), **{"strategy": HOLD, "cash": 100_000.0, **words})
    return "\n".join(run(config).notes)


def test_prices_are_as_they_are():
    told = run(configured()).notes
    (note,) = [note for note in told if note.startswith("No table of corporate actions (`data.actions`): ")]
    assert "dividends and splits of prices as traded appear as price moves" in note
    assert "`liangrong data derive-actions` reads a table off an adjusted series" in note
    assert "have to be" not in note  # the guides import prices as traded


def test_a_run_without_any_order_says_so(tmp_path):
    told = notes(tmp_path, panel([[math.nan], [10.0], [10.0]]))
    assert "The strategy gave no order in 3 sessions." in told
    assert "gave no order" not in notes(tmp_path / "other", panel([10.0] * 4))


def test_a_rule_that_traded_nothing_says_how_many_securities_had_a_score(tmp_path):
    prices = [[10.0 + t % 3, 20.0, 5.0 + t % 2, math.nan] for t in range(40)]
    given = panel(prices, financing_balance=1e8 * np.array(prices) ** 2)
    told = notes(tmp_path, given, strategy={"name": "quantile", "rule": SCORED})
    assert "gave no order in 40 sessions" in told
    # By hand: the second's price never moves, but its score is one; the fourth has neither price nor balance.
    assert "At most 3 of 4 securities had a score on a session; `strategy.parameters.minimum` is 10." in told
    held = notes(tmp_path / "other", given, strategy={"name": "quantile", "rule": SCORED, "parameters": {"minimum": 2}})
    assert "had a score on a session" not in held


def test_a_board_by_configuration_and_missing_lists(tmp_path):
    told = notes(tmp_path, panel([10.0] * 4), {"market.board": "star"})
    assert "follows the rules of the board `star`, by configuration" in told
    assert "no list financing_eligible and short_eligible: every security counts as eligible" in told
    assert "`account.borrow_share` has no effect: the data have no short_volume" in told


def test_lists_that_are_there_or_set_aside(tmp_path):
    given = panel([10.0] * 4, financing_eligible=1.0, short_eligible=1.0, short_volume=1e6)
    told = notes(tmp_path, given)
    assert "no list" not in told
    assert "borrow_share" not in told
    assert "Every security may be financed and shorted, by configuration." in notes(
        tmp_path, given, {"market.eligibility": "all"}
    )


def test_rules_that_change_during_the_run(tmp_path):
    days = np.array(["2023-08-24", "2023-08-25", "2023-08-28", "2023-09-11"], dtype="datetime64[D]")
    told = notes(tmp_path, panel([10.0] * 4, days=days))
    assert "Rules that changed during the run: " in told
    assert "stamp_duty_sell 0.0005 from 2023-08-28" in told
    assert "financing_margin_ratio 0.8 from 2023-09-11" in told
    quiet = notes(tmp_path, panel([10.0] * 4))
    assert "Rules that changed" not in quiet


def test_a_change_on_the_first_session_is_none_and_on_the_last_is_one(tmp_path):
    days = np.array(["2023-08-28", "2023-08-29", "2023-09-11"], dtype="datetime64[D]")
    config = configured(data=dataset(panel([10.0] * 3, days=days), tmp_path), strategy=HOLD)
    assert [(rule.key, str(rule.effective)) for rule in changes_used(prepare(config))] == [
        ("financing_margin_ratio", "2023-09-11")
    ]


NONE = {"value": 0.0, "override": True}
FREE = {"commission_rate": 0.0, "commission_minimum": 0.0, "transfer_fee_rate": NONE, "stamp_duty_rate": NONE}


def test_margin_calls_and_forced_sales(tmp_path):
    # 9,800 own shares and 5,200 financed at 10: (2,000 + 15,000 p) / 52,000 < 1.30 below p = 4.37, the closes of rows
    # 10 and 11. At the open of row 12 (4.60) 2,000 of cash and a sale of 2,500 restore, since 4,500 = (1.40 x 52,000 -
    # 71,000) / 0.40: 600 shares.
    price = [10.0, 10.0, 9.1, 8.2, 7.4, 6.7, 6.1, 5.5, 5.0, 4.5, 4.3, 4.3, 4.6]
    keys = {"costs": FREE, "account.financing_rate": 0.0}
    config = configured(keys, data=dataset(panel(price), tmp_path), strategy=HOLD, cash=100_000.0)
    result = run(config)
    assert "Margin calls: 1. Forced orders: 2, not wholly carried out: 0." in result.notes
    assert result.fills[["kind", "shares", "price"]].iloc[-1].tolist() == ["forced_sell_to_repay", 600, 4.6]
    last = result.equity.iloc[-1]
    assert last["principal"] == pytest.approx(52_000 - 2_000 - 2_760)
    assert last["maintenance_ratio"] == pytest.approx(14_400 * 4.6 / 47_240)
    assert not any("nsolvent" in note for note in result.notes)


def test_an_account_that_cannot_be_sold_in_time(tmp_path):
    price = [10.0, 10.0]
    while len(price) < 14:  # locked at the lower limit, session after session
        price.append(math.floor(price[-1] * 90.0 + 0.5) / 100.0)
    told = notes(tmp_path, panel(price), strategy={"name": "buy_and_hold", "parameters": {"leverage": 1.8}})
    assert "short of the debt: trading stopped." in told
    assert "Loss beyond equity at the end: " in told


def test_contracts_that_fall_due(tmp_path):
    days = np.busday_offset(np.datetime64("2024-01-02"), np.arange(0, 160, 3))
    data = dataset(panel([10.0] * len(days), days=days), tmp_path)
    for extension, events, forced in (("auto", ["extended"], 0), ("none", ["due"], 2)):
        config = configured({"account.extension": extension}, data=data, strategy=HOLD, cash=100_000.0)
        result = run(config)
        assert result.margin_events["event"].tolist() == events
        assert str(result.contracts["opened"][0].date()) == "2024-01-05"
        assert result.margin_events["date"][0] == days[days >= np.datetime64("2024-07-05")][0]
        assert len(result.forced_sales) == forced  # the shares are sold, and what that leaves is paid from cash


def test_imputed_fields_that_a_strategy_reads(tmp_path):
    rng = np.random.default_rng(3)
    shape = (30, 6)
    close = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, shape), axis=0)), 2)
    symbols = [f"60000{j}.SH" for j in range(6)]
    given = panel(
        close,
        symbols=symbols,
        financing_balance=rng.uniform(1e8, 2e8, shape),
        short_volume=rng.uniform(1e5, 2e5, shape),
        float_shares=1e8,
    )
    told = notes(tmp_path, given, strategy={**SPREAD, "parameters": {**SPREAD["parameters"], "minimum": 3}})
    assert "The strategy reads `spread`, which is imputed: " in told
    assert "The strategy reads `float_cap`, which is imputed: " in told


@pytest.mark.parametrize("secondary", ["haircut_cap (other_share)", "interest_day_count"])
def test_rules_that_rest_on_a_secondary_source(secondary):
    told = [note for note in run(configured()).notes if note.startswith("Rules that rest on a secondary source: ")]
    assert len(told) == 1
    assert secondary in told[0]


def test_a_security_that_begins_inside_the_data_is_taken_as_listed_and_told(tmp_path):
    late = np.column_stack([[10.0] * 5, [np.nan, 10.0, 20.0, 30.0, 20.0]])
    told = notes(tmp_path, panel(late))
    assert "taken as listed that day, its first sessions without price limits (600001.SH 2024-03-05)." in told
    aged = panel(late, listed_sessions=np.column_stack([[900.0] * 5, [0.0, 1.0, 2.0, 3.0, 4.0]]))
    assert "taken as listed" not in notes(tmp_path / "aged", aged)


def test_a_price_that_cannot_have_been_is_told_with_security_and_day(tmp_path):
    slipped = panel([10.0, 100.0, 10.0, 10.0], [10.0] * 4, high=100.0)
    told = notes(tmp_path, slipped)
    assert "outside the limits of their session, at which nothing was filled: 600000.SH 2024-03-05. A slip" in told
    assert "outside the limits" not in notes(tmp_path / "plain", panel([10.0] * 4))


def test_money_of_taiwan_is_not_called_yuan_without_a_word(tmp_path):
    there = replace(panel([10.0] * 4), symbols=("2330.TW",))
    told = notes(tmp_path, there, {"market.board": "main", "market.eligibility": "all"})
    assert "amounts called CNY are TWD" in told
    assert "of the mainland, which do not hold there" in told
    assert "TWD" not in notes(tmp_path / "here", panel([10.0] * 4))
