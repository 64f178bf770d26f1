"""What flows of the synthetic market know of the next session, and what they follow."""

import numpy as np
from liangrong.core.synthetic.margin import MarginProcess
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
