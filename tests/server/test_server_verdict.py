"""The verdict on a run, beside figures that scipy gives and ones by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from liangrong.core.archive.run_list import KeptRun
from liangrong.core.archive.verdict import of_rules, of_run, of_runs
from liangrong.core.compare.tried import Tried, tried_in
from liangrong.core.server.verdict import studies_known
from scipy import stats

YEAR = math.sqrt(243.0)


def kept(label, key, sharpe, digest="d"):
    head = {"metrics": {"sharpe": sharpe}, "data": {"digest": digest}}
    return KeptRun(label, Path(label), head, {"key": key, "made": "2026-01-01T00:00:00Z"})


def own_run(sharpe):
    head = {"metrics": {"sharpe": sharpe, "rules": []}, "data": {"digest": "d"}, "notes": ()}
    return KeptRun("own", Path("own"), head, {"key": "own"})


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
    luck = of_run(own_run(sharpe * YEAR), own, [*others, *elsewhere])["luck"]
    assert luck["trials"] == 5, "other data and what was run twice do not count, what stood still does"
    spread = np.var([2.4 / YEAR, -1.6 / YEAR, 0.9 / YEAR, sharpe], ddof=1)
    assert spread > 1.0 / 399
    normal = stats.norm.ppf
    best = (1 - np.euler_gamma) * normal(1 - 1 / 5) + np.euler_gamma * normal(1 - 1 / (5 * math.e))
    shape = 1 - stats.skew(own) * sharpe + (stats.kurtosis(own, fisher=False) - 1) / 4 * sharpe**2
    expected = stats.norm.cdf((sharpe - math.sqrt(spread) * best) * math.sqrt(399 / shape))
    assert luck["deflated_sharpe"] == pytest.approx(expected, rel=1e-9)
    assert luck["probability_above_0"] == pytest.approx(stats.norm.cdf(sharpe * math.sqrt(399 / shape)), rel=1e-9)
    above = f"the probability that it is above what the best of 5 reaches by luck is {expected:.2f}"
    assert luck["words"].startswith(f"may be luck: {above}, and 0.95 is needed. No control was run beside it")


def test_trials_of_comparisons_on_the_same_data_count_once_each():
    own = returns()
    runs = [kept("o/1", "k1", 0.5), kept("o/2", "k2", 0.7)]
    first = Tried("cmp", {"digest": "d"}, {"own": 1.0, "k1": 0.5, "a": 0.1, "b": math.nan})
    again = Tried("again", {"digest": "d"}, {"a": 0.1, "own": 1.0})
    more = Tried("big", {"digest": "d"}, {"a": 0.1, "c": 2.0})
    elsewhere = Tried("x", {"digest": "e"}, {"z": 9.0})
    luck = of_run(own_run(1.0), own, runs, [first, again, more, elsewhere])["luck"]
    assert luck["known"] == {"runs": 3, "trials": 3, "comparisons": ["cmp", "big"]}
    told = (
        "6 configurations are known to have been tried on these data: 3 runs, and 3 trials of the comparisons cmp, big."
    )
    assert (luck["trials"], told in luck["words"]) == (6, True)
    alone = of_run(own_run(1.0), own, runs)["luck"]
    assert luck["deflated_sharpe"] < alone["deflated_sharpe"]
    (by_data,) = of_runs(runs, [more])["luck"]["by_data"]
    assert (by_data["trials"], by_data["best_sharpe"]) == (4, pytest.approx(2.0))


def written(folder, luck, stated=None):
    folder.mkdir(parents=True)
    (folder / "luck.json").write_text(json.dumps(luck), encoding="utf-8")
    if stated is not None:
        (folder / "compare.yaml").write_text(yaml.safe_dump(stated), encoding="utf-8")


def test_what_older_comparisons_tried_is_known_by_what_they_state_of_the_data(tmp_path):
    both = {"names": ["a", "b"], "sharpe": [1.0, None]}
    place = tmp_path / "comparisons"
    data = {"source": "dataset", "path": "data/tw"}
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({"data": data}), encoding="utf-8")
    written(place / "own", both, {"run": {"data": data}})
    written(place / "based", both, {"base": "base.yaml", "run": {"data": {"path": "data/other"}}})
    written(place / "base", both, {"base": "base.yaml", "run": {}})
    written(place / "optional", both, {"run": {"data": {**data, "options": {"start": 1}}}})
    written(place / "outside", both, {"base": "/etc/passwd", "run": {}})
    written(place / "later", {**both, "tried": {"version": 2, "data": {}, "keys": ["k", "l"]}})
    written(place / "half", {**both, "tried": {"version": 1, "data": {}, "keys": ["k"]}})
    written(place / "strange", [1])
    run = kept("o/1", "k1", 0.5)
    run.head["data"] |= data
    config = tmp_path / "o" / "1"
    config.mkdir(parents=True)
    (config / "config.yaml").write_text(yaml.safe_dump({"data": {**data, "options": {}}}), encoding="utf-8")
    known = of_run(run, returns(), [run], tried_in())["luck"]["known"]
    assert known == {"runs": 1, "trials": 4, "comparisons": ["base", "own"]}


def test_trials_that_resemble_each_other_spread_as_far_as_chance_alone():
    own = returns() + 0.001
    sharpe = own.mean() / own.std(ddof=1)
    alike = [kept(f"o/{n}", f"k{n}", sharpe * YEAR) for n in range(50)]
    luck = of_run(own_run(sharpe * YEAR), own, alike)["luck"]
    assert luck["deflated_sharpe"] < luck["probability_above_0"] - 0.3


def test_what_is_far_above_luck_is_said_to_be():
    own = returns() + 0.004
    sharpe = own.mean() / own.std(ddof=1)
    luck = of_run(own_run(sharpe * YEAR), own, [kept("o/1", "k1", sharpe * YEAR)])["luck"]
    assert luck["words"].startswith("more than luck: the probability that it is above what the best of 2 reaches")


def test_a_run_of_few_sessions_is_not_judged():
    few, enough = (of_run(own_run(0.1), returns()[:n] + 0.001, [kept("o/1", "k1", 0.2)])["luck"] for n in (19, 20))
    assert (few["judged"], enough["judged"]) == (False, True)
    assert few["words"].startswith("not judged: the run has 19 of the 20 sessions that this needs. ")


def test_an_account_that_stood_still_is_not_judged():
    luck = of_run(own_run(None), np.zeros(50), [])["luck"]
    assert (luck["judged"], luck["words"][:40]) == (False, "not judged: the account did not move. 1 ")


def test_the_best_of_a_list_stands_beside_the_best_by_luck():
    verdict = of_runs([kept(f"o/{n}", f"k{n}", value) for n, value in enumerate((1.0, 2.0, 3.0))])
    (found,) = verdict["luck"]["by_data"]
    by_luck = (1 - np.euler_gamma) * stats.norm.ppf(2 / 3) + np.euler_gamma * stats.norm.ppf(1 - 1 / (3 * math.e))
    assert found == {
        "data": "d",
        "trials": 3,
        "known": {"runs": 3, "trials": 0, "comparisons": []},
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
    for name, table in (("behaviour", "responses.csv"), ("events_days", "spans.csv")):
        (tmp_path / "studies" / name).mkdir()
        (tmp_path / "studies" / name / "summary.json").write_text("{}", encoding="utf-8")
        (tmp_path / "studies" / name / table).write_text("", encoding="utf-8")
    assert studies_known(tmp_path / "studies", "three") == 3, "studies of no rule are no trial of one"
