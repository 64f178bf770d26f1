"""What followed a state: figures by hand, intervals that know of bad luck."""

from typing import Any

import numpy as np
import pytest
from liangrong.core.panel.panel import Panel
from liangrong.core.study.by_state import states_table
from liangrong.core.study.design import Design, Question
from liangrong.core.study.passes import measure
from study.markets import market, question

SYMBOLS = ("A", "B", "C")


def test_figures_of_states_by_hand():
    # Entry and exit at closes, one session: the returns of the four decisions are these.
    returns = np.array([[0.10, -0.02, 0.04], [-0.10, 0.02, 0.00], [0.05, 0.01, np.nan], [0.03, 0.03, 0.03]])
    score = np.array([[1.0, -1.0, -1.0], [2.0, -1.0, np.nan], [-3.0, 0.0, 1.0], [np.nan] * 3, [np.nan] * 3])
    close = np.vstack([np.ones(3), np.cumprod(1 + np.nan_to_num(returns), axis=0)])
    close[3:, 2] = np.nan
    fields: dict[str, Any] = {"close": close}
    days = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]")
    panel = Panel(sessions=days, symbols=SYMBOLS, fields=fields)
    plan = Design(horizons=(1,), entry="close", least=3)
    table = states_table(measure(Question(score=score, seen=panel, traded=panel), plan), plan).set_index("state")
    # Known: 0.10+ -0.02- 0.04- | -0.10+ 0.02- | 0.05- 0.01 zero; the sum of all seven is 0.10.
    assert table.index.tolist() == ["score positive", "score negative", "score zero"]
    assert table["events"].tolist() == [2, 4, 1]
    assert table["sessions"].tolist() == [2, 3, 1]
    assert table["share"].tolist() == pytest.approx([2 / 7, 4 / 7, 1 / 7])
    assert table["mean"].tolist() == pytest.approx([0.0, 0.09 / 4, 0.01])
    assert table["all"].tolist() == pytest.approx([0.10 / 7] * 3)
    assert table["difference"].tolist() == pytest.approx([-0.10 / 7, 0.09 / 4 - 0.10 / 7, 0.01 - 0.10 / 7])
    # Means of the sessions: 0.04, -0.04, 0.03. Positive: (0.10 - 0.04) + (-0.10 + 0.04) = 0, over 2.
    assert table["same_session"].tolist() == pytest.approx([0.0, (-0.06 + 0.0 + 0.06 + 0.02) / 4, -0.02])
    assert table["hit_rate"].tolist() == pytest.approx([1 / 2, 3 / 4, 1.0])
    assert table["all_hit_rate"].tolist() == pytest.approx([5 / 7] * 3)
    assert table["hit_difference"].tolist() == pytest.approx([1 / 2 - 5 / 7, 3 / 4 - 5 / 7, 1 - 5 / 7])
    assert table["difference_low"].isna().all()  # three sessions support no interval


@pytest.fixture(scope="module")
def found():
    """Return the states of many markets whose scores know nothing of returns."""
    plan, tables = Design(horizons=(1, 5), resamples=150, focus=5), []
    for seed in range(20):
        panel = market(seed, sessions=160, symbols=tuple(f"{600000 + j}.SH" for j in range(15)))
        tables.append(states_table(measure(question(panel, seed + 100), plan), plan))
    return tables


@pytest.mark.parametrize("name", ["difference", "same_session"])
def test_intervals_of_states_without_meaning_hold_zero_nearly_always(found, name):
    covered = [((table[f"{name}_low"] <= 0) & (table[f"{name}_high"] >= 0)).mean() for table in found]
    assert 0.85 <= np.mean(covered) <= 0.985
    for table in found:
        assert (table[f"{name}_low"] < table[name]).all()
        assert (table[name] < table[f"{name}_high"]).all()


def test_a_state_with_meaning_is_told_from_chance_and_timing_from_choice():
    plan = Design(horizons=(1,), entry="close", focus=1, resamples=300)
    panel = market(3, sessions=200, holes=0.0)
    up = np.random.default_rng(0).random(200) < 0.5
    steps = np.where(np.roll(up, 1), 0.01, -0.01)[:, None] + 0.01 * np.random.default_rng(1).normal(size=panel.shape)
    panel = panel.with_fields({"close": 10 * np.exp(steps.cumsum(axis=0))})
    timing = np.where(up, 1.0, -1.0)[:, None] * np.ones(panel.shape)
    table = states_table(measure(Question(score=timing, seen=panel, traded=panel), plan), plan).set_index("state")
    positive = table.loc["score positive"]
    assert positive["difference_low"] > 0.005
    assert positive["hit_difference"] > 0.1
    assert positive["same_session"] == pytest.approx(0.0, abs=1e-12)  # every security alike: no choice among them


def test_states_come_in_order_and_without_events_not_at_all():
    plan = Design(horizons=(1, 5, 20), resamples=50)
    table = states_table(measure(question(market()), plan), plan)
    assert table["horizon"].tolist() == [5, 20] * (len(table) // 2)
    assert table["state"].tolist()[::2] == [
        *("score positive", "score negative"),
        *("price falls, balance rises", "price rises, balance rises"),
        *("price falls, balance falls", "price rises, balance falls"),
    ]
    empty = states_table(
        measure(question(market().with_fields({"close": np.full((90, 50), 7.0)}).window(None, None)), plan), plan
    )
    assert "score positive" in set(empty["state"])
    assert "price falls, balance rises" not in set(empty["state"])
