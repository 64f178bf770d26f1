"""The verdict on a run, beside figures that scipy gives and ones by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from liangrong.core.archive.run_list import KeptRun
from liangrong.core.server.verdict import of_rules, of_run, of_runs, studies_known
from scipy import stats

YEAR = math.sqrt(243.0)


def kept(label, key, sharpe, digest="d"):
    head = {"metrics": {"sharpe": sharpe}, "data": {"digest": digest}}
    return KeptRun(label, Path(label), head, {"key": key, "made": "2026-01-01T00:00:00Z"})


def head(sharpe):
    return {"metrics": {"sharpe": sharpe, "rules": []}, "data": {"digest": "d"}, "notes": ()}


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def returns(count=400):
    return np.random.default_rng(7).normal(0.0008, 0.012, count)


def test_a_run_among_others_is_deflated_by_their_number_and_spread():
    own = returns()
    sharpe = own.mean() / own.std(ddof=1)
    others = [kept(f"o/{n}", f"k{n}", value) for n, value in enumerate((2.4, -1.6, 0.9))]
    elsewhere = [kept("x/1", "kx", 9.0, "another"), kept("o/again", "k0", 2.4), kept("o/still", "k9", None)]
    luck = of_run(head(sharpe * YEAR), "own", own, [*others, *elsewhere])["luck"]
    assert luck["trials"] == 5, "other data and what was run twice do not count, what stood still does"
    spread = np.var([2.4 / YEAR, -1.6 / YEAR, 0.9 / YEAR, sharpe], ddof=1)
    assert spread > 1.0 / 399
    normal = stats.norm.ppf
    best = (1 - np.euler_gamma) * normal(1 - 1 / 5) + np.euler_gamma * normal(1 - 1 / (5 * math.e))
    shape = 1 - stats.skew(own) * sharpe + (stats.kurtosis(own, fisher=False) - 1) / 4 * sharpe**2
    expected = stats.norm.cdf((sharpe - math.sqrt(spread) * best) * math.sqrt(399 / shape))
    assert luck["deflated_sharpe"] == pytest.approx(expected, rel=1e-9)
    assert luck["probability_above_0"] == pytest.approx(stats.norm.cdf(sharpe * math.sqrt(399 / shape)), rel=1e-9)
    assert luck["words"].startswith(f"not told from the luck of the best of them (probability {expected:.2f})")


def test_trials_that_resemble_each_other_spread_as_far_as_chance_alone():
    own = returns() + 0.001
    sharpe = own.mean() / own.std(ddof=1)
    alike = [kept(f"o/{n}", f"k{n}", sharpe * YEAR) for n in range(50)]
    luck = of_run(head(sharpe * YEAR), "own", own, alike)["luck"]
    assert luck["deflated_sharpe"] < luck["probability_above_0"] - 0.3


def test_what_is_far_above_luck_is_said_to_be():
    own = returns() + 0.004
    sharpe = own.mean() / own.std(ddof=1)
    luck = of_run(head(sharpe * YEAR), "own", own, [kept("o/1", "k1", sharpe * YEAR)])["luck"]
    assert luck["words"].startswith("more than the luck of the best of them")


def test_an_account_that_stood_still_is_not_judged():
    luck = of_run(head(None), "own", np.zeros(50), [])["luck"]
    assert (luck["judged"], luck["words"][:40]) == (False, "not judged: the account did not move. 1 ")


def test_the_best_of_a_list_stands_beside_the_best_by_luck():
    verdict = of_runs([kept(f"o/{n}", f"k{n}", value) for n, value in enumerate((1.0, 2.0, 3.0))])
    (found,) = verdict["luck"]["by_data"]
    by_luck = (1 - np.euler_gamma) * stats.norm.ppf(2 / 3) + np.euler_gamma * stats.norm.ppf(1 - 1 / (3 * math.e))
    assert found == {
        "data": "d",
        "trials": 3,
        "best_sharpe": pytest.approx(3.0),
        "best_by_luck": pytest.approx(by_luck),
    }
    assert verdict["lookahead"]["words"].startswith("0 of 3 configurations")
    assert of_runs([])["lookahead"]["checked"] is False


def test_rules_of_secondary_sources_are_named():
    rules = [
        {"name": "a", "grade": "A", "source": "SSE"},
        {"name": "b", "grade": "C", "source": "a page"},
        {"name": "c", "grade": "B", "source": "from memory"},
    ]
    assert of_rules(rules) == {"grades": {"A": 1, "B": 1, "C": 1}, "secondary": ["b", "c"]}


def test_studies_are_counted_by_their_folders(tmp_path):
    assert studies_known(tmp_path / "studies", "one") == 1
    for name in ("one", "two"):
        (tmp_path / "studies" / name).mkdir(parents=True)
        (tmp_path / "studies" / name / "summary.json").write_text("{}", encoding="utf-8")
    assert studies_known(tmp_path / "studies", "two") == 2
    assert studies_known(tmp_path / "studies", "three") == 3
