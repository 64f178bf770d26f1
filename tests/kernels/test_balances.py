"""The balance kernels against plain loops, against their own source, on awkward panels, and as identities."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import DataError
from liangrong.core.kernels import balance_series as fused
from liangrong.core.kernels import balances
from liangrong.core.kernels.balance_series import Flows, Series, balance_series
from numpy.testing import assert_array_equal
from oracles import interpret
from oracles.balances import KERNELS, numpy_by_row, pandas_series, polars_series

NAN = np.nan
SINGLE = [name for name in KERNELS if name != "balance_series"]
INPUTS = {"roll_balance": 2, "impute_outflow": 2, "impute_short_balance": 2, "reconcile": 3}
OPTIONAL = {
    "roll_balance": ("published", "opening"),
    "impute_outflow": ("published", "opening"),
    "impute_short_balance": ("published",),
    "reconcile": ("opening",),
}


def gappy(shape, seed, share=0.2):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 10**9, shape).astype(np.float64)
    values[rng.random(shape) < share] = NAN
    return values


def market(shape, seed=1, share=0.2, anchors=True) -> Any:
    """Return flows in whole yuan and shares, prices in cents, and where wanted published balances with gaps."""
    parts = [gappy(shape, seed + k, share) for k in range(5)]
    parts[4] = parts[4] % 10_000 / 100
    published = [gappy(shape, seed + 7, share), gappy(shape, seed + 8, share)] if anchors else [None, None]
    rng = np.random.default_rng(seed + 9)
    return Flows(*parts, *published, *rng.integers(0, 10**9, (2, shape[1])).astype(np.float64))


def arguments(name, shape, seed=3, transform=lambda array: array, optional=True):
    positional = [transform(gappy(shape, seed + k)) for k in range(INPUTS[name])]
    keywords = {"published": transform(gappy(shape, seed + 10, 0.5)), "opening": gappy((1, shape[1]), seed + 11)[0]}
    return positional, {key: keywords[key] for key in OPTIONAL[name] if optional}


def as_tuple(result):
    return result if isinstance(result, tuple) else (result,)


def assert_same(got, expected):
    for left, right in zip(as_tuple(got), as_tuple(expected), strict=True):
        assert_array_equal(left, right)


def read_only(array):
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


AWKWARD = {
    "plain": ((9, 4), np.asarray),
    "one_row": ((1, 4), np.asarray),
    "one_column": ((30, 1), np.asarray),
    "no_row": ((0, 3), np.asarray),
    "no_column": ((3, 0), np.asarray),
    "all_nan": ((5, 3), lambda array: np.full_like(array, NAN)),
    "offset": ((9, 3), lambda array: array + 1e9),
    "fortran": ((8, 3), np.asfortranarray),
    "strided": ((8, 3), lambda array: np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2]),
    "read_only": ((8, 3), read_only),
    "lists": ((4, 2), lambda array: array.tolist()),
}


@pytest.mark.parametrize("optional", [True, False])
@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("name", SINGLE)
def test_a_kernel_equals_its_oracle_on_awkward_panels(name, case, optional):
    shape, transform = AWKWARD[case]
    positional, keywords = arguments(name, shape, transform=transform, optional=optional)
    contest = KERNELS[name]
    expected = contest.oracle(*(np.reshape(p, shape) for p in positional), **keywords)
    assert_same(contest.ours(*positional, **keywords), expected)


@pytest.mark.parametrize("anchors", [True, False])
@pytest.mark.parametrize("case", [case for case in AWKWARD if case != "lists"])
def test_the_fused_pass_equals_its_oracle_on_awkward_panels(case, anchors):
    shape, transform = AWKWARD[case]
    flows = market(shape, anchors=anchors)
    panels: list[Any] = [None if panel is None else transform(panel) for panel in flows[:7]]
    flows = Flows(*panels, *flows[7:])
    assert_same(tuple(balance_series(flows)), tuple(KERNELS["balance_series"].oracle(flows)))


@pytest.mark.parametrize("name", SINGLE)
def test_compiled_and_interpreted_kernels_agree(name, monkeypatch):
    positional, keywords = arguments(name, (12, 5))
    compiled = KERNELS[name].ours(*positional, **keywords)
    interpret(monkeypatch, balances)
    assert_same(KERNELS[name].ours(*positional, **keywords), compiled)


@pytest.mark.parametrize("anchors", [True, False])
def test_the_compiled_and_the_interpreted_fused_pass_agree(anchors, monkeypatch):
    flows = market((12, 5), anchors=anchors)
    compiled = balance_series(flows)
    interpret(monkeypatch, balances, fused)
    assert_same(tuple(balance_series(flows)), tuple(compiled))


@pytest.mark.parametrize("name", SINGLE)
def test_a_longer_history_never_changes_the_past(name):
    positional, keywords = arguments(name, (20, 4))
    whole = as_tuple(KERNELS[name].ours(*positional, **keywords))
    for rows in (1, 7, 19):
        cut = {key: value if key == "opening" else value[:rows] for key, value in keywords.items()}
        part = as_tuple(KERNELS[name].ours(*(p[:rows] for p in positional), **cut))
        assert_same(part, tuple(panel[:rows] for panel in whole))


def test_a_longer_history_never_changes_the_past_of_the_fused_pass():
    flows = market((20, 4))
    part = balance_series(Flows(*(panel[:7] for panel in flows[:7]), *flows[7:]))
    assert_same(tuple(part), tuple(panel[:7] for panel in balance_series(flows)))


def test_one_more_session_from_the_last_balances_equals_the_whole_pass():
    flows = market((20, 4))
    before = balance_series(Flows(*(panel[:19] for panel in flows[:7]), *flows[7:]))
    later: list[Any] = [panel[19:] for panel in flows[:7]]
    last = Flows(*later, opening_financing=before.financing_balance[-1], opening_short=before.short_volume[-1])
    assert_same(tuple(balance_series(last)), tuple(panel[19:] for panel in balance_series(flows)))


# --- what the rolled balance means -------------------------------------------------------------------------------


def test_a_published_balance_ends_an_error_and_a_gap_stays_a_gap_until_then():
    inflow = np.array([[10.0], [10.0], [NAN], [10.0], [10.0], [10.0]])
    outflow = np.array([[4.0]] * 6)
    published = np.array([[100.0], [NAN], [NAN], [NAN], [500.0], [NAN]])
    rolled = balances.roll_balance(inflow, outflow, published=published)
    assert_array_equal(rolled[:, 0], [100.0, 106.0, NAN, NAN, 500.0, 506.0])


def test_a_security_that_left_the_list_is_not_carried_forward():
    inflow = np.array([[5.0], [5.0], [NAN], [NAN]])
    rolled = balances.roll_balance(inflow, np.zeros((4, 1)), opening=[100.0])
    assert_array_equal(rolled[:, 0], [105.0, 110.0, NAN, NAN])


def test_without_opening_a_security_starts_at_its_first_published_balance():
    published = np.array([[NAN], [70.0], [NAN]])
    rolled = balances.roll_balance(np.ones((3, 1)), np.zeros((3, 1)), published=published)
    assert_array_equal(rolled[:, 0], [NAN, 70.0, 71.0])


whole_yuan = st.integers(0, 10**12).map(float) | st.just(NAN)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 12), st.integers(1, 4))
def test_rolling_the_imputed_outflow_gives_the_balance_back(data, sessions, securities):
    shape = sessions, securities
    balance = data.draw(arrays(np.float64, shape, elements=whole_yuan))
    inflow = data.draw(arrays(np.float64, shape, elements=whole_yuan))
    imputed = balances.impute_outflow(balance, inflow)
    assert_array_equal(imputed.is_imputed, ~np.isnan(imputed.values))
    residual = balances.reconcile(balance, inflow, imputed.values)
    assert_array_equal(residual[imputed.is_imputed], 0.0)
    assert np.isnan(residual[~imputed.is_imputed]).all()
    rolled = balances.roll_balance(inflow, imputed.values, published=np.where(imputed.is_imputed, NAN, balance))
    assert_array_equal(rolled[imputed.is_imputed], balance[imputed.is_imputed])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(1, 5))
def test_total_and_spread_give_both_balances_back(seed, sessions, securities):
    series = balance_series(market((sessions, securities), seed, share=0.05))
    assert_array_equal(np.isnan(series.total_balance), np.isnan(series.spread))
    # Half of a sum and a difference: one rounding each of at most half an ulp of 1e13.
    np.testing.assert_allclose(
        (series.total_balance + series.spread) / 2,
        np.where(np.isnan(series.short_balance), NAN, series.financing_balance),
        rtol=0,
        atol=1e-2,
    )


def test_a_published_repayment_stands_where_it_contradicts_the_identity():
    balance, inflow = np.array([[100.0], [130.0], [150.0]]), np.array([[0.0], [40.0], [30.0]])
    published = np.array([[NAN], [12.0], [NAN]])
    values, is_imputed = balances.impute_outflow(balance, inflow, published=published)
    assert_array_equal(values[:, 0], [NAN, 12.0, 10.0])
    assert_array_equal(is_imputed[:, 0], [False, False, True])


# --- rivals answer the same --------------------------------------------------------------------------------------


@pytest.mark.parametrize("anchors", [True, False])
def test_the_rivals_of_the_benchmark_do_the_same_work(anchors):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    flows = market((60, 40), share=0.1 if anchors else 0.0, anchors=anchors)
    flows = flows._replace(opening_financing=None, opening_short=None) if anchors else flows
    expected = KERNELS["balance_series"].oracle(flows)
    assert_same(tuple(numpy_by_row(flows)), expected)
    frames: list[Any] = [None if panel is None else pd.DataFrame(panel) for panel in flows[:7]]
    assert_same(tuple(f.to_numpy() for f in pandas_series(Flows(*frames, *flows[7:]))), expected)
    wide: list[Any] = [None if panel is None else pl.from_numpy(panel).fill_nan(None) for panel in flows[:7]]
    assert_same(tuple(f.fill_null(NAN).to_numpy() for f in polars_series(Flows(*wide, *flows[7:]))), expected)


# --- the border --------------------------------------------------------------------------------------------------


def test_out_receives_the_result():
    out = np.empty((3, 2))
    assert balances.roll_balance(np.ones((3, 2)), np.zeros((3, 2)), opening=[0.0, 10.0], out=out) is out
    assert_array_equal(out, [[1, 11], [2, 12], [3, 13]])
    flows = market((4, 3))
    series = Series(*(np.empty((4, 3)) for _ in range(5)))
    returned = balance_series(flows, out=series)
    assert all(a is b for a, b in zip(returned, series, strict=True))
    assert_same(tuple(series), tuple(balance_series(flows)))


def test_inputs_are_left_alone():
    flows = market((6, 3))
    copies = [panel.copy() for panel in flows]
    balance_series(flows)
    assert_same(tuple(flows), tuple(copies))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: balances.roll_balance(a, a[:2]), r"`outflow` should have shape \(3, 2\).*got \(2, 2\)"),
        (lambda a: balances.roll_balance(a[0], a[0]), r"`inflow` should be a \(sessions, securities\) array, got 1"),
        (lambda a: balances.roll_balance(a, a, opening=[1.0]), r"`opening` should hold one balance per security"),
        (lambda a: balances.reconcile(a, a, a, out=np.empty((2, 2))), r"`out` should be .* shape \(3, 2\)"),
        # pyrefly: ignore[bad-argument-type]  it is what is refused
        (lambda a: balances.reconcile(a, a, a, out=np.empty((3, 2), np.float32)), r"got float32 \(3, 2\): make it"),
        (lambda a: balances.impute_outflow(a, a, out=np.asfortranarray(a)), "C-contiguous"),
        (lambda a: balances.impute_short_balance(a, a, out=read_only(a)), "writable"),
        (lambda a: balance_series(Flows(a, a, a, a, a[:, :1])), r"`close` should have shape \(3, 2\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, message):
    with pytest.raises(DataError, match=message):
        call(np.ones((3, 2)))
