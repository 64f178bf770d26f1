"""The verdict on few events: what it asks for, and how often noise with fat tails passes."""

import numpy as np
import pytest
from liangrong.core.events.event_design import EventDesign
from liangrong.core.events.event_rows import MARKET, Event
from liangrong.core.events.event_windows import near_market, windows_of
from liangrong.core.events.figures_of_events import span_rows, tables_of
from liangrong.core.events.placebo import placebo_of
from liangrong.core.events.verdict import judged, kind_words, needed
from scipy import stats

PLAN = EventDesign(placebos=150)
SESSIONS = 1200


def noise(seed, events=4, effect=0.0):
    """Return the row of the verdict's span of events on drawn days of a market with fat tails and spells of unrest."""
    random = np.random.default_rng(seed)
    shocks = random.standard_t(3, size=SESSIONS) / np.sqrt(3.0)
    variance, series = 1.0, np.empty(SESSIONS)
    for t in range(SESSIONS):
        series[t] = 0.015 * np.sqrt(variance) * shocks[t]
        variance = 0.03 + 0.12 * min(variance * shocks[t] ** 2, 40.0) + 0.85 * variance
    days = np.sort(random.choice(np.arange(100, SESSIONS - 21, 35), size=events, replace=False))
    for t in days:
        series[t : t + 21] += effect
    near = near_market(days.tolist(), PLAN, SESSIONS)
    found = [Event(int(t), MARKET, "e") for t in days]
    windows = windows_of(found, lambda _: series, lambda _: near, PLAN, SESSIONS, is_demeaned=True)
    rows = span_rows(windows, placebo_of(windows, PLAN), PLAN, ("e", "the market", "own mean"))
    spans = tables_of({"spans": rows, "path": [], "events": []})["spans"]
    return spans[spans["span"] == "day 0 and after"].iloc[0].to_dict()


def shares(times, **world):
    """Return the share of worlds with a verdict, and that in which the portfolio's test alone is beyond its bound."""
    rows = [noise(seed, **world) for seed in range(times)]
    shown = np.mean([judged(row)["verdict"] in ("rise", "fall") for row in rows])
    return shown, np.mean([abs(row["portfolio"]) > 1.96 for row in rows])


def test_four_events_of_noise_with_fat_tails_seldom_pass():
    shown, alone = shares(120)
    assert shown <= 0.03
    assert alone > 0.06  # what one test shows by itself


@pytest.mark.slow
@pytest.mark.parametrize("events", [1, 2, 4, 8])
def test_the_size_of_the_verdict_is_below_its_level(events):
    assert shares(400, events=events)[0] <= 0.05


def test_four_events_that_agree_are_found():
    assert shares(20, effect=0.02)[0] > 0.4


def figures(**more):
    plain = {"kind": "cut", "against": "own mean", "mean": 0.0626, "raw": 0.08, "placebo_share": 0.023}
    plain |= {"events": 4, "days": 4, "placebos": 1000, "placebos_apart": 65, "left_out": {}}
    return plain | {"adjusted": np.nan, "portfolio": 2.34, "rank": 3.06, "cross": 0.57} | more


def test_one_test_of_four_events_against_another_shows_nothing():
    # +25, +15, +11 and -26 %: t of the four is 0.6, and Student's bound for four is 3.2.
    cross = stats.ttest_1samp([0.2528, 0.1475, 0.1073, -0.2571], 0.0).statistic
    assert cross == pytest.approx(0.54, abs=0.03)
    row = figures(cross=cross)
    found = judged(row)
    assert (found["verdict"], found["test"]) == ("not shown", "cross")
    told = kind_words(row | found, 20)
    assert "cross-section t 0.6, 3.2 needed" in told
    assert "2.3 % of 1,000 placebo windows, 65 of them apart, moved more" in told
    assert "so few events show nothing where the tests do not agree" in told


def test_placebo_windows_that_overlap_count_as_one():
    row = figures(cross=4.0)
    assert judged(row)["verdict"] == "rise"
    assert judged(row | {"placebo_share": 0.04})["verdict"] == "not shown"  # (1 + 0.04 x 65) / 66 = 5.5 %
    assert judged(row | {"placebo_share": 0.04, "placebos_apart": 1000})["verdict"] == "rise"


@pytest.mark.parametrize("events", [2, 3, 4, 5, 10, 40])
def test_a_mean_of_few_is_held_against_student(events):
    assert needed("cross", events) == pytest.approx(stats.t.ppf(0.975, events - 1), rel=0.006)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"events": 1, "days": 1}, "cut: the only event was followed by"),
        ({"events": 1, "days": 1, "left_out": {"window": 1}}, "cut: the only usable event of 2 was followed by"),
        ({"events": 3, "days": 1}, "cut: 3 events, all on one day, were followed by"),
        ({"events": 4, "left_out": {"window": 2}}, "cut: 4 of 6 events, on 4 days, were followed by"),
    ],
)
def test_events_are_counted_as_they_were_given(counts, words):
    row = figures(**counts)
    assert kind_words(row | judged(row), 20).startswith(words)
