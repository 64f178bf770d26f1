"""Whole studies of crash risk: what is planted is found with its sign, and noise is not."""

import json
import math
import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from honesty import stated
from liangrong.core.pages.language import speaking
from liangrong.core.panel.panel import Panel
from liangrong.core.study.crash_target import MEASURES, targets_of
from liangrong.core.study.crash_verdict import judge_crash
from liangrong.core.study.design import Design, Question
from liangrong.core.study.many_page import render_comparison
from liangrong.core.study.outcome import Subject, study
from liangrong.core.study.page import plot, render
from liangrong.core.study.side_by_side import SideBySide, compare
from liangrong.core.study.terminal import comparison_table, study_table
from page_parts import figures_of
from rich.console import Console
from scipy.stats import spearmanr
from study.markets import market, question

PLAN = Design(target="crash", horizons=(10, 20), focus=20, resamples=20)


def fat_tailed(seed, *, hazard=0.0, rho=0.97, sessions=440, securities=40, holes=0.02):
    """Return a market of fat tails and different volatilities with a score that lasts.

    `hazard`: the chance that a security among the highest third of scores falls by a tenth, each session.
    """
    random = np.random.default_rng(seed)
    shape = (sessions, securities)
    score = np.empty(shape)
    score[0] = random.normal(size=securities)
    steps = random.normal(size=shape) * math.sqrt(1.0 - rho * rho)
    for t in range(1, sessions):
        score[t] = rho * score[t - 1] + steps[t]
    moves = 0.015 * np.exp(0.3 * random.normal(size=securities)) * random.standard_t(4, size=shape)
    moves += 0.01 * random.standard_t(4, size=(sessions, 1)) * random.uniform(0.5, 1.5, size=securities)
    crashes = (random.random(shape) < hazard) & (score > 0.43)
    moves[2:] -= 0.1 * crashes[:-2]  # entered at the next open, so the session after that is the first to be held
    opens = 10.0 * np.exp(np.clip(moves, -0.5, 0.5).cumsum(axis=0))
    opens[random.random(shape) < holes] = np.nan
    days = np.busday_offset("2019-01-02", np.arange(sessions), roll="forward")
    symbols = tuple(f"{600000 + j}.SH" for j in range(securities))
    panel = Panel(sessions=days, symbols=symbols, fields={"open": opens, "close": opens})
    return Question(score=score, seen=panel, traded=panel)


def of(asked, plan=PLAN):
    return study(asked, plan, Subject(name="rule"))


def test_scores_before_crashes_are_found_with_their_sign_and_a_warning_is_a_low_score():
    asked = fat_tailed(1, hazard=0.03)
    more, fewer = of(asked), of(replace(asked, score=-asked.score))
    assert (more.summary["verdict"], fewer.summary["verdict"]) == ("more crashes", "fewer crashes")
    assert "high scores were followed by more of it" in more.summary["words"]
    assert "high scores were followed by less of it" in fewer.summary["words"]
    for name in ("t", "duvol_ic_t", "tail_ic_t", "spread", "tail_spread"):
        assert more.summary[name] > 0.0 > fewer.summary[name]
        assert fewer.summary[name] == pytest.approx(-more.summary[name])
    tails = more.tables["quantiles"].query("measure == 'tail' and horizon == 20")["return"].to_numpy()
    assert tails[-1] > tails[0] + 0.01


def test_the_correlations_are_spearmans_with_what_the_window_held():
    asked = fat_tailed(2, sessions=120)
    made = of(asked)
    for target in targets_of(asked.traded, PLAN):
        ahead = target.ahead(20, slice(0, 120))
        rows = made.tables["ic"].query("measure == @target.measure and horizon == 20")
        for t in (30, 77):
            known = ~np.isnan(ahead[t])
            expected = spearmanr(asked.score[t, known], ahead[t, known]).statistic
            day = pd.Timestamp(asked.traded.sessions[t])
            assert rows.set_index("date").loc[day, "ic"] == pytest.approx(expected)


def test_what_a_control_says_as_well_is_not_its_own():
    asked = fat_tailed(3, hazard=0.03)
    heard = asked.score + 0.5 * np.random.default_rng(0).normal(size=asked.score.shape)
    made = of(replace(asked, score=heard, controls={"source": asked.score}))
    assert made.summary["verdict"] == "not its own"
    assert "Beside source, nothing that can be told from chance remains" in made.summary["words"]


@pytest.mark.slow
def test_noise_is_rejected_in_one_of_twenty_cases_and_planted_crashes_are_found():
    plan = Design(target="crash", horizons=(20,), resamples=2)
    noise = [of(fat_tailed(seed), plan).summary for seed in range(100, 200)]
    for name in ("t", "duvol_ic_t", "tail_ic_t"):
        assert (
            sum(abs(summary[name]) > 1.96 for summary in noise) <= 11
        )  # of 100; 5 expected, 12 or more in 0.4 % of cases
    assert abs(np.mean([summary["ic"] for summary in noise])) < 0.01
    stated("crash_on_noise", sum("crashes" in summary["verdict"] for summary in noise), len(noise))
    stated("crash_tail_on_noise", sum(abs(summary["tail_ic_t"]) > 1.96 for summary in noise), len(noise))
    planted = [of(fat_tailed(seed, hazard=0.02), plan).summary for seed in range(300, 315)]
    found = [summary["verdict"] == "more crashes" for summary in planted]
    stated("crash_planted", sum(found), len(found))
    assert sum(found) >= 13
    weak = [of(fat_tailed(seed, hazard=0.005), plan).summary["verdict"] == "more crashes" for seed in range(300, 315)]
    stated("crash_planted_weakly", sum(weak), len(weak))
    # The tail is less sharp: crashes raise the past deviation that the next ones are measured against.
    assert sum(summary["tail_ic_t"] > 0.0 for summary in planted) >= 13


def test_one_score_for_all_is_judged_by_the_markets_own_crashes():
    random = np.random.default_rng(4)
    wave = np.sin(np.arange(460) / 12.0)
    fall = np.where((random.random(460) < 0.15) & (np.roll(wave, 2) > 0.5), -0.06, 0.0)
    moves = 0.01 * random.normal(size=(460, 1)) + fall[:, None] + 0.01 * random.normal(size=(460, 12))
    opens = 10.0 * np.exp(moves.cumsum(axis=0))
    days = np.busday_offset("2019-01-02", np.arange(460), roll="forward")
    panel = Panel(
        sessions=days, symbols=tuple(f"{600000 + j}.SH" for j in range(12)), fields={"open": opens, "close": opens}
    )
    score = wave[:, None] * np.ones(panel.shape)
    made = of(Question(score=score, seen=panel, traded=panel), Design(target="crash", horizons=(20,), resamples=2))
    assert made.summary["kind"] == "market"
    assert made.summary["timing"] > 0.3
    assert "of all securities together over the next 20 sessions" in made.summary["words"]


def test_page_terminal_and_record_speak_of_crash_risk():
    made = of(question(market(sessions=130)))
    page = render(made)
    for text in ("rule and crash risk", "Crash risk by measure and horizon", "Crash risk by quantile",
                 "sessions in the left tail", "Mean NCSKEW, state"):  # fmt: skip
        assert text in page
    for text in ("before costs", "Growth", "earned"):
        assert text not in page
    console = Console(width=200, record=True)
    console.print(study_table(made))
    told = console.export_text()
    assert "above 0: high scores were followed by more crash risk" in told
    assert all(measure in told for measure in MEASURES)
    record = json.loads(json.dumps(made.as_record(), allow_nan=False))
    assert record["plan"]["target"] == record["figures"]["target"] == "crash"
    assert [row["measure"] for row in record["decay"]] == [measure for measure in MEASURES for _ in range(2)]
    assert made._repr_html_()
    assert plot(made, "measures", "light").data


def test_chinese_pages_of_crash_risk_have_no_english_sentence_left():
    with speaking("zh"):
        made = of(fat_tailed(7, hazard=0.03))
        other = replace(made.subject, name="other")
        summaries = {"rule": made.summary, "other": study(fat_tailed(8), PLAN, other).summary}
        places = {name: f"rules/{name}" for name in summaries}
        many = SideBySide(table=compare(summaries, places), horizon=20, target="crash")
        pages = [render(made, "plotly.js"), render_comparison(many, "plotly.js")]
    left = set()
    for page in pages:
        drawn = json.dumps(figures_of(page), ensure_ascii=False)
        body = page[page.index("<main>") : page.index("</main>")]
        texts = re.findall(r">([^<]+)<", body) + re.findall(r'"(?:text|name|title|hovertemplate)": "([^"]+)"', drawn)
        left |= {word for text in texts for word in re.findall(r"[a-z]{3,} [a-z]{2,}", text)}
    assert left == set()


def test_a_table_of_rules_says_which_way():
    shown = {}
    asked = fat_tailed(1, hazard=0.03)
    for name, score in (("high", asked.score), ("low", -asked.score), ("noise", fat_tailed(2).score)):
        shown[name] = of(replace(asked, score=score)).summary
    many = SideBySide(table=compare(shown, dict.fromkeys(shown, "x")), horizon=20, target="crash")
    page = render_comparison(many)
    assert "2 of 3 rules foretell crash risk of their own" in page
    assert "high, low stands even when all rules are counted" in page or "low, high stands even" in page
    assert "agrees with the claim" not in page
    console = Console(width=200, record=True)
    console.print(comparison_table(many))
    told = console.export_text()
    assert re.search(r"high +more crashes", told)
    assert re.search(r"low +fewer crashes", told)
    assert many.as_record()["target"] == "crash"


@pytest.mark.parametrize("sessions", [1, 12, 40])
def test_short_data_have_no_answer_or_too_few_windows(sessions):
    made = of(question(market(sessions=sessions)))
    assert made.summary["verdict"] == ("no answer" if sessions < 25 else "too short")
    assert ("too few for a horizon of 20 sessions" in made.summary["words"]) == (sessions < 20)
    assert render(made)
    nothing = of(Question(score=np.full((40, 50), np.nan), seen=market(sessions=40), traded=market(sessions=40)))
    assert nothing.summary["verdict"] == "no answer"
    assert "cannot be judged" in nothing.summary["words"]


def test_states_rest_on_whole_sessions():
    made = of(fat_tailed(5, hazard=0.03, sessions=440))
    states = made.tables["states"].query("horizon == 20").set_index("state")
    high = states.loc["score positive"]
    assert 0.0 < high["difference_low"] < high["difference"] < high["difference_high"]
    ncskew = targets_of(fat_tailed(5, hazard=0.03).traded, PLAN)[0].ahead(20, slice(0, 440))
    score = fat_tailed(5, hazard=0.03).score
    assert high["mean"] == pytest.approx(np.nanmean(ncskew[score > 0.0]))
    assert high["difference"] == pytest.approx(np.nanmean(ncskew[score > 0.0]) - np.nanmean(ncskew))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sessions without a window
        means = np.nanmean(ncskew, axis=1, keepdims=True) * np.ones(ncskew.shape)
    beside = np.nanmean((ncskew - means)[score > 0.0])
    assert high["same_session"] == pytest.approx(beside)
    assert high["same_session_low"] < beside < high["same_session_high"]
    widths = [high[f"{name}_high"] - high[f"{name}_low"] for name in ("same_session", "difference")]
    assert widths[0] < widths[1]  # what sessions have in common is left out


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [({}, "more crashes"), ({"t": -3.0, "slope_t": -3.0}, "fewer crashes"), ({"slope_t": -3.0}, "not its own"),
     ({"t": 1.0}, "not shown"), ({"windows": 19.0}, "too short"), ({"t": math.nan}, "no answer")],
)  # fmt: skip
def test_the_verdict_follows_the_figures(changed, verdict):
    figures = dict(of(fat_tailed(6, sessions=60)).summary) | {
        "kind": "securities", "t": 3.0, "slope_t": 3.0, "slope_alone_t": 3.0, "ic": 0.05, "spread": 0.1,
        "windows": 30.0, "spread_t": 2.0, "controls": ["price_momentum"], "strongest_horizon": 20}  # fmt: skip
    assert judge_crash(figures | changed, "rule")["verdict"] == verdict
