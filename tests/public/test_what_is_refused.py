"""What the functions of the face are given by mistake has one answer that says what to write; its siblings work."""

import re
from typing import Any

import liangrong as lr
import numpy as np
import pandas as pd
import pytest

MARKET = {"source": "synthetic", "options": {"securities": 12, "sessions": 60}}
TRADING = {"name": "quantile", "rule": "spread_momentum"}
RUN = {"name": "small", "data": MARKET, "strategy": TRADING, "execution": {"engine": "compiled"}}
COMPARE = {"name": "few", "run": RUN, "trials": {"keys": {"account.cash": [1e6, 2e6]}}, "stress": False}
RULES = "`rules` should be the name of a rule, its keys, or a sequence of these, got "


face: Any = lr  # what type checkers refuse is what is tested


def study(rules="spread_momentum", horizons=1, **words) -> Any:
    return lr.study(rules, RUN, horizons=horizons, **words)


REFUSED = {
    "config": (
        lambda: face.load_config(5),
        "`config` should be the path of a YAML file or a mapping of its keys, got 5",
    ),
    "nat": (
        lambda: face.load_config(RUN, {"window.start": pd.NaT}),
        "`window.start`: should be a day, such as",
    ),
    "nat64": (
        lambda: face.load_config(RUN, {"window.end": np.datetime64("NaT")}),
        "`window.end`: should be a day",
    ),
    "overrides": (lambda: face.load_config(RUN, 5), "`overrides` should be a mapping"),
    "horizon": (lambda: study(horizons=["a"]), "`horizons` should be a whole number, got 'a'"),
    "text": (lambda: study(horizons="5"), "`horizons` should be a whole number, got '5'"),
    "half": (lambda: study(horizons=1.5), "`horizons` should be a whole number, got 1.5"),
    "true": (lambda: study(horizons=[True]), "`horizons` should be a whole number, got True"),
    "quantiles": (lambda: study(quantiles="5"), "`quantiles` should be a whole number, got '5'"),
    "focus": (lambda: study(focus=1.0), "`focus` should be a whole number, got 1.0"),
    "parameters": (lambda: study(parameters=5), '`parameters` should be a mapping {"window": 20} of the rule, got 5'),
    "start": (lambda: study(start=pd.NaT), "`start` should be a day such as 2015-01-05, got 'NaT'"),
    "no rule": (lambda: study(None), f"{RULES}None"),
    "number": (lambda: study(5), f"{RULES}5"),
    "numbers": (lambda: study([5]), f"{RULES}5"),
    "class": (lambda: study(lr.Rule), f"{RULES}<class 'liangrong.core.ideas.rule.Rule'>: name one of your own as"),
    "study out": (lambda: study(out=5), "`out` should be a path, got 5"),
    "run out": (lambda: face.run(RUN, out=5), "`out` should be a path, got 5"),
    "compare out": (lambda: face.compare(COMPARE, out=5), "`out` should be a path, got 5"),
    "cuts none": (lambda: face.lookahead(RUN, workers=1, cuts=None), "`cuts` should be a whole number, got None"),
    "cuts half": (lambda: face.lookahead(RUN, workers=1, cuts=1.5), "`cuts` should be a whole number, got 1.5"),
    "cuts true": (lambda: face.lookahead(RUN, workers=1, cuts=True), "`cuts` should be a whole number, got True"),
    "dataset": (lambda: face.read_dataset(None), "`folder` should be a path, got None"),
    "paths": (lambda: face.import_data("twse", None, "nowhere"), "`paths` should be a path, got None"),
    "path": (lambda: face.import_data("twse", [5], "nowhere"), "`paths` should be a path, got 5"),
    "to": (lambda: face.import_data("twse", "a.csv", None), "`to` should be a path, got None"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_has_one_answer(name):
    call, told = REFUSED[name]
    with pytest.raises(lr.ConfigError, match=re.escape(told)) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("workers", ["2", 1.5, None, True])
@pytest.mark.parametrize("function", [lr.compare, lr.lookahead])
def test_workers_are_a_whole_number(function, workers):
    with pytest.raises(lr.ConfigError, match=f"`workers` should be a whole number, got {re.escape(repr(workers))}"):
        function(COMPARE if function is lr.compare else RUN, workers=workers)


@pytest.mark.parametrize("horizons", [5, np.int64(5), [5], range(5, 6), np.array([5])])
def test_horizons_are_one_or_several(horizons):
    assert study(horizons=horizons).summary["horizon"] == 5


def test_a_rule_itself_is_no_rule():
    with pytest.raises(lr.testing.ContractError, match="should be a subclass of Rule, or an object of one, got Rule"):
        lr.testing.check_rule(lr.Rule)


def test_a_study_of_a_panel_says_what_it_takes():
    panel = lr.read_panel(RUN)
    with pytest.raises(lr.ConfigError, match="`data` should be a dataset folder or a configuration, got a panel"):
        face.study("spread_zscore", panel)
