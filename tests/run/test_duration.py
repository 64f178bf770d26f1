"""How long a run is said to take: by hand from its sizes."""

import pytest
from liangrong.core.run import duration
from liangrong.core.run.duration import Takes, takes
from liangrong.core.run.duration_words import clock
from liangrong.core.run.duration_words import duration as words
from liangrong.core.run.first_use import Group
from liangrong.core.run.planned import Planned
from liangrong.core.run.scenario import prepare
from run.configured import configured

PLAN = Planned(long=1.0, short=0.0, largest=0.1, held=10.0, smallest=0.1, orders=1000)


@pytest.fixture
def ordinary(monkeypatch):
    """The machine of the rates, with all kernels kept."""
    monkeypatch.setattr(duration, "slowness", lambda: 1.0)
    monkeypatch.setattr(duration, "to_compile", lambda _: ())


@pytest.mark.usefixtures("ordinary")
def test_by_hand(monkeypatch):
    """60 sessions of 20 securities and 1,000 orders on backtrader, 2 s of preparation."""
    scenario = prepare(configured())
    found = takes(scenario, PLAN, 2.0)
    assert found.preparing == pytest.approx(2.0 + 2.3)
    assert found.running == pytest.approx(1.0 + 60 * 7e-4 + 60 * 20 * 2e-6 + 1000 * 3.2e-4)
    assert found.writing == pytest.approx(1.0 + 1000 * 3e-5)
    assert (found.compiling, found.orders) == (0.0, 1000)
    monkeypatch.setattr(duration, "slowness", lambda: 2.0)
    slow = takes(scenario, PLAN, 2.0)
    assert slow.running == pytest.approx(2.0 * found.running)
    assert slow.preparing == pytest.approx(2.0 + 2.0 * 2.3)  # it was measured on this machine
    assert slow.memory == found.memory
    busy = takes(scenario, PLAN, 2.0, 1.5)  # half as long again as the processor worked on it
    assert (busy.running, busy.writing) == (pytest.approx(1.5 * slow.running), pytest.approx(1.5 * slow.writing))
    assert busy.preparing == pytest.approx(2.0 + 1.5 * 2.0 * 2.3)
    assert takes(scenario, PLAN, 2.0, 0.5).running == pytest.approx(slow.running)  # several threads
    assert takes(scenario, PLAN, 2.0, 99.0).running == pytest.approx(4.0 * slow.running)


@pytest.mark.usefixtures("ordinary")
def test_both_engines_take_the_time_of_both():
    one, other, both = (
        takes(prepare(configured({"execution.engine": engine})), PLAN, 0.0).running
        for engine in ("backtrader", "compiled", "both")
    )
    assert both == pytest.approx(one + other)


def test_what_has_to_be_compiled_is_added_and_said(monkeypatch):
    monkeypatch.setattr(duration, "slowness", lambda: 1.0)
    monkeypatch.setattr(duration, "to_compile", lambda _: (Group("the account", 160, 35.0),))
    found = takes(prepare(configured()), PLAN, 0.0)
    assert found.compiling == 35.0
    assert found.seconds == pytest.approx(found.preparing + found.running + found.writing + 35.0)
    assert "; and about 35 s to compile, once; about 0." in found.told()


def test_in_words():
    told = Takes(preparing=3.0, running=120.0, writing=2.0, compiling=0.0, memory=2.5e9, orders=10).told()
    assert told == (
        "about 2 min (62 s to 4 min): 3 s to prepare, 2 min for the engine, 2 s for the page; about 2.5 GB of memory"
    )


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, "1 s"), (89.4, "89 s"), (90.0, "2 min"), (5399.0, "90 min"), (5400.0, "1.5 h")]
)
def test_spans(seconds, told):
    assert words(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, "1 s"), (59.4, "59 s"), (59.6, "1:00"), (185.0, "3:05"), (3723.0, "1:02:03")]
)
def test_a_clock(seconds, told):
    assert clock(seconds) == told
