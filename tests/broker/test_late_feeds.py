"""Indicators on a security that is listed inside the panel: said once, with what helps."""

import warnings

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from liangrong import credit_broker, panel_of_frames
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of
from liangrong.core.broker.late_feeds import LateListing

DAYS = pd.bdate_range("2024-03-04", periods=60)


def frame(first):
    price = np.round(np.linspace(10, 12, 60 - first), 2)
    return pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), price), index=DAYS[first:]).assign(volume=1e6)


FRAMES = {"600000.SH": frame(0), "600001.SH": frame(20)}


class Averages(bt.Strategy):
    def __init__(self):
        self.means = [bt.ind.EMA(data, period=5) for data in self.datas]


class Watching(bt.Strategy):
    pass


def ran(strategy, feeds=None):
    cerebro = PanelCerebro()
    cerebro.broker = broker = credit_broker(panel_of_frames(FRAMES, adjusted=True))
    for feed in feeds_of(broker.market.panel) if feeds is None else feeds:
        cerebro.adddata(feed)
    cerebro.addstrategy(strategy)
    return cerebro.run()[0]


def test_indicators_on_a_late_security_are_told_with_the_way_out():
    with pytest.warns(
        LateListing, match=r"^listed after the .* session: 600001\.SH\. .*\.PandasData\(dataname=frame, name=symbol\)$"
    ):
        assert np.isnan(ran(Averages).means[1][0])


def test_the_advice_helps():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        feeds = [bt.feeds.PandasData(dataname=rows, name=symbol) for symbol, rows in FRAMES.items()]
        assert ran(Averages, feeds).means[1][0] == pytest.approx(FRAMES["600001.SH"]["close"].iloc[-5:].mean(), abs=0.1)


def test_without_indicators_nothing_is_said():
    ran(Watching)
