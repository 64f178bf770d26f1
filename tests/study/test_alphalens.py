"""Agreement with alphalens-reloaded on the same factor and prices."""

import warnings

import numpy as np
import pandas as pd
import pytest
from liangrong.core.inference.means import newey_west
from liangrong.core.panel.panel import Panel
from liangrong.core.study.design import LAGS, Design, Question
from liangrong.core.study.figure_tables import quantile_means, quantiles_table
from liangrong.core.study.passes import measure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    alphalens = pytest.importorskip("alphalens")

HORIZONS = (1, 5, 20)
SESSIONS, SECURITIES = 130, 60


@pytest.fixture(scope="module")
def both():
    """Return our measures and plan, and what alphalens makes of the same factor."""
    random = np.random.default_rng(17)
    days = pd.bdate_range("2024-01-01", periods=SESSIONS)
    symbols = tuple(f"{600000 + j}.SH" for j in range(SECURITIES))
    score = random.normal(size=(SESSIONS, SECURITIES)).cumsum(axis=0)
    score[random.random(score.shape) < 0.1] = np.nan
    score[-max(HORIZONS) :] = np.nan  # alphalens drops what has not all forward returns
    steps = 0.02 * random.standard_t(5, size=score.shape)
    steps[1:] += 0.002 * np.nan_to_num(score[:-1] / 10)
    close = 10 * np.exp(steps.cumsum(axis=0))
    panel = Panel(sessions=days.to_numpy().astype("datetime64[D]"), symbols=symbols, fields={"close": close})
    plan = Design(horizons=HORIZONS, entry="close")
    index = pd.MultiIndex.from_product([days, symbols], names=["date", "asset"])
    factor = pd.Series(score.ravel(), index=index).dropna()
    prices = pd.DataFrame(close, index=days, columns=list(symbols))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = alphalens.utils.get_clean_factor_and_forward_returns(
            factor, prices, quantiles=5, periods=HORIZONS, max_loss=0
        )
    return measure(Question(score=score, seen=panel, traded=panel), plan), plan, theirs


def known(values, measures, dates):
    """Return `values` of the sessions `dates`, and check that the others have none."""
    rows = np.isin(measures.sessions, dates.to_numpy().astype("datetime64[D]"))
    assert np.isnan(values[~rows]).all()
    return values[rows]


def test_information_coefficients(both):
    measures, _, theirs = both
    expected = alphalens.performance.factor_information_coefficient(theirs)
    assert expected.shape == (SESSIONS - 20, 3)
    for h, column in enumerate(("1D", "5D", "20D")):
        ours = known(measures.ic[h], measures, expected.index)
        np.testing.assert_allclose(ours, expected[column], rtol=0, atol=1e-10)


@pytest.mark.parametrize(("demeaned", "name"), [(False, "return"), (True, "excess")])
def test_mean_returns_by_quantile(both, demeaned, name):
    measures, plan, theirs = both
    means, errors = alphalens.performance.mean_return_by_quantile(theirs, demeaned=demeaned)
    ours = quantiles_table(measures, plan)[name].to_numpy().reshape(3, 5).T
    np.testing.assert_allclose(ours, means[["1D", "5D", "20D"]], rtol=0, atol=1e-10)
    if not demeaned:  # their error has no lags, and n - 1
        for h, column in enumerate(("1D", "5D", "20D")):
            for q in range(5):
                plain = newey_west(quantile_means(measures, h)[:, q], lags=0)
                expected = plain.error * np.sqrt(plain.count / (plain.count - 1))
                assert expected == pytest.approx(errors[column].iloc[q], rel=1e-10)


def test_returns_by_quantile_and_session(both):
    measures, _, theirs = both
    means, _ = alphalens.performance.mean_return_by_quantile(theirs, by_date=True, demeaned=False)
    for h, column in enumerate(("1D", "5D", "20D")):
        for q in range(5):
            expected = means[column].xs(q + 1)
            ours = known(quantile_means(measures, h)[:, q], measures, expected.index)
            np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-10)


def test_turnover_of_the_outer_quantiles(both):
    measures, _, theirs = both
    for i, lag in enumerate(LAGS):
        for k, quantile in enumerate((5, 1)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = alphalens.performance.quantile_turnover(theirs["factor_quantile"], quantile, lag).dropna()
            assert len(expected) == SESSIONS - 20 - lag
            ours = known(measures.entered[i, k], measures, expected.index)
            np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-10)


def test_rank_autocorrelation(both):
    measures, _, theirs = both
    for i, lag in enumerate(LAGS):
        expected = alphalens.performance.factor_rank_autocorrelation(theirs, lag).dropna()
        assert len(expected) == SESSIONS - 20 - lag
        ours = known(measures.autocorrelation[i], measures, expected.index)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-10)
