"""Cross-validated overfitting: against each split computed anew, on noise, on a planted winner."""

import math
from itertools import combinations

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.luck.overfitting import overfitting
from luck.returns import YEAR, noise, planted
from scipy.stats import linregress, rankdata


def slowly(values, blocks):
    """Return logits and the winners' ratios, with every half put together and measured by itself."""
    parts = np.split(values, blocks)
    rows = []
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[b] for b in chosen])
        outside = np.concatenate([parts[b] for b in range(blocks) if b not in chosen])
        one, other = (half.mean(axis=0) / half.std(axis=0, ddof=1) * math.sqrt(YEAR) for half in (inside, outside))
        best = int(np.argmax(one))
        place = rankdata(other)[best] / (values.shape[1] + 1)
        rows.append((math.log(place / (1 - place)), one[best], other[best]))
    return np.array(sorted(rows))


@pytest.mark.parametrize(("blocks", "count"), [(2, 3), (6, 5), (8, 40)])
def test_splits_are_those_put_together_by_hand(blocks, count):
    values = noise(blocks, 240, count) + 0.0004
    values[:, 1] = values[:, 0]  # ties share their rank
    expected = slowly(values, blocks)
    found = overfitting(values, blocks=blocks, periods_per_year=YEAR)
    rows = np.array(sorted(zip(found.logits, found.in_sample, found.out_of_sample, strict=True)))
    np.testing.assert_allclose(rows, expected, rtol=1e-9, atol=1e-12)
    assert found.probability == (expected[:, 0] <= 0).mean()
    assert found.loss == (expected[:, 2] < 0).mean()
    line = linregress(expected[:, 1], expected[:, 2])
    assert found.slope == pytest.approx(line.slope)
    assert found.intercept == pytest.approx(line.intercept)
    assert found.r_squared == pytest.approx(line.rvalue**2)


def test_sixteen_blocks_are_12_870_splits():
    found = overfitting(noise(1, 650, 4))
    assert len(found.logits) == math.comb(16, 8) == 12_870
    assert found.dropped == 650 % 16
    assert found.blocks == 16


def test_the_first_sessions_are_left_out():
    values = noise(2, 243, 6)
    other = values.copy()
    other[:3] = 0.3
    assert overfitting(values, blocks=8).logits.tolist() == overfitting(other, blocks=8).logits.tolist()


def test_noise_is_overfitted_half_of_the_time():
    found = [overfitting(noise(seed, 500, 20), blocks=10) for seed in range(40)]
    assert np.mean([f.probability for f in found]) == pytest.approx(0.5, abs=0.08)
    assert np.mean([f.loss for f in found]) == pytest.approx(0.5, abs=0.08)
    assert np.median([f.slope for f in found]) < -0.3  # what a half gains by luck the other lacks


def test_a_planted_winner_is_not():
    found = overfitting(planted(noise(3, 1000, 50), 7, 4.0), blocks=12)
    assert found.probability < 0.01
    assert found.loss < 0.01
    assert np.median(found.out_of_sample) == pytest.approx(4.0, abs=1.2)


def test_the_winner_of_the_past_that_loses_next_is_overfitted():
    # Each trial earns in one half of the sessions and loses in the other: who wins inside is last outside.
    half = np.repeat([1.0, -1.0], 200)[:, None]
    values = 0.002 * half * np.array([1.0, -1.0]) + noise(4, 400, 2) * 0.1
    assert overfitting(values, blocks=2).probability == 1.0
    assert overfitting(values, blocks=2).loss == 1.0


def test_accounts_that_stood_still_have_the_ratio_0():
    values = np.zeros((200, 3))
    found = overfitting(values, blocks=4)
    assert found.in_sample.tolist() == [0.0] * 6
    assert found.logits.tolist() == [0.0] * 6  # all three share the middle rank
    assert math.isnan(found.slope)


@pytest.mark.parametrize("blocks", [7, 0, 20, 52])
def test_blocks_that_do_not_fit_are_refused(blocks):
    with pytest.raises(ConfigError, match=rf"`blocks` should be even, 2 to 18 and at most half of 100 .*got {blocks}"):
        overfitting(noise(1, 100, 3), blocks=blocks)


def test_one_trial_is_no_choice():
    with pytest.raises(DataError, match=r"at least two trials to choose from, got 1"):
        overfitting(noise(1, 100, 1))
