"""Stress on the best trials only: who they are, that they have what they would have had, and that it is said."""

import numpy as np
import pandas as pd
import pytest
from compare.small import written
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.leaderboard import best_trials
from liangrong.core.compare.measure import Measured
from liangrong.core.compare.outlook import check_comparison
from liangrong.core.compare.page import render_leaderboard
from liangrong.core.csv_text import csv_of
from liangrong.core.errors import ConfigError

NAMES = ["plain", "financing", "borrow_fee", "slippage", "short_supply", "delay"]


def compared(folder, **keys):
    prepared = prepare_comparison(written(folder, **keys))
    seen = []
    runs, now = carry_out_all(prepared, folder / "out", progress=lambda done, total: seen.append((done, total)))
    return prepared, runs, now, concluded(prepared, runs), seen


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("best", "all")]
    return compared(folders[0], stress={"best": 2}), compared(folders[1])


def test_the_best_and_the_controls_are_run_and_nobody_else(both):
    (prepared, runs, now, ours, seen), (_, everybody, total, _, _) = both
    assert (now, total) == (8 + 6 * 5, 8 * 6)
    assert seen[-1] == (38, 38)
    own = [trial for trial in prepared.plan.trials if not trial.is_control]
    ranked = sorted(own, key=lambda trial: -(everybody[trial.number]["plain"].figures["sharpe"] or 0.0))
    stressed = {trial.number for trial in ranked[:2]} | {t.number for t in prepared.plan.trials if t.is_control}
    assert {number for number, of in runs.items() if list(of) == NAMES} == stressed
    assert all(list(of) == ["plain"] for number, of in runs.items() if number not in stressed)
    for number, of in runs.items():
        for name, measured in of.items():
            assert measured.figures == everybody[number][name].figures
    assert set(ours.stress["trial"]) == stressed


def test_their_verdicts_are_those_of_the_whole(both):
    ours, theirs = (of[3].stress.set_index("trial") for of in both)
    pd.testing.assert_series_equal(ours["keeps_beating"], theirs.loc[ours.index, "keeps_beating"])
    assert sorted(ours["rank_delay"]) == [1, 2, 3, 4, 5, 6]


def test_it_is_said_in_the_leaderboard_the_notes_and_the_page(both):
    (_, _, _, ours, _), (_, _, _, theirs, _) = both
    told = dict(zip(ours.board["trial"], ours.board["stressed"], strict=True))
    assert told == {n: "yes" if n in set(ours.stress["trial"]) else "no" for n in told}
    assert ",stressed," in csv_of(ours.board).splitlines()[0]
    assert "Run under stress: the best 2 of 4 trials by Sharpe ratio, and every control." in ours.notes
    page = render_leaderboard(ours)
    assert "of 2 trials have a higher Sharpe ratio than every control" in page
    assert "The other 2 trials were not run under stress." in page
    assert "stressed" not in theirs.board
    assert not any("Run under stress" in note for note in theirs.notes)


def test_again_nothing_is_left_to_run(both, tmp_path):
    prepared = both[0][0]
    out = tmp_path / "out"
    first, _ = carry_out_all(prepared, out)
    again, now = carry_out_all(prepared, out)
    assert now == 0
    assert {n: sorted(of) for n, of in again.items()} == {n: sorted(of) for n, of in first.items()}


def test_more_than_there_are_is_all_of_them(tmp_path):
    prepared, _, now, ours, _ = compared(tmp_path, stress={"best": 50})
    assert prepared.later == 4 * 5
    assert now == 48
    assert set(ours.board["stressed"]) == {"yes"}


def test_check_says_how_many_runs_at_most(tmp_path):
    told = "\n".join(check_comparison(written(tmp_path, stress={"best": 3}), out=tmp_path / "o").runs)
    assert (
        "4 trials and 4 controls, each as it is, the best 3 and every control under 5 stresses: at most 43 runs."
        in told
    )


def test_equal_trials_are_taken_in_the_order_of_the_configuration(both):
    trials = both[0][0].plan.trials
    runs = {trial.number: {"plain": Measured({"sharpe": 0.0}, np.empty(0))} for trial in trials}
    assert best_trials(trials, runs, 2) == [1, 2]
    runs[4] = {"plain": Measured({"sharpe": 0.1}, np.empty(0))}
    runs[trials[-1].number] = {"plain": Measured({"sharpe": 9.0}, np.empty(0))}  # a control
    assert best_trials(trials, runs, 2) == [1, 4]


@pytest.mark.parametrize("given", [{"best": 0}, {"worst": 3}, "some", {}])
def test_what_is_no_stress_is_refused(tmp_path, given):
    with pytest.raises(ConfigError, match="stress"):
        prepare_comparison(written(tmp_path, stress=given))
