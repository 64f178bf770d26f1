"""Benchmarks against pandas and by hand."""

import numpy as np
import pandas as pd
import pytest
from events.event_panels import eligible_panel
from liangrong.core.errors import DataError
from liangrong.core.events.abnormal import EqualWeight, excess, returns_of
from liangrong.core.events.event_design import EventDesign
from liangrong.core.events.event_rows import Event
from liangrong.core.events.matched import Matched
from liangrong.core.events.outcome import event_study
from liangrong.core.panel.panel import Panel

EVENTS = [Event(100, 3, "event"), Event(105, 4, "event")]


def test_equal_weight_is_the_mean_of_the_others_that_are_near_no_event():
    panel = eligible_panel()
    returns = returns_of(panel).around(EVENTS, 5, 10)
    frame = panel.frame("close").pct_change()
    frame.iloc[95:111, 3] = np.nan
    frame.iloc[100:116, 4] = np.nan
    expected = frame.drop(columns=panel.symbols[3]).mean(axis=1)
    np.testing.assert_allclose(EqualWeight(returns).path(3), expected, rtol=1e-9)
    expected = frame.drop(columns=panel.symbols[7]).mean(axis=1)
    np.testing.assert_allclose(EqualWeight(returns).path(7), expected, rtol=1e-9)


def test_the_industry_is_that_of_each_session_and_needs_three_others():
    codes = np.tile(np.arange(30) % 3.0, (160, 1)).astype(np.float64)
    codes[80:, 3] = 1.0  # before of industry 0
    codes[:, 9:] = np.where(codes[:, 9:] == 2.0, 0.0, codes[:, 9:])  # so that 2 has members 2, 5 and 8 only
    codes[:, 29] = np.nan
    panel = eligible_panel()
    benchmark = EqualWeight(returns_of(panel), codes)
    frame = panel.frame("close").pct_change()
    expected = [frame.iloc[t][(codes[t] == codes[t, 3]) & (np.arange(30) != 3)].mean() for t in range(len(frame))]
    np.testing.assert_allclose(benchmark.path(3), expected, rtol=1e-9)
    assert np.isnan([benchmark.path(2), benchmark.path(29)]).all()


def test_after_a_suspension_the_benchmark_counts_over_all_of_it():
    own = np.array([np.nan, 0.01, np.nan, np.nan, 0.10, 0.02])
    benchmark = np.array([np.nan, 0.02, 0.03, 0.01, 0.02, 0.05])
    np.testing.assert_allclose(excess(own, benchmark), [np.nan, -0.01, np.nan, np.nan, 0.04, -0.03])
    benchmark[3] = np.nan
    assert np.isnan(excess(own, benchmark)[4])


def test_controls_are_the_nearest_by_ranks_before_the_window():
    panel = eligible_panel(symbols=12, float_cap=np.tile(np.arange(12.0) + 1.0, (160, 1)))
    plan = EventDesign(before=5, after=10, controls=3, estimation=40)
    event = Event(100, 6, "event")
    returns = returns_of(panel).around([event, Event(102, 7, "event")], 5, 10)
    found = Matched(panel, returns, plan).controls(event)
    others = [j for j in range(12) if j != 7]  # 7 has an event of its own within the window
    past = panel["close"][94] / panel["close"][54]
    places = pd.DataFrame({"size": panel["float_cap"][94][others], "past": past[others]}, index=others)
    places = (places.rank() - 1.0) / (len(others) - 1.0)
    apart = ((places - places.loc[6]) ** 2).sum(axis=1).drop(6)
    assert found is not None
    assert set(found) == set(apart.nsmallest(3).index)


def test_nothing_of_the_window_bears_on_the_choice_of_controls():
    panel = eligible_panel()
    close = panel["close"].copy()
    close[95:] *= np.random.default_rng(1).uniform(0.5, 2.0, size=close[95:].shape)
    plan, event = EventDesign(before=5, after=10), Event(100, 3, "event")
    found = [
        Matched(one, returns_of(one), plan).controls(event) for one in (panel, panel.with_fields({"close": close}))
    ]
    as_known, as_changed = (np.asarray(one, dtype=float) for one in found)
    assert len(as_known) == 5
    assert np.array_equal(as_known, as_changed)


def test_without_any_size_there_are_no_matched_controls():
    panel = eligible_panel()
    bare = type(panel)(sessions=panel.sessions, symbols=panel.symbols, fields={"close": panel["close"]})
    with pytest.raises(DataError, match="matched controls need the field `float_cap`, `amount` or `volume`"):
        Matched(bare, returns_of(bare), EventDesign())


def test_a_split_without_a_factor_is_no_return_and_its_event_is_left_out():
    panel = eligible_panel()
    close = panel["close"].copy()
    close[88:93, 1] = np.nan  # suspended
    close[93:, 1] /= 25.0
    fields = {name: values for name, values in panel.fields.items() if name != "adj_factor"} | {"close": close}
    plain = Panel(sessions=panel.sessions, symbols=panel.symbols, fields=fields)
    events = [Event(90, j, "e") for j in range(6)]
    plan = EventDesign(before=5, after=10, estimation=40, placebos=100, against="equal")
    made = event_study(plain, events, plan, "x")
    assert made.kinds[0]["left_out"] == {"jump": 1}
    assert any("(a split?): 1 (" in note and "600001.SH e)" in note for note in made.notes)
    assert any(f"are no returns: 1 (600001.SH {panel.sessions[93]})" in note for note in made.notes)
    returns = returns_of(plain)
    taiwan = Panel(sessions=panel.sessions, symbols=tuple(f"{1000 + j}.TW" for j in range(30)), fields=fields)
    assert returns_of(taiwan).jumps.sum() == 1  # after a suspension
    traded = {**fields, "close": np.where(np.isnan(close), panel["close"], close)}
    oil = Panel(sessions=panel.sessions, symbols=taiwan.symbols, fields=traded)
    assert not returns_of(oil).jumps.any()  # a fund without a limit may move that much in a session
    assert np.isnan(returns.values[93, 1])
    assert returns.prices[93, 1] == pytest.approx(returns.prices[87, 1])  # no fall in the past return of controls
    rescaled = plain.with_fields({"adj_factor": np.ones(plain.shape)})
    assert not returns_of(rescaled).jumps.any()  # a factor that the data have is believed
