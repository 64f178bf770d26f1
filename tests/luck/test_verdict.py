"""The verdict: what must hold for it, on noise, on planted skill, on borrowing; and the headline."""

from typing import Any

import numpy as np
import pytest
from honesty import stated
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.inference.sharpe import moments, probabilistic_sharpe
from liangrong.core.luck.increment import increment
from liangrong.core.luck.overfitting import overfitting
from liangrong.core.luck.verdict import judge
from liangrong.core.luck.walk import Walk, walk_forward, windows
from luck.returns import YEAR, named, noise, planted

CONTROLS = ["equal_weight", "price_momentum", "price_reversal", "random_scores", "buy_and_hold"]


def market(seed, sessions=600, count=30, common=0.0):
    """Return trials and controls without skill."""
    both = noise(seed, sessions, count + len(CONTROLS), common=common)
    return both[:, :count], both[:, count:]


def verdict(values, controls, **options: Any) -> Any:
    return judge(
        values, controls, named(values.shape[1]), CONTROLS, repetitions=options.pop("repetitions", 200), **options
    )


def test_noise_beats_luck_no_more_often_than_the_level():
    # One control, the hardest case: five of them seldom lose to the same trial by luck.
    verdicts = []
    for seed in range(20):
        values, controls = market(seed, 250, 20, common=0.5 * (seed % 2))
        verdicts.append(judge(values, controls[:, :1], named(20), CONTROLS[:1], alpha=0.2, repetitions=100))
    beaten = [one.beats.any() for one in verdicts]
    assert 0 < sum(one.p.min() <= 0.2 for one in verdicts) <= 8  # 4 expected
    assert sum(beaten) <= 4
    said = [one.headline.startswith("None of 20 trials beat the control equal_weight beyond") for one in verdicts]
    assert said == [not is_beaten for is_beaten in beaten]
    stated("verdict_on_noise", sum(beaten), len(beaten))


@pytest.mark.slow
def test_skill_is_found_and_named():
    values, controls = market(1, 1500, 30, common=0.5)
    values = planted(planted(values, 3, 5.0), 8, 4.0)
    found = verdict(values, controls)
    assert np.flatnonzero(found.beats).tolist() == [3, 8]
    strongest = CONTROLS[found.control_sharpe.argmax()]
    apart = found.sharpe[3] - found.control_sharpe.max()
    first, second = (k for k in np.argsort(-found.sharpe)[:2])
    assert found.headline.startswith(
        f"2 of 30 trials beat all 5 controls beyond luck after costs: rule_{first} (Sharpe {found.sharpe[first]:.2f}, "
    )
    assert f"Sharpe {found.sharpe[3]:.2f}, {apart:.2f} above {strongest}, " in found.headline
    assert f"; rule_{second} (Sharpe" in found.headline
    assert found.headline.endswith("p 0.005).")  # the least that 200 resamples can show


def test_what_beats_luck_beats_it_in_both_ways():
    values, controls = market(2, 800, 25)
    for k, strength in enumerate((2.0, 3.0, 4.0, 5.0, 6.0)):
        values = planted(values, k, strength)
    found = verdict(values, controls, alpha=0.1)
    assert found.beats.tolist() == ((found.p <= 0.1) & (found.deflated_sharpe >= 0.9)).tolist()
    np.testing.assert_allclose(found.p, found.superiority.p.max(axis=1))
    assert found.beats.any()
    assert not found.beats.all()
    assert (found.intervals.level, found.alpha) == (0.1, 0.1)


def test_one_control_that_is_not_beaten_is_enough():
    values, controls = market(3, 1500, 10)
    values = planted(values, 4, 5.0)
    assert verdict(values, controls).beats[4]
    found = verdict(values, planted(controls, 2, 5.0))
    assert not found.beats.any()
    assert (np.delete(found.superiority.p[4], 2) <= 0.05).all()
    assert found.superiority.p[4, 2] > 0.05


def test_borrowing_to_hold_the_market_beats_it_in_return_but_not_in_sharpe():
    values, controls = market(4, 1500, 10)
    controls[:, 0] += 0.0014
    values[:, 5] = 2.5 * controls[:, 0]
    by_sharpe, by_return = (verdict(values, controls, metric=metric) for metric in ("sharpe", "return"))
    assert not by_sharpe.beats[5]
    assert by_return.beats[5]


def test_common_luck_is_not_skill():
    # All trials share a market that rose: each has a high ratio, what they share is not deflated.
    values, controls = market(5, 1500, 30, common=0.95)
    values, controls = values + 0.0012, controls + 0.0012
    found = verdict(values, controls)
    assert (found.deflated_sharpe > 0.95).any()
    assert not found.beats.any()


def test_trials_that_were_not_kept_count():
    values, controls = market(6, 1500, 30)
    values = planted(values, 0, 3.0)
    kept, all_ = verdict(values, controls, repetitions=400), verdict(values, controls, repetitions=400, trials=600)
    assert kept.beats[0]
    np.testing.assert_allclose(all_.p, np.minimum(20.0 * kept.p, 1.0))
    assert all_.deflated_sharpe[0] < kept.deflated_sharpe[0]
    assert all_.trials == 600
    assert all_.headline.startswith("None of 600 trials beat all 5 controls")


def test_the_parts_are_those_of_the_single_functions():
    values, controls = market(7, 300, 6)
    regime = np.repeat([0, 1], 150)
    found = verdict(values, controls, regime=regime, periods_per_year=YEAR, walk=Walk(100, 50))
    assert found.overfitting.probability == overfitting(values).probability
    beside = increment(values, controls[:, :3], periods_per_year=YEAR)
    np.testing.assert_allclose(found.increment.t, beside.t)
    assert found.increment.beside == ("equal_weight", "price_momentum", "price_reversal")
    assert found.walk_forward.sessions[0] == 100
    values[:, 2] *= 4.0  # a mean decides otherwise than a ratio
    by_return = verdict(values, controls, metric="return").walk_forward.chosen
    assert by_return.tolist() == walk_forward(values, windows(300, 75, 18), metric="return").chosen.tolist()
    assert by_return.tolist() != verdict(values, controls).walk_forward.chosen.tolist()
    values[:, 2] /= 4.0
    assert found.by_regime.sessions.tolist() == [150, 150]
    assert found.confidence.shape == (11,)
    assert found.confidence.max() == 1.0
    assert (found.deflated_sharpe <= found.probabilistic_sharpe + 1e-12).all()
    np.testing.assert_allclose(found.mean_return, values.mean(axis=0) * YEAR)
    assert (np.isinf(found.track_record) == (found.sharpe < 0)).all()
    k = found.sharpe.argmax()
    shape = moments(values).skewness[k], moments(values).kurtosis[k]
    reached = probabilistic_sharpe(found.sharpe[k] / np.sqrt(YEAR), 0.0, found.track_record[k], *shape)
    assert reached == pytest.approx(0.95)


def test_the_same_seed_gives_the_same_verdict():
    values, controls = market(8, 200, 5)
    one, again, other = (verdict(values, controls, seed=seed) for seed in (1, 1, 2))
    assert one.superiority.p.tolist() == again.superiority.p.tolist()
    assert one.intervals.sharpe.low.tolist() == again.intervals.sharpe.low.tolist()
    assert one.superiority.p.tolist() != other.superiority.p.tolist()


def test_one_trial_against_one_control():
    values, controls = market(9, 60, 1)
    found = judge(values, controls[:, 3:4], ["mine"], ["random_scores"], repetitions=100)
    assert found.overfitting is None
    assert found.increment is None
    assert found.by_regime is None
    assert found.headline.startswith("The trial did not beat the control random_scores beyond luck after costs. mine ")
    assert found.deflated_sharpe[0] == pytest.approx(found.probabilistic_sharpe[0])
    rest = judge(values, controls[:, 3:4], ["mine"], ["random_scores"], repetitions=999, trials=50)
    assert rest.deflated_sharpe[0] < found.deflated_sharpe[0]  # even if only one of fifty is left to show their spread


def test_trials_that_never_traded_beat_nothing():
    values, controls = market(10, 200, 3)
    still = np.zeros((200, 3))
    found = verdict(still, controls)
    assert not found.beats.any()
    assert found.headline.endswith("None of them traded.")
    mixed = verdict(np.column_stack([values[:, 0], still[:, 0]]), np.zeros((200, 5)) + controls * [1, 0, 1, 1, 1])
    assert np.isnan(mixed.sharpe).tolist() == [False, True]
    assert not mixed.beats[1]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"names": ["a", "a"]}, ConfigError, r"`names` should be 2 different names, one per column, got 1"),
        ({"control_names": ["a"]}, ConfigError, r"`control_names` should be 5 different names"),
        ({"alpha": 5.0}, ConfigError, r"`alpha` should lie between 0 and 1, got 5.0"),
        ({"trials": 1}, ConfigError, r"`trials` should be at least the 2 trials given, got 1"),
        ({"repetitions": 99}, ConfigError, r"`repetitions` should be at least 100, or no p-value reaches 0.01; got 99"),
        ({"repetitions": 198, "trials": 20}, ConfigError, r"`repetitions` should be at least 199, .*as 0.05; got 198"),
        ({"metric": "calmar"}, ConfigError, r"`metric` should be one of sharpe, return, got 'calmar'"),
        ({"controls": np.zeros((59, 5))}, DataError, r"`controls` should cover the same 60 sessions .*got 59"),
        ({"returns": np.full((60, 2), np.nan)}, DataError, r"`returns` should have no NaN .*\(120 in all\)"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, text):
    values, controls = market(11, 60, 2)
    given: dict[str, Any] = {
        "returns": values,
        "controls": controls,
        "names": ["a", "b"],
        "control_names": CONTROLS,
        **change,
    }
    with pytest.raises(error, match=text):
        judge(**(given | change))
