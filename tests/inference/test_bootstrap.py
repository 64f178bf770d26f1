"""The stationary bootstrap: whole blocks, the mean length, every session as often as any, and as arch draws."""

import numpy as np
import pytest
from liangrong.core.inference.bootstrap import draws, times_drawn
from oracles.bootstrap import arch_draws


@pytest.mark.parametrize("block", [1.0, 4.0, 20.0])
def test_means_vary_as_in_the_resamples_of_arch(block):
    series = np.convolve(np.random.default_rng(5).normal(size=309), np.ones(10), "valid")
    ours, others = (series[drawn(300, block, 4000, 1)].mean(axis=1) for drawn in (draws, arch_draws))
    assert ours.std() == pytest.approx(others.std(), rel=0.05)
    assert ours.mean() == pytest.approx(others.mean(), abs=4.0 * others.std() / 4000**0.5)


def test_no_resample_is_an_empty_table():
    assert draws(30, 3.0, 0, seed=1).shape == (0, 30)
    assert times_drawn(draws(30, 3.0, 0, seed=1)).shape == (0, 30)


def test_resamples_are_whole_blocks_of_the_mean_length():
    drawn = draws(400, 8, 200, seed=3)
    assert drawn.shape == (200, 400)
    follows = (drawn[:, 1:] - drawn[:, :-1]) % 400 == 1
    assert 1.0 / (1.0 - follows.mean()) == pytest.approx(8.0, rel=0.05)
    assert np.bincount(drawn.ravel(), minlength=400).std() < 60  # every session as often, 200 times
    assert (draws(400, 8, 200, seed=3) == drawn).all()
    assert (draws(400, 8, 200, seed=4) != drawn).any()


def test_times_drawn_count_the_sessions():
    drawn = np.array([[0, 0, 2], [1, 2, 0]])
    assert times_drawn(drawn).tolist() == [[2.0, 0.0, 1.0], [1.0, 1.0, 1.0]]


def test_neighbours_are_drawn_together():
    times = times_drawn(draws(50, 10.0, 400, seed=3))
    assert (times.sum(axis=1) == 50).all()
    assert (times >= 0).all()
    assert times.mean(axis=0) == pytest.approx(np.ones(50), abs=0.3)
    # Neighbours are drawn together all the more, the longer the blocks are.
    alike = []
    for block in (1.0, 5.0, 25.0):
        drawn = times_drawn(draws(50, block, 400, seed=3))
        alike.append(np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1])
    assert abs(alike[0]) < 0.06
    assert alike[0] + 0.5 < alike[1] < alike[2] - 0.05
