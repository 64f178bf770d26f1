"""The headline in plain words, sentence by sentence."""

import numpy as np
from liangrong.core.luck.words import Claim, headline


def claim(beats, p, sharpe, deflated=0.5, trials=None):
    """Return a claim of trials that earn 12 % a year, beside controls that earn 8 % and 3 %."""
    count = len(beats)
    ratios = {
        "sharpe": np.array(sharpe, dtype=float),
        "control_sharpe": np.array([1.0, np.nan]),
        "mean_return": np.full(count, 0.12),
        "control_mean_return": np.array([0.08, 0.03]),
        "deflated_sharpe": np.full(count, deflated),
    }
    names = tuple("abcdefgh"[:count])
    return Claim(names, ("momentum", "still"), np.array(beats), np.array(p), ratios, trials or count, 0.05)


def test_winners_by_their_ratio():
    said = headline(claim([True, False, True], [0.04, 0.5, 0.0012], [1.5, 0.2, 2.25], trials=1200))
    assert said == (
        "2 of 1,200 trials beat both controls beyond luck after costs: "
        "c (Sharpe 2.25, 1.25 above momentum, +4.0 % a year against it, p 0.001); "
        "a (Sharpe 1.50, 0.50 above momentum, +4.0 % a year against it, p 0.040)."
    )


def test_more_than_five_winners_are_counted():
    said = headline(claim([True] * 8, [0.01] * 8, np.linspace(3.0, 2.0, 8)))
    assert said.count("Sharpe") == 5
    assert said.endswith("p 0.010); and 3 more.")
    assert "more" not in headline(claim([True] * 5, [0.01] * 5, np.linspace(3.0, 2.0, 5)))


def test_none_and_what_the_best_falls_short_of():
    said = headline(claim([False, False], [1.0, 0.31], [0.4, 1.75]))
    assert said == (
        "None of 2 trials beat both controls beyond luck after costs. The best, b (Sharpe 1.75, 0.75 above momentum, "
        "+4.0 % a year against it, p 0.31), cannot be told from chance among so many trials."
    )
    said = headline(claim([False, False], [1.0, 0.9], [0.4, 0.75]))
    assert said.endswith(
        "b (Sharpe 0.75, 0.25 below momentum, though a return of +4.0 % a year against it, p 0.90), has a higher "
        "return and a lower Sharpe ratio: it falls behind."
    )
    poorer = claim([False, False], [1.0, 0.9], [0.4, 0.75])
    poorer.ratios["mean_return"][:] = 0.05
    assert headline(poorer).endswith(
        "b (Sharpe 0.75, 0.25 below momentum, -3.0 % a year against it, p 0.90), falls behind."
    )
    said = headline(claim([False, False], [0.5, 0.03], [0.4, 1.75], deflated=0.85))
    assert said.endswith(
        "p 0.030), beats them, but its ratio cannot be told from the luck of so many trials "
        "(deflated Sharpe 0.85, 0.95 needed)."
    )


def test_the_best_is_not_one_that_stood_still():
    assert "The best, b (" in headline(claim([False, False], [1.0, 0.5], [np.nan, -0.3]))
    assert headline(claim([False], [1.0], [np.nan])) == (
        "The trial did not beat both controls beyond luck after costs. It did not trade."
    )


def test_one_trial_is_not_many():
    assert headline(claim([False], [0.4], [1.2])).endswith(
        "after costs. a (Sharpe 1.20, 0.20 above momentum, +4.0 % a year against it, p 0.40), "
        "cannot be told from chance."
    )
