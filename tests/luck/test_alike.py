"""Mean correlations are those of the matrix of all pairs, which is never made."""

import math

import numpy as np
import pytest
from liangrong.core.inference import trial_parts
from liangrong.core.luck.alike import alike
from luck.returns import noise


def off_diagonal(matrix):
    return matrix[~np.eye(len(matrix), dtype=bool)].mean()


@pytest.mark.parametrize("at_a_time", [4, 1024])
def test_they_are_the_means_of_the_matrix_of_all_pairs(monkeypatch, at_a_time):
    monkeypatch.setattr(trial_parts, "AT_A_TIME", at_a_time)
    both = noise(1, 150, 14, common=0.4) * np.linspace(0.5, 4.0, 14) + 0.002
    pairs = np.corrcoef(both.T)
    found = alike(both[:, :11], both[:, 11:])
    assert found.trials == pytest.approx(off_diagonal(pairs[:11, :11]), abs=1e-12)
    assert found.across == pytest.approx(pairs[:11, 11:].mean(), abs=1e-12)
    assert found.controls == pytest.approx(off_diagonal(pairs[11:, 11:]), abs=1e-12)


def test_what_stands_still_is_left_out_and_a_single_one_has_no_pair():
    both = noise(2, 100, 4, common=0.5)
    with_still = np.column_stack([both[:, 0], np.full(100, 0.001), both[:, 1]])
    assert alike(with_still, both[:, 2:]) == pytest.approx(alike(both[:, :2], both[:, 2:]))
    alone = alike(both[:, :1], both[:, 2:])
    assert math.isnan(alone.trials)
    assert alone.across == pytest.approx(np.corrcoef(both.T)[0, 2:].mean())
    assert math.isnan(alike(np.zeros((100, 2)), both).across)
