"""Walk-forward: choose the best trial in one window, hold it over the next, and join what it earned there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ConfigError
from ..inference.checks import FEWEST_SESSIONS, matrix, one_of
from ..inference.sharpe import METRICS, measured, sharpe_error
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..types import Row


class Window(NamedTuple):
    """Sessions train_start..train_stop decide, test_start..test_stop are held; each stop is excluded."""

    train_start: int
    train_stop: int
    test_start: int
    test_stop: int


class Walk(NamedTuple):
    """How a walk-forward is done; numbers of sessions as in `windows`."""

    train: int
    test: int
    anchored: bool = False
    purge: int = 0
    embargo: int = 0
    change_cost: float = 0.0  # fraction of the equity, see `walk_forward`

    def spans(self, sessions: int) -> tuple[Window, ...]:
        """Return its windows over so many sessions; ConfigError as `windows`."""
        given = {"anchored": self.anchored, "purge": self.purge, "embargo": self.embargo}
        return windows(sessions, self.train, self.test, **given)


@dataclass(frozen=True, kw_only=True)
class WalkForward:
    """What choosing by the past would have earned; W windows.

    Parameters
    ----------
    anchored : bool
        Whether every choice looks back to the first session; else over as many sessions as the one before.
    change_cost : float, fraction of the equity
    windows : tuple of Window
    chosen : int64 (W,)
        Index of the trial held in each test window.
    sessions : int64 (T',)
        Index of each session out of sample.
    returns : float64 (T',), fraction per session
        Of the trial held, less `change_cost` where it is charged.
    equity : float64 (T',)
        Their product; 1 before the first.
    sharpe : float, per year
        Of `returns`.
    sharpe_error : float, per year
        Of `sharpe`, sessions independent; NaN without variation, or with fewer than 20 sessions.
    in_sample_sharpe : float, per year
        Of the chosen in their training windows, the mean.
    ratio : float
        sharpe / in_sample_sharpe; NaN unless the latter is above 0.
    changes : float, fraction
        Windows after the first that hold another trial than the one before; NaN with one window.
    """

    anchored: bool
    change_cost: float
    windows: tuple[Window, ...]
    chosen: NDArray[np.int64]
    sessions: NDArray[np.int64]
    returns: Row
    equity: Row
    sharpe: float
    sharpe_error: float
    in_sample_sharpe: float
    ratio: float
    changes: float

    def figures(self) -> dict[str, float]:
        """Return the figures of the whole, without those of windows and sessions, which are counted."""
        names = ("anchored", "change_cost", "sharpe", "sharpe_error", "in_sample_sharpe", "ratio", "changes")
        counts = {"windows": len(self.windows), "sessions": len(self.sessions)}
        return {name: getattr(self, name) for name in names} | counts


def windows(
    sessions: int, train: int, test: int, *, anchored: bool = False, purge: int = 0, embargo: int = 0
) -> tuple[Window, ...]:
    """Return the windows; test windows follow one another without a gap to the last session.

    Parameters
    ----------
    sessions : int
        T.
    train, test : int, sessions
        The last test window may be shorter.
    anchored : bool
        Every training window begins with the first session, instead of rolling.
    purge : int, sessions
        Dropped from the end of each training window, which gets shorter: those whose outcome reaches beyond it.
    embargo : int, sessions
        Left between the end of a training window and its test, for what wears off slowly.

    Raises
    ------
    ConfigError
        A negative number, no session to train or to test on.
    """
    if min(purge, embargo) < 0 or test < 1 or train - purge < 2:
        raise ConfigError(
            "`train` less `purge` should leave at least 2 sessions, `test` be at least 1, `purge` and `embargo` not "
            f"negative; got train {train}, test {test}, purge {purge}, embargo {embargo}"
        )
    if train + embargo >= sessions:
        raise ConfigError(
            f"`train` {train} and `embargo` {embargo} leave none of {sessions} sessions to test on: shorten them"
        )
    firsts = range(train + embargo, sessions, test)
    return tuple(
        Window(0 if anchored else first - embargo - train, first - embargo - purge, first, min(first + test, sessions))
        for first in firsts
    )


def both_ways(
    returns: ArrayLike, walk: Walk, *, metric: str = "sharpe", periods_per_year: float = SESSIONS_PER_YEAR
) -> tuple[WalkForward, WalkForward]:
    """Return the walk-forward as asked for, and the one whose windows are of the other kind.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    walk : Walk
    metric, periods_per_year
        As `walk_forward`.

    Raises
    ------
    ConfigError
        As `windows` and `walk_forward`.
    DataError
        As `walk_forward`.
    """
    values = matrix("returns", returns)
    made = (
        walk_forward(
            values,
            one.spans(len(values)),
            metric=metric,
            periods_per_year=periods_per_year,
            change_cost=one.change_cost,
            anchored=one.anchored,
        )
        for one in (walk, walk._replace(anchored=not walk.anchored))
    )
    first, second = made
    return first, second


def walk_forward(
    returns: ArrayLike,
    spans: Sequence[Window],
    *,
    metric: str = "sharpe",
    periods_per_year: float = SESSIONS_PER_YEAR,
    change_cost: float = 0.0,
    anchored: bool = False,
) -> WalkForward:
    """Return what holding the best trial of each training window earned in the test window after it.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    spans : sequence of Window
        As `windows`.
    metric : str
        By which the best is chosen: `sharpe` or `return`. The first among equals.
    periods_per_year : float
    change_cost : float, fraction of the equity
        Taken off where another trial than the one before is taken up, and once at the beginning: in the first session
        of that window, or while neither the last trial nor the new one holds anything, in the first in which it does.
    anchored : bool
        Of `spans`, kept in the result.

    Raises
    ------
    ConfigError
        An unknown metric, no window, or a cost that is not at least 0 and below 1.
    DataError
        NaN, a return below -1, or another shape.

    Notes
    -----
    Returns that do not vary have the Sharpe ratio 0: the account stood still.
    What is held is the trial as it stands, with the positions that it has by then: each trial's costs are its own, and
    to take over its positions costs `change_cost`, for which one sale and one purchase of everything is the most:
    about twice the turnover cost of a side, times leverage. Trials mostly share positions, so that it is less.
    A trial holds nothing in a session whose return is 0; interest on cash counts as if it did.
    """
    values = matrix("returns", returns)
    one_of("metric", metric, METRICS)
    if not 0.0 <= change_cost < 1.0:
        raise ConfigError(f"`change_cost` should be a fraction of at least 0 and below 1, got {change_cost}")
    if not spans:
        raise ConfigError("`spans` should hold at least one window")
    trained = [values[w.train_start : w.train_stop] for w in spans]
    chosen = np.array([measured(part, metric).argmax() for part in trained], dtype=np.int64)
    earned = np.concatenate([values[w.test_start : w.test_stop, k] for w, k in zip(spans, chosen, strict=True)])
    if change_cost:
        charged = _charged(earned, spans, chosen)
        earned[charged] = (1.0 + earned[charged]) * (1.0 - change_cost) - 1.0
    root = math.sqrt(periods_per_year)
    inside = root * float(np.mean([measured(part, "sharpe")[k] for part, k in zip(trained, chosen, strict=True)]))
    outside = root * float(measured(earned[:, None], "sharpe")[0])
    return WalkForward(
        anchored=anchored,
        change_cost=change_cost,
        windows=tuple(spans),
        chosen=chosen,
        sessions=np.concatenate([np.arange(w.test_start, w.test_stop) for w in spans]),
        returns=earned,
        equity=np.asarray(np.cumprod(1.0 + earned), dtype=np.float64),
        sharpe=outside,
        sharpe_error=root * float(sharpe_error(earned[:, None])[0]) if len(earned) >= FEWEST_SESSIONS else math.nan,
        in_sample_sharpe=inside,
        ratio=outside / inside if inside > 0.0 else math.nan,
        changes=float((np.diff(chosen) != 0).mean()) if len(chosen) > 1 else math.nan,
    )


def _charged(earned: Row, spans: Sequence[Window], chosen: NDArray[np.int64]) -> list[int]:
    """Return the sessions (of T', increasing) in which the choice of another trial moves positions."""
    charged, last, is_due = [], -1, False
    for window, trial in zip(spans, chosen, strict=True):
        start, stop = (session - spans[0].test_start for session in (window.test_start, window.test_stop))
        is_due |= bool(trial != last)
        if is_due:
            has_to_sell = trial != last and start > 0 and earned[start - 1] != 0.0
            moved = [start] if has_to_sell else start + np.flatnonzero(earned[start:stop])[:1]
            charged += [int(session) for session in moved]
            is_due = not len(moved)
        last = trial
    return charged
