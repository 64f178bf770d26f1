"""Formulas and events cell by cell: against plain Python, their own source, awkward panels, in place, in threads."""

import math

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import cells, conditions, elementwise
from numpy.testing import assert_array_equal
from oracles import interpret
from oracles.awkward import AWKWARD
from oracles.elementwise import CASES, LOOKS_BACK

NAN, INF = math.nan, math.inf
SOME = [NAN, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 1e11, 5e-324]


def column(*values):
    return np.array(values, dtype=float)[:, None]


def draws(count, shape=(40, 37), seed=6):
    rng = np.random.default_rng(seed)
    return [rng.choice(SOME, shape) for _ in range(count)]


def others(panels, count):
    """Return `count` panels: the given one and it turned upside down, by turns."""
    return [panels, np.asarray(panels)[::-1], panels, np.asarray(panels) * 0.5][:count]


# --- by hand -------------------------------------------------------------------------------------------------------


def test_sums_products_and_ratios_by_hand():
    first, second = column(6.0, NAN, 5.0, 1.0, 8.0), column(2.0, 1.0, 0.0, -1.0, NAN)
    assert_array_equal(elementwise.weighted_sum(first, second, (0.5, -1.0))[:, 0], [1.0, NAN, 2.5, 1.5, NAN])
    assert_array_equal(elementwise.difference(first, second)[:, 0], [4.0, NAN, 5.0, 2.0, NAN])
    assert_array_equal(elementwise.product(first, second)[:, 0], [12.0, NAN, 0.0, -1.0, NAN])
    assert_array_equal(elementwise.ratio(first, second)[:, 0], [3.0, NAN, NAN, NAN, NAN])
    assert_array_equal(elementwise.ratio(first, second, times=-1.0, plus=0.5)[:, 0], [-2.5, NAN, NAN, NAN, NAN])
    assert_array_equal(elementwise.ratio(first, 4, plus=-1.0)[:, 0], [0.5, NAN, 0.25, -0.75, 1.0])


def test_a_change_over_a_scale_by_hand():
    values, by = column(1.0, 3.0, 7.0, NAN, 16.0), column(2.0, 4.0, 8.0, 8.0, 4.0)
    assert_array_equal(elementwise.change_over(values, 1, by)[:, 0], [NAN, 0.5, 0.5, NAN, NAN])
    assert_array_equal(elementwise.change_over(values, 2, by, times=-1.0)[:, 0], [NAN, NAN, -0.75, NAN, -2.25])
    # One session ago less two ago, over three ago.
    got = elementwise.change_over(values, 2, by, until=1, by_ago=3)[:, 0]
    assert_array_equal(got, [NAN, NAN, NAN, 4.0 / 2.0, NAN])


def test_events_by_hand():
    values = column(-1.0, 0.0, 1.0, 2.0, NAN, INF)
    assert_array_equal(conditions.between(values, low=0.0, high=2.0)[:, 0], [0, 0, 1, 0, NAN, 0])
    gate = column(1.0, -1.0, NAN, 0.0, 1.0, -1.0)
    assert_array_equal(conditions.gated(values, gate, low=0.0)[:, 0], [-1, 0, NAN, 0, NAN, 0])
    assert_array_equal(conditions.gated(values, gate, low=0.0, shut=NAN)[:, 0], [-1, NAN, NAN, NAN, NAN, NAN])
    assert_array_equal(conditions.gated(values, gate, low=0.0, shut=-1.0)[:, 0], [-1, 0, NAN, -2, NAN, -INF])
    falls = column(3.0, 2.0, 2.0, 1.0, 0.0, NAN)
    assert_array_equal(conditions.gated(values, falls, high=0.0, sessions=1)[:, 0], [NAN, 0, 0, 2, NAN, NAN])
    assert_array_equal(conditions.is_above(values, gate)[:, 0], [0, 1, NAN, 1, NAN, 1])
    assert_array_equal(conditions.direction(falls, 1)[:, 0], [NAN, -1, 0, -1, -1, NAN])
    # The line of a range from 2 to 6 at a quarter is 3.
    price = column(2.0, 3.0, 3.1, 6.0, 3.0, NAN)
    got = conditions.low_in_range(np.full((6, 1), 9.0), price, np.full((6, 1), 2.0), np.full((6, 1), 6.0), 0.25)
    assert_array_equal(got[:, 0], [9, 9, 0, 0, 9, NAN])


def test_a_ramp_by_hand():
    ages = column(NAN, -3.0, 0.0, 1.0, 10.0, 25.0, 40.0, 90.0)
    assert_array_equal(conditions.ramp(ages, 10, 40)[:, 0], [NAN, 0, 0, 1, 1, 0, -1, -1])


# --- against plain Python ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("name", CASES)
def test_a_kernel_equals_plain_python_on_awkward_panels(name, case):
    contest, count, more = CASES[name]
    panels = others(AWKWARD[case], count)
    assert_array_equal(contest.ours(*panels, **more), contest.oracle(*panels, **more))


@seed(3)
@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, st.tuples(st.just(4), st.integers(0, 9), st.integers(1, 3)), elements=st.sampled_from(SOME)))
def test_any_panels(panels):
    for contest, count, more in CASES.values():
        given_panels = list(panels[:count])
        assert_array_equal(contest.ours(*given_panels, **more), contest.oracle(*given_panels, **more))


@pytest.mark.parametrize("name", CASES)
def test_blocks_threads_and_the_interpreted_twin_change_no_bit(name, monkeypatch):
    contest, count, more = CASES[name]
    panels = draws(count)  # 1,480 cells: three blocks
    whole = contest.ours(*panels, **more)
    assert_array_equal(whole, contest.oracle(*panels, **more))
    for threads in (2, 3, 50):
        assert_array_equal(contest.ours(*panels, **more, threads=threads), whole)
    interpret(monkeypatch, elementwise, conditions)
    with np.errstate(all="ignore"):
        assert_array_equal(contest.ours(*panels, **more), whole)


@pytest.mark.parametrize("name", CASES)
def test_a_longer_history_never_changes_the_past(name):
    contest, count, more = CASES[name]
    panels = draws(count)
    whole = contest.ours(*panels, **more)
    for rows in (0, 1, 5, 39):
        assert_array_equal(contest.ours(*(panel[:rows] for panel in panels), **more), whole[:rows])


@pytest.mark.parametrize("name", CASES)
def test_the_output_may_be_an_input_unless_the_past_is_read(name):
    contest, count, more = CASES[name]
    for i in range(count):
        panels = draws(count)
        whole = contest.ours(*panels, **more)
        if name in LOOKS_BACK and not (name == "gated by a change" and i == 0):
            with pytest.raises(DataError, match="`out` should not lie in the memory of the values"):
                contest.ours(*panels, **more, out=panels[i])
        else:
            assert contest.ours(*panels, **more, out=panels[i]) is panels[i]
            assert_array_equal(panels[i], whole)


@pytest.mark.parametrize("rows", [1, 3, 512, 600])
def test_a_ratio_to_one_number(rows):
    (values,) = draws(1, (rows, 1))
    expected = elementwise.ratio(values, np.full(values.shape, 20.0), plus=-0.5)
    for threads in (1, 2):
        assert_array_equal(elementwise.ratio(values, 20, plus=-0.5, threads=threads), expected)
    assert np.isnan(elementwise.ratio(values, 0)).all()


def test_a_small_scale_is_no_single_number():
    values, by = draws(2, (12, 10))  # less than a block
    expected = elementwise.ratio(values, by)
    assert_array_equal(elementwise.ratio(values, by, threads=3), expected)


# --- the border ----------------------------------------------------------------------------------------------------


def test_parameters_outside_their_range_are_refused():
    panel = np.ones((3, 2))
    with pytest.raises(ConfigError, match="`sessions` should be at least 3, got 2"):
        elementwise.change_over(panel, 2, panel, until=2)
    with pytest.raises(ConfigError, match="`until` should be at least 0, got -1"):
        elementwise.change_over(panel, 2, panel, until=-1)
    with pytest.raises(ConfigError, match="`by_ago` should be at least 0, got -1"):
        elementwise.change_over(panel, 2, panel, by_ago=-1)
    with pytest.raises(ConfigError, match="`sessions` should be at least 0, got -1"):
        conditions.gated(panel, panel, sessions=-1)
    with pytest.raises(ConfigError, match="`sessions` should be at least 1, got 0"):
        conditions.direction(panel, 0)
    with pytest.raises(ConfigError, match="`young` should be below `old`, got 4 and 4"):
        conditions.ramp(panel, 4, 4)
    with pytest.raises(ConfigError, match="`threads` should be at least 1, got 0"):
        conditions.between(panel, threads=0)


@pytest.mark.parametrize("name", CASES)
def test_panels_of_other_shapes_and_wrong_outputs_are_refused(name):
    contest, count, more = CASES[name]
    panels = draws(count)
    with pytest.raises(DataError, match="`out` should be a writable C-contiguous float64 array"):
        contest.ours(*panels, **more, out=np.empty((2, 2)))
    with pytest.raises(DataError, match=r"should be a \(sessions, securities\) array, got 1 dimension"):
        contest.ours(*(panel[0] for panel in panels), **more)
    if count > 1:
        with pytest.raises(DataError, match="like the panel before it"):
            contest.ours(*panels[:-1], panels[-1][1:], **more)


def test_cells_are_cut_into_runs_that_cover_them():
    assert cells.cut_evenly(3, 10, 2) == [(3, 6), (6, 10)]
    assert cells.cut_evenly(0, 2, 5) == [(0, 1), (1, 2)]
    assert cells.cut_evenly(4, 4, 3) == []
