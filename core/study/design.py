"""What is studied, and how: a score with its panel; horizons, quantiles, entry, the numbers behind intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..config.quantities import whole_number
from ..errors import ConfigError, DataError
from ..panel.panel import Panel
from ..types import Panel2D
from .forward import ENTRIES
from .target import CRASH, RETURN, TARGETS, Target

HORIZONS = {RETURN: (1, 2, 3, 5, 10, 20, 40, 60), CRASH: (20, 60)}
"""Target -> horizons where none are asked for."""

SHORTEST = {RETURN: 1, CRASH: 10}
"""Target -> fewest sessions of a horizon: a skewness needs some."""

LONGEST = 250
DETAIL = (5, 20, 60)
"""Horizons for which states are followed: a week, a month and a quarter of sessions."""

LAGS = (1, 5, 20)
"""Sessions over which turnover and rank autocorrelation are measured."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """How a score is studied.

    Parameters
    ----------
    target : {"return", "crash"}
        What the score is asked to foretell.
    horizons : tuple of int, sessions
        Brought into order; those of `HORIZONS` where none is given. Of returns 1 is always among them, because the
        curves need it.
    quantiles : int
        Number of groups that the securities of a session are sorted into, 2 to 20.
    entry : {"open", "close"}
        As `entry_of`.
    focus : int, optional, sessions
        Horizon of the verdict, the groups and the charts; the one nearest to 20 where absent.
    least : int
        Fewest securities that a session (or a group in it) needs.
    state_sessions : int
        Sessions over which the changes of price and balance are taken that make the states.
    resamples : int
        Of the bootstrap.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ConfigError
        A value outside its range.
    """

    target: str = RETURN
    horizons: tuple[int, ...] = ()
    quantiles: int = 5
    entry: str = "open"
    focus: int | None = None
    least: int = 10
    state_sessions: int = 5
    resamples: int = 1000
    seed: int = 7

    def __post_init__(self) -> None:
        """Check and order."""
        if self.target not in TARGETS:
            raise ConfigError(f"`target` should be one of {', '.join(TARGETS)}, got {self.target!r}")
        object.__setattr__(self, "horizons", self._ordered())
        if self.entry not in ENTRIES:
            raise ConfigError(f"`entry` should be one of {', '.join(ENTRIES)}, got {self.entry!r}")
        for name, low, high in (("quantiles", 2, 20), ("least", 3, 1000), ("state_sessions", 1, 250)):
            value = whole_number(name, getattr(self, name))
            if not low <= value <= high:
                raise ConfigError(f"`{name}` should be from {low} to {high}, got {value}")
        if self.focus is None:
            object.__setattr__(self, "focus", min(self.horizons, key=lambda horizon: (abs(horizon - 20), horizon)))
        if whole_number("focus", self.focus) not in self.horizons:
            known = ", ".join(map(str, self.horizons))
            raise ConfigError(f"`focus` should be one of the horizons {known}, got {self.focus}")

    def _ordered(self) -> tuple[int, ...]:
        """Return the horizons in order; ConfigError where one is out of range."""
        asked = tuple(whole_number("horizons", horizon) for horizon in self.horizons) or HORIZONS[self.target]
        least = SHORTEST[self.target]
        for horizon in asked:
            if not least <= horizon <= LONGEST:
                why = "" if least == 1 else f", since the target is {self.target}"
                raise ConfigError(f"`horizons` should be from {least} to {LONGEST} sessions{why}, got {horizon}")
        return tuple(sorted({*asked, 1} if self.target == RETURN else {*asked}))

    @property
    def is_crash(self) -> bool:
        """Whether crash risk is asked for, not the return."""
        return self.target == CRASH

    @property
    def folder_ending(self) -> str:
        """What the name of its folder ends with, so that a study of another target does not take its place."""
        return "-crash" if self.is_crash else ""

    @property
    def horizon(self) -> int:
        """Horizon of the verdict."""
        return self.horizons[0] if self.focus is None else self.focus

    @property
    def detail(self) -> tuple[int, ...]:
        """Horizons of states and of slopes: 5, 20, 60 where asked for, and the focus; of crash risk all."""
        if self.is_crash:
            return self.horizons
        return tuple(sorted({self.horizon, *(horizon for horizon in DETAIL if horizon in self.horizons)}))


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is studied.

    Parameters
    ----------
    score : float64 (T, N)
        Positive = expected to outperform; NaN = no opinion. Infinite values are the first and last ranks.
    seen : Panel
        (T, N) as the decisions see it: states and industries are read from it.
    traded : Panel
        (T, N) as it was: prices.
    first : int
        Row of the first session that is studied; rows before it are history.
    controls : mapping of str to float64 (T, N)
        Scores that the score is compared with.
    targets : tuple of Target
        What the design asks for, where it was made before for many scores; made from `traded` where absent.

    Raises
    ------
    DataError
        Shapes that differ, or a `first` that is no row.
    """

    score: Panel2D
    seen: Panel
    traded: Panel
    first: int = 0
    controls: Mapping[str, Panel2D] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()

    def __post_init__(self) -> None:
        """Check the shapes; DataError where they differ."""
        shape = self.traded.shape
        shapes = {"score": self.score.shape, "seen": self.seen.shape}
        shapes |= {f"controls[{name!r}]": values.shape for name, values in self.controls.items()}
        for name, given in shapes.items():
            if given != shape:
                raise DataError(f"`{name}` should have the shape {shape} of the panel, got {given}")
        if not 0 <= self.first < shape[0]:
            raise DataError(f"`first` should be a row of the {shape[0]} sessions, got {self.first}")
