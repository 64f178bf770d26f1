"""Panel feeds in every mode and company: one result, that of stock backtrader on stock feeds."""

from itertools import product

import backtrader as bt
import pytest
from broker.gambling import assert_same_run, finished, is_quick, market, stock_feeds
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import SharedLine, feeds_of

MODES = list(product([True, False], [True, False], [False, True, -1, -2]))


@pytest.fixture(scope="module")
def one_result():
    panel = market(3)
    return panel, repr(finished(bt.Cerebro(stdstats=False), stock_feeds(panel), seed=3)[1].log)


@pytest.mark.parametrize(("preload", "runonce", "exactbars"), MODES)
def test_every_mode_gives_the_one_result(one_result, preload, runonce, exactbars):
    panel, expected = one_result
    run = {"preload": preload, "runonce": runonce, "exactbars": exactbars}
    cerebro, strategy = finished(PanelCerebro(), feeds_of(panel), run=run, seed=3)
    assert repr(strategy.log) == expected
    assert is_quick(cerebro) == (preload and runonce and exactbars is False)


@pytest.mark.parametrize(
    ("preload", "runonce", "exactbars"), [(True, True, False), (True, False, -1), (False, False, 1)]
)
def test_panel_feeds_are_ordinary_feeds_of_a_stock_cerebro(one_result, preload, runonce, exactbars):
    panel, expected = one_result
    cerebro = bt.Cerebro(stdstats=False, preload=preload, runonce=runonce, exactbars=exactbars)
    cerebro, strategy = finished(cerebro, feeds_of(panel), seed=3)
    assert repr(strategy.log) == expected
    assert not is_quick(cerebro)


def test_feeds_go_from_one_engine_to_another(one_result):
    panel, expected = one_result
    feeds = feeds_of(panel)
    for engine in (PanelCerebro, bt.Cerebro, PanelCerebro):
        # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
        cerebro, strategy = finished(engine(stdstats=False), feeds, seed=3)
        assert repr(strategy.log) == expected
        assert is_quick(cerebro) == (engine is PanelCerebro)


def test_some_of_the_feeds_in_another_order():
    panel = market(16)
    chosen = [panel.symbols[j] for j in (3, 1)]
    stock = finished(bt.Cerebro(stdstats=False), stock_feeds(panel.select(chosen)), seed=16)[1]
    feeds = feeds_of(panel)
    cerebro, strategy = finished(PanelCerebro(), [feeds[3], feeds[1]], seed=16)
    assert repr(strategy.log) == repr(stock.log)
    assert is_quick(cerebro)


def weekly(panel):
    """A plain feed on every fifth session only."""
    feed = stock_feeds(panel)[0]
    return bt.feeds.PandasData(dataname=feed.p.dataname.iloc[::5], name="weekly")


@pytest.mark.parametrize("first", [True, False])
def test_a_plain_feed_among_panel_feeds(first):
    def mixed(feeds):
        return [weekly(panel), *feeds] if first else [*feeds, weekly(panel)]

    panel = market(17)
    stock = finished(bt.Cerebro(stdstats=False), mixed(stock_feeds(panel)), seed=17, period=3)[1]
    cerebro, strategy = finished(PanelCerebro(), mixed(feeds_of(panel)), seed=17, period=3)
    assert repr(strategy.log) == repr(stock.log)
    assert not any(isinstance(feed.close, SharedLine) for feed in cerebro.datas)


def test_feeds_of_two_panels():
    one, two = market(18), market(19)
    both = [stock_feeds(one)[0], stock_feeds(two)[0]]
    stock = finished(bt.Cerebro(stdstats=False), both, seed=18)[1]
    cerebro, strategy = finished(PanelCerebro(), [feeds_of(one)[0], feeds_of(two)[0]], seed=18)
    assert [row[4:] for row in strategy.log] == [row[4:] for row in stock.log]
    assert not is_quick(cerebro)


def test_a_resampled_feed():
    def resampled(cerebro):
        cerebro.resampledata(cerebro.datas[0], timeframe=bt.TimeFrame.Weeks)

    cerebro, _ = assert_same_run(market(20), adjust=resampled, seed=20, period=3)
    assert not is_quick(cerebro)
