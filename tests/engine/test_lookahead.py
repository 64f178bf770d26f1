"""The look-ahead check: it catches what peeks, names how, and lets pass what does not, which is every rule of ours."""

import numpy as np
import pytest
from engine.configured import configured
from engine.own_files import write
from liangrong.core.config import RuleConfig
from liangrong.core.engine.lookahead import ENDS, LATER, OTHER, check_lookahead
from liangrong.core.errors import ConfigError
from liangrong.strategies.rules import RULES, Composed

AT_CLOSE = {"execution.decision": "at_close", "execution.fill": "close"}
MARKET = {"source": "synthetic", "options": {"seed": 5, "securities": 16, "sessions": 300, "start": "2021-03-01"}}


def check(folder, strategy, rule=None, keys=None, cuts=3):
    named = {"name": f"{folder}/strategy.py:{strategy}"}
    named |= {} if rule is None else {"rule": f"{folder}/rule.py:{rule}"}
    return check_lookahead(configured(keys, strategy=named), cuts)


@pytest.mark.parametrize("keys", [{}, AT_CLOSE, {"data.publication_lag": {"financing_balance": 3}}])
@pytest.mark.parametrize(("strategy", "rule"), [("Best", "Growth"), ("Rises", None)])
def test_what_knows_only_the_past_passes(tmp_path, strategy, rule, keys):
    found = check(write(tmp_path), strategy, rule, keys)
    assert found.peeks == ()
    assert len(found.cuts) == 3
    assert found.compared > 1000


def test_a_rule_that_reads_tomorrow_is_named_with_field_and_day(tmp_path):
    found = check(write(tmp_path), "Best", "ReadsTomorrow")
    assert found.subject.endswith("rule.py:ReadsTomorrow")
    scores = {peek.test: peek for peek in found.peeks if peek.what == "score"}
    assert set(scores) == {ENDS, OTHER, LATER}
    for peek in scores.values():
        assert peek.field == "close"
        assert peek.day == peek.known  # one day ahead: only the score of the last known day changes
        assert abs(peek.after - peek.before) == pytest.approx(1e-9, rel=1e-3)


def test_a_rule_that_knows_a_mean_of_all_time_is_named(tmp_path):
    found = check(write(tmp_path), "Best", "KnowsTheMean")
    (peek,) = [peek for peek in found.peeks if (peek.what, peek.test) == ("score", OTHER)]
    assert peek.field == "financing_balance"
    assert peek.day == np.datetime64("2022-01-04")  # from the first session on


def test_a_rule_that_knows_the_length_of_the_history_is_seen_only_where_it_ends(tmp_path):
    peeks = check(write(tmp_path), "Best", "KnowsTheLength").peeks
    assert {(peek.what, peek.test, peek.field) for peek in peeks} == {("score", ENDS, "")}


def test_a_strategy_that_reads_a_balance_before_its_publication(tmp_path):
    folder = write(tmp_path)
    assert check(folder, "RisesUnpublished").peeks == ()  # before the open the balance is public
    peeks = check(folder, "RisesUnpublished", keys=AT_CLOSE).peeks
    assert {(peek.what, peek.field) for peek in peeks if peek.test == OTHER} == {("fill", "financing_balance")}


def test_the_day_of_a_fill_at_the_close_does_not_matter_to_its_decision(tmp_path):
    """By hand: other balances from day t on, and the fills at the close of t are the same; at t + 1 they are not."""
    from liangrong.core.engine.run import execute
    from liangrong.core.engine.scenario import assemble, load_universe

    folder = write(tmp_path)
    config = configured(AT_CLOSE, strategy={"name": f"{folder}/strategy.py:Rises"})
    raw, _ = load_universe(config)
    t = 30
    balance = np.array(raw["financing_balance"])
    balance[t:] = balance[t:] * np.where(np.arange(balance.shape[1]) % 2, 1.4, 0.6)
    one, other = (
        execute(assemble(config, panel)).fills for panel in (raw, raw.with_fields({"financing_balance": balance}))
    )
    until = str(raw.sessions[t])
    same = one[one["date"].astype(str) <= until]
    assert len(same) > 30
    assert (same["date"].astype(str) == until).any()
    assert same.equals(other[other["date"].astype(str) <= until])
    day = str(raw.sessions[t + 1])
    assert (
        not one[one["date"].astype(str) == day]
        .reset_index(drop=True)
        .equals(other[other["date"].astype(str) == day].reset_index(drop=True))
    )


@pytest.mark.parametrize("decision", ["before_open", "at_close"])
@pytest.mark.parametrize("name", list(RULES))
def test_no_rule_of_ours_knows_the_future(name, decision):
    rule = {"name": name}
    if issubclass(RULES[name], Composed):
        rule["rules"] = [{"name": "spread_zscore"}, {"name": "breadth"}][: RULES[name].COUNT[1] or 2]
    keys = AT_CLOSE if decision == "at_close" else {}
    config = configured({**keys, "strategy.rule": RuleConfig(**rule).model_dump()}, MARKET, {"name": "quantile"})
    found = check_lookahead(config, 2)
    assert found.peeks == ()


def test_a_check_needs_a_day():
    with pytest.raises(ConfigError, match="`cuts` should be at least 1, got 0"):
        check_lookahead(configured(), 0)


def test_a_check_needs_three_sessions():
    day = {"window.start": "2021-06-01", "window.end": "2021-06-02"}
    with pytest.raises(ConfigError, match="`window` should hold 3 sessions or more for a check, it holds 2"):
        check_lookahead(configured(day, MARKET), 1)
    assert check_lookahead(configured({**day, "window.end": "2021-06-03"}, MARKET), 1).peeks == ()
