"""Who trades after what, as a function: what ``liangrong study --behaviour`` does."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.behaviour.outcome import Behaviour
    from .functions import Given


def behaviour(
    data: "Given",
    *,
    lags: int | Sequence[int | tuple[int, int]] | str | None = None,
    weekly: bool = False,
    scale: str = "balance",
    start: Any = None,
    end: Any = None,
    out: str | Path | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> "Behaviour":
    """Study what margin buyers and short sellers did after rises and after falls.

    Parameters
    ----------
    data : path, mapping or Config
        A dataset folder, or a configuration, of which data, universe and window count.
    lags : int, sequence, or text, optional, periods
        Before a flow: ``[1, 2, (3, 5)]`` or ``"1,2,3-5"``, where a span counts each of its periods alike; 1 to 5
        sessions, or 1 to 4 weeks, where absent.
    weekly : bool
        By week in the place of the session.
    scale : {"balance", "float_cap", "turnover"}
        What a flow is a fraction of.
    start, end : date or str, optional
        First and last session of the flows; returns before the first are history.
    out : path, optional
        Folder for tables and page; nothing is written where absent.
    progress : callable(what, done, total), optional

    Raises
    ------
    LiangrongError
        Whatever cannot be studied as asked for, or written.
    """
    from .core.behaviour.behaviour_command import behaviour_of, save_behaviour
    from .core.behaviour.lag_design import LagDesign, given_lags
    from .core.errors import ConfigError

    if out is not None and not isinstance(out, str | os.PathLike):
        raise ConfigError(f"`out` should be a path, got {out!r}")
    design = LagDesign(lags=given_lags(lags), weekly=weekly, scale=scale)
    made = behaviour_of(data, design, start, end, progress=progress)
    if out is not None:
        save_behaviour(made, Path(out))
    return made
