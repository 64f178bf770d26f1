"""What one session says: by hand, and against scipy and statsmodels session by session."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.kernels.cross_section import cross_quantile
from liangrong.core.study.by_session import NONE, as_codes, correlation, entered, rank_correlation, slopes, tally
from scipy.stats import rankdata, spearmanr
from statsmodels.api import OLS, add_constant


def holed(random, shape, share=0.15, ties=False):
    values = random.normal(size=shape)
    values = values.round(1) if ties else values
    return np.where(random.random(shape) < share, np.nan, values)


def test_a_rank_correlation_by_hand():
    score = np.array([[1.0, 2.0, 3.0, 4.0, np.nan, 9.0]])
    returns = np.array([[0.1, 0.3, 0.2, 0.4, 0.9, np.nan]])
    # Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 (0 + 1 + 1 + 0) / (4 * 15) = 0.8
    ic, count = rank_correlation(score, returns, least=3)
    assert ic == pytest.approx([0.8])
    assert count == [4.0]


@pytest.mark.parametrize("ties", [False, True])
def test_rank_correlations_are_scipys(ties):
    random = np.random.default_rng(5)
    score, returns = holed(random, (30, 40), ties=ties), holed(random, (30, 40), ties=ties)
    score[3, 0] = np.inf
    ic, count = rank_correlation(score, returns, least=3)
    for t in range(30):
        known = ~np.isnan(score[t] + returns[t])
        assert ic[t] == pytest.approx(spearmanr(score[t, known], returns[t, known])[0], abs=1e-12)
        assert count[t] == known.sum()


def test_too_few_or_equal_scores_have_no_correlation():
    score = np.array([[1.0, 2.0, 3.0, np.nan], [1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    returns = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [0.3, 0.3, 0.3, 0.3]])
    ic, count = rank_correlation(score, returns, least=4)
    assert np.isnan(ic).all()
    assert count.tolist() == [3.0, 4.0, 4.0]
    assert rank_correlation(score, returns, least=3)[0][0] == pytest.approx(1.0)


def test_a_correlation_of_ranks_uses_common_cells_only():
    random = np.random.default_rng(6)
    first, second = (np.abs(holed(random, (10, 30))) for _ in range(2))
    ours = correlation(first, second, least=2)
    for t in range(10):
        known = ~np.isnan(first[t] + second[t])
        assert ours[t] == pytest.approx(np.corrcoef(first[t, known], second[t, known])[0, 1])


def test_a_tally_counts_sums_and_rises():
    codes = np.array([[0, 1, 1, NONE, 2], [2, 2, 2, 0, NONE]])
    returns = np.array([[0.5, -1.0, 2.0, 9.0, np.nan], [0.1, 0.2, 0.0, -0.3, 7.0]])
    numbers, sums, rises = tally(codes, returns, 3)
    np.testing.assert_array_equal(numbers, [[1, 2, 0], [1, 0, 3]])
    np.testing.assert_allclose(sums, [[0.5, 1.0, 0.0], [-0.3, 0.0, 0.3]])
    np.testing.assert_array_equal(rises, [[1, 1, 0], [0, 0, 2]])


def test_new_names_are_counted_as_sets_would():
    random = np.random.default_rng(7)
    codes = as_codes(cross_quantile(holed(random, (20, 50)), 5))
    assert set(np.unique(codes)) == {NONE, 0, 1, 2, 3, 4}
    ours = entered(codes[1:], codes[:-1], 4)
    for t in range(19):
        now, before = set(np.flatnonzero(codes[t + 1] == 4)), set(np.flatnonzero(codes[t] == 4))
        assert ours[t] == pytest.approx(len(now - before) / len(now))
    assert np.isnan(entered(codes[:1], np.full((1, 50), NONE), 4)).all()
    assert np.isnan(entered(np.full((1, 50), NONE), codes[:1], 4)).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_slopes_are_those_of_a_regression_on_ranks(count):
    random = np.random.default_rng(count)
    returns, score = holed(random, (12, 60)), holed(random, (12, 60))
    controls = [holed(random, (12, 60)) + 0.5 * np.nan_to_num(score) for _ in range(count)]
    together, alone = slopes(returns, score, controls, least=5)
    for t in range(12):
        known = ~np.isnan(sum([returns[t], score[t], *(values[t] for values in controls)]))
        ranks = [rankdata(values[t, known]) / known.sum() for values in (score, *controls)]
        design = add_constant(np.column_stack(ranks))
        assert together[t] == pytest.approx(OLS(returns[t, known], design).fit().params[1], rel=1e-9)
        assert alone[t] == pytest.approx(OLS(returns[t, known], design[:, :2]).fit().params[1], rel=1e-9)


def test_a_score_that_is_its_control_has_no_slope_of_its_own():
    random = np.random.default_rng(9)
    returns, score, other = (random.normal(size=(4, 30)) for _ in range(3))
    together, alone = slopes(returns, score, [other, score**3], least=5)
    assert np.isnan(together).all()
    assert np.isfinite(alone).all()
    assert np.isnan(slopes(returns, np.ones((4, 30)), [other], least=5)[0]).all()
    assert np.isnan(slopes(returns, score, [other], least=31)[0]).all()
    assert np.isfinite(slopes(returns, score, [other], least=30)[0]).all()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_rank_correlation_knows_order_only(data):
    cells = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0, np.nan]), min_size=12, max_size=12)
    score, returns = (np.array([data.draw(cells)]) for _ in range(2))
    order = data.draw(st.permutations(range(12)))
    ic, count = rank_correlation(score, returns, least=3)
    moved, same = rank_correlation(score[:, order], returns[:, order], least=3)
    np.testing.assert_allclose(moved, ic, atol=1e-12)
    assert same == count
    np.testing.assert_allclose(rank_correlation(np.exp(score), returns**3, least=3)[0], ic, atol=1e-12)
    np.testing.assert_allclose(rank_correlation(-score, returns, least=3)[0], -ic, atol=1e-12)
    np.testing.assert_allclose(rank_correlation(returns, score, least=3)[0], ic, atol=1e-12)
    assert np.isnan(ic).all() or abs(ic[0]) <= 1 + 1e-12
