"""The sessions over which all trials are judged, and what is said of them."""

from liangrong.core.luck.common import common_start, words

NAMES = ("fast", "slow", "control hold")


def test_the_slowest_decides_and_is_named():
    found = common_start(NAMES, (1, 60, 1), 500)
    assert (found.start, found.slowest, found.halving, found.never) == (60, "slow", (), ())
    assert words(found, "2021-04-01", 500) == (
        "Judged from 2021-04-01, the session from which the slowest trial can trade, slow: the 60 sessions before it "
        "count for nobody. The leaderboard's figures are over all sessions, but for the judged Sharpe "
        "ratio. Sessions that slow costs all others: 60 of 500; drop it, or begin later, with more "
        "history before the window."
    )


def test_what_the_slowest_costs_is_what_the_others_would_have_without_it():
    found = common_start(("a", "b", "c"), (1, 40, 60), 500)
    assert (found.cost, found.as_slow) == (20, ("c",))  # b would still cost 40
    both = common_start(("a", "b", "c"), (1, 60, 60), 500)
    assert (both.cost, both.as_slow) == (60, ("b", "c"))
    assert common_start(("a", "b", "c"), (40, 40, 60), 500).cost == 60  # none of the others waits for another


def test_trials_that_begin_together_have_no_slowest():
    for firsts in ((1, 1, 1), (60, 60, 60), (300, 300, 300)):
        found = common_start(NAMES, firsts, 500)
        assert (found.start, found.slowest, found.halving) == (0, "", ())
        assert words(found, "", 500) == "Judged over all sessions: no trial can trade sooner than another."


def test_whoever_takes_more_than_half_is_named():
    found = common_start(("a", "b", "c", "d"), (1, 250, 251, 400), 500)
    assert (found.start, found.slowest, found.halving) == (400, "d", ("c", "d"))
    said = words(found, "2022-09-01", 500)
    assert "more than half of the 500 sessions from all trials, because of c, d: begin with more history" in said


def test_a_trial_that_leaves_too_little_is_not_waited_for_and_named():
    found = common_start(("a", "b", "c"), (1, None, 481), 500)
    assert (found.start, found.never) == (0, ("b", "c"))
    assert words(found, "2021-01-05", 500) == (
        "Judged over all sessions. Not waited for, since too few sessions or none would be left: b, c; judged "
        "as they are, standing still until then."
    )
    assert common_start(("a", "b", "c"), (1, None, 480), 500).start == 480  # 20 are left
    assert common_start(("a", "b"), (1, 300), 500, fewest=201).never == ("b",)  # a walk-forward needs more


def test_where_nobody_can_trade_all_sessions_are_judged():
    found = common_start(("a", "b"), (None, None), 100)
    assert (found.start, found.slowest, found.never) == (0, "", ("a", "b"))


def test_long_lists_are_counted():
    found = common_start([f"t{n}" for n in range(9)], [None] * 8 + [1], 100)
    assert "t0, t1, t2, t3, t4 and 3 more; judged" in words(found, "2021-01-05", 100)
