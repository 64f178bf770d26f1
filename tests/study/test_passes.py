"""The pass over the sessions: blocks and threads change nothing, groups and states are what pandas makes of them."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.study import passes as module
from liangrong.core.study.by_session import rank_correlation
from liangrong.core.study.design import Design, Question
from liangrong.core.study.forward import forward_returns
from liangrong.core.study.passes import measure
from scipy.stats import spearmanr
from study.markets import SYMBOLS, market, question

PLAN = Design(horizons=(1, 5, 20), least=5)


def arrays(measures):
    """Return every array of the measures by name."""
    found = {}
    for field in fields(measures):
        value = getattr(measures, field.name)
        if isinstance(value, np.ndarray):
            found[field.name] = value
        elif isinstance(value, dict):
            found |= {getattr(key, "kind", getattr(key, "name", "")): part for key, part in value.items()}
    return found


def test_neither_blocks_nor_threads_change_a_bit(monkeypatch):
    panel = market()
    asked = question(panel, first=7, controls={"other": np.random.default_rng(3).normal(size=panel.shape)})
    calls = []
    whole = arrays(measure(asked, PLAN, lambda done, total: calls.append((done, total)), threads=1))
    monkeypatch.setattr(module, "_CELLS", 1)  # blocks of 16 sessions
    blocks = arrays(measure(asked, PLAN, lambda done, total: calls.append((done, total)), threads=3))
    assert calls == [(1, 1), *((done, 6) for done in range(1, 7))]
    assert whole.keys() == blocks.keys()
    assert {"ic", "counts", "slopes", "autocorrelation", "entered", "board", "industry", "score"} <= whole.keys()
    for name, values in whole.items():
        if name == "industry":  # a block sums over the columns that are ever members in it
            np.testing.assert_allclose(values, blocks[name], atol=1e-13)
        else:
            np.testing.assert_array_equal(values, blocks[name], err_msg=name)
        assert np.issubdtype(values.dtype, np.datetime64) or np.isfinite(values).any(), name


def test_sessions_before_the_first_are_history_only():
    panel = market()
    asked = question(panel)
    whole, later = (arrays(measure(replace(asked, first=first), PLAN)) for first in (0, 30))
    for name in ("ic", "slopes"):
        np.testing.assert_array_equal(whole[name][..., 30:], later[name])
    assert len(later["sessions"]) == 60
    # What came before the first is not compared with: 20 sessions back lie outside until row 50.
    assert np.isnan(later["autocorrelation"][2, :20]).all()
    np.testing.assert_array_equal(whole["autocorrelation"][2, 50:], later["autocorrelation"][2, 20:])
    assert np.isnan(later["entered"][0, :, 0]).all()
    np.testing.assert_array_equal(whole["entered"][0, :, 31:], later["entered"][0, :, 1:])
    # States look back into the history.
    np.testing.assert_array_equal(whole["price and balance"][:, 30:, :3], later["price and balance"][:, :, :3])
    # What was decided before the first session is not held.
    assert not np.allclose(whole["ic_held"][2, 30:49], later["ic_held"][2, :19])
    np.testing.assert_allclose(whole["ic_held"][2, 49:], later["ic_held"][2, 19:], atol=1e-13)


def test_a_group_is_a_study_of_its_members():
    panel = market()
    asked = question(panel)
    measures = measure(asked, PLAN)
    returns = forward_returns(measures.entry, 20)
    for kind, g, inside in (
        ("board", 0, np.array([symbol.startswith("60") for symbol in SYMBOLS]) & np.ones(panel.shape, dtype=bool)),
        ("board", 1, np.array([symbol.startswith("30") for symbol in SYMBOLS]) & np.ones(panel.shape, dtype=bool)),
        ("industry", 1, panel["industry"] == 1.0),
    ):
        grouping = next(group for group in measures.groups if group.kind == kind)
        own = measures.groups[grouping][g]
        np.testing.assert_allclose(
            own[0], rank_correlation(np.where(inside, asked.score, np.nan), returns, PLAN.least)[0], atol=1e-14
        )
        for t in (10, 60):
            frame = pd.DataFrame({"score": asked.score[t], "ahead": returns[t]})[inside[t]]
            # Quantiles of all that have a score, also of those whose return is not known later.
            frame["quantile"] = pd.qcut(frame["score"], 5, labels=False)
            means = frame.dropna().groupby("quantile")["ahead"].mean()
            assert own[1, t] == pytest.approx(means[4] - means[0])
            both = frame.dropna()
            assert own[0, t] == pytest.approx(spearmanr(both["score"], both["ahead"])[0])
            assert own[2, t] == len(both)


def test_groups_that_the_panel_does_not_have_are_left_out():
    panel = market(symbols=tuple(f"{1000 + j}.TW" for j in range(20)))
    bare = replace(panel, fields={name: panel[name] for name in ("close", "open")}, industries=())
    measures = measure(question(bare), PLAN)
    assert measures.groups == {}
    assert not measures.is_mainland
    assert [partition.name for partition in measures.states] == ["score"]
    mixed = market(symbols=(*SYMBOLS[:20], "000300.SH"))
    (boards, _) = measure(question(mixed), PLAN).groups
    assert np.isnan(boards.codes).tolist() == [False] * 20 + [True]


def test_states_are_what_pandas_counts():
    panel = market()
    factor = np.where(np.arange(90)[:, None] < 40, 1.0, 2.0) * np.ones(panel.shape)
    panel = panel.with_fields({"adj_factor": factor, "close": panel["close"] / factor, "open": panel["open"] / factor})
    asked = question(panel)
    measures = measure(asked, PLAN)
    returns = forward_returns(measures.entry, 5)
    price = panel["close"] * factor
    moved = [np.full(panel.shape, np.nan), np.full(panel.shape, np.nan)]
    for values, out in zip((price, panel["financing_balance"]), moved, strict=True):
        out[5:] = values[5:] - values[:-5]
    cells = pd.DataFrame(
        {
            "t": np.repeat(np.arange(90), 50),
            "price": np.where(moved[0] > 0, "rises", "falls").ravel(),
            "balance": np.where(moved[1] > 0, "rises", "falls").ravel(),
            "ahead": returns.ravel(),
        }
    )[~np.isnan(moved[0] + moved[1]).ravel()].dropna()
    partition = next(part for part in measures.states if part.name == "price and balance")
    values = measures.states[partition][PLAN.detail.index(5)]
    for k, label in enumerate(partition.labels[:4]):
        price_word, balance_word = label.split(", ")
        part = cells[(cells["price"] == price_word.split()[1]) & (cells["balance"] == balance_word.split()[1])]
        by = part.groupby("t")["ahead"]
        rows = np.zeros((90, 3))
        rows[by.count().index] = np.column_stack([by.count(), by.sum(), by.apply(lambda x: (x > 0).sum())])
        np.testing.assert_allclose(values[:, :3, k], rows, atol=1e-12)
    assert values[:, 0, 4].sum() == 0


def test_a_planted_return_is_found_where_it_was_planted():
    panel = market(holes=0.0)
    planted = measure(question(panel, signal=1.0), PLAN)
    assert np.nanmean(planted.ic[0]) > 0.5
    late = measure(question(panel, signal=1.0, entry_lead=2), PLAN)  # a session too late for the entry
    assert abs(np.nanmean(late.ic[0])) < 0.05


def test_coverage_counts_listed_securities():
    panel = market(holes=0.0)
    close = panel["close"].copy()
    close[:10, 0], close[50:, 1], close[20:25, 2] = np.nan, np.nan, np.nan
    asked = question(panel.with_fields({"close": close}))
    measures = measure(asked, PLAN)
    assert measures.listed[[0, 15, 22, 60]].tolist() == [49.0, 50.0, 50.0, 49.0]
    inside = np.ones(panel.shape, dtype=bool)
    inside[:10, 0], inside[50:, 1] = False, False
    np.testing.assert_array_equal(measures.scored, (~np.isnan(asked.score) & inside).sum(axis=1))
    np.testing.assert_allclose(measures.level, np.nanmean(asked.score, axis=1))


def test_plans_are_checked_and_ordered():
    plan = Design(horizons=(20, 3, 3))
    assert plan.horizons == (1, 3, 20)
    assert (plan.horizon, plan.detail) == (20, (20,))
    assert Design().detail == (5, 20, 60)
    assert Design(horizons=(5, 40), focus=40).detail == (5, 40)
    wrong: dict[str, dict[str, Any]] = {
        r"`horizons` should be from 1 to 250 sessions, got 0": {"horizons": (0, 1)},
        r"`focus` should be one of the horizons 1, 5, got 20": {"horizons": (5,), "focus": 20},
        r"`quantiles` should be from 2 to 20, got 1": {"quantiles": 1},
        r"`entry` should be one of open, close, got 'next'": {"entry": "next"},
    }
    for message, options in wrong.items():
        with pytest.raises(ConfigError, match=message):
            Design(**options)


def test_shapes_have_to_agree():
    panel = market(sessions=30)
    with pytest.raises(DataError, match=r"`score` should have the shape \(30, 50\) of the panel, got \(29, 50\)"):
        Question(score=np.zeros((29, 50)), seen=panel, traded=panel)
    with pytest.raises(DataError, match=r"`controls\['x'\]` should have the shape"):
        Question(score=np.zeros((30, 50)), seen=panel, traded=panel, controls={"x": np.zeros((30, 49))})
    with pytest.raises(DataError, match="`first` should be a row of the 30 sessions, got 30"):
        Question(score=np.zeros((30, 50)), seen=panel, traded=panel, first=30)


def test_a_group_that_is_too_small_has_neither_correlation_nor_spread():
    measures = measure(question(market(holes=0.0)), replace(PLAN, least=16))
    boards = next(group for group in measures.groups if group.kind == "board")
    values = measures.groups[boards]
    assert np.isfinite(values[0, :2]).any(axis=1).all()  # 20 of the main board
    assert np.isnan(values[1:3, :2]).all()  # 15 of each of the others
    assert np.nanmax(values[1:3, 2]) <= 15
