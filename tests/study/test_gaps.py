"""A quantile that is there on some sessions only: each figure and its error rest on the same sessions."""

import math

import numpy as np
import pytest
from liangrong.core.panel.panel import Panel
from liangrong.core.study.design import Design, Question
from liangrong.core.study.figure_tables import decay_table, groups_table, quantiles_table
from liangrong.core.study.outcome import Subject, study
from liangrong.core.study.page import render
from liangrong.core.study.passes import measure
from liangrong.core.study.terminal import study_table
from rich.console import Console

SECURITIES = 40
PLAN = Design(horizons=(1, 5, 20), entry="close", resamples=2)


def tied(seed, sessions, open_rows):
    """Return a question of noise whose highest quantile is there on `open_rows` only: else 28 of 40 share a score."""
    random = np.random.default_rng(seed)
    returns = 0.001 * random.normal(size=(sessions, SECURITIES))
    score = np.tile(np.where(np.arange(SECURITIES) < 28, 0.0, -1.0), (sessions, 1))
    score[open_rows] = random.permutation(SECURITIES)  # one order on all of them
    days = np.busday_offset("2016-01-04", np.arange(sessions), roll="forward")
    symbols = tuple(f"{600000 + j}.SH" for j in range(SECURITIES))
    close = 10.0 * np.cumprod(1.0 + returns, axis=0, dtype=np.float64)
    panel = Panel(sessions=days, symbols=symbols, fields={"close": close})
    return Question(score=score, seen=panel, traded=panel), returns


def by_hand(weights, returns, horizon):
    """Return mean and standard error of what `weights` (row -> securities) earned, in plain loops.

    Each single session's earnings of the decisions still held, less the mean of a decision's session for each of them;
    products of two such sessions by their distance, 1 - distance / (lags + 1).
    """
    rows = range(len(returns) - 1)
    many = [sum(s in weights for s in range(t - horizon + 1, t + 1)) for t in rows]
    earned = [
        sum(float(weights[s] @ returns[t + 1]) for s in range(t - horizon + 1, t + 1) if s in weights) for t in rows
    ]
    each = sum(earned) / sum(many)
    away = [value - number * each for value, number in zip(earned, many, strict=True)]
    lags = int(4 * (len(weights) / 100) ** (2 / 9))
    total = sum(away[a] * away[b] * (1 - abs(a - b) / (lags + 1)) for a in rows for b in rows if abs(a - b) <= lags)
    return math.sqrt(total) / len(weights)


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_errors_by_hand_where_the_highest_quantile_is_mostly_empty(horizon):
    open_rows = np.array([3, 4, 5, 11, 12, 30, 31, 32, 33, 50, 51, 52, 53, 54, 70, 71, 72, 73, 74, 75, 90])
    asked, returns = tied(5, 136, open_rows)
    measures = measure(asked, PLAN)
    row = decay_table(measures, PLAN).set_index("horizon").loc[horizon]
    assert (row["sessions"], row["spread_sessions"]) == (136 - horizon, 21)
    order = asked.score[3]
    top, bottom = (order >= 32) / 8.0, (order < 8) / 8.0
    spread = by_hand(dict.fromkeys(open_rows.tolist(), top - bottom), returns, horizon)
    assert row["spread_error"] == pytest.approx(spread, rel=0.02)  # returns compound, if little
    last = quantiles_table(measures, PLAN).set_index(["horizon", "quantile"]).loc[(horizon, 5)]
    assert last["sessions"] == 21
    excess = by_hand(dict.fromkeys(open_rows.tolist(), top - 1.0 / SECURITIES), returns, horizon)
    assert last["excess_error"] == pytest.approx(excess, rel=0.02)
    regimes = groups_table(measures, PLAN).query("kind == 'regime'")
    if horizon == PLAN.horizon:
        assert len(regimes) == 1
        assert regimes["spread_error"].item() == pytest.approx(spread, rel=0.02)


@pytest.mark.slow
def test_the_error_of_a_spread_with_gaps_is_how_much_it_varies_from_draw_to_draw():
    random, found = np.random.default_rng(2), []
    for seed in range(150):
        open_rows = np.flatnonzero(random.random(300) < 0.2)
        measures = measure(tied(seed, 300, open_rows)[0], PLAN, threads=1)
        found.append(decay_table(measures, PLAN)[["spread", "spread_error"]].to_numpy())
    means, errors = np.moveaxis(np.array(found), 2, 0)
    ratio = np.sqrt(np.mean(errors**2, axis=0)) / means.std(axis=0)
    assert ratio == pytest.approx([1.0, 1.0, 1.0], abs=0.2)  # three errors of 150 draws
    assert np.mean(np.abs(means) > 1.96 * errors, axis=0).max() <= 0.12  # 5 %, and as much for few of 60 sessions


def test_a_mostly_empty_quantile_is_said_on_page_terminal_and_in_notes():
    open_rows = np.arange(10, 31)
    made = study(tied(5, 136, open_rows)[0], PLAN, Subject(name="rule"))
    assert made.summary["spread_sessions"] == 21
    assert made.summary["sessions"] == 116
    assert "(on the 21 sessions that have both)" in made.summary["words"]
    (note,) = [note for note in made.notes if "share a score" in note]
    assert "21 of 116 sessions" in note
    console = Console(width=160, record=True)
    console.print(study_table(made))
    (line,) = [line for line in console.export_text().splitlines() if line.split()[:1] == ["20"]]
    assert line.split()[1] == "116"
    assert "21" in line.split()[2:]
    page = render(made)
    assert "each over its own sessions: the highest over 21, the lowest over 116" in page
    assert "21 sessions" in page


def test_a_spread_on_few_spans_has_its_t_in_brackets_though_the_correlation_has_many():
    made = study(tied(5, 600, np.arange(10, 31))[0], PLAN, Subject(name="rule"))
    row = made.tables["decay"].set_index("horizon").loc[20]
    assert row["windows"] >= 20
    assert row["spread_sessions"] == 21
    console = Console(width=160, record=True)
    console.print(study_table(made))
    (line,) = [line for line in console.export_text().splitlines() if line.split()[:1] == ["20"]]
    assert f"({row['spread_t']:.1f})" in line
    assert f"(t {row['spread_t']:+.1f})" not in made.summary["words"]
    assert f"({row['spread_t']:.1f})" in render(made)
