"""The model confidence set of thousands, held to the slow form that sums everything anew at each step."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from liangrong.core.inference import trial_parts
from liangrong.core.inference.bootstrap import draws, times_drawn
from liangrong.core.inference.resample import resampled, resampled_drawdowns
from liangrong.core.kernels.statistics import NO_VARIATION
from liangrong.core.luck import confidence
from liangrong.core.luck import overfitting as splits
from liangrong.core.luck.confidence import (
    _added,
    _all_left,
    _beyond,
    _eliminate,
    _goes_beyond,
    _nothing_known,
    _slack,
    _squares,
    confidence_set,
)
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


def many(seed):
    """Draw hundreds that share factors: by skill, in clusters, in two halves, along a line, and of different spread."""
    rng, count, repetitions = np.random.default_rng(seed), 250, 150
    place, factors = np.arange(count), rng.normal(size=(repetitions, 20))
    noise, kind = rng.normal(size=(repetitions, count)), seed % 6
    if kind == 0:
        drawn = 0.5 * factors[:, :5] @ rng.normal(0.3, 0.4, (5, count)) + 0.7 * noise
        metric = rng.normal(0.0, 0.8, count) + rng.uniform(-10.0, 0.0, count)
    elif kind == 1:
        skill = rng.uniform(-6.0, 0.0, 20)
        drawn, metric = factors[:, place % 20] + 0.2 * noise, skill[place % 20] + rng.normal(0.0, 0.2, count)
    elif kind == 2:
        drawn, metric = factors[:, place % 2] + 0.1 * noise, rng.normal(-4.0 * (place % 2), 0.1)
    elif kind == 3:
        drawn, metric = factors[:, :1] * np.linspace(-1.0, 1.0, count) + 0.05 * noise, np.linspace(-3.0, 1.0, count)
    elif kind == 4:
        drawn, metric = noise * np.exp(rng.normal(size=count)), rng.uniform(-8.0, 0.0, count)
    else:  # each four times, and on a grid
        drawn, metric = (
            np.round(factors[:, place % 5] + noise[:, place // 4], 1),
            np.round(rng.normal(0.0, 1.5, count)[place // 4], 1),
        )
    return 0.03 * metric, 0.03 * (metric + drawn)


@pytest.mark.parametrize("seed", range(18))
def test_bounds_leave_no_level_other_than_the_slow_form(seed):
    metric, drawn = many(seed)
    levels = confidence_set(metric, drawn.T)
    assert levels.tolist() == slow(metric, drawn).tolist()
    assert len(set(levels.tolist())) > 5


@pytest.mark.parametrize("seed", range(6))
def test_levels_on_a_grid_of_ties_are_those_of_exact_fractions(seed):
    """Whole numbers: every sum is exact, and ties are ties."""
    rng = np.random.default_rng(seed)
    count, repetitions = (1, 2, 3, 8, 13, 16)[seed], 100
    metric, drawn = np.floor(rng.normal(0.0, 2.0, count)), np.floor(rng.normal(0.0, 3.0, (repetitions, count)))
    drawn[:, : count // 4] = metric[: count // 4]
    assert confidence_set(metric, drawn.T).tolist() == in_fractions(metric, drawn)


def in_fractions(metric, drawn):
    """Return the levels in whole numbers: (a / b)^2 of two t of one sign are compared without dividing or rounding."""
    whole = [[int(v) for v in row] for row in (drawn - metric).T]
    skill = [int(v) for v in metric]
    left, p, hits = list(range(len(skill))), [1.0] * len(skill), 0
    repetitions = len(drawn)

    def squared(gap, spread):
        return Fraction(gap * abs(gap), spread) if spread else Fraction(0)

    while len(left) > 1:
        centre = [sum(whole[k][b] for k in left) for b in range(repetitions)]
        below = {k: [c - len(left) * v for c, v in zip(centre, whole[k], strict=True)] for k in left}
        spread = {k: sum(v * v for v in below[k]) for k in left}
        if not any(spread.values()):
            break
        middle = sum(skill[k] for k in left)
        behind = {k: squared(middle - len(left) * skill[k], spread[k]) for k in left}
        worst = max(left, key=lambda k: behind[k])
        largest = [max(squared(below[k][b], spread[k]) for k in left) for b in range(repetitions)]
        hits = max(hits, sum(one > behind[worst] for one in largest))
        p[worst] = (1 + hits) / (1 + repetitions)
        left.remove(worst)
    return p


@pytest.mark.parametrize("place", [(0, 0), (-1, -1)])
def test_with_a_value_missing_nothing_can_be_told_apart(place):
    metric, drawn = field(7)
    drawn[place] = np.nan
    assert confidence_set(metric, drawn.T).tolist() == [1.0] * len(metric)
    metric, drawn = field(7)
    metric[place[0]] = np.nan
    assert confidence_set(metric, drawn.T).tolist() == [1.0] * len(metric)


def test_a_resample_is_looked_at_again_when_its_centre_rises_and_what_is_out_holds_nothing():
    """By hand: the second is 1.5 below the centre with a deviation of 1; no t was above 1 when the centre was 0."""
    everyone = _all_left(np.zeros(2), np.array([[2.0, 0.0], [-1.0, 0.0]]))
    everyone.deviation[:] = everyone.low[:] = 1.0
    everyone.since[:] = 0.0
    known = _nothing_known(2)
    known.centre[0], known.top[:], known.since[:] = 0.5, 1.0, 0.0
    assert _beyond(everyone, known, 2, 1.2, 1.0, 0.0, 0) == 1
    assert known.holder.tolist() == [1, -1]
    everyone.deviation[1] = np.inf
    assert not _goes_beyond(everyone, known, 1, 0, 0.0, 0.1)
    assert everyone.deviation[1] == np.inf


def test_what_the_rounded_copy_makes_smaller_is_not_overlooked():
    """By hand: 0.7 below the centre, which single precision makes 0.69999999; the bar lies between them."""
    everyone = _all_left(np.zeros(2), np.array([[2.0, 0.0], [-0.7, 0.0]]))
    assert float(-everyone.columns[0, 1]) < 0.699999995 < 0.7
    everyone.deviation[:] = everyone.low[:] = 1.0
    everyone.since[:] = 0.0
    assert _beyond(everyone, _nothing_known(2), 2, 0.699999995, 1.0, 0.0, 0) == 1


def test_of_none_and_of_one():
    assert confidence_set(np.empty(0), np.empty((0, 100))).tolist() == []
    assert confidence_set(np.ones(1), np.zeros((1, 100))).tolist() == [1.0]
    assert confidence_set(np.arange(3.0), np.empty((3, 0))).tolist() == [1.0] * 3


def test_compiled_and_interpreted_are_equal(monkeypatch):
    metric, drawn = many(0)
    metric, drawn = metric[:60], drawn[:, :60]
    compiled = confidence_set(metric, drawn.T)
    names = ("_worst", "_beyond", "_look", "_goes_beyond", "_measure", "_squares", "_add", "_added")
    for name in names:
        monkeypatch.setattr(confidence, name, getattr(confidence, name).py_func)
    away, levels = np.ascontiguousarray((drawn - metric).T), np.ones(60)
    _eliminate.py_func(_all_left(metric, away), _nothing_known(len(drawn)), _slack(away), levels)
    monkeypatch.undo()
    assert levels.tolist() == compiled.tolist()
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
