"""Each repetition begins where no user's file was ever loaded; errors and deaths in it are told as they are."""

import os
import signal
from typing import Any

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError, EngineError
from liangrong.core.run.lookahead import AHEAD, ENDS, FAILS, KEPT, OTHER, PEEK, UNSTEADY, Crew, Lookahead, Peek, words
from liangrong.core.run.lookahead.check import Expected
from run.asked import dies, fails, identity, raises_its_own, shape, touched
from run.configured import configured


@pytest.fixture(scope="module")
def visible(crew):
    """Let the processes import what they are asked: by `load` they search where this process does."""
    crew.load(configured())
    return crew


def test_a_repetition_knows_nothing_of_the_one_before(visible):
    assert visible.ask(touched) == visible.ask(touched) == visible.ask(touched, member=2)


def test_every_repetition_has_a_process_and_every_member_another_order_of_sets(visible):
    one, again, other = visible.ask(identity), visible.ask(identity), visible.ask(identity, member=1)
    assert len({one[0], again[0], other[0], os.getpid()}) == 4
    assert one[1] == again[1] != other[1]
    assert not one[2]


def test_a_map_answers_all(visible):
    assert len(set(visible.map(identity, [()] * 6))) == 6


def test_the_errors_of_a_repetition_are_raised_as_they_are(visible):
    for error in (ConfigError("`window` should be shorter"), DataError("no close")):
        with pytest.raises(type(error), match=str(error)):
            visible.ask(fails, error)
    with pytest.raises(EngineError, match=r"failed at asked.py:\d+: ValueError: of ours"):
        visible.ask(fails, ValueError("of ours"))
    assert visible.ask(identity)


def test_an_error_that_cannot_travel_becomes_text(visible):
    with pytest.raises(EngineError, match="OwnError: what"):
        visible.ask(raises_its_own)


def test_a_repetition_that_is_killed_is_told_and_the_next_one_runs(visible):
    with pytest.raises(EngineError, match=f"ended by signal {int(signal.SIGKILL)} before it answered"):
        visible.ask(dies)
    assert visible.ask(identity)


@pytest.mark.slow
def test_without_copies_every_repetition_is_a_new_process_with_the_same_data():
    with Crew(1, forks=False) as crew:
        crew.load(configured())
        nothing: Any = None
        crew.keep(False, nothing)
        assert crew.ask(shape) == crew.ask(shape) == ((60, 20), [False])
        assert crew.ask(touched)[0] == crew.ask(touched)[0] == 0


def test_data_that_cannot_be_loaded_are_told(tmp_path):
    with Crew(1) as crew, pytest.raises(DataError, match="nowhere"):
        crew.load(configured(data={"source": "dataset", "path": str(tmp_path / "nowhere")}))


def test_a_crew_needs_a_worker():
    with pytest.raises(ConfigError, match="`workers` should be at least 1, got 0"):
        Crew(0)


# ---- the answer in words ------------------------------------------------------------------------------------------

DAY, NEXT = np.datetime64("2022-03-01"), np.datetime64("2022-03-02")


def answered(*findings, **keys):
    given: dict[str, Any] = {
        "cuts": (DAY,),
        "stretches": ((DAY, DAY),),
        "sessions": 9,
        "compared": 1234,
        "runs": 7,
        "seconds": 250.0,
    }
    found = Lookahead(subject="a.py:Rule", strategy="quantile", findings=findings, **(given | keys))
    return list(words.answer(found))


def test_nothing_found_says_what_was_tested_and_what_is_not_seen():
    first, tested, why, unseen, took = answered(untested="too few", unseen=("late feeds",))
    assert first == "No look-ahead found in `a.py:Rule`: 1,234 decisions stayed the same."
    assert tested.startswith("Tested: 1 of 9 sessions (2022-03-01). Each was decided again where the history ends; ")
    assert why.startswith("No history was ended before 2022-03-01: too few. The decisions before it were compared")
    assert "late feeds; what shows on sessions that were not tested." in unseen
    assert took == "7 runs, each in a process of its own, took 4 min."
    both = {"cuts": (DAY, NEXT), "stretches": ((DAY, NEXT),), "sessions": 2}
    assert answered(**both)[1].startswith("Tested: all 2 sessions (2022-03-01..2022-03-02).")
    assert "not tested" not in answered(**both)[2]


@pytest.mark.parametrize(
    ("finding", "headline", "line"),
    [
        (
            Peek(PEEK, "score", OTHER, "close", DAY, NEXT, "A", 1.0, float("nan")),
            "`a.py:Rule` knew the future:",
            "score of 2022-03-01, A: 1 became nan through `close` when after 2022-03-02 other data follow",
        ),
        (
            Peek(PEEK, "orders", ENDS, "", DAY, DAY, "A", "buy 100", "none"),
            "`quantile` knew the future:",
            "orders of 2022-03-01, A: buy 100 became none through no single field, or the history's length when after",
        ),
        (
            Peek(FAILS, "", ENDS, "", DAY, DAY, after="IndexError: 3"),
            "`a.py:Rule` cannot decide without what follows:",
            "no decision on 2022-03-01 when after it the history ends, though the whole run has one: IndexError: 3",
        ),
        (
            Peek(AHEAD, "feed", "", "close", DAY, DAY, "A", "close[1]"),
            "`quantile` reads its feeds ahead:",
            "close[1] of 2022-03-01, A reads a feed past the session it stands at",
        ),
        (
            Peek(AHEAD, "feed", "", "close", DAY, DAY, "A", "close[-3]"),
            "`quantile` reads its feeds ahead:",
            "close[-3] of 2022-03-01, A reads a feed before its first session, where it wraps to its last",
        ),
        (
            Peek(UNSTEADY, "orders", "", "", DAY, DAY, "A", "none", "buy 1"),
            "`quantile` is not deterministic, so that nothing can be said of look-ahead:",
            "orders of 2022-03-01, A: none became buy 1 in a second run on the same data",
        ),
        (
            Peek(KEPT, "", "", "", DAY, DAY, after="KeyError: 1"),
            "`a.py:Rule` keeps what it saw, and another run in the same process decides otherwise:",
            "an error: KeyError: 1 where the process had made another run before",
        ),
    ],
)
def test_each_kind_of_finding_in_words(finding, headline, line):
    said = answered(finding)
    assert said[0] == headline
    assert said[1].startswith(f"* {line}")


def test_the_worst_kind_is_the_headline():
    peek = Peek(PEEK, "score", OTHER, "close", DAY, DAY, "A", 1.0, 2.0)
    assert "knew the future" in answered(Peek(FAILS, "", ENDS, "", DAY, DAY, after="x"), peek)[0]


def test_what_a_check_expects_to_take_is_said():
    assert words.expectation(Expected(3, 9, 1234, 33.3)) == "3 of 9 sessions, 1,234 repetitions: about 33 s more"
