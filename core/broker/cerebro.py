"""Cerebro for a whole market: the session loop moves one clock, the account looks at what it holds.

The stock loop asks every feed for its next date, moves every feed, and lets each strategy compare the length of every
feed with its minimum period, at every session. Feeds of one panel have one calendar, so all of it is one index.
`PanelCerebro` takes the short way only where the answer is the same to the last digit, and is the stock one elsewhere.

It replaces private methods of backtrader 1.9.78.123, the version that the project pins.
"""

from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import backtrader as bt
import numpy as np
from backtrader.comminfo import CommInfoBase
from backtrader.metabase import ItemCollection
from backtrader.position import Position

from ..errors import ConfigError
from .feed import PanelFeed, SharedClock
from .garbage import frozen_garbage

_STANDARD = ("broker", "buysell", "trades", "datatrades")
_HOLDING_METHODS = (
    "cashadjust",
    "get_credit_interest",
    "_get_credit_interest",
    "get_leverage",
    "getvaluesize",
    "profitandloss",
)


class _Positions(defaultdict):
    """Positions by feed; `items` is empty while nothing can be due on any of them."""

    nothing_due = False

    def items(self) -> Any:
        return () if self.nothing_due else super().items()


class PanelBackBroker(bt.brokers.BackBroker):
    """backtrader's own broker, without a visit per session to every security ever touched.

    Orders, fills, cash and value are those of ``BackBroker`` to the last digit. Where all commission schemes are those
    of stocks paid in cash (no interest, no leverage, no margin) and the feeds share a clock, a session costs one pass
    over the open positions, in arrays; anywhere else the stock code runs.

    Notes
    -----
    Positions change by orders: assigning to a `Position` during a run is not seen before the next fill.
    NaN handling: a security without a price counts only once it is held; ``BackBroker`` turns the account's value into
    NaN as soon as a strategy has asked for its position.
    """

    def init(self) -> None:
        """Start with an empty account."""
        super().init()
        self.positions = _Positions(Position)
        self._is_stale = True
        self._holding: _Holding | None = None

    def addcommissioninfo(self, comminfo: CommInfoBase, name: str | None = None) -> None:
        """Use `comminfo` for the security `name`, or for all."""
        super().addcommissioninfo(comminfo, name)
        self._is_stale = True

    def setcommission(self, *args: Any, **kwargs: Any) -> None:
        """Use the stock commission scheme with these parameters."""
        super().setcommission(*args, **kwargs)
        self._is_stale = True

    def next(self) -> None:
        """Carry out the orders that are due and value the account."""
        self._refresh()
        self.positions.nothing_due = self._holding is not None
        try:
            super().next()
        finally:
            self.positions.nothing_due = False
        if self._holding is not None:
            self._holding.mark()

    def notify(self, order: Any) -> None:
        """Queue the state of `order` for its strategy: what ``order.clone()`` gives, by a shorter way."""
        order.executed.markpending()
        state = _shallow(order)
        state.executed = _shallow(order.executed)
        self.notifs.append(state)

    def _execute(self, order: Any, ago: int | None = None, *args: Any, **kwargs: Any) -> Any:
        if ago is not None:  # None is a trial of whether cash suffices
            self._is_stale = True
        return super()._execute(order, ago, *args, **kwargs)

    def _refresh(self) -> None:
        if not self._is_stale:
            return
        # By key: in the middle of next() there are no items() to see.
        held = [(data, self.positions[data]) for data in self.positions if self.positions[data].size]
        on_panel = all(isinstance(data, PanelFeed) and data.is_shared for data, _ in held)
        is_quick = on_panel and all(_is_cash_stock(comminfo) for comminfo in self.comminfo.values())
        if self._holding is not None and not is_quick:
            self._holding.hand_over()
        self._holding = _Holding(held) if is_quick else None
        self._is_stale = False

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:
        self._refresh()
        if datas or self._holding is None or not self.p.shortcash or self._fundhist or self._cash_addition:
            return super()._get_value(datas=datas, lever=lever)
        gross, net, self._unrealized = self._holding.value()
        self._value, self._valuelever = self.cash + net, self.cash + gross
        self._valuemkt, self._valuemktlever = net, gross
        self._fundval = self._value / self._fundshares
        self._leverage = gross / (net or 1.0)
        return self._value if not lever else self._valuelever


def _shallow(original: Any) -> Any:
    twin = object.__new__(type(original))
    twin.__dict__.update(original.__dict__)
    return twin


def _is_cash_stock(comminfo: CommInfoBase) -> bool:
    """Whether holding a share under this scheme costs nothing and is worth its price."""
    if not isinstance(comminfo, CommInfoBase) or not comminfo.stocklike:
        return False
    p = comminfo.p
    is_plain = p.interest == 0.0 and p.mult == 1.0 and p.leverage == 1.0
    return is_plain and all(getattr(type(comminfo), name) is getattr(CommInfoBase, name) for name in _HOLDING_METHODS)


def _reads_broker_observer(analyzer: type, words: dict[str, Any]) -> bool:
    if issubclass(analyzer, bt.analyzers.SharpeRatio):
        return bool(words.get("legacyannual", analyzer.params.legacyannual))
    return issubclass(analyzer, bt.analyzers.AnnualReturn) and not hasattr(analyzer, "sees_debt")


class _Holding:
    """Open positions as arrays, in the order in which ``BackBroker`` sums them."""

    def __init__(self, held: list[tuple[PanelFeed, Position]]) -> None:
        self.held = held
        self.row = -1  # session of the last visit
        self.columns = np.array([data.index for data, _ in held], dtype=np.intp)
        self.sizes = np.array([pos.size for _, pos in held], dtype=np.float64)
        self.prices = np.array([pos.price for _, pos in held], dtype=np.float64)
        self.bars = held[0][0].bars if held else None

    def mark(self) -> None:
        """Note the session as visited."""
        if self.bars is not None:
            self.row = self.bars.clock.idx

    def hand_over(self) -> None:
        """Leave on the positions what ``BackBroker`` notes there at every session: it goes on from these.

        They count once a scheme with interest or margin replaces the one without, while shares are held.
        """
        if self.bars is None or self.row < 0:
            return
        ago = self.row - self.bars.clock.idx
        for data, pos in self.held:
            pos.datetime = data.datetime.datetime(ago)
            pos.adjbase = data.close[ago]

    def value(self) -> tuple[float, float, float]:
        """Return market value, market value as principal and gain added one by one, and gain, in CNY at the close.

        The first two are one figure in two roundings: ``BackBroker`` splits a long position into its gain and the rest
        to divide the rest by the leverage, 1 here. `np.add.accumulate` adds in its order, where `np.sum` would add in
        pairs and end in other last digits.
        """
        if self.bars is None:
            return 0.0, 0.0, 0.0
        close = self.bars.columns["close"][self.bars.clock.idx].take(self.columns)
        worth = self.sizes * close
        gain = self.sizes * (close - self.prices)
        is_long = worth > 0.0
        split = np.empty((len(worth), 2))
        split[:, 0] = np.where(is_long, worth - gain, worth)
        split[:, 1] = np.where(is_long, gain, 0.0)
        gross, net, unrealized = (float(np.add.accumulate(terms)[-1]) for terms in (worth, split.reshape(-1), gain))
        return gross, net, unrealized


class PanelCerebro(bt.Cerebro):
    """backtrader's engine, quick where all feeds are `PanelFeed` of one panel.

    Parameters
    ----------
    stdstats : bool
        Default False: the three standard observers; they serve plots, and ``self.stats.broker`` of a strategy. An
        analyzer of backtrader that reads that one (`AnnualReturn`) brings it along.

    Notes
    -----
    The quick loop runs with ``preload``, ``runonce``, no ``exactbars``, no ``lookahead`` and no ``oldsync``, over feeds
    without filters or date limits of their own (cut the panel instead: `Panel.window`), and with no indicator that
    needs to be stepped. Otherwise, and when any other feed is added, the stock loop runs with the same result.
    """

    params = (("stdstats", False),)

    def __init__(self) -> None:
        super().__init__()
        self.broker = PanelBackBroker()
        self._panel_clock: SharedClock | None = None
        self._is_looping = False

    def run(self, **kwargs: Any) -> list[Any]:
        """Run the strategies; see ``bt.Cerebro.run``.

        Raises
        ------
        ConfigError
            ``optstrategy`` over more than one process; a strategy that reads a standard observer which is not there.
        """
        if self._dooptimize and kwargs.get("maxcpus", self.p.maxcpus) is None:  # backtrader: all there are
            kwargs["maxcpus"] = 1
        if self._dooptimize and kwargs.get("maxcpus", self.p.maxcpus) != 1:
            raise ConfigError(
                "`maxcpus` should be 1 in a PanelCerebro, since views of a panel cannot be sent to other processes: "
                f"got {kwargs.get('maxcpus', self.p.maxcpus)}; run(maxcpus=1), or one Cerebro per process"
            )
        self._add_broker_observer(kwargs.get("stdstats", self.p.stdstats))
        try:
            return super().run(**kwargs)
        except AttributeError as error:
            if isinstance(error.obj, ItemCollection) and error.name in _STANDARD:
                raise ConfigError(
                    f"`stats.{error.name}` is a standard observer, and `stdstats` is off in a PanelCerebro: "
                    "PanelCerebro(stdstats=True), or addobserver(bt.observers.Broker)"
                ) from error
            raise

    def _add_broker_observer(self, has_standard: bool) -> None:
        """Add the one observer that analyzers of backtrader read, where one of them was added."""
        if has_standard or any(observer is bt.observers.Broker for _, observer, *_ in self.observers):
            return
        if any(_reads_broker_observer(analyzer, words) for analyzer, _, words in self.analyzers):
            self.addobserver(bt.observers.Broker)

    def runstrategies(self, iterstrat: Any, predata: bool = False) -> list[Any]:
        """Run one set of strategies; the feeds share their clock if this run allows it."""
        self._panel_clock = None if predata else self._common_clock()
        attached = self.datas if self._panel_clock is not None else []
        for feed in attached:
            feed.attaches = True
        try:
            return super().runstrategies(iterstrat, predata=predata)
        finally:
            for feed in attached:
                feed.attaches = False

    def _common_clock(self) -> SharedClock | None:
        """Return the clock of all feeds, or None where they do not share one or the run cannot use it."""
        steps = not (self._dopreload and self._dorunonce) or self.p.oldsync or self.p.lookahead
        if steps or not all(isinstance(feed, PanelFeed) and feed.is_unfiltered for feed in self.datas):
            return None
        clocks = {id(feed.bars): feed.bars.clock for feed in self.datas}
        return clocks.popitem()[1] if len(clocks) == 1 else None

    def _disable_runonce(self) -> None:
        super()._disable_runonce()
        if self._panel_clock is not None and not self._is_looping:
            # An indicator of a strategy under construction must be stepped, after the feeds were attached.
            self._panel_clock = None
            for feed in self.datas:
                feed.detach()

    def stop_writers(self, runstrats: list[bt.Strategy]) -> None:
        """Write what the writers want; without any, do not collect it from every feed."""
        if self.runwriters:
            super().stop_writers(runstrats)

    def _runonce(self, runstrats: list[bt.Strategy]) -> None:
        clock = self._panel_clock
        if clock is None:
            super()._runonce(runstrats)
            return
        for strat in runstrats:
            strat._once()
            strat.reset()
        for feed in self.datas:
            feed.share()
        with frozen_garbage(), self._looping(runstrats, clock):
            for row, dt0 in enumerate(clock.dates.tolist()):
                clock.idx = row
                if not self._session(runstrats, dt0):
                    return

    def _session(self, runstrats: list[bt.Strategy], dt0: float) -> bool:
        """Run one session; False when a stop was asked for."""
        self._check_timers(runstrats, dt0, cheat=True)
        if self.p.cheat_on_open:
            for strat in runstrats:
                strat._oncepost_open()
                if self._event_stop:
                    return False
        self._brokernotify()
        if self._event_stop:
            return False
        self._check_timers(runstrats, dt0, cheat=False)
        for strat in runstrats:
            strat._oncepost(dt0)
            if self._event_stop:
                return False
            self._next_writers(runstrats)
        return True

    @contextmanager
    def _looping(self, runstrats: list[bt.Strategy], clock: SharedClock) -> Generator[None, None, None]:
        """Let the strategies ask the clock, not every feed, how far their minimum period is."""
        patched = [s for s in runstrats if type(s)._getminperstatus is bt.Strategy._getminperstatus]
        for strat in patched:
            strat._getminperstatus = _period_status(strat, clock)
        self._is_looping = True
        try:
            yield
        finally:
            self._is_looping = False
            for strat in patched:
                del strat._getminperstatus


def _period_status(strat: bt.Strategy, clock: SharedClock) -> Callable[[], int]:
    longest = max(strat._minperiods)

    def status() -> int:
        strat._minperstatus = missing = longest - (clock.idx + 1)
        return missing

    return status
