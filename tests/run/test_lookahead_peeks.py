"""Many ways to know the future: each is named, with its test, its field and its session; what is honest passes."""

import pytest
from honesty import stated
from liangrong.core.errors import ConfigError
from liangrong.core.run.lookahead import AHEAD, ENDS, FAILS, KEPT, LATER, OTHER, PEEK, UNSTEADY, check_lookahead
from run.configured import configured
from run.peeks import write

MARKET = {"source": "synthetic", "options": {"seed": 5, "securities": 6, "sessions": 30, "start": "2022-01-04"}}
AT_CLOSE = {"execution.decision": "at_close", "execution.fill": "close"}
MODES = pytest.mark.parametrize("mode", [{}, AT_CLOSE], ids=["before_open", "at_close"])


@pytest.fixture(scope="module")
def check(crew, tmp_path_factory):
    """Return a function that checks a strategy or a rule of the user's own files."""
    folder = write(tmp_path_factory.mktemp("own"))

    def checked(name, mode, cuts=2, rule=False, **keys):
        own = f"{folder}/{'rules' if rule else 'strategies'}.py:{name}"
        strategy = {"name": "quantile", "rule": own, "parameters": {"minimum": 4}} if rule else {"name": own}
        return check_lookahead(configured({**mode, **keys}, MARKET, strategy), cuts, crew=crew)

    return checked


def kinds(found):
    return {finding.kind for finding in found.findings}


def peeks(found, what):
    return {(peek.test, peek.field) for peek in found.peeks if peek.what == what}


@pytest.mark.parametrize(
    ("name", "mode"), [("Honest", {}), ("Honest", AT_CLOSE), pytest.param("Seeded", {}, marks=pytest.mark.slow)]
)
def test_an_honest_strategy_passes(check, name, mode):
    found = check(name, mode)
    assert found.findings == ()
    assert found.compared > 100
    assert (found.untested, found.unseen) == ("", ())


@pytest.mark.parametrize(("name", "mode"), [("Close", {}), ("Product", AT_CLOSE), ("Cached", {})])
def test_an_honest_rule_passes(check, name, mode):
    found = check(name, mode, rule=True)
    assert found.findings == ()
    assert found.untested == ""


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("NextRow", {}),
        ("NextRow", AT_CLOSE),
        ("BrokerPanel", {}),
        pytest.param("BrokerMarks", AT_CLOSE, marks=pytest.mark.slow),
        pytest.param("FeedPanel", AT_CLOSE, marks=pytest.mark.slow),
        pytest.param("WholeSample", {}, marks=pytest.mark.slow),
        pytest.param("LastPrice", AT_CLOSE, marks=pytest.mark.slow),
        pytest.param("ClassCache", {}, marks=pytest.mark.slow),
    ],
)
def test_a_strategy_that_knows_a_later_close_is_named_by_its_orders(check, name, mode):
    found = check(name, mode, cuts=4)
    assert {(ENDS, "close"), (OTHER, "close")} <= peeks(found, "orders")
    assert kinds(found) <= {PEEK, KEPT, AHEAD}


@pytest.mark.parametrize(
    ("name", "mode"), [("FeedAhead", {}), pytest.param("FeedAhead", AT_CLOSE, marks=pytest.mark.slow), ("FeedGet", {})]
)
def test_a_feed_read_ahead_is_named(check, name, mode):
    """At the close of t the next value of a feed is that of t, and public: there the reading itself is named."""
    found = check(name, mode)
    (ahead,) = [finding for finding in found.findings if finding.kind == AHEAD]
    assert (ahead.field, ahead.before) == ("close", "close[1]")
    assert str(ahead.day) == ("2022-01-05" if mode else "2022-01-04")
    assert peeks(found, "orders") >= (set() if mode else {(ENDS, "close"), (OTHER, "close")})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["FeedArray", "Indicator"])
def test_a_feed_read_ahead_past_its_lines_is_named_by_its_orders(check, name):
    assert (OTHER, "close") in peeks(check(name, {}), "orders")


def test_a_feed_read_before_its_first_session_wraps_to_its_last_and_is_named(check):
    found = check("Wraps", {})
    (ahead,) = [finding for finding in found.findings if finding.kind == AHEAD]
    assert (str(ahead.day), ahead.before) == ("2022-01-04", "close[-3]")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Size", "buy 200", "buy 100"),
        ("Kind", "margin_buy 100", "buy 100"),
        ("Price", "sell 100 Limit price 901", "sell 100 Limit price 900"),
        ("Type", "sell 100 Stop price 900", "sell 100 Limit price 900"),
        ("Valid", "buy 100 Limit price 0.5 valid", "buy 100 Limit price 0.5 valid"),
        ("Cancels", "buy 100 Limit price 0.5; cancel order", "buy 100 Limit price 0.5"),
        ("Sequence", "", ""),
        ("Timing", "buy 100", "none"),
        ("Repays", "repay 1,001", "repay 1,000"),
        ("Cash", "add cash 2,000", "add cash 1,000"),
        ("OwnNext", "buy 200", "buy 100"),
    ],
)
def test_every_part_of_an_order_tells(check, name, before, after):
    found = check(name, AT_CLOSE if name in ("Size", "Timing") else {}, cuts=5)
    of_orders = [peek for peek in found.peeks if peek.what == "orders"]
    assert {peek.test for peek in of_orders} & {ENDS, OTHER}
    for peek in of_orders:
        assert peek.field == "close"
        assert peek.day == peek.known or peek.test == LATER
        texts = [peek.before, peek.after]
        assert any(text.startswith(before) for text in texts)
        assert any(text.startswith(after) for text in texts)
        assert texts[0] != texts[1]


@pytest.mark.slow
def test_orders_outside_decide_tell_too(check):
    assert (OTHER, "close") in peeks(check("Notified", {}, cuts=8), "orders")


@pytest.mark.slow
def test_the_last_sessions_are_known_by_the_length_of_the_history(check):
    found = check("KnowsTheEnd", {})
    assert peeks(found, "orders") == {(ENDS, "")}


@pytest.mark.slow
def test_a_balance_before_its_publication_is_named(check):
    assert check("Unpublished", {}).findings == ()  # before the open it is public
    assert peeks(check("Unpublished", AT_CLOSE, cuts=4), "orders") >= {(OTHER, "financing_balance")}
    late = {"data.publication_lag": {"financing_balance": 3}}
    assert peeks(check("Unpublished", {}, cuts=4, **late), "orders") >= {(OTHER, "financing_balance")}


@pytest.mark.slow
@MODES
def test_an_honest_strategy_passes_where_prices_arrive_late_and_what_that_hides_is_said(check, mode):
    found = check("Honest", mode, **{"data.publication_lag": {"close": 2}})
    assert found.findings == ()
    assert "feeds and the account" in found.unseen[0]


@pytest.mark.slow
def test_a_strategy_of_target_weights_with_a_hand_of_its_own_is_compared_by_its_orders(check):
    assert (OTHER, "close") in peeks(check("OwnDecide", AT_CLOSE), "orders")


@pytest.mark.slow
def test_target_weights_tell(check):
    assert {(ENDS, "close"), (OTHER, "close")} <= peeks(check("TargetsAhead", AT_CLOSE), "target weight")
    assert (OTHER, "short_eligible") in peeks(check("ShortList", {}, cuts=4), "target weight")


@pytest.mark.parametrize("name", ["Draws", "DrawsAnew", "OrderOfASet", "Clock"])
def test_what_is_not_deterministic_is_named_as_such_and_not_as_a_peek(check, name):
    found = check(name, {})
    assert kinds(found) == {UNSTEADY}
    assert found.cuts == ()


@pytest.mark.parametrize(("name", "mode"), [("FirstPanel", {}), ("FirstPanel", AT_CLOSE), ("Kept", AT_CLOSE)])
def test_what_a_rule_keeps_between_calls_is_named(check, name, mode):
    found = check(name, mode, rule=True)
    assert kinds(found) == ({KEPT, PEEK} if name == "FirstPanel" else {KEPT})
    if name == "FirstPanel":
        assert {(ENDS, "close"), (OTHER, "close")} <= peeks(found, "score")


def test_what_a_class_counts_between_runs_is_named(check):
    (kept,) = check("RunsOnce", {}).findings
    assert (kept.kind, kept.what) == (KEPT, "orders")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "Shift", "Backfill", "Centred", "Mean", "Deviation", "Rank", "Quantile", "Reversed", "Regression", "Parameter",
        "Tiny", "Survivors",
    ],
)  # fmt: skip
def test_a_rule_that_knows_later_closes_is_named_with_its_field(check, name):
    found = check(name, {}, rule=True, cuts=4)
    assert (OTHER, "close") in peeks(found, "score")
    assert kinds(found) == {PEEK}
    assert all(str(peek.day) <= str(peek.known) for peek in found.peeks)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Length", "LastRow", "NextDate"])
def test_a_rule_that_knows_where_the_history_ends_is_named_without_a_field(check, name):
    found = check(name, {}, rule=True, cuts=4)
    assert peeks(found, "score") == {(ENDS, "")}
    assert kinds(found) == {PEEK}


@pytest.mark.slow
@MODES
def test_a_rare_peek_is_found_where_all_sessions_are_tested(check, mode):
    few = check("EveryTwenty", mode, rule=True, cuts=1)
    assert few.findings == ()
    assert (len(few.cuts), few.sessions) == (1, 30 if mode else 29)
    found = check("EveryTwenty", mode, rule=True, cuts="all")
    assert (OTHER, "close") in peeks(found, "score")
    assert len(found.cuts) == found.sessions
    assert str(found.peeks[0].day) == "2022-01-13"  # t = 7
    stated("rare_peek_one", len(few.findings), 1)
    stated("rare_peek_all", int(bool(found.findings)), 1)


# ---- errors ---------------------------------------------------------------------------------------------------------


@MODES
def test_a_rule_that_needs_more_sessions_than_it_says_is_honest(check, mode):
    found = check("NeedsSome", mode, rule=True, cuts=8)
    assert found.findings == ()
    assert str(found.cuts[0]) == "2022-01-19"  # the 12th session
    assert "fewer than 12 sessions there is an error" in found.untested
    assert "IndexError: index 11" in found.untested


def test_an_error_past_any_warm_up_is_a_finding(check):
    found = check("NeedsMost", {}, rule=True)
    (failure,) = found.findings
    assert (failure.kind, failure.test) == (FAILS, ENDS)
    assert "IndexError: index 26" in failure.after
    assert str(failure.day) == "2022-02-15"  # the 26th session: the longest history on which it fails


def test_an_error_on_some_histories_only_is_a_finding(check):
    found = check("Fails", {}, rule=True, cuts=8)
    assert kinds(found) == {FAILS}
    assert "ValueError: not this length" in found.findings[0].after


@MODES
def test_a_strategy_that_needs_the_row_after_is_named(check, mode):
    if mode:  # at the last close there is no row after, and so no run at all
        with pytest.raises(ConfigError, match=r"Unguarded` failed at strategies.py:\d+: IndexError"):
            check("Unguarded", mode)
        return
    found = check("Unguarded", mode)
    failures = [finding for finding in found.findings if finding.kind == FAILS]
    assert [failure.test for failure in failures] == [ENDS]
    assert "IndexError" in failures[0].after
    assert (OTHER, "close") in peeks(found, "orders")


def test_a_rule_that_cannot_be_late_is_tested_without(check):
    found = check("NotLate", {}, rule=True)
    assert found.findings == ()
    assert found.tests == (ENDS, OTHER)
    assert "data that arrive a session later" in found.unseen[0]
