"""How events are studied: the window, what a return is measured against, placebo windows."""

from dataclasses import dataclass

from ..config.quantities import whole_number
from ..errors import ConfigError

AGAINST = ("equal", "industry", "matched")
"""Equal weight of all others, of the industry's others, and controls alike in size and past return."""

FEWEST_ESTIMATION = 20
"""Known sessions before the window, below which no deviation of an abnormal return is estimated."""

FEWEST_PEERS = 3
"""Other securities with a return, below which their mean is no benchmark."""

FEWEST_EVENTS = 5
"""Events, and days with events, below which nothing is told from how the events differ from each other."""

FEW_EVENTS = 10
"""Events below which one test alone shows nothing: all that there are must agree."""

_BOUNDS = {
    "before": (1, 120, "sessions before the event"),
    "after": (1, 250, "sessions after the event"),
    "estimation": (FEWEST_ESTIMATION, 500, "sessions before the window that tell what is usual"),
    "controls": (FEWEST_PEERS, 50, "matched controls of an event"),
    "placebos": (100, 100_000, "placebo windows"),
    "seed": (0, 2**32 - 1, "of the placebo windows"),
}
SETTINGS = ("estimation", "controls", "placebos", "seed")
"""What `--set` takes."""


@dataclass(frozen=True, kw_only=True)
class EventDesign:
    """How events are studied.

    Parameters
    ----------
    before, after : int, sessions
        The window is from `before` sessions before the event to `after` after it; session 0 is the event's own.
    against : {"equal", "industry", "matched"}, optional
        What the verdict's abnormal returns are measured against; where absent matched, or what the data allow.
    estimation : int, sessions
        Before the window: what is usual is estimated from them.
    controls : int
        Matched controls of an event.
    placebos : int
        Most placebo windows; all that there are where they are fewer.
    seed : int
        Of their choice.

    Raises
    ------
    ConfigError
        A value outside its range.
    """

    before: int = 10
    after: int = 20
    against: str | None = None
    estimation: int = 60
    controls: int = 5
    placebos: int = 1000
    seed: int = 7

    def __post_init__(self) -> None:
        """Check."""
        for name, (low, high, what) in _BOUNDS.items():
            value = whole_number(name, getattr(self, name))
            object.__setattr__(self, name, value)
            if not low <= value <= high:
                raise ConfigError(f"`{name}` should be from {low} to {high} ({what}), got {value}")
        if self.against is not None and self.against not in AGAINST:
            raise ConfigError(f"`against` should be one of {', '.join(AGAINST)}, got {self.against!r}")

    @property
    def width(self) -> int:
        """Sessions of the window."""
        return self.before + 1 + self.after

    @property
    def spans(self) -> dict[str, slice]:
        """Name of a span of the window -> its columns."""
        day = self.before
        return {
            "before": slice(0, day),
            "day 0": slice(day, day + 1),
            "day 0 and after": slice(day, self.width),
            "whole window": slice(0, self.width),
        }


FOCUS = "day 0 and after"
"""The span of the verdict."""
