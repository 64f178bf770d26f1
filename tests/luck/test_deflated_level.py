"""The level of the deflated Sharpe ratio, simulated: how often the best of many trials without skill passes."""

import numpy as np
import pytest
from honesty import stated
from liangrong.core.inference.sharpe import moments
from liangrong.core.luck.deflated import deflated_sharpe

DRAWS, SESSIONS, TRIALS = 300, 500, 100


def alike(random, count, rho, sessions=SESSIONS):
    """Return trials without skill, each pair of them correlated by `rho`."""
    shared = random.standard_normal((sessions, 1))
    return 0.01 * (np.sqrt(rho) * shared + np.sqrt(1.0 - rho) * random.standard_normal((sessions, count)))


def remembering(values, memory=0.15):
    """Return the same with a first autocorrelation of `memory`."""
    out = values.copy()
    for t in range(1, len(out)):
        out[t] = memory * out[t - 1] + np.sqrt(1.0 - memory**2) * values[t]
    return out


def deflated(values, number=None):
    found = moments(np.maximum(values, -1.0))
    number = values.shape[1] if number is None else number
    return deflated_sharpe(found.sharpe, len(values), number, found.sharpe.var(ddof=1), found.skewness, found.kurtosis)


def passed(make, draws=DRAWS, number=None, key=None):
    """Return how often the best of the trials that `make` draws lies above 0.95; `key`: its row in honesty.csv."""
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(draws):
        values = make(random)
        hits += deflated(values, None if number is None else number(values)).max() > 0.95
    if key is not None:
        stated(key, hits, draws)
    return hits / draws


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.8])
def test_the_best_of_a_hundred_without_skill_seldom_passes(rho):
    assert passed(lambda random: alike(random, TRIALS, rho), key=f"best_of_100_{rho}") <= 0.05


@pytest.mark.parametrize("count", [2, 5])
def test_the_best_of_a_few_passes_about_as_often_as_it_should(count):
    # What is left of the luck of a single trial where nearly everything is shared: 5 %, and the error of 1,000 draws.
    assert passed(lambda random: alike(random, count, 0.8), draws=1000) <= 0.065


def test_a_number_that_the_correlation_lowers_counts_it_twice():
    def lowered(values):
        rho = np.corrcoef(values.T)[np.triu_indices(values.shape[1], 1)].mean()
        return max(1.0, rho + (1.0 - rho) * values.shape[1])

    assert passed(lambda random: alike(random, 5, 0.8), draws=1000, number=lowered) > 0.065


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda random: np.hstack([alike(random, 10, 0.9) for _ in range(10)]),
        lambda random: np.hstack([alike(random, 99, 0.95), alike(random, 1, 0.0)]),
        lambda random: np.hstack([alike(random, 80, 0.9), *(alike(random, 5, 0.9) for _ in range(4))]),
        lambda random: remembering(alike(random, TRIALS, 0.8)),
        lambda random: alike(random, TRIALS, 0.8) / np.sqrt(random.chisquare(4, (SESSIONS, 1)) / 4.0),
    ],
    ids=["ten clusters", "one beside many", "clusters of two sizes", "autocorrelated", "fat tails"],
)
def test_neither_clusters_nor_memory_nor_fat_tails_raise_the_level_much(make, request):
    key = f"best_of_100_{request.node.callspec.id}".replace(" ", "_")
    assert passed(make, draws=1000, key=key) <= 0.065


def test_skill_is_found_given_the_sessions_that_it_takes():
    random = np.random.default_rng(6)
    found = []
    for _ in range(40):
        values = alike(random, TRIALS, 0.5, sessions=1500)
        values[:, 0] += 0.01 * 2.0 / np.sqrt(244)
        found.append(deflated(values)[0] > 0.95)
    assert np.mean(found) > 0.7
    stated("deflated_skill", sum(found), len(found))
