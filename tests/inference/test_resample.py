"""Statistics in resamples are those computed anew, blocks grow with memory, and intervals cover."""

import builtins

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length
from liangrong.core.errors import ConfigError
from liangrong.core.inference.bootstrap import draws, times_drawn
from liangrong.core.inference.resample import block_length, resampled, resampled_drawdowns
from liangrong.core.kernels import statistics
from liangrong.core.luck.intervals import intervals
from luck.returns import YEAR, noise, planted


def test_the_block_grows_with_memory():
    fresh = noise(1, 1000, 6)
    slow = np.apply_along_axis(lambda x: np.convolve(x, np.ones(20) / 20, "valid"), 0, noise(2, 1019, 6))
    assert block_length(fresh) <= 4
    assert block_length(slow) > 20
    assert block_length(slow) == round(optimal_block_length(slow)["stationary"].mean())
    still = np.zeros((1000, 2))
    assert block_length(np.hstack([slow, still])) == block_length(slow)
    assert block_length(still) == 1


def test_metrics_of_resamples_are_those_computed_anew():
    values = np.hstack([noise(1, 120, 3) + 0.01, np.zeros((120, 1))])
    drawn = draws(120, 5, 100, seed=0)
    times = times_drawn(drawn)
    returns, ratios = (resampled(values, times, metric) for metric in ("return", "sharpe"))
    depths = resampled_drawdowns(values, drawn)
    for b in (0, 17, 99):
        again = values[drawn[b]]
        np.testing.assert_allclose(returns[b], again.mean(axis=0), rtol=1e-10, atol=1e-17)
        for k in range(3):
            assert ratios[b, k] == pytest.approx(statistics.sharpe(again[:, k], 1.0), rel=1e-9)
            equity = np.concatenate([[1.0], np.cumprod(1.0 + again[:, k])])
            assert depths[b, k] == pytest.approx(statistics.max_drawdown(equity).depth, rel=1e-10)
    assert ratios[:, 3].tolist() == [0.0] * 100
    assert depths[:, 3].tolist() == [0.0] * 100


def test_a_total_loss_is_a_drawdown_of_all():
    values = np.zeros((30, 1))
    values[10:12] = -1.0
    drawn = np.tile(np.arange(30), (100, 1))
    assert resampled_drawdowns(values, drawn).tolist() == [[-1.0]] * 100


def test_intervals_cover_the_truth():
    truth, hits, drawn = 1.0, np.zeros(3), draws(800, 2, 200, seed=0)
    for seed in range(40):
        values = planted(noise(seed, 800, 8, common=0.3), 0, truth)
        found = intervals(values, values[:, 6:], drawn, periods_per_year=YEAR)
        hits[0] += (found.sharpe.low[0] <= truth) & (truth <= found.sharpe.high[0])
        hits[1] += ((found.mean_return.low[1:6] <= 0.0) & (found.mean_return.high[1:6] >= 0.0)).mean()
        hits[2] += ((found.sharpe_advantage.low[0] <= truth) & (truth <= found.sharpe_advantage.high[0])).mean()
    assert (hits / 40 >= 0.87).all()
    assert (hits / 40 < 1.0).any()


def test_intervals_are_percentiles_by_year():
    values, others = noise(7, 200, 3), noise(8, 200, 2)
    drawn = draws(200, 3, 400, seed=1)
    found = intervals(values, others, drawn, periods_per_year=YEAR, level=0.1)
    means = np.array([values[rows].mean(axis=0) for rows in drawn]) * YEAR
    apart = means[:, 1] - np.array([others[rows, 0].mean() for rows in drawn]) * YEAR
    np.testing.assert_allclose(found.mean_return.low, np.quantile(means, 0.05, axis=0))
    np.testing.assert_allclose(found.mean_return.high, np.quantile(means, 0.95, axis=0))
    assert found.return_advantage.low[1, 0] == pytest.approx(np.quantile(apart, 0.05))
    assert found.return_advantage.high[1, 0] == pytest.approx(np.quantile(apart, 0.95))
    ratios = np.array([statistics.sharpe(values[rows, 2], YEAR) for rows in drawn])
    of_control = np.array([statistics.sharpe(others[rows, 1], YEAR) for rows in drawn])
    assert found.sharpe.high[2] == pytest.approx(np.quantile(ratios, 0.95))
    assert found.sharpe_advantage.low[2, 1] == pytest.approx(np.quantile(ratios - of_control, 0.05))
    assert (found.max_drawdown.low <= found.max_drawdown.high).all()
    assert (found.max_drawdown.high <= 0.0).all()
    assert found.level == 0.1


def test_an_unknown_metric_is_refused():
    with pytest.raises(ConfigError, match=r"`metric` should be one of sharpe, return, got 'calmar'"):
        resampled(noise(1, 50, 2), np.ones((1, 50)), "calmar")


def test_without_arch_the_remedy_is_named(monkeypatch):
    real = builtins.__import__

    def without_arch(name, *rest, **others):
        if name.partition(".")[0] == "arch":
            raise ImportError(name)
        return real(name, *rest, **others)

    monkeypatch.setattr(builtins, "__import__", without_arch)
    with pytest.raises(ConfigError, match=r'pip install "liangrong\[compare\]"'):
        block_length(noise(1, 50, 2))
