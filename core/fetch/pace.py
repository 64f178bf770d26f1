"""When the next call may be made, and how long a call that failed is tried again."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Literal, NamedTuple, Protocol, TypeVar

import numpy as np

from ..errors import ConfigError

WAITS = (2.0, 10.0, 30.0)
"""Seconds before the second, third and fourth try of a call that failed."""

A_MINUTE = 61.0
"""Seconds after which a service that counts by the minute has forgotten the last calls."""

MINUTES = 5
"""How often a call waits for the next minute before it is given up."""

_CHINA = timezone(timedelta(hours=8))
_OVER = 18
"""Hour in China from which a session's bars are complete everywhere."""

Answer = TypeVar("Answer")


class Clock:
    """The time; tests have one of their own that never sleeps."""

    def seconds(self) -> float:
        """Return a time in seconds that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def in_china(self) -> datetime:
        """Return date and time in China."""
        return datetime.now(_CHINA)

    def today(self) -> np.datetime64:
        """Return the date in China."""
        return np.datetime64(self.in_china().date(), "D")

    def over(self) -> np.datetime64:
        """Return the last date that is over: today from 18:00 in China on, before that yesterday."""
        return np.datetime64((self.in_china() - timedelta(hours=_OVER)).date(), "D")


class Trouble(NamedTuple):
    """What an error of a client means.

    Parameters
    ----------
    then : {"again", "minute", "stop"}
        Try again a little later, or in the next minute, or not at all.
    words : str
        What happened and what to do.
    """

    then: Literal["again", "minute", "stop"]
    words: str


class NoAnswer(Exception):
    """A call that failed for good; others may succeed."""


class Judge(Protocol):
    """What knows the errors of a client."""

    def trouble(self, error: Exception) -> Trouble:
        """Return what an error means."""
        ...


class Pace:
    """At most so many calls a minute, evenly spread.

    Parameters
    ----------
    clock : Clock
    per_minute : int
        At least 1.

    Raises
    ------
    ConfigError
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        if per_minute < 1:
            raise ConfigError(f"`--per-minute` should be at least 1 call, got {per_minute}")
        self.clock = clock
        self._between = 60.0 / per_minute
        self._next = clock.seconds()

    def patiently(self, judge: Judge, call: Callable[[], Answer]) -> Answer:
        """Return what `call` returns, tried again as long as that may help.

        Raises
        ------
        ConfigError
            The service refuses, for a reason that no waiting mends.
        NoAnswer
            It failed every time.
        """
        waits, minutes = list(WAITS), MINUTES
        while True:
            self._take_turn()
            try:
                return call()
            except Exception as error:
                trouble = judge.trouble(error)
            if trouble.then == "stop":
                raise ConfigError(trouble.words)
            if trouble.then == "minute" and minutes:
                minutes -= 1
                self.clock.sleep(A_MINUTE)
            elif trouble.then == "again" and waits:
                self.clock.sleep(waits.pop(0))
            else:
                raise NoAnswer(trouble.words)

    def _take_turn(self) -> None:
        now = self.clock.seconds()
        if now < self._next:
            self.clock.sleep(self._next - now)
        self._next = max(now, self._next) + self._between
