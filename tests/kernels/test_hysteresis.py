"""Hysteresis and the age of a trend against plain loops; what a gap keeps; the past does not depend on the future."""

import math

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import hysteresis
from numpy.testing import assert_array_equal
from oracles import interpret
from oracles.states import KERNELS

NAN = math.nan
SIGNALS = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    elements=st.sampled_from(
        [NAN, -9.0, -2.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 9.0, math.inf, -math.inf, 5e-324, -5e-324]
    ),
)
WAYS = [("hysteresis", (2.0, 1.0)), ("trend_age", ())]


def signals(shape, scale=2.0):
    values = np.random.default_rng(4).normal(0.0, scale, shape)
    values[::7] = NAN
    return values


def one(values, enter=2.0, leave=1.0):
    return hysteresis.hysteresis(np.array(values, dtype=float)[:, None], enter, leave)[:, 0].tolist()


def age(values):
    return hysteresis.trend_age(np.array(values, dtype=float)[:, None])[:, 0]


def test_a_worked_path():
    path = [NAN, 1.5, 2.5, 1.2, NAN, 1.0, 0.9, 1.5, -2.1, -1.5, NAN, -0.9, 2.1, -2.1, 2.0]
    assert one(path) == [0, 0, 1, 1, 1, 1, 0, 0, -1, -1, -1, 0, 1, -1, 0]


def test_a_worked_age():
    path = [NAN, 0.1, 5.0, NAN, 2.0, -1.0, NAN, NAN, -math.inf, 0.0, -0.0, -3.0, 1e-320, 0.0, 1.0]
    assert_array_equal(age(path), [NAN, 1, 2, NAN, 3, -1, NAN, NAN, -2, 0, 0, -1, 1, 0, 1])


def test_the_lines_themselves_neither_begin_nor_end_a_state():
    assert one([2.0, 2.1, 1.0]) == [0, 1, 1]
    assert one([-2.0, -2.1, -1.0]) == [0, -1, -1]


def test_equal_lines_are_a_plain_threshold():
    assert one([1.5, 2.5, 1.5, -2.5, -1.5], enter=2.0, leave=2.0) == [0, 1, 0, -1, 0]


@seed(2)
@settings(max_examples=80, deadline=None)
@given(SIGNALS, st.sampled_from([(2.0, 1.0), (1.0, 1.0), (1.5, 0.0), (0.0, 0.0), (1.0, -0.5)]))
def test_the_plain_loops_agree(signal, lines):
    assert_array_equal(hysteresis.hysteresis(signal, *lines), KERNELS["hysteresis"].oracle(signal, *lines))
    assert_array_equal(hysteresis.trend_age(signal), KERNELS["trend_age"].oracle(signal))


@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_parts_and_threads_change_no_bit(name, arguments):
    signal, ours = signals((40, 13)), KERNELS[name].ours
    whole = ours(signal, *arguments)
    assert_array_equal(whole, KERNELS[name].oracle(signal, *arguments))
    for rows in (0, 1, 7, 39):
        assert_array_equal(ours(signal[:rows], *arguments), whole[:rows])
    for threads in (2, 3, 50):
        assert_array_equal(ours(signal, *arguments, threads=threads), whole)
    for start in (0, 1, 7, 8, 39, 40):
        kept = np.full(signal.shape, -5.0)
        assert ours(signal, *arguments, start=start, out=kept) is kept
        assert_array_equal(kept[start:], whole[start:])
        assert_array_equal(kept[:start], -5.0)
        assert np.isnan(ours(signal, *arguments, start=start)[:start]).all()


@pytest.mark.parametrize(("name", "arguments"), WAYS)
@pytest.mark.parametrize(
    "form",
    [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], np.ndarray.tolist, lambda a: a.astype(np.float32)],
)
def test_any_layout_will_do_and_the_input_stays(form, name, arguments):
    signal = np.array([[2.5, -3.0], [1.5, -0.5], [NAN, 1.0], [1.5, 0.0]])
    given_signal = form(signal.copy())
    assert_array_equal(KERNELS[name].ours(given_signal, *arguments), KERNELS[name].oracle(signal, *arguments))
    assert np.array_equal(np.asarray(given_signal), signal, equal_nan=True)


@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_the_interpreted_twin_agrees(name, arguments, monkeypatch):
    signal = signals((50, 4))
    compiled = KERNELS[name].ours(signal, *arguments)
    interpret(monkeypatch, hysteresis)
    assert_array_equal(KERNELS[name].ours(signal, *arguments), compiled)


@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_the_rivals_of_the_benchmark_do_the_same_work(name, arguments):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    signal = np.round(signals((60, 9)))
    expected, rivals = KERNELS[name].ours(signal, *arguments), KERNELS[name].rivals
    assert_array_equal(rivals["pandas"](pd.DataFrame(signal), *arguments), expected)
    wide = rivals["polars"](pl.from_numpy(signal).fill_nan(None), *arguments)
    assert_array_equal(wide.fill_null(NAN).to_numpy(), expected)
    if "bottleneck" in rivals:
        pytest.importorskip("bottleneck")
        assert_array_equal(rivals["bottleneck"](signal, *arguments), expected)


@pytest.mark.parametrize(("enter", "leave"), [(1.0, 2.0), (-1.0, -2.0), (NAN, 1.0), (1.0, NAN)])
def test_lines_that_make_no_threshold_are_refused(enter, leave):
    message = rf"`enter` should be 0 or more and `leave` not above it, got {enter:g} and {leave:g}"
    with pytest.raises(ConfigError, match=message):
        hysteresis.hysteresis(np.zeros((2, 2)), enter, leave)


def test_a_signal_is_a_panel():
    with pytest.raises(DataError, match="`signal`"):
        hysteresis.hysteresis(np.zeros(3), 1.0, 0.5)
    with pytest.raises(DataError, match="`signal`"):
        hysteresis.trend_age(np.zeros(3))
    with pytest.raises(DataError, match="`out` should not lie in the memory of the values"):
        hysteresis.trend_age(signal := np.zeros((3, 2)), out=signal)


def test_a_start_and_threads_outside_their_range_are_refused():
    with pytest.raises(ConfigError, match="`start` should be a row between 0 and 2, got 3"):
        hysteresis.trend_age(np.zeros((2, 2)), start=3)
    with pytest.raises(ConfigError, match="`threads` should be at least 1, got 0"):
        hysteresis.hysteresis(np.zeros((2, 2)), 1.0, 0.5, threads=0)
