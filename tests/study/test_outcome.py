"""The tables, figures and verdict of whole studies."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from liangrong.core.inference.means import newey_west, overlapping
from liangrong.core.kernels.changes import change
from liangrong.core.panel.completion import complete
from liangrong.core.panel.publication import published
from liangrong.core.study.control_rules import usable
from liangrong.core.study.design import Design, Question
from liangrong.core.study.figure_tables import curves_table, decay_table, groups_table, quantile_means
from liangrong.core.study.outcome import TABLES, Subject, study
from liangrong.core.study.passes import measure
from liangrong.core.synthetic import synthetic
from study.markets import market, question

PLAN = Design(horizons=(1, 5, 20), resamples=50)


def of(asked, plan=PLAN):
    return study(asked, plan, Subject(name="rule"))


def synthetic_question(seed, signal):
    panel = complete(synthetic.generate(seed=seed, securities=60, sessions=220, signal=signal))
    seen = published(panel)
    return Question(score=change(seen["spread"], 5) / seen["float_cap"], seen=seen, traded=panel, first=20)


@pytest.mark.slow
def test_a_planted_signal_is_found_and_none_where_there_is_none():
    plan = Design(horizons=(1, 5), focus=5, resamples=20)
    planted = [of(synthetic_question(seed, 0.15), plan).summary for seed in range(4)]
    absent = [of(synthetic_question(seed, 0.0), plan).summary for seed in range(8)]
    assert all(summary["t"] > 1.96 for summary in planted)
    assert all(summary["spread"] > 0 for summary in planted)
    assert all(summary["verdict"] == "supported" for summary in planted)
    assert sum(abs(summary["t"]) > 1.96 for summary in absent) <= 2
    assert abs(np.mean([summary["t"] for summary in absent])) < 1.0


def test_a_score_against_its_claim_is_contradicted():
    asked = synthetic_question(1, 0.15)
    plan = Design(horizons=(1, 5), focus=5, resamples=20)
    for_, against = of(asked, plan), of(replace(asked, score=-asked.score), plan)
    assert against.summary["ic"] == pytest.approx(-for_.summary["ic"])
    assert against.summary["verdict"] == "contradicted"
    assert "against its claim" in against.summary["words"]
    assert "fell behind the lowest" in against.summary["words"]
    assert against.tables["decay"]["ic_t"].tolist() == pytest.approx((-for_.tables["decay"]["ic_t"]).tolist())


def test_the_decay_table_is_the_mean_of_its_sessions():
    measures = measure(question(market()), PLAN)
    table = decay_table(measures, PLAN).set_index("horizon")
    for h, horizon in enumerate(PLAN.horizons):
        series = measures.ic[h]
        assert table.loc[horizon, "ic"] == pytest.approx(np.nanmean(series))
        assert table.loc[horizon, "ic_std"] == pytest.approx(np.nanstd(series, ddof=1))
        assert table.loc[horizon, "ic_ir"] == pytest.approx(np.nanmean(series) / np.nanstd(series, ddof=1))
        assert table.loc[horizon, "ic_positive"] == pytest.approx((series[~np.isnan(series)] > 0).mean())
        assert table.loc[horizon, "ic_t"] == overlapping(series, measures.ic_held[h], horizon).t
        assert table.loc[horizon, "ic_t"] == pytest.approx(np.nanmean(series) / table.loc[horizon, "ic_error"])
        assert table.loc[horizon, "lags"] == 3
        assert table.loc[horizon, "sessions"] == 90 - 1 - horizon
        assert table.loc[horizon, "windows"] == pytest.approx((89 - horizon) / horizon)
        means = quantile_means(measures, h)
        assert table.loc[horizon, "spread"] == pytest.approx(np.nanmean(means[:, 4] - means[:, 0]))
    assert table.loc[1, "ic_t"] == newey_west(measures.ic[0]).t
    assert table["slope"].isna().tolist() == [True, False, False]


def test_monotonicity_is_one_where_each_quantile_beats_the_one_below():
    panel = market(holes=0.0)
    up = of(question(panel, signal=3.0))
    assert up.tables["decay"]["monotonicity"].iloc[0] == pytest.approx(1.0)
    down = of(question(panel, signal=-3.0))
    assert down.tables["decay"]["monotonicity"].iloc[0] == pytest.approx(-1.0)
    assert up.summary["strongest_horizon"] == 1


def test_curves_compound_the_returns_of_one_session():
    measures = measure(question(market()), PLAN)
    table = curves_table(measures, PLAN)
    means = quantile_means(measures, 0)
    assert np.isnan(means[-2:]).all()  # the last decisions were never left
    for q in range(5):
        assert table[f"q{q + 1}"].iloc[-1] == pytest.approx(np.prod(1 + means[:-2, q]))
        assert table[f"q{q + 1}"].iloc[3] == pytest.approx(np.prod(1 + means[:4, q]))
    total = measures.sums[0, :-2].sum(axis=1) / measures.counts[0, :-2].sum(axis=1)
    assert table["all"].iloc[-1] == pytest.approx(np.prod(1 + total))


def test_groups_hold_boards_industries_and_regimes():
    panel = market(start="2023-07-03")  # to November: a regime begins on 2023-09-11
    measures = measure(question(panel), PLAN)
    table = groups_table(measures, PLAN)
    assert table["kind"].tolist() == ["board"] * 3 + ["industry"] * 2 + ["regime"] * 2
    assert table["group"].tolist()[:5] == ["main", "chinext", "star", "metal", "paper"]
    late = measures.sessions >= np.datetime64("2023-09-11")
    series = np.where(late, measures.ic[2], np.nan)
    assert 0 < (~np.isnan(series)).sum() < 60
    assert table["ic"].iloc[-1] == pytest.approx(np.nanmean(series))
    assert table["sessions"].iloc[-2:].sum() == (~np.isnan(measures.ic[2])).sum()
    foreign = groups_table(replace(measures, is_mainland=False), PLAN)
    assert set(foreign["kind"]) == {"board", "industry"}


def test_one_score_for_all_securities_is_judged_over_time():
    panel = market(holes=0.0, sessions=160)
    wave = np.sin(np.arange(160) / 3.0)
    steps = 0.01 * np.roll(wave, 2)[:, None] + 0.01 * np.random.default_rng(2).normal(size=panel.shape)
    opens = 10 * np.exp(steps.cumsum(axis=0))
    panel = panel.with_fields({"open": opens, "close": opens})
    score = wave[:, None] * np.ones(panel.shape)
    made = of(Question(score=score, seen=panel, traded=panel), Design(horizons=(1, 3), focus=1, resamples=20))
    assert made.summary["kind"] == "market"
    assert made.summary["timing"] > 0.9
    assert made.summary["t"] == made.summary["timing_t"] > 5
    assert made.summary["verdict"] == "supported"
    assert "one score for all securities" in made.summary["words"]
    assert math.isnan(made.summary["ic"])
    assert of(question(panel)).summary["kind"] == "securities"


def test_without_any_answer_all_tables_are_there_and_say_nothing():
    panel = market(sessions=40)
    for score in (np.full(panel.shape, np.nan), np.ones(panel.shape)):
        made = of(Question(score=score, seen=panel, traded=panel))
        assert set(made.tables) == set(TABLES)
        assert made.summary["verdict"] == "no answer"
        assert made.summary["strongest_horizon"] is None
        assert made.tables["ic"].empty
        assert "cannot be judged" in made.summary["words"]


def test_a_control_that_is_hardly_known_is_left_out_and_said():
    panel = market()
    asked = question(panel)
    scored = ~np.isnan(asked.score)
    half, tenth = (np.where(np.arange(50) < count, asked.score + 1, np.nan) for count in (25, 5))
    kept, notes = usable(replace(asked, controls={"half": half, "tenth": tenth}))
    assert list(kept.controls) == ["half"]
    share = (scored & ~np.isnan(tenth)).sum() / scored.sum()
    assert notes == (f"The control tenth is known for {share:.0%} of the scores only, so it is left out.",)
    assert of(replace(asked, controls={"tenth": tenth})).summary["controls"] == []


def test_a_rule_that_is_its_control_keeps_nothing():
    asked = synthetic_question(2, 0.15)
    summary = of(replace(asked, controls={"twin": 2 * asked.score}), Design(horizons=(1, 5), focus=5)).summary
    assert math.isnan(summary["slope_t"])
    assert summary["verdict"] == "not beyond controls"
    assert "Nothing of it is left beside twin" in summary["words"]


def test_ties_that_empty_a_quantile_are_said():
    panel = market()
    score = np.where(np.random.default_rng(1).random(panel.shape) < 0.7, 0.0, -1.0)
    made = of(Question(score=score, seen=panel, traded=panel))
    assert math.isnan(made.summary["spread"])
    assert any("quantile is empty: no spread" in note for note in made.notes)
    assert not math.isnan(made.summary["ic"])


def test_tables_carry_dates_and_plain_columns():
    made = of(question(market()))
    for name in ("ic", "curves", "turnover"):
        assert pd.api.types.is_datetime64_any_dtype(made.tables[name]["date"])
    assert list(made.tables["ic"]) == ["date", "horizon", "securities", "ic", "spread"]
    assert len(made.tables["quantiles"]) == 3 * 5
    assert made.tables["turnover"]["coverage"].between(0.7, 1.0).all()


def test_a_horizon_that_cannot_be_trusted_is_never_the_strongest():
    found = [of(question(market(), seed), Design(horizons=(1, 20), resamples=5)) for seed in range(1, 6)]
    assert any(abs(t[1]) > abs(t[0]) for t in (made.tables["decay"]["ic_t"].to_numpy() for made in found))
    assert [made.summary["strongest_horizon"] for made in found] == [1] * 5
