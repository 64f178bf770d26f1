"""Tests of events against the papers' formulas, one by one; and their size and power where the truth is known."""

import numpy as np
import pytest
from events.simulated import PLAN, SPAN, World, drawn, rejected
from honesty import stated
from liangrong.core.events.event_rows import MARKET, Event
from liangrong.core.events.event_tests import all_tests, correlation_factor, overlap
from liangrong.core.events.event_windows import near_market, windows_of
from oracles import events as oracle
from scipy import stats

TIMES = 100
STIRRED = World(events=1, one_day=True, stirred=2.0)


@pytest.mark.parametrize("common", [0.0, 0.4])
def test_every_test_is_that_of_its_paper(common):
    windows = drawn(World(events=12, one_day=True, common=common), seed=3)
    inside, past = windows.window[:, SPAN].tolist(), windows.estimation.tolist()
    found = all_tests(windows, SPAN)
    assert found["cross"] == pytest.approx(stats.ttest_1samp(np.sum(inside, axis=1), 0.0).statistic)
    assert found["standardised"] == pytest.approx(oracle.standardised(inside, past))
    assert found["rank"] == pytest.approx(oracle.corrado(windows.window.tolist(), past, SPAN.start, SPAN.stop))
    assert found["sign"] == pytest.approx(oracle.sign(inside, past))
    assert found["portfolio"] == pytest.approx(oracle.portfolio(inside, past))
    if common:  # a mean correlation below 0 is none
        assert found["adjusted"] == pytest.approx(oracle.kolari_pynnonen(inside, past))


def test_events_far_apart_share_nothing_and_the_factor_is_one():
    windows = drawn(World(events=2, one_day=False), seed=8)
    assert abs(windows.days[0] - windows.days[-1]) >= SPAN.stop - SPAN.start
    assert overlap(windows, SPAN.stop - SPAN.start) == 0.0
    assert correlation_factor(windows, SPAN.stop - SPAN.start, 0.5) == 1.0
    near = drawn(World(events=5, one_day=True), seed=8)
    assert overlap(near, 10) == 1.0
    assert correlation_factor(near, 10, 0.5) == pytest.approx(np.sqrt(0.5 / 3.0))


def test_few_events_have_no_cross_section_and_one_has_a_portfolio():
    found = all_tests(drawn(World(events=1), seed=1), SPAN)
    assert np.isnan([found["cross"], found["standardised"], found["adjusted"], found["sign"]]).all()
    assert np.isfinite([found["rank"], found["portfolio"]]).all()


def test_size_where_nothing_happened():
    found = rejected(World(), TIMES)
    assert all(share < 0.14 for share in found.values()), found


def test_on_one_day_only_the_tests_that_allow_for_it_keep_their_size():
    found = rejected(World(one_day=True, common=0.3), TIMES)
    assert all(found[name] < 0.14 for name in ("adjusted", "rank", "portfolio", "placebo")), found
    assert all(found[name] > 0.4 for name in ("cross", "standardised", "sign")), found


def test_a_higher_variance_at_the_event_misleads_the_portfolio_and_not_the_adjusted_test():
    found = rejected(World(stirred=2.0), TIMES)
    assert max(found["adjusted"], found["standardised"]) < 0.14, found
    assert min(found["portfolio"], found["placebo"]) > 0.2, found


def test_power():
    found = rejected(World(effect=0.2), 60)
    assert all(share > 0.75 for share in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "world", "low", "high"),
    [
        ("apart", World(), 0.03, 0.075),
        ("on_one_day", World(one_day=True), 0.03, 0.075),
        ("on_one_day_together", World(one_day=True, common=0.3), 0.03, 0.085),
        ("apart_together", World(common=0.3), 0.03, 0.09),
    ],
)
def test_size_of_the_tests_that_a_verdict_rests_on(name, world, low, high):
    found = rejected(world, 400, seed=5)
    assert all(low <= found[name] <= high for name in ("adjusted", "portfolio", "placebo")), found
    assert found["verdict"] <= 0.05
    stated(f"events_{name}", round(400 * found["verdict"]), 400)


@pytest.mark.slow
def test_the_verdict_on_a_single_event_is_misled_by_a_higher_variance_and_that_on_forty_of_one_day_is_not():
    one, forty = (rejected(world, 100, seed=6)["verdict"] for world in (STIRRED, STIRRED._replace(events=40)))
    stated("events_one_stirred", round(100 * one), 100)
    stated("events_forty_stirred", round(100 * forty), 100)
    assert one > 0.1
    assert forty <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.05, 0.1, 0.15, 0.2])
def test_power_by_the_size_of_the_effect(effect):
    found = rejected(World(effect=effect), 100, seed=6)["verdict"]
    stated(f"events_effect_{effect}", round(100 * found), 100)
    assert found > 0.1


def test_the_windows_are_those_that_were_asked_for():
    windows = drawn(World(events=7), seed=2)
    assert windows.window.shape == (7, PLAN.width)
    assert windows.estimation.shape == (7, PLAN.estimation)


def test_what_is_usual_is_of_the_nearest_sessions_outside_all_other_windows():
    random = np.random.default_rng(3)
    series = random.normal(size=400)
    days = [200, 220, 240, 260]  # windows of 16 sessions with gaps of 4
    near = near_market(days, PLAN, 400)
    events = [Event(t, MARKET, "e") for t in days]
    windows = windows_of(events, lambda _: series, lambda _: near, PLAN, 400, is_demeaned=True)
    assert windows.left_out == {}
    for place, t in enumerate(days):
        own = [u for u in range(t - PLAN.before) if not any(d - 5 <= u <= d + 10 for d in days)][-60:]
        mean = sum(series[u] for u in own) / 60
        np.testing.assert_allclose(windows.window[place], series[t - 5 : t + 11] - mean)
        past = windows.estimation[place]
        np.testing.assert_allclose(past[~np.isnan(past)], series[own] - mean)
        np.testing.assert_allclose(windows.raw[place], series[t - 5 : t + 11])
    alone = windows_of(events[-1:], lambda _: series, lambda _: near, PLAN, 400, is_demeaned=True)
    own = [u for u in range(255) if not near[u]][-60:]
    units = np.std(series[own], ddof=1) * np.sqrt(11 * (1.0 + 11 / 60))
    expected = (series[260:271].sum() - 11 * series[own].mean()) / units
    assert all_tests(alone, SPAN)["portfolio"] == pytest.approx(expected)
