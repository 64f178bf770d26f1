"""The look-ahead check: it catches what peeks, names how, and lets pass what does not, which is every rule of ours."""

from dataclasses import replace

import numpy as np
import pytest
from ideas.own_files import write
from liangrong.core.config.run import RuleConfig
from liangrong.core.errors import ConfigError
from liangrong.core.panel.publication import Public, publication
from liangrong.core.run.lookahead import ENDS, LATER, OTHER, check_lookahead
from liangrong.core.run.lookahead.cuts import MONTH, chosen, stretches
from liangrong.core.run.lookahead.observed import Deviation, Observed, differences
from liangrong.core.run.lookahead.tampered import changed
from liangrong.core.run.scenario import load_universe
from liangrong.strategies import STRATEGIES
from liangrong.strategies.rules import RULES, Composed
from run.configured import configured, dataset

AT_CLOSE = {"execution.decision": "at_close", "execution.fill": "close"}
MARKET = {"source": "synthetic", "options": {"seed": 5, "securities": 10, "sessions": 280, "start": "2021-03-01"}}


@pytest.fixture(scope="module")
def check(crew, tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("own"))

    def checked(strategy, rule=None, keys=None, cuts=3):
        named = {"name": f"{folder}/strategy.py:{strategy}"}
        named |= {} if rule is None else {"rule": f"{folder}/rule.py:{rule}"}
        return check_lookahead(configured(keys, strategy=named), cuts, crew=crew)

    return checked


@pytest.mark.slow
@pytest.mark.parametrize("keys", [{}, AT_CLOSE, {"data.publication_lag": {"financing_balance": 3}}])
@pytest.mark.parametrize(("strategy", "rule"), [("Best", "Growth"), ("Rises", None)])
def test_what_knows_only_the_past_passes(check, strategy, rule, keys):
    found = check(strategy, rule, keys)
    assert found.findings == ()
    assert len(found.cuts) == 3
    assert found.compared > 1000


def test_a_rule_that_reads_tomorrow_is_named_with_field_and_day(check):
    found = check("Best", "ReadsTomorrow")
    assert found.subject.endswith("rule.py:ReadsTomorrow")
    scores = {peek.test: peek for peek in found.peeks if peek.what == "score"}
    assert set(scores) == {ENDS, OTHER, LATER}
    for peek in scores.values():
        assert peek.field == "close"
        assert peek.day == peek.known  # one day ahead: only the score of the last known day changes
        assert abs(peek.after - peek.before) == pytest.approx(1e-9, rel=1e-3)


def test_a_rule_that_knows_a_mean_of_all_time_is_named(check):
    found = check("Best", "KnowsTheMean")
    (peek,) = [peek for peek in found.peeks if (peek.what, peek.test) == ("score", OTHER)]
    assert peek.field == "financing_balance"
    assert peek.day == np.datetime64("2022-01-04")  # from the first session on


@pytest.mark.slow
def test_a_rule_that_knows_the_length_of_the_history_is_seen_only_where_it_ends(check):
    peeks = check("Best", "KnowsTheLength").peeks
    assert {(peek.what, peek.test, peek.field) for peek in peeks} == {("score", ENDS, "")}


def test_a_strategy_that_reads_a_balance_before_its_publication(check):
    assert check("RisesUnpublished").findings == ()  # before the open the balance is public
    peeks = check("RisesUnpublished", keys=AT_CLOSE).peeks
    assert {(peek.what, peek.field) for peek in peeks if peek.test == OTHER} == {("orders", "financing_balance")}


def test_the_day_of_a_fill_at_the_close_does_not_matter_to_its_decision(tmp_path):
    """By hand: other balances from day t on, and the fills at the close of t are the same; at t + 1 they are not."""
    from liangrong.core.run.engines import execute
    from liangrong.core.run.scenario import assemble, load_universe

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


def traded(name):
    """Return the rule `name` as a configuration has it, of other rules where it is made of some."""
    children = []
    kind = RULES[name]
    if issubclass(kind, Composed):
        children = [{"name": "spread_zscore"}, {"name": "breadth"}][: kind.COUNT[1] or 2]
    return RuleConfig.model_validate({"name": name, "rules": children})


def of_ours(crew, rule, decision):
    keys = AT_CLOSE if decision == "at_close" else {}
    config = configured({**keys, "strategy.rule": rule.model_dump()}, MARKET, {"name": "quantile"})
    return check_lookahead(config, 2, crew=crew)


@pytest.mark.slow
@pytest.mark.parametrize("decision", ["before_open", "at_close"])
@pytest.mark.parametrize("name", list(RULES))
def test_no_rule_of_ours_knows_the_future(crew, name, decision):
    found = of_ours(crew, traded(name), decision)
    assert found.findings == ()
    assert len(found.cuts) == 2


@pytest.mark.slow
@pytest.mark.parametrize("decision", ["before_open", "at_close"])
@pytest.mark.parametrize("part", range(4))
def test_no_rule_of_ours_knows_the_future_beside_others(crew, part, decision):
    """Several rules in one: the slow test takes each by itself."""
    rules = [traded(name) for name in list(RULES)[part::4]]
    found = of_ours(crew, RuleConfig(name="combine", rules=rules), decision)
    assert found.findings == ()
    assert len(found.cuts) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in STRATEGIES if STRATEGIES[name].DECIDES and name != "quantile"])
def test_no_strategy_of_ours_knows_the_future(crew, name):
    rule = {"rule": "spread_zscore"} if STRATEGIES[name].USES_RULE else {}
    assert check_lookahead(configured(AT_CLOSE, MARKET, {"name": name, **rule}), 2, crew=crew).findings == ()


@pytest.mark.parametrize("keys", [{}, AT_CLOSE])
def test_a_field_that_is_derived_arrives_with_what_it_follows_from(crew, tmp_path, keys):
    raw, _ = load_universe(configured())
    derived = ("short_balance", "total_balance", "spread", "pre_close", "suspended")
    published = replace(raw, fields={name: values for name, values in raw.fields.items() if name not in derived})
    found = check_lookahead(configured(keys, dataset(published, tmp_path)), 3, crew=crew)
    assert found.findings == ()


def test_a_list_of_orders_decides_nothing(crew, tmp_path):
    (tmp_path / "orders.csv").write_text("date,symbol,kind,shares\n2021-06-01,600000.SH,buy,100\n")
    replay = {"name": "replay", "parameters": {"file": str(tmp_path / "orders.csv")}}
    with pytest.raises(ConfigError, match="`replay` carries out orders given beforehand"):
        check_lookahead(configured({}, MARKET, replay), 2, crew=crew)


@pytest.mark.parametrize("cuts", [0, "many"])
def test_a_check_needs_a_day(cuts):
    with pytest.raises(ConfigError, match=f"`cuts` should be at least 1, or `all`, got {cuts}"):
        check_lookahead(configured(), cuts)


def test_a_check_needs_three_sessions(crew):
    day = {"window.start": "2021-06-01", "window.end": "2021-06-02"}
    with pytest.raises(ConfigError, match="`window` should hold 3 sessions or more for a check, it holds 2"):
        check_lookahead(configured(day, MARKET), 1, crew=crew)
    found = check_lookahead(configured({**day, "window.end": "2021-06-03"}, MARKET), "all", crew=crew)
    assert found.findings == ()
    assert [str(day) for day in found.cuts] == ["2021-06-01", "2021-06-02"]


# ---- which sessions, and what is done to the data -----------------------------------------------------------------


def test_the_sessions_that_are_tested():
    assert chosen(5, 9, None) == chosen(5, 9, 40) == [5, 6, 7, 8, 9]
    assert chosen(0, 10, 1) == [5]
    assert chosen(0, 8, 3) == [2, 4, 6]
    for count in (4, 8, 40, 100):
        rows = chosen(60, 498, count)
        assert len(rows) == len(set(rows)) == count
        assert (rows[0], rows[-1]) == (60, 498)
        assert rows == sorted(rows)
    longest = max(other - one + 1 for one, other in stretches(chosen(60, 498, 40)))
    assert longest >= MONTH
    for period in range(2, MONTH + 1):  # every habit that recurs within a month is met
        assert {row % period for row in chosen(60, 498, 40)} == set(range(period))


def test_sessions_in_a_row_are_told_as_one_stretch():
    assert stretches([]) == []
    assert stretches([1, 3, 4, 5, 9]) == [(1, 1), (3, 5), (9, 9)]


@pytest.mark.parametrize(("keys", "known"), [({}, 1), (AT_CLOSE, 0), ({"data.publication_lag": {"spread": 2}}, -1)])
def test_only_what_is_not_public_changes(keys, known):
    config = configured(keys, MARKET)
    raw, _ = load_universe(config)
    other = changed(config, raw, 50, OTHER).raw
    for name in raw.fields:
        same = (other[name] == raw[name]) | (np.isnan(other[name]) & np.isnan(raw[name]))
        public = 50 + (known if publication(name).when is Public.NEXT_OPEN and (name == "spread" or known == 0) else 1)
        assert same[:public].all(), name
        assert not same[public].all() or np.isnan(raw[name][public]).all() or name == "industry", name
    assert (np.nan_to_num(other["high"], nan=9e9) >= np.nan_to_num(other["low"], nan=0.0)).all()
    ended = changed(config, raw, 50, ENDS)
    assert len(ended.raw.sessions) == 51
    assert str(ended.config.window.end) == str(raw.sessions[50])
    late = changed(config, raw, 50, LATER).config.data.publication_lag
    assert late["close"] == 1
    assert late["pre_close"] == 0


def test_the_last_digits_of_a_sum_are_no_difference_and_anything_else_is():
    """A matrix product of a longer history rounds otherwise in rows that are the same."""
    before = np.array([[1.0, -3.0, 1e-17], [2.0, np.nan, np.inf]])

    def found(j, value, t=0):
        after = before.copy()
        after[t, j] = value
        return differences(Observed({"score": before}, None), Observed({"score": after}, None), 2, 2, ("A", "B", "C"))

    assert found(0, np.nextafter(1.0, 2.0)) == found(2, 3e-17) == []
    assert found(0, 1.0 + 1e-10) == [Deviation("score", 0, "A", 1.0, 1.0 + 1e-10)]
    for t, j, value in ((1, 1, 2.0), (1, 0, np.nan), (1, 2, 1e300), (1, 0, -np.inf)):
        ((what, row, symbol, *_),) = found(j, value, t)
        assert (what, row, symbol) == ("score", t, "ABC"[j])
