"""Walk-forward: windows by hand, a choice that sees the past alone, noise that earns nothing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import statistics
from liangrong.core.luck.regime_figures import by_regime
from liangrong.core.luck.walk import Walk, both_ways, walk_forward, windows
from luck.returns import YEAR, noise, planted


def test_windows_by_hand():
    assert windows(100, 40, 25) == ((0, 40, 40, 65), (25, 65, 65, 90), (50, 90, 90, 100))
    assert windows(100, 40, 25, anchored=True) == ((0, 40, 40, 65), (0, 65, 65, 90), (0, 90, 90, 100))
    # A purge shortens what is trained on, an embargo moves it away from the test.
    assert windows(100, 40, 30, purge=5) == ((0, 35, 40, 70), (30, 65, 70, 100))
    assert windows(100, 40, 30, embargo=5) == ((0, 40, 45, 75), (30, 70, 75, 100))
    assert windows(100, 40, 30, purge=5, embargo=5, anchored=True) == ((0, 35, 45, 75), (0, 65, 75, 100))


@settings(max_examples=50, deadline=None)
@given(
    st.integers(30, 400), st.integers(5, 100), st.integers(1, 60), st.booleans(), st.integers(0, 3), st.integers(0, 9)
)
def test_windows_cover_the_rest_once_and_look_back_only(sessions, train, test, anchored, purge, embargo):
    if train + embargo >= sessions:
        return
    found = windows(sessions, train, test, anchored=anchored, purge=purge, embargo=embargo)
    tested = [t for w in found for t in range(w.test_start, w.test_stop)]
    assert tested == list(range(train + embargo, sessions))
    for window in found:
        assert window.train_stop == window.test_start - embargo - purge
        length = window.train_stop - window.train_start
        assert length >= train - purge if anchored else length == train - purge
        assert window.train_start == 0 or not anchored


@pytest.mark.parametrize("metric", ["sharpe", "return"])
def test_the_choice_and_the_curve_by_hand(metric):
    values = noise(1, 200, 5) + 0.0005
    spans = windows(200, 60, 30, purge=2)
    found = walk_forward(values, spans, metric=metric, periods_per_year=YEAR)
    curve, ratios = [], []
    for window, k in zip(spans, found.chosen, strict=True):
        past = values[window.train_start : window.train_stop]
        each = [statistics.sharpe(one, YEAR) if metric == "sharpe" else one.mean() for one in past.T]
        assert k == np.argmax(each)
        ratios.append(statistics.sharpe(past[:, k], YEAR))
        curve += values[window.test_start : window.test_stop, k].tolist()
    assert found.returns.tolist() == curve
    assert found.sessions.tolist() == list(range(60, 200))
    np.testing.assert_allclose(found.equity, np.cumprod(1 + np.array(curve)))
    assert found.sharpe == pytest.approx(statistics.sharpe(np.array(curve), YEAR))
    assert found.in_sample_sharpe == pytest.approx(np.mean(ratios))
    assert found.ratio == pytest.approx(found.sharpe / np.mean(ratios))
    assert found.changes == sum(a != b for a, b in zip(found.chosen, found.chosen[1:], strict=False)) / 4


def test_sharpe_and_return_choose_differently():
    calm = noise(2, 300, 2)
    calm[:, 1] = 3.0 * (calm[:, 1] + 0.003)
    calm[:, 0] = calm[:, 0] * 0.1 + 0.0008
    assert set(walk_forward(calm, windows(300, 200, 50)).chosen) == {0}
    assert set(walk_forward(calm, windows(300, 200, 50), metric="return").chosen) == {1}


def test_the_future_does_not_change_the_choice():
    values = noise(3, 300, 6)
    spans = windows(300, 100, 50, purge=3, embargo=2)
    before = walk_forward(values, spans).chosen
    later = values.copy()
    later[spans[2].train_stop :] = noise(4, 300 - spans[2].train_stop, 6) + 0.01
    assert walk_forward(later, spans).chosen[:3].tolist() == before[:3].tolist()


def test_noise_earns_nothing_out_of_sample():
    runs = [walk_forward(noise(seed, 750, 100), windows(750, 250, 50), periods_per_year=YEAR) for seed in range(60)]
    assert np.mean([run.sharpe for run in runs]) == pytest.approx(0.0, abs=0.25)  # error 0.09
    assert np.mean([run.in_sample_sharpe for run in runs]) > 2.0
    assert np.mean([run.ratio for run in runs]) == pytest.approx(0.0, abs=0.12)
    assert np.mean([run.changes for run in runs]) > 0.3


def test_skill_lasts_out_of_sample():
    run = walk_forward(planted(noise(1, 1500, 50), 9, 4.0), windows(1500, 500, 100, anchored=True))
    assert (run.chosen == 9).all()
    assert run.changes == 0.0
    assert run.ratio == pytest.approx(1.0, abs=0.35)


def test_a_single_window_has_no_changes_and_a_loss_no_ratio():
    run = walk_forward(noise(1, 100, 2) - 0.02, windows(100, 60, 40))
    assert math.isnan(run.changes)
    assert math.isnan(run.ratio)
    assert run.in_sample_sharpe < 0.0


def test_the_error_is_that_of_the_joined_returns():
    run = walk_forward(noise(5, 300, 4), windows(300, 100, 50), periods_per_year=YEAR)
    z = (run.returns - run.returns.mean()) / run.returns.std()
    ratio = run.returns.mean() / run.returns.std(ddof=1)
    spread = 1.0 - (z**3).mean() * ratio + ((z**4).mean() - 1.0) / 4.0 * ratio**2  # Lo (2002)
    assert run.sharpe_error == pytest.approx(math.sqrt(YEAR * spread / 199), rel=1e-9)
    assert math.isnan(walk_forward(noise(5, 100, 4), windows(100, 90, 5)).sharpe_error)


LEGS = np.array(
    [  # four legs of ten sessions: what each of two trials earns in each session of a leg, before a small swing
        (0.02, 0.00),
        (0.00, 0.01),
        (0.00, 0.04),
        (0.01, 0.00),
    ]
)


def by_hand():
    """Return two trials over forty sessions; a swing of +-0.001 that both share lets them vary."""
    swing = np.where(np.arange(40) % 2 == 0, 0.001, -0.001)
    return np.repeat(LEGS, 10, axis=0) + swing[:, None]


def test_both_ways_by_hand():
    # The mean of a leg is that of the table. Rolling looks back over one leg: 0.02 to 0.00 chooses the first for leg
    # 2, 0.00 to 0.01 the second for leg 3, 0.00 to 0.04 the second for leg 4. Anchored looks back over all: the first
    # (0.02 to 0.00), the first still (mean 0.010 to 0.005), then the second (0.0067 to 0.0167).
    rolling, anchored = both_ways(by_hand(), Walk(10, 10), metric="return")
    assert (rolling.anchored, anchored.anchored) == (False, True)
    assert rolling.windows == ((0, 10, 10, 20), (10, 20, 20, 30), (20, 30, 30, 40))
    assert anchored.windows == ((0, 10, 10, 20), (0, 20, 20, 30), (0, 30, 30, 40))
    assert rolling.chosen.tolist() == [0, 1, 1]
    assert anchored.chosen.tolist() == [0, 0, 1]
    assert rolling.returns.reshape(3, 10).mean(axis=1) == pytest.approx([0.00, 0.04, 0.00])
    assert anchored.returns.reshape(3, 10).mean(axis=1) == pytest.approx([0.00, 0.00, 0.00])
    assert (rolling.changes, anchored.changes) == (0.5, 0.5)
    swapped = both_ways(by_hand(), Walk(10, 10, anchored=True), metric="return")
    assert [one.chosen.tolist() for one in swapped] == [[0, 0, 1], [0, 1, 1]]
    assert rolling.figures()["windows"] == 3
    assert rolling.figures()["sessions"] == 30


def test_a_change_costs_by_hand():
    # Rolling takes up the first trial in session 10 and the second in session 20, and keeps it: two charges of 1 %.
    free, _ = both_ways(by_hand(), Walk(10, 10), metric="return")
    charged, anchored = both_ways(by_hand(), Walk(10, 10, change_cost=0.01), metric="return")
    expected = free.returns.copy()
    expected[0] = 1.001 * 0.99 - 1.0
    expected[10] = 1.041 * 0.99 - 1.0
    np.testing.assert_allclose(charged.returns, expected, atol=1e-15)
    assert charged.equity[-1] == pytest.approx(free.equity[-1] * 0.99**2)
    assert charged.chosen.tolist() == free.chosen.tolist()
    assert anchored.change_cost == 0.01
    with pytest.raises(ConfigError, match=r"`change_cost` should be a fraction of at least 0 and below 1, got 1.0"):
        both_ways(by_hand(), Walk(10, 10, change_cost=1.0))


FLAT, UP = [0.0] * 10, [0.01] * 10
LATE, DOWN = [0.0] * 4 + [0.01] * 6, [-0.01] * 10


@pytest.mark.parametrize(
    ("first", "second", "chosen", "charged"),
    [
        # The first is chosen by the tie, buys in session 14, has sold by 20; what the second holds is taken over in 30,
        (FLAT + LATE + FLAT + FLAT, FLAT + DOWN + UP + UP, [0, 0, 1], [14, 30]),
        # or it holds nothing by then, and buys in 34.
        (FLAT + LATE + FLAT + FLAT, FLAT + DOWN + UP + LATE, [0, 0, 1], [14, 34]),
        # What the first holds in session 29 is sold in 30, though the second stands still by then.
        (FLAT + LATE + DOWN + FLAT, FLAT + FLAT + UP + FLAT, [0, 0, 1], [14, 30]),
        # Neither holds anything in the first two windows: nothing is due until there is a purchase.
        (FLAT + FLAT + FLAT + LATE, DOWN + FLAT + FLAT + FLAT, [0, 0, 0], [34]),
        (FLAT + FLAT + FLAT + FLAT, DOWN + FLAT + FLAT + FLAT, [0, 0, 0], []),
    ],
)
def test_a_change_costs_where_positions_move(first, second, chosen, charged):
    values = np.array([first, second]).T
    spans = windows(40, 10, 10)
    free, made = (walk_forward(values, spans, metric="return", change_cost=cost) for cost in (0.0, 0.01))
    assert made.chosen.tolist() == chosen
    assert made.sessions[made.returns != free.returns].tolist() == charged
    paid = made.returns != free.returns
    np.testing.assert_allclose(made.returns[paid], (1.0 + free.returns[paid]) * 0.99 - 1.0, atol=1e-15)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1000), st.integers(20, 40), st.integers(5, 20), st.booleans(), st.integers(0, 3), st.integers(0, 4)
)
def test_nothing_of_the_future_is_seen_either_way(seed, train, test, anchored, purge, embargo):
    values = noise(seed, 120, 4)
    walk = Walk(train, test, anchored, purge, embargo, change_cost=0.001)
    before = both_ways(values, walk)
    cut = int(np.random.default_rng(seed).integers(1, 120))
    later = values.copy()
    later[cut:] = noise(seed + 1, 120 - cut, 4) + 0.02
    for old, new in zip(before, both_ways(later, walk), strict=True):
        decided = [window.train_stop <= cut for window in old.windows]
        assert new.chosen[decided].tolist() == old.chosen[decided].tolist()
        held = old.sessions < cut
        assert new.returns[held].tolist() == old.returns[held].tolist()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"train": 50, "test": 0}, r"`test` be at least 1.*test 0"),
        ({"train": 5, "test": 5, "purge": 4}, r"leave at least 2 sessions.*purge 4"),
        ({"train": 50, "test": 5, "embargo": -1}, r"not negative; got .*embargo -1"),
        ({"train": 95, "test": 5, "embargo": 5}, r"`train` 95 and `embargo` 5 leave none of 100 sessions to test on"),
    ],
)
def test_windows_that_do_not_fit_are_refused(given, text):
    with pytest.raises(ConfigError, match=text):
        windows(100, **given)


def test_walking_needs_a_window():
    with pytest.raises(ConfigError, match=r"`spans` should hold at least one window"):
        walk_forward(noise(1, 50, 2), ())


def test_regimes_by_hand():
    values = noise(5, 120, 2) + 0.001
    regime = np.repeat([4, 2, 6], [50, 69, 1])
    found = by_regime(values, regime, periods_per_year=YEAR)
    assert found.regime.tolist() == [2, 4, 6]
    assert found.sessions.tolist() == [69, 50, 1]
    parts = [values[50:119], values[:50], values[119:]]
    for row, part in enumerate(parts):
        np.testing.assert_allclose(found.total_return[row], np.prod(1 + part, axis=0) - 1)
        expected = [statistics.sharpe(one, YEAR) for one in part.T]
        np.testing.assert_allclose(found.sharpe[row], expected)
    assert np.isnan(found.sharpe[2]).all()
    np.testing.assert_allclose(np.prod(1 + found.total_return, axis=0), np.prod(1 + values, axis=0))
    assert np.isnan(by_regime(np.zeros((120, 1)), regime).sharpe).all()


def test_regimes_are_one_per_session():
    with pytest.raises(DataError, match=r"`regime` should have one number per session, shape \(50,\), got \(49,\)"):
        by_regime(noise(1, 50, 1), np.zeros(49))
