"""The one line about refusals at the end of a run that a user started himself."""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import backtrader as bt
import pytest
from broker.plain import Plain, call, frame
from liangrong import credit_broker, panel_of_frames
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.broker.refusal_summary import OrdersRefused, RefusalTally
from liangrong.core.config.yaml_file import load
from liangrong.core.run.engines import run as run_config
from liangrong.core.types import Refusal

ODD = {0: [call("buy", size=150)], 1: [call("buy", size=200)], 2: [call("buy", size=20_000)], 3: [call("buy", size=1)]}


def engine(add, cerebro=None):
    cerebro = PanelCerebro() if cerebro is None else cerebro
    cerebro.broker = broker = credit_broker(panel_of_frames({"600000.SH": frame([10.0] * 6)}, adjusted=True))
    cerebro.broker.setcash(100_000.0)
    cerebro.adddata(feeds_of(broker.market.panel)[0])
    add(cerebro)
    return cerebro


def lines(cerebro, action: Any = "always", **words):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        cerebro.run(**words)
    return [str(one.message) for one in caught if one.category is OrdersRefused]


@pytest.mark.parametrize("kind", [PanelCerebro, bt.Cerebro])
def test_a_run_ends_with_one_line_and_so_does_the_next(kind):
    """With Python's usual filter too, which drops what it has shown once."""
    line = "3 of 4 orders refused: lot 2, no_cash 1 (round sizes to lots: LotSizer or order_target_*)"
    cerebro = engine(lambda cerebro: cerebro.addstrategy(Plain, script=ODD), kind())
    assert [lines(cerebro, "default") for _ in range(3)] == [[line]] * 3


def test_every_run_of_an_optimisation_has_its_line():
    class Sized(bt.Strategy):
        params = (("size", 0),)

        def next(self):
            self.buy(size=self.p.size)

    cerebro = engine(lambda cerebro: cerebro.optstrategy(Sized, size=[50, 100, 150]))
    lot = "5 of 6 orders refused: lot 5 (round sizes to lots: LotSizer or order_target_*)"  # the sixth meets no session
    assert lines(cerebro, maxcpus=1) == [lot, lot]


def test_nothing_is_said_where_nothing_was_refused():
    script = {0: [call("buy", size=100)], 2: [call("close")]}
    assert lines(engine(lambda cerebro: cerebro.addstrategy(Plain, script=script))) == []


def test_it_can_be_switched_off():
    cerebro = engine(lambda cerebro: cerebro.addstrategy(Plain, script=ODD))
    old = cerebro.broker
    cerebro.broker = CreditBroker(cash=1e5, market=old.market, schedule=old.schedule, refusal_line=False)
    assert lines(cerebro) == []
    assert cerebro.broker.tally.refused.total() == 3


def test_the_runs_of_a_configuration_have_their_table_instead():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = run_config(load(Path(__file__).parents[2] / "configs" / "margin_calls.yaml"))
    assert len(result.refusals)
    assert [one for one in caught if one.category is OrdersRefused] == []


def test_thousands_are_grouped_and_reasons_are_ranked():
    tally = RefusalTally()
    tally.submitted = 1_489
    tally.refused.update({Refusal.CONCENTRATION: 2, Refusal.LOT: 1_461})
    assert tally.line().startswith("1,463 of 1,489 orders refused: lot 1,461, concentration 2 (round sizes to lots")
    tally.refused = type(tally.refused)({Refusal.CONCENTRATION: 1})
    assert tally.line() == "1 of 1,489 orders refused: concentration 1 (the analyzer Refusals lists them)"


def test_the_line_of_a_program():
    """As a user sees it: one line, without a line of our source beneath."""
    code = (
        "from liangrong.core.broker.refusal_summary import RefusalTally, Refusal\n"
        "tally = RefusalTally(); tally.submitted = 3; tally.refused[Refusal.LOT] = 2; tally.warn()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == [
        "liangrong:0: OrdersRefused: 2 of 3 orders refused: lot 2 (round sizes to lots: LotSizer or order_target_*)"
    ]
