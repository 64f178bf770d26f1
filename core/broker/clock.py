"""Which session of the market's panel a step of backtrader belongs to."""

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from backtrader.linebuffer import LineBuffer

from ..errors import ConfigError
from ..types import Sessions
from .feed import EPOCH_ORDINAL, PanelFeed

_REMEDY = "add the feeds of feeds_of(broker.market.panel), which have its sessions"


class SessionClock:
    """The clock of an account: the latest bar of any security tells the session.

    backtrader steps whenever some feed has a bar. An index with days of its own, a resampled week that is delivered
    after the last bar, intraday bars: they step the account without a new session, and are none of its business.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
        Those of the market's panel.
    symbols : collection of str
        Its securities.
    """

    def __init__(self, sessions: Sessions, symbols: Collection[str]) -> None:
        self._sessions = sessions
        self._symbols = symbols
        self._days: list[int] = (sessions.astype(np.int64) + EPOCH_ORDINAL).tolist()
        self._feeds: list[Any] = []
        self._has_calendar = False
        self._buffered: list[Any] = []
        self._seen: dict[Any, tuple[int, float]] = {}

    def row(self, datas: Sequence[Any], before: int) -> int:
        """Return the row of the session that the feeds `datas` have reached; `before` is the row of the last step.

        It is `before` where the step brings no session, -1 before the first.

        Raises
        ------
        ConfigError
            No feed is a security's, or two are the same one's; a bar on a day that is no session; a session passed
            over. A run may begin after the panel's first session, and end before its last.
        """
        if not self._feeds:
            self._choose(datas)
        for feed in self._buffered:
            self._check_order(feed)
        if self._has_calendar:  # the number of its bars is the session's; oldsync fills up a feed that has ended
            return max(min(len(self._feeds[0]), len(self._days)) - 1, before)
        return self._by_date(before)

    def _check_order(self, feed: Any) -> None:
        """Refuse a bar that is shown before its day: what backtrader's ring buffers make of a feed that has to wait."""
        length, stamp = len(feed), feed.datetime[0] if len(feed) else np.nan
        seen, last = self._seen.get(feed, (0, np.nan))
        if length == seen and stamp > last and not feed.replaying:
            raise ConfigError(
                "`exactbars=1` should be left out where feeds have different days: backtrader would show the bar of "
                f"{datetime.date.fromordinal(int(stamp))} in `{feed._name}` a step too early"
            )
        self._seen[feed] = (length, stamp)

    def _by_date(self, before: int) -> int:
        """Look for the latest bar among feeds with days of their own."""
        stamps = [(feed.datetime[0], feed) for feed in self._feeds if len(feed)]
        known = [(int(stamp), feed) for stamp, feed in stamps if stamp == stamp]  # NaN: oldsync fills ended feeds up
        if not known:
            return before
        day, feed = max(known, key=lambda pair: pair[0])
        row = bisect_right(self._days, day) - 1
        if row < 0 or self._days[row] != day:
            raise ConfigError(
                f"the feed `{feed._name}` has a bar on {datetime.date.fromordinal(day)}, which is no session of the "
                f"market's panel: {_REMEDY}, or make the panel of the data that the feed shows"
            )
        if row > before + 1 > 0:
            raise ConfigError(
                f"no feed has a bar on {self._sessions[before + 1]}, a session of the market's panel, after "
                f"{self._sessions[before]} and before {self._sessions[row]}: {_REMEDY}"
            )
        return row

    def _choose(self, datas: Sequence[Any]) -> None:
        """Choose the feeds to look at: one that has the panel's sessions is enough."""
        feeds = [data for data in datas if is_traded(data, self._symbols)]
        if not feeds:
            names = ", ".join(f"`{data._name}`" for data in datas)
            raise ConfigError(
                f"no feed is a security of the market's panel by its name, only {names}, or it is "
                f"resampled: {_REMEDY}, before what is made of them"
            )
        twice = [name for name, count in Counter(data._name for data in feeds).items() if count > 1]
        if twice:
            raise ConfigError(
                f"the security `{twice[0]}` has two feeds, and an account has one position in it: give the one that "
                "serves signals only another name, adddata(feed, name=...)"
            )
        of_panel = (data for data in feeds if isinstance(data, PanelFeed) and data.is_unfiltered)
        calendar = next((data for data in of_panel if np.array_equal(data.panel.sessions, self._sessions)), None)
        self._has_calendar = calendar is not None
        self._buffered = [data for data in datas if data.datetime.mode == LineBuffer.QBuffer]
        self._feeds = feeds if calendar is None else [calendar]


def is_traded(data: Any, symbols: Collection[str]) -> bool:
    """Tell whether `data` is a security that orders may go to: its bars are single sessions, as they come.

    Resampled bars serve signals only: one is known when it is over. A replayed one moves session by session.
    """
    return data._name in symbols and (not data.resampling or bool(data.replaying))


def traded_feeds(datas: Sequence[Any], columns: Mapping[str, int]) -> list[Any]:
    """Return the traded feeds by column, None for a security without one; an index or a week serves signals only."""
    feeds: list[Any] = [None] * len(columns)
    for data in datas:
        if is_traded(data, columns):
            feeds[columns[data._name]] = data
    return feeds


def column_of(data: Any, columns: Mapping[str, int]) -> int:
    """Return the column of `data` in the panel, by its name; ConfigError where it takes no orders."""
    if is_traded(data, columns):
        return columns[data._name]
    what = "is resampled" if data.resampling else "is no security of the market's panel"
    raise ConfigError(
        f"orders cannot go to the feed `{data._name}`, which {what}: order through the session-by-session feed of the "
        "security, one of feeds_of(broker.market.panel) or one that is named like it"
    )
