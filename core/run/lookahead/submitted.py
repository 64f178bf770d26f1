"""The orders that a strategy submits, session by session, and what it reads ahead of its feeds."""

from collections import defaultdict
from typing import Any, NamedTuple

from ...broker.credit_broker import CreditBroker
from ...broker.feed import SharedLine, feeds_of
from ...ideas.own_modules import blaming
from ...types import OrderKind
from ..engines import broker_of, cerebro_of
from ..scenario import Scenario


class Submitted(NamedTuple):
    """What a strategy asked of its broker, complete and in words: an order, a cancellation, a transfer of cash."""

    symbol: str
    words: str


class Ahead(NamedTuple):
    """A read of a feed's line past the session at which the feed stands."""

    row: int  # of the history: the decision that read
    symbol: str
    field: str
    read: str  # such as ``close[1]``


class Submissions(NamedTuple):
    """What one run submitted, by row of the history, and what it read ahead: the first of each line."""

    rows: dict[int, list[Submitted]]
    ahead: tuple[Ahead, ...]


def submitted(scenario: Scenario, until: int | None = None, open_end: bool = False) -> Submissions:
    """Run a scenario by backtrader and return what its strategy submitted.

    Parameters
    ----------
    scenario : Scenario
    until : int, optional
        Row of the history after whose decision the run may stop.
    open_end : bool
        Decide on the last session too; see `MarginStrategy`.
    """
    lead = int(scenario.config.execution.decision == "at_close")
    broker = broker_of(scenario, make=_Recorder)
    broker.shift = scenario.first + lead
    broker.until = until
    feeds = feeds_of(scenario.panel)
    watch = _Watch(broker.shift, len(scenario.history.sessions))
    for feed in feeds:
        feed.shared_line = watch.line
    with blaming(scenario.strategy, f"strategy `{scenario.config.strategy.name}`"):
        cerebro_of(scenario, broker, feeds, open_end=open_end).run()
    return Submissions(dict(broker.rows), tuple(watch.first.values()))


class _Recorder(CreditBroker):
    """A credit broker that notes what it is asked."""

    until: int | None = None
    shift = 0  # from the session at which the broker stands to the row of the history that is decided

    def init(self) -> None:
        super().init()
        self.rows: defaultdict[int, list[Submitted]] = defaultdict(list)
        self._numbers: dict[int, int] = {}

    def next(self) -> None:
        super().next()
        if self.until is not None and self.t + self.shift > self.until:
            self.cerebro.runstop()

    def submit(self, order: Any, check: bool = True) -> Any:
        self._note(order.data._name, self._words(order))
        return super().submit(order, check)

    def cancel(self, order: Any, bracket: bool = False) -> Any:
        if not bracket:  # those of a bracket are the broker's
            self._note(order.data._name, f"cancel {self._number(order.ref)}")
        return super().cancel(order, bracket)

    def add_cash(self, cash: float) -> None:
        self._note("", f"add cash {_figure(cash)}")
        super().add_cash(cash)

    def transfer(self, data: Any, shares: float) -> None:
        self._note(data._name, f"transfer {_figure(shares)}")
        super().transfer(data, shares)

    def _note(self, symbol: str, words: str) -> None:
        self.rows[self.t + self.shift].append(Submitted(symbol, words))

    def _number(self, ref: int) -> str:
        """Return an order by its number in the run: backtrader counts them by process."""
        return f"order {self._numbers.setdefault(ref, len(self._numbers) + 1)}"

    def _words(self, order: Any) -> str:
        """Return all that an order says, figures in full."""
        self._number(order.ref)
        info = dict(order.info)
        kind: OrderKind = info.pop("kind")
        words = [kind.name.lower(), _figure(order.size if order.isbuy() else -order.size)]
        words += [order.getordername()] if order.exectype else []
        for name in ("price", "pricelimit", "valid", "trailamount", "trailpercent", "tradeid"):
            value = getattr(order, name)
            words += [f"{name} {_figure(value)}"] if value else []
        words += [f"{name} {_figure(value)}" for name, value in info.items()]
        leader = self._ocos[order.ref]
        words += [f"or {self._number(leader)}"] if leader != order.ref else []
        words += [f"after {self._number(order.parent.ref)}"] if order.parent is not None else []
        return " ".join([*words, *([] if order.transmit else ["held back"])])


def _figure(value: Any) -> str:
    is_whole = isinstance(value, int | float) and value == value // 1
    return f"{int(value):,}" if is_whole else repr(float(value)) if isinstance(value, float) else repr(value)


class _Watch:
    """Notes the first read of each line ahead of its clock.

    A plain index before the first session counts as well: it wraps around to the last ones.
    """

    def __init__(self, shift: int, sessions: int) -> None:
        self.first: dict[str, Ahead] = {}
        note = self._note

        class Watched(SharedLine):
            def __getitem__(self, ago: int) -> float:
                at = self._shared_clock.idx
                if at >= 0 and (ago > 0 or at + ago < 0):
                    note(self, at, ago)
                return super().__getitem__(ago)

            def get(self, ago: int = 0, size: int = 1) -> Any:
                if ago > 0:
                    note(self, self._shared_clock.idx, ago)
                return super().get(ago, size)

        self.line = Watched
        self._shift, self._sessions = shift, sessions

    def _note(self, line: Any, at: int, ago: int) -> None:
        feed = line._owner
        names = feed.lines._getlines()
        field = next(name for name, one in zip(names, feed.lines.lines, strict=True) if one is line)
        if field != "datetime" and field not in self.first:  # the calendar is known ahead
            row = min(at + self._shift, self._sessions - 1)
            self.first[field] = Ahead(row, feed._name, field, f"{field}[{ago}]")
