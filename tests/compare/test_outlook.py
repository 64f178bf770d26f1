"""What `liangrong check` says of a comparison."""

from types import SimpleNamespace
from typing import Any

import liangrong as lr
import numpy as np
import pytest
from compare.small import written
from liangrong.core.account.session import simulate
from liangrong.core.compare import jobs as jobs_module
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison, run_trial
from liangrong.core.compare.jobs import Job
from liangrong.core.compare.measure import Measured
from liangrong.core.compare.outlook import Pace, check_comparison, estimate, paces
from liangrong.core.errors import ConfigError
from numba.core import event
from run.configured import configured


def told(path, **given):
    return check_comparison(path, **given).text(200)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outlook")
    return folder, written(folder, stress=True)


def test_runs_what_varies_and_the_time_before_and_after_some_are_kept(plain):
    folder, path = plain
    out = folder / "out"
    before = told(path, out=out)
    assert "4 trials and 4 controls, each as it is and under 5 stresses: 48 runs." in before
    assert "Varies: strategy.rule: balance_trend\n" in before
    assert "Varies: strategy.rule.parameters.window: 5, 8, 12, 16\n" in before
    assert f"Kept in {out}: 0 of them; 48 are left." in before.replace("\n", " ").replace("  ", " ")
    assert "The control price_momentum is left out" in before
    assert "timed run" in before
    assert "repetitions: 100" in before  # the resolved configuration
    assert "stamp_duty_sell" in before  # and the dated rules
    assert not out.exists()

    few = prepare_comparison(path, ["stress=false"])
    assert carry_out_all(few, out)[1] == 8
    after = told(path, out=out)
    assert "8 of them; 40 are left." in after
    assert "from 8 kept runs" in after
    carry_out_all(prepare_comparison(path), out)
    done = told(path, out=out)
    assert "48 of them; 0 are left." in done
    assert "About" not in done


def test_kept_runs_tell_the_time_of_their_engine(plain):
    prepared = prepare_comparison(plain[1])
    jobs = {job.key: job for of in prepared.jobs().values() for job in of.values()}
    keys = list(jobs)
    known = {keys[0]: 1.0, keys[1]: 3.0, keys[2]: None, "another's": 99.0}
    assert paces(prepared.ground, jobs, known) == [Pace("compiled", len(jobs) - 3, 2.0, "2 kept runs")]
    assert paces(prepared.ground, jobs, dict.fromkeys(keys, 1.0)) == []


@pytest.mark.parametrize(
    ("found", "workers", "words"),
    [
        ([Pace("compiled", 60, 0.5, "5 timed runs")], 1, "About 30 s on 1 worker, "),
        ([Pace("compiled", 60, 0.5, "5 timed runs")], 3, "About 10 s on 3 workers, "),
        ([Pace("compiled", 1, 20.0, "1 timed run")], 8, "About 20 s on 8 workers, "),  # one run is not divided
        (
            [Pace("compiled", 600, 1.0, "2 kept runs"), Pace("backtrader", 10, 60.0, "1 timed run")],
            2,
            "About 10 min on",
        ),
        ([Pace("compiled", 9000, 2.0, "2 kept runs")], 1, "About 5.0 h on 1 worker, "),
        ([Pace("compiled", 3, 0.01, "2 kept runs")], 1, "About 1 s on 1 worker, "),
    ],
)
def test_the_time_in_words_by_hand(found, workers, words):
    said = estimate(found, workers)
    assert words in said
    assert found[0].basis in said


def test_what_is_compiled_during_a_run_is_no_part_of_its_time(monkeypatch):
    """A cold cache: the first run takes 240 s, 230 of them compiling (20 inside 230), the others 2 s each."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(jobs_module.time, "perf_counter", lambda: clock.now)
    runs = []

    def compiling(seconds, inner=lambda: None):
        with event.trigger_event("numba:compile", data={"dispatcher": simulate}):
            clock.now += seconds
            inner()

    def measured(_scenario):
        if not runs:
            compiling(210.0, lambda: compiling(20.0))
            clock.now += 8.0
        clock.now += 2.0
        runs.append(1)
        return Measured({}, np.empty(0))

    monkeypatch.setattr(jobs_module, "measure", measured)
    ground: Any = SimpleNamespace(scenario=lambda *_: None)
    config = configured({"execution.engine": "compiled"}, strategy={"name": "buy_and_hold"})
    jobs = {key: Job(key, "1", config, 0) for key in "abcdefgh"}
    assert paces(ground, jobs, {}) == [Pace("compiled", 8, 2.0, "1 timed run", 230.0)]
    runs.clear()
    assert jobs_module.carry_out(ground, jobs["a"])[1].seconds == pytest.approx(10.0)  # as it is kept in a store
    runs.clear()
    assert paces(ground, {"a": jobs["a"]}, {}) == [Pace("compiled", 1, 2.0, "1 timed run", 230.0)]
    runs.append(1)
    assert paces(ground, jobs, {}) == [Pace("compiled", 8, 2.0, "2 timed runs", 0.0)]


def test_the_seconds_of_a_run_have_no_exponent_and_compiling_is_told_apart():
    said = estimate([Pace("compiled", 52, 231.0, "1 timed run", 200.0), Pace("backtrader", 1, 1e-6, "2 kept runs")], 1)
    assert said == (
        "About 3.3 h on 1 worker, besides loading, judging and the pages (compiled: 4 min a run, from 1 timed run; "
        "backtrader: 0.001 s a run, from 2 kept runs). Compiling took 3 min just now, once."
    )
    assert "ompiling" not in estimate([Pace("compiled", 52, 0.25, "1 timed run", 0.3)], 1)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"run.data.options.sessions": 19}, "the window holds 19 sessions, a comparison needs 20"),
        ({"walk_forward": {"train": 90, "test": 5}}, "leave none of 90 sessions to test on"),
    ],
)
def test_what_a_verdict_lacks_is_told_by_the_check_and_refused_before_anything_is_run(keys, words, tmp_path):
    path, out = written(tmp_path, stress=False, controls=["buy_and_hold"]), tmp_path / "out"
    checked = check_comparison(path, keys, out=out)
    text = checked.text(200)
    assert checked.runs[-1].startswith("It cannot be judged: ")
    assert words in checked.runs[-1]
    assert checked.power is None
    assert "4 trials and 1 controls" in text
    assert "stamp_duty_sell" in text
    with pytest.raises(ConfigError, match=words):
        prepare_comparison(path, keys)
    with pytest.raises(ConfigError, match=words):
        lr.compare(path, keys, out=out)
    assert not out.exists()
    run_trial(prepare_comparison(path, keys, is_judged=False), 1)  # one trial by itself needs no verdict
    enough = prepare_comparison(path, {"run.data.options.sessions": 20})
    concluded(enough, carry_out_all(enough, out)[0])
