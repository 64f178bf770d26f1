"""The model confidence set of thousands, held to the slow form that sums everything anew at each step."""

import tracemalloc

import numpy as np
import pytest
from liangrong.core.inference import trial_parts
from liangrong.core.inference.bootstrap import draws, times_drawn
from liangrong.core.inference.resample import resampled, resampled_drawdowns
from liangrong.core.kernels.statistics import NO_VARIATION
from liangrong.core.luck import overfitting as splits
from liangrong.core.luck.confidence import _added, _eliminate, _squares, confidence_set
from liangrong.core.luck.overfitting import overfitting
from liangrong.core.luck.verdict import judge


def slow(metric, drawn):
    """Return the levels by the definition: all deviations from the mean of those left, anew at each step."""
    p, reached = np.ones(len(metric)), 0.0
    left = list(range(len(metric)))
    while len(left) > 1:
        away = (drawn - metric)[:, left]
        error = away - away.mean(axis=1, keepdims=True)
        deviation = np.sqrt(np.square(error).mean(axis=0))
        if not (deviation > NO_VARIATION).any():
            break
        scale = np.where(deviation > NO_VARIATION, deviation, np.inf)
        behind = (metric[left].mean() - metric[left]) / scale
        largest = (-error / scale).max(axis=1)
        worst = int(behind.argmax())
        reached = max(reached, (1 + int((largest > behind[worst]).sum())) / (1 + len(drawn)))
        p[left.pop(worst)] = reached
    return p


def field(seed):
    """Draw competitors: alike or not, some of them one and the same, some that never move."""
    rng = np.random.default_rng(seed)
    count, repetitions = int(rng.integers(1, 40)), int(rng.integers(100, 260))
    skill, size = rng.normal(0.0, 0.5, count), float(rng.choice([0.001, 0.1, 1.0]))
    drawn = skill + rng.choice([0.0, 0.5, 0.9]) * rng.normal(size=(repetitions, 1))
    drawn = drawn + size * rng.normal(size=(repetitions, count))
    metric = skill + rng.normal(0.0, 0.3, count)
    if count > 4 and seed % 3 == 0:
        drawn[:, 1], metric[1] = drawn[:, 3], metric[3]
        drawn[:, 2] = metric[2]
    if seed % 10 == 0:
        drawn[:] = drawn[:, :1] - metric[0] + metric
    return metric, drawn


@pytest.mark.parametrize("seed", range(40))
def test_the_levels_are_those_of_the_slow_form(seed):
    metric, drawn = field(seed)
    assert confidence_set(metric, drawn.T).tolist() == slow(metric, drawn).tolist()


def test_compiled_and_interpreted_are_equal():
    metric, drawn = field(7)
    away = np.ascontiguousarray((drawn - metric).T)
    levels = np.ones((2, len(metric)))
    for place, function in enumerate((_eliminate, _eliminate.py_func)):
        function(metric, away, np.zeros((4, len(drawn))), levels[place])
    assert levels[0].tolist() == levels[1].tolist() == confidence_set(metric, drawn.T).tolist()
    row, centre = np.arange(11.0), np.full(11, 0.5)
    assert _squares(row, centre) == _squares.py_func(row, centre) == np.square(row - 0.5).sum()


def test_a_sum_that_takes_back_all_that_it_took_is_nothing():
    values = np.random.default_rng(0).normal(0.0, 1e3, 5_000)
    total, lost = 0.0, 0.0
    for value in (*values, *-values[1:]):
        total, lost = _added(total, lost, value)
    assert total + lost == values[0]
    assert _added(0.1, 0.0, 0.2) == _added.py_func(0.1, 0.0, 0.2)


def test_the_best_that_are_one_cannot_be_told_apart_when_all_others_are_out():
    """Hundreds were taken out by then, and what all share is large: what is carried on must not have drifted."""
    rng = np.random.default_rng(1)
    metric, common = np.sort(rng.uniform(0.0, 1.0, 900)), 0.3 * rng.normal(size=(100, 1))
    drawn = metric + common + 0.001 * rng.normal(size=(100, 900))
    metric[-2:], drawn[:, -2:] = 2.0, 2.0 + common
    levels = confidence_set(metric, drawn.T)
    assert levels.tolist() == slow(metric, drawn).tolist()
    assert levels[-3:].tolist() == [1 / 101, 1.0, 1.0]


def test_nothing_grows_with_the_square_of_the_trials():
    count, repetitions = 3_000, 100
    rng = np.random.default_rng(2)
    drawn, returns = rng.normal(size=(repetitions, count)), rng.normal(0.0, 0.01, (200, count))
    tracemalloc.start()
    confidence_set(drawn.mean(axis=0), drawn.T)
    overfitting(returns, blocks=8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * count * count / 2  # half of a matrix of all pairs


def test_parts_of_the_trials_give_what_the_whole_gives(monkeypatch):
    returns = np.random.default_rng(3).normal(0.0, 0.01, (128, 50))
    drawn = draws(128, 5, 100, 0)
    times = times_drawn(drawn)

    def found():
        ratios = [resampled(returns, times, metric) for metric in ("sharpe", "return")]
        return [*ratios, resampled_drawdowns(returns, drawn), overfitting(returns, blocks=8).logits]

    whole = found()
    monkeypatch.setattr(trial_parts, "AT_A_TIME", 16)
    monkeypatch.setattr(splits, "_CELLS", 200)
    for got, expected in zip(found(), whole, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_a_verdict_part_by_part_is_that_of_the_whole_and_needs_less(monkeypatch):
    rng = np.random.default_rng(4)
    own, other = rng.normal(0.0005, 0.01, (60, 600)), rng.normal(0.0, 0.01, (60, 3))
    given = [f"trial_{k}" for k in range(600)], ["equal_weight", "a", "b"]
    judge(own[:, :3], other, given[0][:3], given[1], repetitions=100)  # compile
    verdicts, peaks = [], []
    for at_a_time in (50, 600):
        monkeypatch.setattr(trial_parts, "AT_A_TIME", at_a_time)
        tracemalloc.start()
        verdicts.append(judge(own, other, *given, repetitions=200))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[0] < 0.45 * peaks[1]
    parts, whole = verdicts
    assert parts.p.tolist() == whole.p.tolist()
    assert parts.confidence.tolist() == whole.confidence.tolist()
    assert parts.superiority.spa.tolist() == whole.superiority.spa.tolist()
    np.testing.assert_allclose(parts.intervals.sharpe_advantage, whole.intervals.sharpe_advantage, rtol=1e-11)
    np.testing.assert_allclose(parts.intervals.max_drawdown, whole.intervals.max_drawdown, rtol=1e-11)
    np.testing.assert_allclose(parts.increment.t, whole.increment.t, rtol=1e-9)
    assert parts.power.alike == pytest.approx(whole.power.alike)
