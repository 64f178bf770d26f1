"""What flows of the synthetic market know of the next session, and what they follow."""

import numpy as np
import pytest
from liangrong.core.synthetic.margin import MarginProcess
from liangrong.core.synthetic.price_paths import PriceProcess
from liangrong.core.synthetic.synthetic import generate


def information_coefficients(panel, change=5):
    """Return the rank correlation by session of the scaled spread change with the next open-to-close return."""
    score = np.full(panel.shape, np.nan)
    score[change:] = (panel["spread"][change:] - panel["spread"][:-change]) / panel["float_cap"][change:]
    outcome = panel["close"][1:] / panel["open"][1:] - 1.0
    found = []
    for before, after in zip(score[change:-1], outcome[change:], strict=True):
        known = np.isfinite(before) & np.isfinite(after)
        ranks = [np.argsort(np.argsort(x[known])) for x in (before, after)]
        found.append(np.corrcoef(ranks[0], ranks[1])[0, 1])
    return np.array(found)


def t_value(sample):
    return sample.mean() / (sample.std(ddof=1) / np.sqrt(len(sample)))


@pytest.mark.slow
def test_the_planted_signal_is_there_and_only_where_it_is_planted():
    by_signal = {
        signal: np.concatenate(
            [information_coefficients(generate(seed=seed, signal=signal, sessions=400)) for seed in (1, 2, 3)]
        )
        for signal in (0.0, 0.03, 0.10)
    }
    assert abs(t_value(by_signal[0.0])) < 2.5
    assert abs(by_signal[0.0].mean()) < 0.012
    assert t_value(by_signal[0.03]) > 3.0
    assert t_value(by_signal[0.10]) > 10.0
    assert 0.01 < by_signal[0.03].mean() < 0.05 < by_signal[0.10].mean() < 0.15


def test_the_drift_is_relative_to_the_others_and_none_without_a_row():
    count = 200
    price, cap = np.full(count, 10.0), np.full(count, 1e10)
    flows = MarginProcess(np.random.default_rng(1), price, cap, np.ones(count, dtype=bool), 0.1)
    has_row = np.arange(count) < 150
    for _ in range(6):  # a boom: securities are bought beyond their repayments, all together
        row = flows.step(has_row, np.ones(count, dtype=bool), np.full(count, 5.0), price, cap, np.full(count, 2e8))
    assert np.nanmean(row.financing_buy - row.financing_repay) > np.nanstd(row.financing_buy - row.financing_repay)
    assert abs(flows.drift[has_row].mean()) < 0.005
    assert abs(flows.drift[has_row].std() - 0.1) < 0.01
    assert np.abs(flows.drift).max() <= 0.3
    assert np.all(flows.drift[~has_row] == 0.0)


def test_balances_chase_returns():
    panel = generate(signal=0.0)
    net = (panel["financing_buy"] - panel["financing_repay"]) / panel["float_cap"]
    returns = panel["close"] / panel["pre_close"] - 1.0
    past, present = returns[:-1], net[1:]
    known = np.isfinite(past) & np.isfinite(present)
    assert np.corrcoef(past[known], present[known])[0, 1] > 0.08
    before, after = net[:-1], returns[1:]
    known = np.isfinite(before) & np.isfinite(after)
    assert abs(np.corrcoef(before[known], after[known])[0, 1]) < 0.025


def planted(monkeypatch, **options):
    """Return a market, what its prices were told to expect by session (T, N), and their volatilities."""
    told = []
    step = PriceProcess.step

    def recorded(self, t, is_trading, drift, limit_up, limit_down):
        told.append((drift.copy(), self.volatility.copy()))
        return step(self, t, is_trading, drift, limit_up, limit_down)

    monkeypatch.setattr(PriceProcess, "step", recorded)
    panel = generate(**options)
    return panel, *(np.array(values) for values in zip(*told, strict=True))


def score_of(panel):
    """Return the score (T, N) of the published flows that the documentation tells, session by session."""
    flow, out = np.zeros(len(panel.symbols)), np.zeros(panel.shape)
    for t in range(len(out)):
        net = (panel["financing_buy"][t] - panel["financing_repay"][t]) / panel["float_cap"][t]
        has_row = np.isfinite(net)
        flow = np.where(has_row, 0.8 * flow + 0.2 * net, 0.0)
        known = flow[has_row]
        out[t, has_row] = np.clip((known - known.mean()) / known.std(), -3.0, 3.0)
    return out


def test_the_signal_has_the_stated_strength(monkeypatch):
    panel, drift, volatility = planted(monkeypatch, seed=6, securities=150, sessions=300, signal=0.2)
    np.testing.assert_allclose(drift[1:], 0.2 * score_of(panel)[:-1] * volatility[1:], rtol=1e-9, atol=1e-15)
    assert np.all(drift[0] == 0.0)
    gain = np.log(panel["close"] / panel["open"]) - np.nanmean(np.log(panel["close"] / panel["open"]), axis=1)[:, None]
    known = np.isfinite(gain) & (drift != 0.0)
    slope = (gain[known] * drift[known]).sum() / (drift[known] ** 2).sum()
    error = gain[known].std() / np.sqrt((drift[known] ** 2).sum())
    assert error < 0.05
    assert 0.9 < slope < 1.1  # limits cut a little off it


def test_who_learns_the_flows_late_has_less_of_the_signal(monkeypatch):
    """Flows are public before the next open; averaged, they are worth the more the earlier they are read."""
    panel, _, _ = planted(monkeypatch, seed=6, securities=150, sessions=400, signal=0.3)
    score, gain = score_of(panel), np.log(panel["close"] / panel["open"])
    slopes = []
    for lag in (1, 4, 16):
        x, y = score[16 - lag : -lag], gain[16:]
        known = np.isfinite(y) & (x != 0.0)
        slopes.append(np.polyfit(x[known], y[known], 1)[0])
    assert slopes[0] > slopes[1] > slopes[2]
    assert slopes[2] < 0.6 * slopes[0]


@pytest.mark.slow
@pytest.mark.parametrize("history", [False, True])
def test_without_a_signal_nothing_foretells(history):
    """Of 24 seeds the mean rank correlation is nought, and seeds do not lie further out than chance has them."""
    options = {"signal": 0.0, "sessions": 400, "start": "2020-01-02", "history": history}
    found = [information_coefficients(generate(seed=seed, securities=80, **options)) for seed in range(24)]
    t = np.array([t_value(one) for one in found])
    assert abs(np.concatenate(found).mean()) < 0.006
    assert abs(t.mean()) < 0.6
    assert t.std() < 1.5


@pytest.mark.slow
def test_the_strength_grows_with_the_signal():
    means = [
        np.concatenate([information_coefficients(generate(seed=seed, signal=signal)) for seed in range(6)]).mean()
        for signal in (0.0, 0.05, 0.1, 0.2)
    ]
    assert np.all(np.diff(means) > 0.01)
    assert 1.6 < means[2] / means[1] < 2.6
