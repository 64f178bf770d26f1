"""Crash risk after a decision: abnormal returns, windows and controls, against pandas and by hand."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.panel.panel import Panel
from liangrong.core.study.crash_target import MEASURES, PAST, past_crash_risk, targets_of
from liangrong.core.study.design import Design
from liangrong.core.study.forward import entry_of
from liangrong.core.study.target import WindowTarget
from study.markets import market

NAN = np.nan
PLAN = Design(target="crash", horizons=(10, 20))


def logs(prices):
    """Return what followed each row until the next traded price, less the market's, as log returns."""
    frame = pd.DataFrame(prices)
    simple = (frame / frame.ffill().shift() - 1.0).shift(-1)
    return pd.DataFrame(np.log(1.0 + simple)).sub(np.log(1.0 + simple.mean(axis=1)), axis=0)


@pytest.mark.parametrize(("entry", "lead"), [("open", 1), ("close", 0)])
def test_windows_begin_at_the_entry_and_are_those_of_pandas(entry, lead):
    panel = market(sessions=120)
    plan = Design(target="crash", horizons=(10, 20), entry=entry)
    by_measure = {target.measure: target for target in targets_of(panel, plan)}
    assert tuple(by_measure) == MEASURES
    abnormal = logs(panel[entry])
    for horizon in plan.horizons:
        found = by_measure["ncskew"].ahead(horizon, slice(0, 120))
        skews = -abnormal.rolling(horizon, min_periods=int(0.75 * horizon)).skew()
        expected = skews.shift(-(horizon - 1) - lead).to_numpy(copy=True)  # the window that begins at the entry's row
        expected[np.isnan(np.roll(panel[entry], -lead, axis=0))] = NAN  # not to be entered
        expected[119 - horizon - lead + 1 :] = NAN
        np.testing.assert_allclose(found, expected, atol=1e-10)
        past = abnormal.iloc[lead:].rolling(PAST, min_periods=20).std().reindex(abnormal.index)
        limits = -1.645 * past.shift(1)  # of the returns that were over at the entry
        shares = np.full((120, 50), NAN)
        for t in range(120 - horizon - lead):
            rows = abnormal.iloc[t + lead : t + lead + horizon]
            shares[t] = (rows < limits.iloc[t + lead]).sum() / rows.notna().sum()
            shares[t, limits.iloc[t + lead].isna()] = NAN
        shares[np.isnan(expected)] = NAN
        np.testing.assert_allclose(by_measure["tail"].ahead(horizon, slice(0, 120)), shares, atol=1e-12)


def test_a_crash_is_a_crash_and_a_jump_is_none():
    random = np.random.default_rng(0)
    steps = 0.01 * random.choice([-1.0, 1.0], size=(60, 12))
    steps[30, 0], steps[30, 1] = -0.3, 0.3
    close = 10.0 * np.exp(steps.cumsum(axis=0))
    days = np.busday_offset("2023-01-02", np.arange(60), roll="forward")
    panel = Panel(sessions=days, symbols=tuple(f"{600000 + j}.SH" for j in range(12)), fields={"close": close})
    for target in targets_of(panel, Design(target="crash", horizons=(20,), entry="close")):
        ahead = target.ahead(20, slice(0, 60))
        if target.measure == "tail":
            assert (ahead[20:29, 0] >= 0.05).all()  # the windows that hold session 30
        else:
            assert (ahead[20:29, 0] > ahead[20:29, 2:].max(axis=1)).all()
            assert (ahead[20:29, 1] < ahead[20:29, 2:].min(axis=1)).all()
        assert np.isnan(ahead[40:]).all()


def test_no_window_sees_what_lies_beside_it():
    panel = market(sessions=100, holes=0.0)
    opens = panel["open"].copy()
    opens[:30] *= np.exp(np.random.default_rng(1).normal(size=(30, 1)))  # the market's past
    opens[72:, 4] *= 0.5
    other = panel.with_fields({"open": opens})
    for one, two in zip(targets_of(panel, PLAN)[:2], targets_of(other, PLAN)[:2], strict=True):
        first, second = (target.ahead(20, slice(30, 51)) for target in (one, two))  # sessions 31 to 71
        np.testing.assert_allclose(first, second, atol=1e-9)
        assert not np.allclose(one.ahead(20, slice(51, 52)), two.ahead(20, slice(51, 52)), equal_nan=True)


def test_controls_are_of_the_sessions_before_the_decision():
    panel = market(sessions=130, holes=0.0)
    controls = past_crash_risk(panel)
    past = logs(panel["close"]).shift(1)
    expected = {"past_skewness": -past.rolling(PAST, min_periods=45).skew(),
                "past_volatility": past.rolling(PAST, min_periods=20).std()}  # fmt: skip
    for name, values in expected.items():
        np.testing.assert_allclose(controls[name], values.to_numpy(), atol=1e-10)
    close = panel["close"].copy()
    close[90:] *= np.random.default_rng(2).random(close[90:].shape) + 0.5
    later = past_crash_risk(panel.with_fields({"close": close}))
    for name, values in controls.items():
        np.testing.assert_array_equal(values[:90], later[name][:90])


def test_the_market_has_its_own_crash_risk():
    panel = market(sessions=90, holes=0.0)
    target = targets_of(panel, PLAN)[0]
    simple = pd.DataFrame(panel["open"]).pct_change().mean(axis=1)
    assert isinstance(target, WindowTarget)
    skews = -pd.Series(np.log1p(simple)).rolling(10).skew().shift(-11)  # row t: returns of rows t + 2 to t + 11
    np.testing.assert_allclose(target.market[10][:70], skews.to_numpy()[:70], atol=1e-10)


@pytest.mark.parametrize("securities", [0, 1])
def test_too_few_securities_make_no_market(securities):
    panel = market(sessions=60).select(market().symbols[:1])
    if not securities:
        panel = panel.with_fields({"open": np.where(np.arange(60)[:, None] < 59, NAN, 1.0)})
    for target in targets_of(panel, PLAN):
        assert isinstance(target, WindowTarget)
        assert np.isnan(target.ahead(10, slice(0, 60))).all()
        assert np.isnan(target.market[10]).all()
    assert entry_of(panel).lead == 1


def test_a_design_of_crash_risk_has_horizons_of_its_own():
    assert Design(target="crash").horizons == (20, 60)
    assert Design(target="crash").detail == (20, 60)
    assert Design(target="crash", horizons=(60, 15)).horizons == (15, 60)
    assert Design().horizons == (1, 2, 3, 5, 10, 20, 40, 60)
    with pytest.raises(ConfigError, match="`horizons` should be from 10 to 250 sessions, since the target is crash"):
        Design(target="crash", horizons=(5, 20))
    with pytest.raises(ConfigError, match="`target` should be one of return, crash, got 'crashes'"):
        Design(target="crashes")
