"""Superiority beyond luck: against arch on the same draws, a step-down written out, simulated levels."""

import numpy as np
import pytest
from arch.bootstrap import MCS, SPA, StepM
from liangrong.core.inference.bootstrap import draws, times_drawn
from liangrong.core.inference.resample import resampled
from liangrong.core.inference.sharpe import measured
from liangrong.core.luck.confidence import confidence_set
from liangrong.core.luck.superior import superiority
from luck.returns import noise, planted
from oracles.bootstrap import arch_draws

BLOCK, TIMES = 4, 200


def against(values, controls, seed=0, metric="return"):
    times = times_drawn(arch_draws(len(values), BLOCK, TIMES, seed))
    drawn = resampled(values, times, metric), resampled(controls, times, metric)
    own, other = measured(values, metric), measured(controls, metric)
    return superiority(own, other, drawn[0].T, drawn[1].T, len(values)), own[:, None] - other, drawn


def errors_of(drawn, control):
    return (drawn[0] - drawn[1][:, [control]]).std(axis=0)


def bound(sessions):
    return -np.sqrt(2.0 * np.log(np.log(sessions)))


@pytest.mark.parametrize("seed", range(4))
def test_spa_is_that_of_arch(seed):
    values, controls = planted(noise(seed, 300, 12), 2, 2.0), noise(seed + 50, 300, 2)
    values[:, 8] -= 0.004  # hopeless: where the three p-values differ
    found, _, drawn = against(values, controls, seed)
    clear = 0
    for c in range(2):
        # arch (8.0) does not divide by the standard error: it is given differences that have been divided.
        scaled = (controls[:, [c]] - values) / errors_of(drawn, c)
        spa = SPA(np.zeros(300), scaled, block_size=BLOCK, reps=TIMES, seed=seed)
        spa.compute()
        expected = (1.0 + spa.pvalues.to_numpy() * TIMES) / (1.0 + TIMES)
        np.testing.assert_allclose(found.spa[c, [0, 2]], expected[[0, 2]], atol=1e-12)
        # Its standard error is a formula, ours the spread of the resamples: near the bound they may part.
        if np.abs(found.t[:, c] - bound(300)).min() > 0.1:
            assert found.spa[c, 1] == pytest.approx(expected[1], abs=1e-12)
            clear += 1
    assert clear
    assert (np.diff(found.spa, axis=1) >= 0.0).all()


def test_stepwise_is_that_of_arch_with_one_control():
    values, control = noise(3, 300, 15), noise(60, 300, 1)
    for k, strength in ((1, 3.0), (4, 4.5), (9, 6.0)):
        values = planted(values, k, strength)
    found, _, drawn = against(values, control, seed=3)
    scaled = (control - values) / errors_of(drawn, 0)
    for size in (0.02, 0.1, 0.3):
        step = StepM(np.zeros(300), scaled, size=size, block_size=BLOCK, reps=TIMES, seed=3)
        step.compute()
        assert np.flatnonzero(found.p[:, 0] <= size).tolist() == step.superior_models
    assert len(step.superior_models) >= 2


def test_the_step_down_over_all_controls_is_that_written_out():
    # Most trials are worse by 1 to 4 errors: whether each is moved to equality decides what luck can reach.
    values, controls = planted(noise(5, 200, 24), 3, 3.5), noise(70, 200, 3)
    values[:, 6:] -= 0.0012 * np.linspace(1.0, 4.0, 18)
    found, advantage, drawn = against(values, controls, seed=5)
    error = np.column_stack([errors_of(drawn, c) for c in range(3)])
    t = advantage / error
    np.testing.assert_allclose(found.t, t)
    moved = (drawn[0][:, :, None] - drawn[1][:, None, :]) / error - np.where(t >= bound(200), t, 0.0)
    left, reached, expected = [(k, c) for k in range(24) for c in range(3)], 0.0, np.empty((24, 3))
    while left:
        top = max(left, key=lambda pair: t[pair])
        largest = np.max([moved[:, k, c] for k, c in left], axis=0)
        reached = max(reached, (1 + (largest >= t[top]).sum()) / (1 + TIMES))
        expected[top] = reached
        left.remove(top)
    np.testing.assert_allclose(found.p, expected)
    assert expected.min() < 0.2 < expected.max()


@pytest.mark.parametrize("seed", range(3))
def test_the_confidence_set_is_that_of_arch(seed):
    values = planted(planted(noise(seed, 250, 9), 4, 4.0), 6, 3.0)
    times = times_drawn(arch_draws(250, BLOCK, TIMES, seed))
    found = confidence_set(values.mean(axis=0), resampled(values, times, "return").T)
    theirs = MCS(-values, 0.1, reps=TIMES, block_size=BLOCK, method="max", seed=seed)
    theirs.compute()
    expected = theirs.pvalues["Pvalue"].sort_index().to_numpy()
    best = found == 1.0
    np.testing.assert_allclose(found[~best], (1.0 + expected[~best] * TIMES) / (1.0 + TIMES))
    assert best.sum() == 1
    assert expected[best] == 1.0


def test_the_confidence_set_holds_what_cannot_be_told_apart():
    values = planted(noise(2, 1000, 5), 3, 6.0)
    values[:, 4] = values[:, 3]
    times = times_drawn(draws(1000, 1, TIMES, 0))
    levels = confidence_set(values.mean(axis=0), resampled(values, times, "return").T)
    assert (levels[:3] < 0.1).all()
    assert levels[3:].tolist() == [1.0, 1.0]


def test_the_best_is_in_the_confidence_set_as_often_as_it_says():
    times, inside, outside = times_drawn(draws(400, 1, TIMES, 0)), [], []
    for seed in range(60):
        values = planted(planted(noise(seed, 400, 8), 0, 1.0), 1, -4.0)
        levels = confidence_set(values.mean(axis=0), resampled(values, times, "return").T)
        inside.append(levels[0] > 0.2)
        outside.append(levels[1] <= 0.2)
    assert np.mean(inside) >= 0.75
    assert np.mean(outside) >= 0.75


def test_a_trial_that_is_its_control_does_not_beat_it():
    controls = noise(1, 300, 2)
    found, _, _ = against(np.hstack([controls, 2.0 * controls[:, :1]]), controls, metric="sharpe")
    assert np.isnan(found.t[[0, 1, 2], [0, 1, 0]]).all()  # borrowing leaves the ratio as it is
    assert found.p[[0, 1, 2], [0, 1, 0]].tolist() == [1.0] * 3
    alone, _, _ = against(controls[:, :1], controls[:, :1])
    assert alone.p.tolist() == [[1.0]]
    assert alone.spa.tolist() == [[1.0] * 3]


def test_the_level_holds_where_one_control_matters():
    # Three controls are hopeless, so every trial beats them: the fourth alone keeps luck out.
    times, rejected = times_drawn(draws(300, 1, TIMES, 0)), {"wrong": 0, "right": 0}
    for seed in range(60):
        values, controls = noise([1, seed], 300, 25), noise([2, seed], 300, 4)
        controls[:, :3] -= 0.005
        for name, one in (("wrong", values), ("right", planted(values, 0, 5.0))):
            drawn = resampled(one, times), resampled(controls, times)
            found = superiority(measured(one, "sharpe"), measured(controls, "sharpe"), drawn[0].T, drawn[1].T, 300)
            rejected[name] += bool((found.p.max(axis=1) <= 0.2).any())
    assert 4 <= rejected["wrong"] <= 20  # 12 expected
    assert rejected["right"] >= 45
