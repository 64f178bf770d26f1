"""What decisions earn session by session, against plain loops."""

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.kernels import held
from liangrong.core.kernels.held import held_returns
from oracles import interpret

SHAPE, CLASSES = (30, 7), 3


def oracle(weights, codes, known, returns, horizon, count):
    """Return the sums by definition."""
    out = np.zeros((len(weights), count))
    for t in range(len(weights)):
        for s in range(max(0, t - horizon + 1), t + 1):
            for j in range(weights.shape[1]):
                if known[s] and codes[s, j] >= 0 and not np.isnan(returns[t, j]):
                    out[t, codes[s, j]] += weights[s, j] * returns[t, j]
    return out


def given(seed=0, shape=SHAPE):
    random = np.random.default_rng(seed)
    returns = random.normal(size=shape)
    returns[random.random(shape) < 0.2] = np.nan
    codes = random.integers(-1, CLASSES, shape).astype(np.int16)
    return random.normal(size=shape), codes, random.random(shape[0]) < 0.8, returns


def test_two_sessions_by_hand():
    weights, codes = (
        np.array([[1.0, -2.0], [0.5, 4.0], [8.0, 8.0]]),
        np.array([[0, 1], [1, -1], [0, 0]], dtype=np.int16),
    )
    returns = np.array([[0.1, 0.2], [0.3, np.nan], [0.5, 0.6]])
    found = held_returns(weights, codes, np.array([True, True, False]), returns, 2, 2)
    # Session 0: 1 x 0.1, -2 x 0.2. Session 1: those of session 0 and 0.5 x 0.3. Session 2: 0.5 x 0.5; 8 is not known.
    np.testing.assert_allclose(found, [[0.1, -0.4], [0.3, 0.15], [0.0, 0.25]], atol=1e-15)


@pytest.mark.parametrize("horizon", [1, 2, 7, 29, 30, 90])
def test_against_the_definition(horizon):
    arrays = given(horizon)
    expected = oracle(*arrays, horizon, CLASSES)
    np.testing.assert_allclose(held_returns(*arrays, horizon, CLASSES), expected, atol=1e-13)


def test_the_compiled_kernel_is_its_source(monkeypatch):
    arrays = given(3)
    compiled = held_returns(*arrays, 5, CLASSES)
    interpret(monkeypatch, held)
    np.testing.assert_array_equal(held_returns(*arrays, 5, CLASSES), compiled)


def test_the_past_does_not_depend_on_the_future():
    weights, codes, known, returns = given(4)
    whole = held_returns(weights, codes, known, returns, 5, CLASSES)
    part = held_returns(weights[:18], codes[:18], known[:18], returns[:18], 5, CLASSES)
    np.testing.assert_array_equal(whole[:18], part)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (1, 1)])
def test_awkward_shapes(shape):
    arrays = given(5, shape)
    np.testing.assert_allclose(held_returns(*arrays, 2, CLASSES), oracle(*arrays, 2, CLASSES))


def test_shapes_have_to_agree():
    weights, codes, known, returns = given()
    with pytest.raises(
        DataError, match=r"`codes` and `known` should have the shapes \(30, 7\) and \(30,\) .*\(29, 7\)"
    ):
        held_returns(weights, codes[1:], known, returns, 2, CLASSES)
    with pytest.raises(DataError, match=r"`returns` should have shape \(30, 7\)"):
        held_returns(weights, codes, known, returns[1:], 2, CLASSES)
