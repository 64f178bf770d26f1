"""The luck of the best of many: published examples and simulated maxima."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.luck.deflated import deflated_sharpe, expected_maximum, expected_maximum_sharpe


def test_the_deflated_ratio_of_the_paper():
    # Bailey and Lopez de Prado (2014), A numerical example: 2.5 a year over five years of 250 sessions, variance 1/2.
    ratio, variance = 2.5 / np.sqrt(250), 0.5 / 250
    assert expected_maximum_sharpe(variance, 100) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(ratio, 1250, 100, variance, -3.0, 10.0) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe(ratio, 1250, 46, variance, -3.0, 10.0) == pytest.approx(0.9505, abs=5e-5)
    assert deflated_sharpe(ratio, 1250, 88, variance) == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize(("trials", "years"), [(45, 5.0), (7, 1.92)])
def test_the_shortest_backtest(trials, years):
    # Bailey and others (2014), Pseudo-mathematics and financial charlatanism: over 5 years, 45 trials without skill
    # show a Sharpe of 1; over 2 years, 7 do (the formula gives 1.92).
    assert expected_maximum(trials) ** 2 == pytest.approx(years, abs=5e-3)


def test_a_thousand_trials_show_three():
    # Lopez de Prado (2018), Advances in financial machine learning: 3.26.
    assert expected_maximum(1000) == pytest.approx(3.26, abs=6e-3)


@pytest.mark.parametrize("trials", [5, 50, 500])
def test_the_expected_maximum_is_that_of_draws(trials):
    largest = np.random.default_rng(trials).normal(size=(4000, trials)).max(axis=1)
    assert expected_maximum(trials) == pytest.approx(largest.mean(), abs=0.04)


def test_one_trial_has_no_luck_to_deflate():
    assert expected_maximum(1) == 0.0
    assert expected_maximum(1.05) == 0.0  # the approximation would fall below the mean of a single draw
    with pytest.raises(ConfigError, match=r"`trials` should be at least 1, got 0.5"):
        expected_maximum(0.5)
