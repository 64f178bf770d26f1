"""The increment over momentum, reversal and the market: against statsmodels, on copies, on planted alphas."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.luck.increment import increment
from luck.returns import YEAR, noise
from statsmodels.api import OLS, add_constant


@pytest.mark.parametrize("lags", [None, 0, 3, 25])
def test_each_regression_is_that_of_statsmodels(lags):
    others = noise(1, 500, 3, common=0.4) + 0.0005
    values = others @ np.array([[1.0, 0.0], [0.5, -2.0], [0.0, 0.3]]) + np.cumsum(noise(2, 500, 2), axis=0) * 0.1
    found = increment(values, others, periods_per_year=YEAR, lags=lags)
    used = 5 if lags is None else lags  # floor(4 x 5^(2/9))
    assert found.lags == used
    for k in range(2):
        fitted = OLS(values[:, k], add_constant(others)).fit(
            cov_type="HAC", cov_kwds={"maxlags": used, "use_correction": False}
        )
        assert found.alpha[k] == pytest.approx(fitted.params[0] * YEAR, rel=1e-8)
        assert found.error[k] == pytest.approx(fitted.bse[0] * YEAR, rel=1e-8)
        assert found.t[k] == pytest.approx(fitted.tvalues[0], rel=1e-7)
        assert found.r_squared[k] == pytest.approx(fitted.rsquared, rel=1e-9)
        np.testing.assert_allclose(found.betas[k], fitted.params[1:], rtol=1e-8)


def test_borrowing_to_hold_a_control_has_no_alpha():
    others = noise(3, 400, 2) + 0.001
    found = increment(np.column_stack([2.5 * others[:, 0], others.mean(axis=1)]), others)
    np.testing.assert_allclose(found.alpha, 0.0, atol=1e-14)
    np.testing.assert_allclose(found.betas, [[2.5, 0.0], [0.5, 0.5]], atol=1e-12)
    np.testing.assert_allclose(found.r_squared, 1.0)
    assert np.isnan(found.t).all()


def test_a_control_given_twice_or_standing_still_changes_no_alpha():
    others, values = noise(4, 400, 2) + 0.001, noise(5, 400, 3)
    alone = increment(values, others)
    wider = increment(values, np.column_stack([others, others[:, 0], np.full(400, 0.0001)]))
    np.testing.assert_allclose(wider.alpha, alone.alpha, rtol=1e-9)
    np.testing.assert_allclose(wider.error, alone.error, rtol=1e-9)
    np.testing.assert_allclose(wider.betas[:, 0], wider.betas[:, 2])
    np.testing.assert_allclose(wider.betas[:, 3], 0.0, atol=1e-12)


def test_a_planted_alpha_is_found_and_none_is_not():
    others = noise(6, 2500, 2)
    values = others @ np.ones((2, 200)) + noise(7, 2500, 200)
    values[:, 0] += 0.40 / YEAR
    found = increment(values, others, periods_per_year=YEAR, beside=("price_momentum", "price_reversal"))
    assert found.alpha[0] == pytest.approx(0.40, abs=2.5 * found.error[0])
    assert found.t[0] > 4.0
    assert 0.01 <= (np.abs(found.t[1:]) > 1.96).mean() <= 0.11
    assert found.beside == ("price_momentum", "price_reversal")


def test_an_account_that_stood_still_has_no_t():
    found = increment(np.zeros((50, 1)), noise(1, 50, 1))
    assert found.alpha.tolist() == [0.0]
    assert np.isnan([found.t[0], found.r_squared[0]]).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match=r"`explaining` should cover the same 50 sessions as the trials, got 49"):
        increment(noise(1, 50, 1), noise(1, 49, 1))
    with pytest.raises(ConfigError, match=r"`lags` should be 0 to 49, got 50"):
        increment(noise(1, 50, 1), noise(2, 50, 1), lags=50)
