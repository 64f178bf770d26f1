"""What decisions earned session by session is what they earned; and its t rejects noise as often as it says."""

import numpy as np
import pytest
from honesty import stated
from liangrong.core.panel.panel import Panel
from liangrong.core.study.by_session import rank_correlation, rank_weights, slope_weights, slopes, standard_ranks
from liangrong.core.study.by_state import states_table
from liangrong.core.study.decisions import shares, trailing
from liangrong.core.study.design import Design, Question
from liangrong.core.study.figure_tables import decay_table, groups_table, quantile_means, quantiles_table
from liangrong.core.study.measured import HELD_EXPECTED, HELD_NUMBER, HELD_SUM, spread
from liangrong.core.study.passes import measure
from study.markets import SYMBOLS, market, question


def quiet(panel):
    """Return the panel with moves so small that returns add up instead of compounding."""
    return panel.with_fields({name: (panel[name] / 10.0) ** 1e-6 for name in ("open", "close")})


@pytest.fixture(scope="module")
def whole():
    """Return a study without suspensions whose returns add up."""
    panel = quiet(market(holes=0.0, sessions=120))
    other = np.random.default_rng(3).normal(size=panel.shape)
    plan = Design(horizons=(1, 5, 20), least=5)
    asked = question(panel, controls={"other": other})
    return measure(asked, plan), plan, asked


@pytest.mark.parametrize("h", [0, 1, 2])
def test_quantiles_add_up(whole, h):
    measures, _, _ = whole
    means = quantile_means(measures, h)
    np.testing.assert_allclose(measures.held[h].sum(axis=0), np.nansum(means, axis=0), rtol=1e-4)
    every = measures.sums[h].sum(axis=1) / np.maximum(measures.counts[h].sum(axis=1), 1)
    np.testing.assert_allclose(
        measures.excess_held[h].sum(axis=0), np.nansum(means - every[:, None], axis=0), rtol=1e-4, atol=1e-9
    )


def test_slopes_groups_regimes_and_states_add_up(whole):
    measures, plan, _ = whole
    for d in range(len(plan.detail)):
        np.testing.assert_allclose(
            measures.slopes_held[d].sum(axis=1), np.nansum(measures.slopes[d], axis=1), rtol=1e-4
        )
        for values in measures.states.values():
            np.testing.assert_allclose(values[d, :, HELD_SUM].sum(axis=0), values[d, :, 1].sum(axis=0), rtol=1e-4)
            numbers = values[d, :, HELD_NUMBER].sum(axis=0) / plan.detail[d]
            np.testing.assert_allclose(numbers, values[d, :, 0].sum(axis=0))
            whole_sums, counts = values[d, :, 1].sum(axis=1), values[d, :, 0].sum(axis=1)
            means = whole_sums / np.maximum(counts, 1)
            np.testing.assert_allclose(
                values[d, :, HELD_EXPECTED].sum(axis=0), means @ values[d, :, 0], rtol=1e-4, atol=1e-10
            )
    for grouping, values in measures.groups.items():
        if grouping.kind == "board":  # industries change, and what changes is earned by another group's ranks
            np.testing.assert_allclose(values[:, 4].sum(axis=1), np.nansum(values[:, 1], axis=1), rtol=1e-4)
    focus = plan.horizons.index(plan.horizon)
    total = np.nansum(spread(measures.counts[focus], measures.sums[focus]))
    assert np.nansum(measures.regimes_held[:, 1]) == pytest.approx(total, rel=1e-4)


def test_correlations_are_sorted_by_session(whole):
    measures, plan, asked = whole
    unit = standard_ranks(asked.traded["open"][2:] / asked.traded["open"][1:-1] - 1.0, 2)
    ranks = standard_ranks(asked.score, plan.least) / (~np.isnan(asked.score)).sum(axis=1, keepdims=True)
    for h, horizon in enumerate(plan.horizons):
        known = np.flatnonzero(~np.isnan(measures.ic[h]))
        for t in (0, 3, 40, 117):
            held = sum(ranks[s] for s in known if t - horizon < s <= t)
            expected = float(np.sum(held * unit[t])) / np.sqrt(horizon)
            assert measures.ic_held[h, t] == pytest.approx(expected, abs=1e-12)
    assert np.corrcoef(measures.ic_held[0, :118], measures.ic[0, :118])[0, 1] > 0.99  # ranks among scored and all
    assert (measures.ic_held[:, 118:] == 0.0).all()  # no price follows


def test_groups_rank_returns_among_themselves(whole):
    measures, plan, asked = whole
    boards = next(group for group in measures.groups if group.kind == "board")
    inside = np.array([symbol.startswith("60") for symbol in SYMBOLS])
    returns = asked.traded["open"][2:] / asked.traded["open"][1:-1] - 1.0
    unit, own = standard_ranks(returns[:, inside], 2), asked.score[:, inside]
    ranks = standard_ranks(own, plan.least) / (~np.isnan(own)).sum(axis=1, keepdims=True)
    t, horizon = 60, plan.horizon
    expected = float(np.sum(ranks[t - horizon + 1 : t + 1].sum(axis=0) * unit[t])) / np.sqrt(horizon)
    assert measures.groups[boards][0, 3, t] == pytest.approx(expected, abs=1e-12)


def test_standard_ranks_multiply_to_rank_correlations():
    random = np.random.default_rng(1)
    first, second = random.normal(size=(6, 20)), random.normal(size=(6, 20))
    products = (standard_ranks(first, 3) * standard_ranks(second, 3)).mean(axis=1)
    np.testing.assert_allclose(products, rank_correlation(first, second, 3)[0])
    np.testing.assert_allclose((rank_weights(first, 3) * standard_ranks(second, 3)).sum(axis=1), products)
    first[0, 2:], first[1] = np.nan, 7.0
    assert (standard_ranks(first, 3)[:2] == 0.0).all()
    assert np.isfinite(standard_ranks(first, 3)).all()


def test_slopes_are_their_weights_times_returns():
    random = np.random.default_rng(2)
    score, other, returns = (random.normal(size=(5, 30)) for _ in range(3))
    score[0, 4], other[1, 5] = np.nan, np.nan
    for weights, found in zip(slope_weights(score, [other], 5), slopes(returns, score, [other], 5), strict=True):
        np.testing.assert_allclose((weights * returns).sum(axis=1), found)
        assert weights[0, 4] == weights[1, 5] == 0.0


def test_shares_and_trailing_sums_by_hand():
    np.testing.assert_allclose(shares(np.array([[0, 0, 1, -1]], dtype=np.int16), 2), [[0.5, 0.5, 1.0, 0.0]])
    assert trailing(np.array([[1.0], [2.0], [4.0], [8.0]]), 2)[:, 0].tolist() == [1.0, 3.0, 6.0, 12.0]
    assert trailing(np.array([[1.0], [2.0]]), 5)[:, 0].tolist() == [1.0, 3.0]


def persistent(random, shape, memory):
    values = random.normal(size=shape)
    for t in range(1, len(values)):
        values[t] = memory * values[t - 1] + np.sqrt(1 - memory**2) * values[t]
    return values


def noise(random, sessions, memory, *, securities=50, factor=False, clusters=False, planted=0.0):
    """Return a question whose score persists and knows `planted` (a correlation) of the next session's returns."""
    shape = (sessions, securities)
    score, returns = persistent(random, shape, memory), random.normal(size=shape)
    if factor:
        returns += 0.5 * random.normal(size=(sessions, 3)) @ (1.0 + random.normal(size=(securities, 3))).T
    if clusters:
        returns *= np.exp(0.8 * persistent(random, (sessions, 1), 0.97))
    own = score - score.mean(axis=1, keepdims=True)
    returns[1:] += planted * (own / own.std(axis=1, keepdims=True))[:-1]
    close = 10.0 * np.cumprod(1.0 + 0.003 * np.clip(returns, -50.0, 50.0), axis=0)
    days = np.busday_offset("2016-01-04", np.arange(sessions), roll="forward")
    balance = np.exp(0.01 * random.normal(size=shape).cumsum(axis=0))
    symbols = tuple(f"{600000 + j}.SH" for j in range(securities))
    panel = Panel(sessions=days, symbols=symbols, fields={"close": close, "financing_balance": balance})
    return Question(score=score, seen=panel, traded=panel, controls={"other": persistent(random, shape, 0.95)})


PLAN = Design(horizons=(1, 5, 20), entry="close", resamples=200)


def rejected(draws, sessions, memory, plan=PLAN, **market_):
    """Return the share of draws in which each t of a study lies beyond 1.96, and each interval beside 0."""
    random = np.random.default_rng(17)
    found = {}
    for _ in range(draws):
        measures = measure(noise(random, sessions, memory, **market_), plan, threads=1)
        for row in decay_table(measures, plan).to_dict("records"):
            for name in ("ic_t", "spread_t", "timing_t", "slope_t", "slope_alone_t"):
                found.setdefault((name, row["horizon"]), []).append(abs(row[name]) > 1.96)
        for row in quantiles_table(measures, plan).to_dict("records"):
            found.setdefault(("excess_t", row["horizon"]), []).append(abs(row["excess_t"]) > 1.96)
        for row in groups_table(measures, plan).to_dict("records"):
            for name in ("ic_t", "spread_t"):
                found.setdefault((f"{row['kind']} {name}", row["horizon"]), []).append(abs(row[name]) > 1.96)
        for row in states_table(measures, plan).to_dict("records"):
            for name in ("difference", "same_session"):
                low, high = row[f"{name}_low"], row[f"{name}_high"]
                found.setdefault((name, row["horizon"]), []).extend([] if np.isnan(low) else [low > 0 or high < 0])
    return {key: float(np.mean(values)) for key, values in found.items() if values}


def test_securities_without_a_score_change_nothing():
    panel = market(holes=0.0, sessions=120)
    asked = question(panel)
    asked.score[:, 20:] = np.nan
    few = Question(score=asked.score[:, :20], seen=panel.select(SYMBOLS[:20]), traded=panel.select(SYMBOLS[:20]))
    plan = Design(horizons=(1, 5), least=5)
    all_, alone = measure(asked, plan), measure(few, plan)
    np.testing.assert_allclose(all_.ic_held, alone.ic_held, atol=1e-12)
    np.testing.assert_allclose(all_.held, alone.held, atol=1e-12)


@pytest.mark.slow
def test_noise_with_a_persistent_score_is_seldom_taken_for_more():
    plan = Design(horizons=(1, 20), entry="close", resamples=1)
    found = rejected(60, 250, 0.97, plan, securities=30)
    for name in ("ic_t", "spread_t", "timing_t", "slope_t", "board ic_t", "board spread_t"):
        assert found[name, 20] <= 0.1, name  # 5 %, and two errors of 60 draws
    assert np.mean([share for (name, horizon), share in found.items() if name.endswith("t") and horizon == 20]) <= 0.08


@pytest.mark.slow
@pytest.mark.parametrize(
    ("memory", "kind"),
    [
        (0.9, {"factor": True, "clusters": True}),
        (0.97, {}),
        (0.97, {"factor": True}),
        (0.97, {"clusters": True}),
        (0.97, {"factor": True, "clusters": True}),
        (0.99, {"factor": True, "clusters": True}),
    ],
    ids=str,
)
def test_the_level_of_every_t_at_every_horizon(memory, kind):
    found = rejected(400, 500, memory, **kind)
    for horizon in (5, 20):
        for name in ("ic_t", "spread_t", "timing_t", "slope_t", "slope_alone_t", "excess_t"):
            assert found[name, horizon] <= 0.09, (name, horizon)  # 7 %, and two errors of 400 draws
        assert found["difference", horizon] <= 0.1
        assert found["same_session", horizon] <= 0.1
    assert np.mean([share for (name, horizon), share in found.items() if horizon > 1]) <= 0.07
    if memory == 0.97 and len(kind) == 2:
        names = ("ic_t", "spread_t", "timing_t", "slope_t")
        beyond = [round(400 * found[name, horizon]) for name in names for horizon in (5, 20)]
        stated("study_on_noise", sum(beyond), 400 * len(beyond))


@pytest.mark.slow
def test_a_planted_correlation_is_found_at_every_horizon():
    plan = Design(horizons=(1, 5, 20), entry="close", focus=5, resamples=1)
    random, found = np.random.default_rng(8), []
    for _ in range(8):
        measures = measure(noise(random, 800, 0.97, securities=150, planted=0.02), plan)
        found.append(decay_table(measures, plan)["ic_t"].to_numpy() > 1.96)
    assert np.mean(found, axis=0).min() >= 0.8
    stated("study_power", sum(one[1] for one in found), len(found))
