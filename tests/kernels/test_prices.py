"""Rounding and limit prices against exact decimals; carry-forward and returns against plain loops."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import prices
from oracles.prices import carry, limit_fraction, round_decimal, simple_returns

NAN, INF = math.nan, math.inf
REAL = Path(os.environ.get("LIANGRONG_REAL_DATA", Path(__file__).parents[3] / "shared" / "real"))
RATIOS = ("0.05", "0.10", "0.20", "0.30")


def gappy(shape, seed=7, share=0.3):
    rng = np.random.default_rng(seed)
    values = np.round(rng.uniform(1.0, 90.0, shape), 2)
    values[rng.random(shape) < share] = NAN
    return values


AWKWARD = {
    "all_nan": np.full((5, 3), NAN),
    "one_row": gappy((1, 4)),
    "one_column": gappy((30, 1)),
    "no_row": np.empty((0, 3)),
    "no_column": np.empty((3, 0)),
    "ties": np.full((6, 2), 7.5),
    "offset": 1e9 + gappy((9, 3)),
    "fortran": np.asfortranarray(gappy((8, 3))),
    "strided": gappy((16, 6))[::2, ::2],
    "integers": np.arange(1, 13).reshape(4, 3),
    "zero_and_negative": np.array([[0.0, -1.0], [2.0, 3.0], [-0.0, 4.0]]),
}


def read_only(array):
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


# --- round_cent, round_half_up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.005, 1.01),
        (2.675, 2.68),
        (1.015, 1.02),
        (-1.005, -1.01),
        (0.29, 0.29),
        (0.004999, 0.0),
        (0.005, 0.01),
        (5, 5.0),
        (33.333333, 33.33),
        (1e15 + 0.125, 1e15 + 0.125),
        (INF, INF),
        (-INF, -INF),
    ],
)
def test_round_cent_examples(value, expected):
    assert prices.round_cent(value) == expected
    assert prices.round_cent.py_func(value) == expected


def test_round_cent_keeps_nan_and_has_no_negative_zero():
    assert math.isnan(prices.round_cent(NAN))
    assert math.copysign(1.0, prices.round_cent(-0.001)) == 1.0


def amounts(seed, count):
    """Amounts of every magnitude below 1e12: any float, thousandths, ties, and the two floats beside each tie."""
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.uniform(-3, 11.9, count)
    ties = (2.0 * np.floor(size * 100.0) + 1.0) / 200.0
    signs = rng.choice([-1.0, 1.0], 5 * count)
    thousandths = np.round(size, 3)
    beside = [np.nextafter(ties, INF), np.nextafter(ties, -INF)]
    return signs * np.concatenate([size, thousandths, ties, *beside])


def test_round_half_up_is_the_decimal_rounding():
    values = amounts(1, 4000)
    assert np.array_equal(prices.round_half_up(values), [round_decimal(v) for v in values.tolist()])
    naive = np.round(values, 2)
    assert np.mean(naive != prices.round_half_up(values)) > 0.05


def test_round_half_up_at_the_tick_of_funds():
    values = amounts(2, 1500) / 100.0
    assert np.array_equal(prices.round_half_up(values, 0.001), [round_decimal(v, 3) for v in values.tolist()])


@settings(max_examples=150, deadline=None)
@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False))
def test_round_cent_on_any_float(value):
    rounded = prices.round_cent(value)
    assert rounded == round_decimal(value)
    assert prices.round_cent(rounded) == rounded
    assert prices.round_cent(-value) == -rounded


def test_round_half_up_shapes_and_out():
    assert prices.round_half_up(1.005).shape == ()
    cube = gappy((3, 4)).reshape(2, 3, 2)
    assert prices.round_half_up(cube).shape == (2, 3, 2)
    own = np.array([1.005, NAN])
    assert prices.round_half_up(own, out=own) is own
    assert own[0] == 1.01
    assert math.isnan(own[1])


@pytest.mark.parametrize("tick", [0.0, -0.01, 0.03, 5.0, NAN, INF, 1e-12, [[0.01]]])
def test_tick_is_refused(tick):
    with pytest.raises(ConfigError, match="`tick` should be"):
        prices.round_half_up([1.0], tick)


# --- limit prices ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", RATIOS)
def test_limit_prices_are_exact_for_every_sampled_cent(ratio):
    rng = np.random.default_rng(int(ratio[2:]))
    cents = np.unique(np.concatenate([np.arange(1, 400), rng.integers(1, 300_001, 4000)]))
    up, down = prices.limit_prices((cents / 100.0)[None, :], float(ratio))
    exact = [limit_fraction(f"{c // 100}.{c % 100:02d}", ratio) for c in cents.tolist()]
    assert np.array_equal(up[0], [pair[0] for pair in exact])
    assert np.array_equal(down[0], [pair[1] for pair in exact])


@pytest.mark.parametrize("ratio", RATIOS)
def test_limit_prices_in_thousandths(ratio):
    mills = np.random.default_rng(3).integers(1, 9_000, 1500)
    up, down = prices.limit_prices((mills / 1000.0)[None, :], float(ratio), tick=0.001)
    exact = [limit_fraction(f"{m // 1000}.{m % 1000:03d}", ratio, 3) for m in mills.tolist()]
    assert np.array_equal(np.stack([up[0], down[0]], axis=1), exact)


def test_other_roundings_misplace_limits():
    cents = np.arange(1, 300_001)
    pre_close = cents[None, :] / 100.0
    up, down = prices.limit_prices(pre_close, 0.10)
    # Half to even, on exact cents: one limit in twenty. On float products: 2.7 % of the upper, 4.2 % of the lower.
    assert np.mean(np.rint(cents * 11 / 10) / 100.0 != up) == pytest.approx(0.05)
    assert np.mean(np.round(pre_close * 1.1, 2) != up) == pytest.approx(0.0268, abs=1e-4)
    assert np.mean(np.round(pre_close * 0.9, 2) != down) == pytest.approx(0.0420, abs=1e-4)


def test_limit_prices_examples():
    # 10.05 x 1.1 = 11.055 and x 0.9 = 9.045: both are ties, both go up.
    up, down = prices.limit_prices([[10.05, 10.05, 3.85]], [[0.10, 0.20, 0.05]])
    assert up.tolist() == [[11.06, 12.06, 4.04]]
    assert down.tolist() == [[9.05, 8.04, 3.66]]


def test_tick_by_security():
    up, _ = prices.limit_prices([[1.015, 1.01]], 0.10, tick=[0.001, 0.01])
    assert up.tolist() == [[1.117, 1.11]]


def test_no_limit_and_no_knowledge():
    up, down = prices.limit_prices([[10.0, 10.0, NAN, 0.0, -1.0, INF]], [[INF, NAN, 0.1, 0.1, 0.1, 0.1]])
    assert up[0, 0] == INF
    assert down[0, 0] == 0.0
    assert np.isnan(up[0, 1:]).all()
    assert np.isnan(down[0, 1:]).all()


@pytest.mark.parametrize("ratio", [10.0, 1.0, -0.1])
def test_a_percent_is_refused(ratio):
    with pytest.raises(DataError, match=r"`ratio` should be a fraction in \[0, 1\).*divide percents by 100"):
        prices.limit_prices([[10.0]], ratio)


def test_shapes_are_refused():
    with pytest.raises(DataError, match=r"`ratio` should broadcast to \(1, 2\), got shape \(3,\)"):
        prices.limit_prices([[1.0, 2.0]], [0.1, 0.1, 0.1])
    with pytest.raises(ConfigError, match=r"`tick` should be one number or 2 \(one per security\), got 3"):
        prices.limit_prices([[1.0, 2.0]], 0.1, tick=[0.01] * 3)
    with pytest.raises(DataError, match=r"`pre_close` should be \(sessions, securities\), got 1 dimensions"):
        prices.limit_prices([1.0, 2.0], 0.1)
    with pytest.raises(DataError, match=r"`reference` should have the shape of `prices` \(1, 2\), got \(1, 1\)"):
        prices.returns([[1.0, 2.0]], [[1.0]])


def test_a_real_stock_trades_within_the_band():
    path = REAL / "ashare"
    if not path.is_dir():
        pytest.skip(f"no real data at {path}")
    frame = real_prices(path, "000001")
    up, down = prices.limit_prices(frame[:-1, [0]], 0.10)
    high, low = frame[1:, [1]], frame[1:, [2]]
    # One ex-dividend day moves the reference; every other session trades within the band.
    assert np.mean((high <= up) & (low >= down)) > 0.99


def real_prices(path, code):
    """Return close, high, low (T, 3), oldest first."""
    import pandas as pd

    file = next(f for f in sorted(path.iterdir()) if code in f.name and "margin" not in f.name)
    frame = pd.read_csv(file)
    return frame.sort_values(frame.columns[0])[["close", "high", "low"]].to_numpy(dtype=float)


# --- carry_forward, returns --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AWKWARD)
def test_carry_forward_is_the_plain_loop(name):
    values = AWKWARD[name]
    expected = np.array([carry(column) for column in values.T.astype(float).tolist()]).T.reshape(values.shape)
    assert np.array_equal(prices.carry_forward(values), expected, equal_nan=True)


@pytest.mark.parametrize("name", AWKWARD)
def test_returns_are_the_plain_loop(name):
    values = AWKWARD[name]
    expected = np.array([simple_returns(column) for column in values.T.astype(float).tolist()]).T
    assert np.array_equal(prices.returns(values), expected.reshape(values.shape), equal_nan=True)


def test_returns_on_the_ex_right_reference():
    # 10.00 becomes 9.50 after a dividend of 0.50: the return of a close of 9.69 is two percent.
    result = prices.returns([[10.0], [9.69], [3.0]], [[NAN], [9.5], [0.0]])
    assert np.isnan(result[[0, 2], 0]).all()
    assert result[1, 0] == pytest.approx(0.02, abs=1e-15)


PANEL_KERNELS = {
    "carry_forward": prices.carry_forward,
    "returns": prices.returns,
    "round_half_up": prices.round_half_up,
    "limit_up": lambda values: prices.limit_prices(values, 0.10)[0],
    "limit_down": lambda values: prices.limit_prices(values, 0.10)[1],
}


@pytest.mark.parametrize("name", PANEL_KERNELS)
def test_a_longer_history_never_changes_the_past(name):
    values, kernel = gappy((40, 5)), PANEL_KERNELS[name]
    whole = kernel(values)
    for stop in (0, 1, 17, 39):
        assert np.array_equal(kernel(values[:stop]), whole[:stop], equal_nan=True)


@pytest.mark.parametrize("awkward", AWKWARD)
@pytest.mark.parametrize("name", PANEL_KERNELS)
def test_layout_and_flags_do_not_matter(name, awkward):
    values, kernel = AWKWARD[awkward], PANEL_KERNELS[name]
    plain = kernel(np.array(values, dtype=float, order="C"))
    assert np.array_equal(kernel(read_only(values)), plain, equal_nan=True)
    assert np.array_equal(kernel(values), plain, equal_nan=True)
    assert plain.flags.c_contiguous


@pytest.mark.parametrize("awkward", AWKWARD)
def test_machine_code_equals_the_interpreted_kernels(awkward):
    values = np.array(AWKWARD[awkward], dtype=float)
    ratio, ticks = np.broadcast_to(0.1, values.shape), np.full(values.shape[1], 100)
    calls = {
        "_carry_forward": (values,),
        "_returns": (values,),
        "_returns_on": (values, values[::-1]),
        "_round_half_up": (values.ravel(), 100),
    }
    for name, arguments in calls.items():
        compiled, interpreted = np.empty((2, *arguments[0].shape))
        getattr(prices, name)(*arguments, compiled)
        with np.errstate(all="ignore"):
            getattr(prices, name).py_func(*arguments, interpreted)
        assert np.array_equal(compiled, interpreted, equal_nan=True), name
    bands = np.empty((4, *values.shape))
    prices._limit_prices(values, ratio, ticks, bands[0], bands[1])
    prices._limit_prices.py_func(values, ratio, ticks, bands[2], bands[3])
    assert np.array_equal(bands[:2], bands[2:], equal_nan=True)


@pytest.mark.parametrize("name", ["carry_forward", "returns", "round_half_up"])
def test_out_may_be_the_input(name):
    values, kernel = gappy((30, 4)), getattr(prices, name)
    expected, own = kernel(values), values.copy()
    assert kernel(own, out=own) is own
    assert np.array_equal(own, expected, equal_nan=True)


def test_limit_prices_write_where_asked():
    values, pair = gappy((30, 4)), (np.empty((30, 4)), np.empty((30, 4)))
    result = prices.limit_prices(values, 0.1, out=pair)
    assert result[0] is pair[0]
    assert np.array_equal(pair, prices.limit_prices(values, 0.1), equal_nan=True)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.empty((2, 3)), r"float64 array of shape \(3, 2\), got float64 \(2, 3\)"),
        (np.empty((3, 2), dtype=np.float32), r"got float32 \(3, 2\)"),
        ([[0.0] * 2] * 3, "got list"),
        (np.empty((3, 2), order="F"), "C-contiguous and writeable"),
        (read_only(np.empty((3, 2))), "C-contiguous and writeable"),
    ],
)
def test_out_is_checked(out, message):
    with pytest.raises(DataError, match=message):
        prices.carry_forward(np.ones((3, 2)), out=out)


def test_what_lies_beyond_the_limits_of_its_session():
    """By hand: 10.05 moves to 11.06 and 9.05 at most (half-up), 20.00 has no limit; two ticks are allowed."""
    close = np.array([[11.06, 11.08, 11.09, 9.03, 9.02, 99.0, np.nan]])
    before = np.array([[10.05, 10.05, 10.05, 10.05, 10.05, 20.0, 10.05]])
    ratio = np.array([[0.1, 0.1, 0.1, 0.1, 0.1, np.inf, 0.1]])
    assert prices.beyond_limits(close, before, ratio).tolist() == [[False, False, True, False, True, False, False]]
    fund = prices.beyond_limits([[1.103, 1.104]], [[1.001, np.nan]], 0.1, tick=0.001)  # up to 1.101, and two ticks
    assert fund.tolist() == [[False, False]]
    assert prices.beyond_limits([[1.104]], [[1.001]], 0.1, tick=0.001).tolist() == [[True]]
