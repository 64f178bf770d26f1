"""Both clocks take the steps of a session, each once, in the order that is written down."""

import inspect

import numpy as np
import pytest
from broker.markets import account, panel
from liangrong.core.account import session
from liangrong.core.account.credit import open_ledger
from liangrong.core.account.run_state import Run, new_log, new_state
from liangrong.core.account.steps import STEPS
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of
from liangrong.core.ideas.strategy import MarginStrategy
from liangrong.core.run.compiled import setting_of, targets_of
from oracles.ledger_interpreted import interpreted
from run.random_scenarios import draw

NAMES = [step.name for step in STEPS]


def noted(taken, name, function):
    def step(*arguments):
        taken.append(name)
        return function(*arguments)

    return step


def test_the_compiled_clock_takes_the_steps_in_their_order():
    scenario = draw(3)
    sessions, securities = 12, scenario.panel.shape[1]
    setting = setting_of(scenario, targets_of(scenario), keeps_margin=True)
    state = new_state(open_ledger(1e6, securities))
    run = Run(
        scenario.market.arrays, scenario.schedule.arrays, setting, state, new_log(len(scenario.panel.sessions), 4096)
    )
    taken: list[str] = []
    with interpreted(), pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.setattr(session, f"_{name}", noted(taken, name, getattr(session, f"_{name}")))
        assert session.simulate(run, 0, sessions) == sessions
    assert taken == NAMES * sessions


def test_every_function_of_a_run_and_a_session_is_a_step_or_prepares_one():
    found = [name for name, thing in vars(session).items() if hasattr(thing, "py_func")]
    taking = [
        name
        for name in found
        if list(inspect.signature(getattr(session, name).py_func).parameters)[:2] == ["run", "t"]
        and getattr(session, name).py_func.__module__ == session.__name__
    ]
    helpers = {"_has_room", "_open", "_note_rights", "plan_session", "_keep_worst", "_watch"}
    assert set(taking) - helpers == {f"_{name}" for name in NAMES}


class Deciding(MarginStrategy):
    """Say when it is asked."""

    taken: list[str] = []  # noqa: RUF012 - the test reads it

    def decide(self):
        self.taken.append("decide")


def test_the_clock_of_the_broker_takes_them_too():
    market = panel(np.full((6, 2), 10.0))
    broker = account(market)
    cerebro = PanelCerebro()
    cerebro.broker = broker
    for feed in feeds_of(broker.market.panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(Deciding)
    Deciding.taken = taken = []
    made = type(broker).init

    def init(self):
        made(self)
        self._steps = {name: noted(taken, name, step) for name, step in self._steps.items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(broker), "init", init)
        cerebro.run()
    assert taken == NAMES * 5 + NAMES[:-1]  # nothing is decided on the last session
