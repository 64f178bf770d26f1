"""Parameters that a configuration states for the rule that is studied, and the remedy that a caller can type."""

import re

import numpy as np
import pytest
from liangrong import study
from liangrong.core.config.run import RuleConfig
from liangrong.core.errors import DataError
from liangrong.core.panel.panel import Panel
from liangrong.core.study.names import bare_form, is_plain_form, named_rules, words_of_parameters
from liangrong.core.study.outcome import Study
from liangrong.core.study.side_by_side import SideBySide
from run.configured import configured, dataset
from study.markets import market

SMALL = {"source": "synthetic", "options": {"seed": 5, "securities": 20, "sessions": 60, "start": "2022-01-04"}}
TREND = {"name": "threshold", "rule": {"name": "balance_trend", "parameters": {"window": 8}}}


def test_a_study_takes_the_parameters_that_its_configuration_states_for_the_same_rule():
    config = configured(data=SMALL, strategy=TREND)
    made = study("balance_trend", config, horizons=(1, 5))
    assert isinstance(made, Study)
    assert made.subject.parameters["window"] == 8
    assert "balance_trend has the parameters that the configuration states for it: window: 8." in made.notes
    given = study("balance_trend", config, parameters={"window": 5}, horizons=(1, 5))
    assert isinstance(given, Study)
    assert given.subject.parameters["window"] == 5
    other = study("net_buy_days", config, horizons=(1, 5))
    for one in (given, other):
        assert not any("the configuration states" in note for note in one.notes)
    several = study(["balance_trend", "net_buy_days"], config, horizons=(1, 5))
    assert any("window: 8" in note for note in several.notes)
    assert isinstance(several, SideBySide)
    assert set(several.table["rule"]) == {"balance_trend", "net_buy_days"}
    same = several.table.set_index("rule").loc["balance_trend", "ic"]
    assert same == made.summary["ic"] != given.summary["ic"]


def test_the_same_rule_is_made_of_the_same_rules(tmp_path, monkeypatch):
    own = RuleConfig(name="lag", rules=[RuleConfig(name="balance_trend", parameters={"window": 8})])
    ((_, plain),) = named_rules(["lag(balance_trend)"]).items()
    assert is_plain_form(plain, own)
    assert not is_plain_form(plain, RuleConfig(name="lag", rules=[RuleConfig(name="net_buy_days")]))
    assert not is_plain_form(own, own)  # parameters are given
    assert bare_form(own) == plain
    assert words_of_parameters(own) == "window: 8"
    monkeypatch.chdir(tmp_path)
    rooted = RuleConfig(name=f"{tmp_path}/x.py:X", parameters={"a": 1})
    assert is_plain_form(RuleConfig(name="x.py:X"), rooted)
    assert not is_plain_form(RuleConfig(name="x.py:Y"), rooted)


def test_the_remedy_for_a_missing_field_is_what_the_caller_can_type(tmp_path):
    panel = market()
    fields = {name: np.abs(panel["close"]) for name in ("close", "spread", "amount")}
    data = dataset(Panel(sessions=panel.sessions, symbols=panel.symbols, fields=fields), tmp_path)
    with pytest.raises(DataError, match=re.escape('(`parameters`: {"scale": "turnover"})')):
        study("spread_level", data["path"])
    assert study("spread_level", data["path"], parameters={"scale": "turnover"}, horizons=(1, 5))
    with pytest.raises(DataError, match=re.escape("(`parameters.scale` of that rule among the `rules` of a")):
        study("lag(spread_level)", data["path"])
