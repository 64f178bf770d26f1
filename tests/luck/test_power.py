"""What a comparison can find: held to the verdict itself on returns with as much skill as is said to be enough."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from honesty import stated
from liangrong.core.compare.power_words import power_words
from liangrong.core.errors import ConfigError
from liangrong.core.kernels.statistics import SESSIONS_PER_YEAR
from liangrong.core.luck import verdict
from liangrong.core.luck.alike import Alike
from liangrong.core.luck.power import GUESS, power
from liangrong.core.luck.verdict import judge
from luck.returns import named


@pytest.fixture(autouse=True)
def without_splits(monkeypatch):
    """Leave out the probability of overfitting, on which no verdict rests: most of the time would go there."""
    monkeypatch.setattr(verdict, "FEWEST_FOR_SPLITS", 10**9)


def equally(rho):
    return Alike(rho, rho, rho)


def comparison(seed, shape, rho, advantage):
    """Return trials and controls, each pair correlated by `rho`, the first trial better than all by `advantage`."""
    sessions, trials, controls = shape
    random = np.random.default_rng([seed, *shape])
    shared, own = random.standard_normal((sessions, 1)), random.standard_normal((sessions, trials + controls))
    values = 0.01 * (math.sqrt(rho) * shared + math.sqrt(1.0 - rho) * own)
    values[:, 0] += 0.01 * advantage / math.sqrt(SESSIONS_PER_YEAR)
    return values[:, :trials], values[:, trials:]


def found(seed, shape, rho, advantage):
    """Return whether the verdict finds the first trial."""
    values, controls = comparison(seed, shape, rho, advantage)
    given = named(shape[1]), [f"control_{c}" for c in range(shape[2])]
    return bool(judge(values, controls, *given, repetitions=100).beats[0])


def test_the_verdict_finds_what_is_said_to_be_enough_and_seldom_half_of_it():
    shape, rho = (200, 8, 2), 0.5
    said = power(*shape, alike=equally(rho))
    whole = np.mean([found(seed, shape, rho, said.advantage) for seed in range(40)])
    half = np.mean([found(seed, shape, rho, said.advantage / 2.0) for seed in range(20)])
    assert said.likely == 0.8
    assert whole == pytest.approx(0.8, abs=0.16)  # error 0.06
    assert half == pytest.approx(said.at_half, abs=0.16)
    assert said.at_half < 0.15


@pytest.mark.slow
def test_so_it_is_for_many_and_few_for_like_and_unlike():
    given = [((250, 20, 3), 0.0), ((250, 20, 5), 0.8), ((250, 2, 3), 0.5), ((250, 1, 3), 0.5), ((500, 60, 5), 0.5)]
    whole, half, told = [], [], []
    for shape, rho in given:
        said = power(*shape, alike=equally(rho))
        whole.append([found(seed, shape, rho, said.advantage) for seed in range(100)])
        half.append([found(seed, shape, rho, said.advantage / 2.0) for seed in range(50)])
        told.append(said.at_half)
        assert np.mean(whole[-1]) == pytest.approx(0.8, abs=0.12)  # error 0.04
        assert np.mean(half[-1]) == pytest.approx(said.at_half, abs=0.15)
        assert np.mean(half[-1]) < 0.35
    assert max(told) < 0.2
    stated("power_told", np.sum(whole), np.size(whole))
    stated("power_half_of_it", np.sum(half), np.size(half))


def test_one_trial_and_one_control_by_hand():
    # Two series that share half of their variance: the difference of their ratios has the variance 1 / T, and the
    # luck of one trial is none. z(0.95) + z(0.8) errors are enough for the first test, the second asks the ratio of
    # the trial itself, of the same error here: both pass in 0.8 of the cases only above that.
    quantile = NormalDist().inv_cdf
    said = power(500, 1, 1, alike=equally(0.5))
    alone = (quantile(0.95) + quantile(0.8)) * math.sqrt(SESSIONS_PER_YEAR / 500)
    both = (quantile(0.95) + quantile(math.sqrt(0.8))) * math.sqrt(SESSIONS_PER_YEAR / 500)
    assert alone < said.advantage < both  # as the two are correlated, not one and not independent
    sure = power(500, 1, 1, alike=equally(0.5), base=50.0)
    assert sure.advantage == pytest.approx(alone, rel=0.03)  # the second test passes in any case


def test_it_grows_with_trials_and_shrinks_with_sessions_and_likeness():
    by_trials = [power(500, count, 5, alike=equally(0.3)).advantage for count in (20, 100, 1000, 10_000)]
    assert by_trials == sorted(by_trials)
    assert power(2000, 100, 5).advantage == pytest.approx(power(500, 100, 5).advantage / 2.0)
    likeness = [power(500, 100, 5, alike=equally(rho)).advantage for rho in (0.0, 0.3, 0.6, 0.9)]
    assert likeness == sorted(likeness, reverse=True)
    assert power(500, 100, 5, alpha=0.01).advantage > power(500, 100, 5, alpha=0.1).advantage
    assert power(500, 1000, 5, kept=100).advantage > power(500, 100, 5).advantage
    assert power(500, 100, 5, likely=0.5).advantage < power(500, 100, 5, likely=0.9).advantage


def test_among_few_that_are_alike_the_better_trial_is_itself_the_spread_that_it_is_held_to():
    few, many = (power(250, trials, 3, alike=equally(0.9)) for trials in (5, 50))
    assert few.advantage > 1.2 * many.advantage
    assert "Twice as many trials would need" in power_words(few)
    assert "Twice as many" not in power_words(power(250, 1, 3, alike=equally(0.9)))
    assert "Twice as many" not in power_words(power(500, 1000, 5, alike=equally(0.1)))


@pytest.mark.slow
def test_so_the_verdict_finds_the_same_advantage_more_often_among_more():
    said = power(250, 50, 3, alike=equally(0.9)).advantage
    few, many = (np.mean([found(seed, (250, n, 3), 0.9, said) for seed in range(100)]) for n in (5, 50))
    assert many == pytest.approx(0.8, abs=0.12)
    assert few < many - 0.1


def test_what_is_not_known_is_guessed_and_what_cannot_be_is_bounded():
    nothing = power(500, 1, 1, alike=Alike(math.nan, math.nan, math.nan))
    assert nothing.alike == pytest.approx(GUESS)
    assert power(500, 1, 1, alike=Alike(math.nan, 0.4, math.nan)).alike == pytest.approx(equally(0.4))
    assert power(500, 5, 2, alike=Alike(-0.2, 0.7, 1.2)).alike == Alike(0.0, 0.0, 1.0)
    assert math.isfinite(power(500, 5, 2, alike=equally(1.0)).advantage)
    assert not power(500, 5, 2).is_measured


@pytest.mark.parametrize("given", [(19, 5, 2), (100, 0, 2), (100, 5, 0)])
def test_what_does_not_fit_is_refused(given):
    with pytest.raises(ConfigError, match=r"power needs 20 sessions, a trial and a control"):
        power(*given)
    with pytest.raises(ConfigError, match="`likely`"):
        power(100, 5, 2, likely=1.0)


def test_the_verdict_carries_what_it_could_find():
    values, controls = comparison(3, (300, 12, 3), 0.6, 0.0)
    said = judge(values, controls, named(12), ["a", "b", "c"], repetitions=100).power
    assert (said.sessions, said.trials, said.controls, said.is_measured) == (300, 12, 3, True)
    assert said.alike == pytest.approx(equally(0.6), abs=0.08)
    assert said.advantage == power(300, 12, 3, alike=said.alike, base=said.base).advantage
    still = judge(np.zeros((300, 2)), controls, ["a", "b"], ["c", "d", "e"], repetitions=100).power
    assert not still.is_measured
