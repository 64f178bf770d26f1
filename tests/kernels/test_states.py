"""Hysteresis against a plain loop; what a gap keeps; the past does not depend on the future."""

import math

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import states

NAN = math.nan
SIGNALS = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    elements=st.sampled_from([NAN, -9.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 9.0, math.inf, -math.inf]),
)


def slow(column, enter, leave):
    """Say it in words: outside the outer lines the side is clear, inside the inner ones the state ends."""
    state, found = 0, []
    for value in column:
        if math.isnan(value):
            pass
        elif value > enter:
            state = 1
        elif value < -enter:
            state = -1
        elif (state == 1 and value < leave) or (state == -1 and value > -leave):
            state = 0
        found.append(state)
    return found


def one(values, enter=2.0, leave=1.0):
    return states.hysteresis(np.array(values, dtype=float)[:, None], enter, leave)[:, 0].tolist()


def test_a_worked_path():
    path = [NAN, 1.5, 2.5, 1.2, NAN, 1.0, 0.9, 1.5, -2.1, -1.5, NAN, -0.9, 2.1, -2.1, 2.0]
    assert one(path) == [0, 0, 1, 1, 1, 1, 0, 0, -1, -1, -1, 0, 1, -1, 0]


def test_the_lines_themselves_neither_begin_nor_end_a_state():
    assert one([2.0, 2.1, 1.0]) == [0, 1, 1]
    assert one([-2.0, -2.1, -1.0]) == [0, -1, -1]


def test_equal_lines_are_a_plain_threshold():
    assert one([1.5, 2.5, 1.5, -2.5, -1.5], enter=2.0, leave=2.0) == [0, 1, 0, -1, 0]


@seed(2)
@settings(max_examples=80, deadline=None)
@given(SIGNALS, st.sampled_from([(2.0, 1.0), (1.0, 1.0), (1.5, 0.0), (0.0, 0.0), (1.0, -0.5)]))
def test_the_plain_loop_agrees(signal, lines):
    found = states.hysteresis(signal, *lines)
    assert found.shape == signal.shape
    assert found.T.tolist() == [slow(column, *lines) for column in signal.T]


@seed(3)
@settings(max_examples=40, deadline=None)
@given(SIGNALS, st.integers(0, 12))
def test_the_past_does_not_depend_on_the_future(signal, t):
    assert np.array_equal(states.hysteresis(signal, 2.0, 1.0)[:t], states.hysteresis(signal[:t], 2.0, 1.0))


@pytest.mark.parametrize("form", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], np.ndarray.tolist])
def test_any_layout_will_do_and_the_input_stays(form):
    signal = np.array([[2.5, -3.0], [1.5, -0.5], [NAN, 1.0]])
    given_signal = form(signal.copy())
    assert states.hysteresis(given_signal, 2.0, 1.0).tolist() == [[1, -1], [1, 0], [1, 0]]
    assert np.array_equal(np.asarray(given_signal), signal, equal_nan=True)


def test_the_interpreted_twin_agrees():
    signal = np.random.default_rng(4).normal(0.0, 2.0, (50, 4))
    signal[::7] = NAN
    out = np.empty(signal.shape)
    states._hysteresis.py_func(signal, 2.0, 1.0, out)
    assert np.array_equal(out, states.hysteresis(signal, 2.0, 1.0))


@pytest.mark.parametrize(("enter", "leave"), [(1.0, 2.0), (-1.0, -2.0), (NAN, 1.0), (1.0, NAN)])
def test_lines_that_make_no_threshold_are_refused(enter, leave):
    message = rf"`enter` should be 0 or more and `leave` not above it, got {enter:g} and {leave:g}"
    with pytest.raises(ConfigError, match=message):
        states.hysteresis(np.zeros((2, 2)), enter, leave)


def test_a_signal_is_a_panel():
    with pytest.raises(DataError, match="`signal`"):
        states.hysteresis(np.zeros(3), 1.0, 0.5)
