"""Feeds over a panel: one per security, all read from one (T, N) array and moved by one clock.

A backtrader feed keeps eight growing arrays of its own and moves each of them at every session. Here a line is a
zero-copy view of one column, and its index is that of a `SharedClock`: a whole market advances by one assignment. That
only holds where the whole history is there before the run (preload and runonce) and where every feed sees the same
sessions; `PanelCerebro` decides it and attaches the feeds. Anywhere else, a stock `bt.Cerebro` included, the same feed
fills its own arrays with the same values and is an ordinary feed.
"""

import copy
import gc
from array import array
from collections import deque
from typing import Any

import backtrader as bt
import numpy as np
from backtrader.linebuffer import LineBuffer

from ..errors import ConfigError
from ..kernels.prices import carry_forward
from ..panel.panel import Panel
from ..types import Panel2D

EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal(): backtrader counts days from year 1, numpy from 1970
_PRICES = ("open", "high", "low")


class SharedClock:
    """The one index of all lines of a panel: the session's row, -1 before the first.

    Attributes
    ----------
    idx : int
        Row of the current session.
    dates : float64 (T,)
        Sessions as backtrader's day numbers.
    """

    __slots__ = ("dates", "idx")

    def __init__(self, dates: np.ndarray) -> None:
        self.dates = dates
        self.idx = -1


class PanelBars:
    """The bars of a panel as the lines need them: no gap between the first observation and the end.

    Parameters
    ----------
    panel : Panel
        Needs ``close``; takes ``open``, ``high``, ``low``, ``volume`` and ``suspended`` where they are there.

    Attributes
    ----------
    clock : SharedClock
        Index of all attached lines.
    columns : dict of str to float64 (T, N)
        Line name -> values; the panel's own array where that has no gap. Equal values are stored once.

    Raises
    ------
    DataError
        A panel without ``close``.

    Notes
    -----
    NaN handling: a bar without an observed close, or flagged by ``suspended``, has the line ``suspended`` 1.0, the last
    close before it in all four prices, and volume 0: an order filled at NaN would turn cash into NaN for ever. Before
    its first observation a security's prices and volume are NaN. A missing open, high or low of an observed bar, or a
    field that the panel lacks (an index that has closes only), is the close; a missing volume stays NaN.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.clock = SharedClock(panel.sessions.astype(np.int64) + float(EPOCH_ORDINAL))
        observed = panel["close"]
        suspended = np.isnan(observed)
        close = carry_forward(observed) if suspended.any() else observed
        flag = panel.get("suspended")
        if flag is not None:
            suspended |= flag == 1.0
        self.columns = {"close": close, "volume": _volume(panel, close, suspended)}
        self.columns |= {name: _price(panel, name, close, suspended) for name in _PRICES}
        zeros = np.broadcast_to(0.0, close.shape)
        self.columns["openinterest"] = zeros
        self.columns["datetime"] = np.broadcast_to(self.clock.dates[:, None], close.shape)
        self.columns["suspended"] = suspended.astype(np.float64) if suspended.any() else zeros


def _price(panel: Panel, name: str, close: Panel2D, suspended: np.ndarray) -> Panel2D:
    field = panel.get(name)
    if field is None:
        return close
    gap = suspended | np.isnan(field)
    return np.where(gap, close, field) if gap.any() else field


def _volume(panel: Panel, close: Panel2D, suspended: np.ndarray) -> Panel2D:
    field = panel.get("volume")
    if field is None:
        return np.broadcast_to(np.nan, close.shape)
    halted = suspended & ~np.isnan(close)
    return np.where(halted, 0.0, field) if halted.any() else field


class ColumnLine(LineBuffer):
    """A line that reads a column in place, and still has an index of its own.

    Lines take this class before the run's indicators are computed, and `SharedLine` after it: an indicator that only
    has `next` is computed by moving each of its feeds through the whole history (`Indicator.once_via_next`), which one
    clock for all of them cannot follow.
    """

    def get(self, ago: int = 0, size: int = 1) -> array:
        """Return `size` values up to the one `ago` sessions from now, in the type that a plain line returns."""
        end = self.idx + ago + 1
        return array("d", self.array[end - size : end].tobytes())


class SharedLine(ColumnLine):
    """A line that reads a column in place and takes its index from the shared clock.

    Lines become shared and plain again by changing their class, because indicators keep references to them. The clock
    moves them; the moves that backtrader makes line by line (`forward`, `advance`, `rewind`) are not for them.
    """

    _shared_clock: SharedClock

    def __getitem__(self, ago: int) -> float:
        """Return the value `ago` sessions from the current one (negative = the past)."""
        return self.array[self._shared_clock.idx + ago]

    def __len__(self) -> int:
        """Return the sessions seen so far."""
        return self._shared_clock.idx + 1

    @property
    def idx(self) -> int:
        """Row of the current session, the clock's."""
        return self._shared_clock.idx

    @property
    def lencount(self) -> int:
        """Sessions seen so far."""
        return self._shared_clock.idx + 1

    def home(self) -> None:
        """Go before the first session, with the whole panel."""
        self._shared_clock.idx = -1


class PanelFeed(bt.feed.DataBase):
    """One security of a panel; make them with `feeds_of`.

    Parameters
    ----------
    dataname : PanelBars
        The bars that all feeds of the panel read.
    column : int
        Column j of the security.

    Attributes
    ----------
    index : int
        Column j in `panel`.
    panel : Panel
        Where the security's other fields are.
    is_attached : bool
        True while the lines are views of the panel.
    is_shared : bool
        True while these views move with the shared clock: after the run's indicators were computed.

    Raises
    ------
    ConfigError
        A `dataname` that is no `PanelBars`, a `column` outside the panel.
    """

    # Tuples here; of them backtrader makes the objects that the class and its feeds have under these names.
    lines: Any = ("suspended",)
    params: Any = (("column", 0),)

    is_attached = False
    is_shared = False
    shared_line = SharedLine  # what a line becomes while it is shared
    attaches = False  # set by PanelCerebro while it runs: preload() then makes the lines views
    # Off: the bar is the tick. Brokers that find None here read the line itself.
    tick_open = tick_high = tick_low = tick_close = tick_volume = tick_openinterest = tick_suspended = tick_last = None

    def __init__(self) -> None:
        super().__init__()
        if not isinstance(self.p.dataname, PanelBars):
            got = type(self.p.dataname).__name__
            raise ConfigError(f"`dataname` of a PanelFeed should be PanelBars, got {got}: use feeds_of(panel)")
        count = len(self.p.dataname.panel.symbols)
        if not 0 <= self.p.column < count:
            raise ConfigError(
                f"`column` should be in [0, {count}), the panel's securities, got {self.p.column}: use feeds_of(panel)"
            )
        self._become(self.p.column)

    def _become(self, column: int) -> None:
        self.bars: PanelBars = self.p.dataname
        self.panel = self.bars.panel
        self.index = column
        self._name = self.panel.symbols[column]
        self._row = 0
        # An instance attribute is found at once; backtrader's own way takes four calls per access.
        self.__dict__.update(zip(_LINES, self.lines.lines, strict=True))

    def _twin(self, column: int) -> "PanelFeed":
        """Return what ``PanelFeed(dataname=self.bars, column=column)`` would, at a tenth of the metaclass's time."""
        twin = object.__new__(type(self))
        state = twin.__dict__
        state.update(self.__dict__)
        params = copy.copy(self.params)
        params.column = column
        lines = copy.copy(self.lines)
        lines.lines = [_fresh_line(line, twin) for line in self.lines.lines]
        state.update(params=params, p=params, plotinfo=copy.copy(self.plotinfo), plotlines=copy.copy(self.plotlines))
        state.update(notifs=deque(), _barstack=deque(), _barstash=deque(), _filters=[], _ffilters=[])
        state.update(lines=lines, l=lines, line=lines.lines[0])
        for i, line in enumerate(lines.lines):
            state[f"line_{i}"] = state[f"line{i}"] = line
        twin._become(column)
        return twin

    def __len__(self) -> int:
        """Return the sessions seen so far."""
        return len(self.close)

    def start(self) -> None:
        """Start a run at the first bar."""
        super().start()
        self._row = 0

    def reset(self) -> None:
        """Give the lines empty arrays of their own again."""
        if self.is_attached:
            for line in self.lines.lines:
                line.__class__ = LineBuffer
            self.is_attached = self.is_shared = False
        super().reset()

    def preload(self) -> None:
        """Load the whole history: as views where the run will share a clock, in bulk, or bar by bar through filters."""
        if self.attaches:
            self._attach()
        elif self.is_unfiltered:
            self._fill()
        else:
            super().preload()

    @property
    def is_unfiltered(self) -> bool:
        """Whether every bar of the panel reaches the strategy as it is."""
        return not (self._filters or self.p.fromdate or self.p.todate or self.p.tzinput)

    def _columns(self) -> list[np.ndarray]:
        return [self.bars.columns[name][:, self.index] for name in _LINES]

    def _attach(self) -> None:
        clock = self.bars.clock
        for line, column in zip(self.lines.lines, self._columns(), strict=True):
            line.array = column.data
            line._shared_clock = clock
            line.__class__ = ColumnLine
        if "tick_last" in self.__dict__:  # a stepped run before this one left its last bar there
            self._tick_nullify()
        self.is_attached = True
        self.home()

    def share(self) -> None:
        """Let the clock, before the first session, move the lines: the indicators have been computed."""
        for line in self.lines.lines:
            line.__class__ = self.shared_line
        self.is_shared = True
        self.bars.clock.idx = -1

    def detach(self) -> None:
        """Turn views into plain, filled lines at the start: the run turned out not to be a runonce."""
        self.reset()
        self._fill()

    def _fill(self) -> None:
        for line, column in zip(self.lines.lines, self._columns(), strict=True):
            ahead = line.array  # what extend() reserved for look-ahead: NaN behind the last bar
            line.array = array("d", column.tobytes())
            line.array.extend(ahead)
        self._row = len(self.bars.clock.dates)
        self.home()

    def _load(self) -> bool:
        if self._row >= len(self.bars.clock.dates):
            return False
        for line, name in zip(self.lines.lines, _LINES, strict=True):
            line[0] = float(self.bars.columns[name][self._row, self.index])
        self._row += 1
        return True


_LINES: tuple[str, ...] = tuple(PanelFeed.lines._getlines())
"""The line names in backtrader's order."""


def _fresh_line(model: LineBuffer, owner: PanelFeed) -> LineBuffer:
    """Return an empty line of `owner`, as the constructor (which walks the call stack for the owner) would."""
    line = object.__new__(LineBuffer)
    line.__dict__.update(model.__dict__, lines=[line], bindings=[], array=array("d"), _owner=owner)
    return line


def feeds_of(panel: Panel) -> list[PanelFeed]:
    """Return one feed per security of `panel`, in its order.

    Parameters
    ----------
    panel : Panel
        (T, N); needs ``close``, see `PanelBars` for the rest.

    Returns
    -------
    list of PanelFeed
        N feeds that share one clock; add all or some of them to a `PanelCerebro` (or to any Cerebro).

    Raises
    ------
    DataError
        A panel without ``close``.

    Notes
    -----
    NaN handling: see `PanelBars`.
    """
    bars = PanelBars(panel)
    if not panel.symbols:
        return []
    make: Any = PanelFeed  # type checkers cannot see that its metaclass takes the params
    first: PanelFeed = make(dataname=bars, column=0)
    # Nothing made here is garbage, but the collector would look through all of it again and again.
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        return [first, *(first._twin(column) for column in range(1, len(panel.symbols)))]
    finally:
        if is_collecting:
            gc.enable()
