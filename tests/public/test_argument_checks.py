"""Arguments of the functions on leverage, behaviour, events, regimes, accounts: one answer to each that cannot be."""

import itertools
import re
from functools import cache
from typing import Any

import liangrong as lr
import numpy as np
import pandas as pd
import pytest

face: Any = lr  # what type checkers refuse is what is tested
MARKET = {"source": "synthetic", "options": {"securities": 6, "sessions": 40}}
RUN = {"name": "small", "data": MARKET, "strategy": {"name": "buy_and_hold"}}
FEW = {"accounts": 5, "securities": 3, "sessions": 5}


@cache
def panel() -> Any:
    return lr.read_panel(RUN)


def leverage(**words) -> Any:
    return face.leverage(panel(), **words)


def with_leverage(fields) -> Any:
    return face.with_leverage(panel(), fields)


REFUSED = {
    "fall text": (lambda: leverage(fall="0.1"), "`fall` should be a number, got '0.1'"),
    "fall none": (lambda: leverage(fall=None), "`fall` should be a number, got None"),
    "fall inf": (lambda: leverage(fall=np.inf), "`fall` should be a fraction from 0 to below 1, got inf"),
    "fall percent": (lambda: leverage(fall=30), "to below 1, got 30: write 0.3 for 30 %"),
    "line list": (lambda: leverage(line=[1.3]), "`line` should be a number, got [1.3]"),
    "line none": (lambda: leverage(line=None), "`line` should be a number, got None"),
    "truth": (lambda: leverage(truth=True), "`truth` should be a table, as `read_truth` returns it, got True"),
    "no panel": (lambda: face.with_leverage({}), "`panel` should be a panel, as `read_dataset` returns it, got dict"),
    "panel frame": (lambda: face.with_leverage(pd.DataFrame()), "`panel` should be a panel"),
    "fields number": (lambda: with_leverage(5), "`fields` should be names of estimated fields, got 5"),
    "fields numbers": (lambda: with_leverage([5]), "`fields` should be names of estimated fields, got 5"),
    "fields dict": (lambda: with_leverage([{}]), "`fields` should be names of estimated fields, got {}"),
    "fields unknown": (lambda: with_leverage(["nonsense"]), "got 'nonsense': there are financing_cost, "),
    "fields misspelt": (lambda: with_leverage("estimated_mantenance"), "did you mean `estimated_maintenance`?"),
    "events": (lambda: face.study_events(None, RUN), "`events` should be lists, rulebook, a CSV file or a data frame"),
    "events dict": (lambda: face.study_events({}, RUN), "a CSV file or a data frame, got {}"),
    "events out": (lambda: face.study_events("lists", RUN, out=5), "`out` should be a path, got 5"),
    "shock fall": (lambda: face.shock(fall="x"), "`fall` should be a number, got 'x'"),
    "shock none": (lambda: face.shock(fall=None), "`fall` should be a number, got None"),
    "shock no fall": (lambda: face.shock(fall=0), "`fall` should be a fraction above 0 to 0.5, got 0"),
    "shock text": (lambda: face.shock(margin_ratios="0.5"), "`margin_ratio` should be a number, got '0.5'"),
    "shock ratio": (lambda: face.shock(margin_ratios=[None]), "`margin_ratio` should be a number, got None"),
    "shock twice": (lambda: face.shock(margin_ratios=[0.5, 0.5]), "`margin_ratio` 0.5 is given twice: each once"),
    "shock empty": (lambda: face.shock(margin_ratios=[]), "`margin_ratios` should be one margin ratio at least"),
    "shock seeds": (lambda: face.shock(seeds=True), "`seeds` should be a whole number of at least 1, got True"),
    "shock page": (lambda: face.shock(page=5), "`page` should be a path, got 5"),
    "ratio nan": (lambda: face.account_market(**FEW, margin_ratio=np.nan), "a fraction above 0 to 3, got nan"),
    "ratio text": (lambda: face.account_market(**FEW, margin_ratio="x"), "`margin_ratio` should be a number, got 'x'"),
    "seeds": (lambda: next(face.account_markets(None, **FEW)), "should be a whole number of at least 0, got None"),
    "option": (lambda: face.account_markets([1], account=5), "`account` is no option of `account_markets`: did you"),
    "seed": (lambda: face.account_markets([1], seed=1), "`seed` is no option of `account_markets`: `seeds` are what"),
    "save": (lambda: face.account_market(**FEW).save(None), "`folder` should be a path, got None"),
    "lags": (lambda: face.behaviour(RUN, lags="a"), "`lags` should be whole numbers or spans with commas"),
    "weekly": (lambda: face.behaviour(RUN, weekly="yes"), "`weekly` should be true or false, got 'yes'"),
    "scale": (lambda: face.behaviour(RUN, scale={}), "`scale` should be one of balance, float_cap, turnover, got {}"),
    "behaviour out": (lambda: face.behaviour(RUN, out=5), "`out` should be a path, got 5"),
    "results none": (lambda: face.replicate(RUN, None), "`results` should be names of the register, got None"),
    "results": (lambda: face.replicate(RUN, [5]), "`results` should be names of the register, got [5]"),
    "replicate page": (lambda: face.replicate(RUN, page=5), "`page` should be a path, got 5"),
    "no rules": (lambda: face.study([], RUN), "`rules` should name one at least, a rule of `liangrong rules`, got"),
    "no horizon": (lambda: face.study("crowding", RUN, horizons=[]), "`horizons` should name one at least, such as 20"),
    "regimes page": (lambda: face.regimes(RUN, page=5), "`page` should be a path, got 5"),
    "decision": (lambda: face.show(panel(), decision={}), "`decision` should be one of before_open, at_close, got {}"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_told_in_one_line(name):
    call, told = REFUSED[name]
    with pytest.raises(lr.ConfigError, match=re.escape(told)) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert text.count("got ") <= 1  # what arrived, once


def test_a_text_is_one_name():
    assert set(with_leverage("estimated_maintenance").fields) - set(panel().fields) == {"estimated_maintenance"}


def test_a_panel_without_balances_refuses_a_field_that_needs_one():
    from dataclasses import replace

    bare = replace(panel(), fields={name: panel()[name] for name in ("close", "volume")})
    with pytest.raises(lr.DataError, match=r"`short_cost` cannot be estimated .* needs close and short_volume"):
        lr.with_leverage(bare, ["short_cost"])


@pytest.mark.parametrize("days", ["2019-02-01", ["2019-02-01"]])
@pytest.mark.parametrize("margins", [None, ()])
def test_a_day_of_a_regime_is_taken_whole(days, margins):
    made = lr.regimes(RUN, margins=margins, days=days)
    assert [regime.label for regime in made.regimes] == ["as configured", "rules of 2019-02-01"]


def test_one_margin_is_no_list():
    assert [regime.label for regime in lr.regimes(RUN, margins=0.8, days=None).regimes] == [
        "as configured",
        "margin 0.8",
    ]


@pytest.mark.parametrize(("estimation", "is_told"), [(20, False), (500, True)])
def test_more_usual_sessions_than_there_are_is_told(estimation, is_told):
    events = pd.DataFrame({"date": ["2021-02-08"]})
    made = lr.study_events(events, RUN, before=2, after=3, estimation=estimation, placebos=100)
    assert any("No event has 500 sessions before its window" in note for note in made.notes) == is_told


def test_seeds_may_go_on_for_ever():
    made = next(lr.account_markets(itertools.count(), **FEW))
    assert made.panel.shape == (5, 3)
