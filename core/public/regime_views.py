"""What `liangrong regimes` does, as a function."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .functions import _path, load_config

if TYPE_CHECKING:
    from .core.compare.regime_runs import RegimeComparison
    from .core.config.python_values import Overrides
    from .functions import Given


def regimes(
    config: "Given",
    overrides: "Overrides" = None,
    *,
    margins: Sequence[float] = (),
    days: Sequence[Any] = (),
    page: str | Path | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> "RegimeComparison":
    """Run a strategy under several regimes of the rules, and say what the differences come from.

    Parameters
    ----------
    config, overrides
        Of a run, as `run` takes them.
    margins : sequence of float
        Margin ratios of financed purchases; 0.5, 0.8 and 1 where neither these nor days are given.
    days : sequence of date or str
        Days whose rules hold on every session; ``"own"``: those of each session's own day.
    page : path, optional
        HTML page to write; nothing is written where absent.
    progress : callable(done, total), optional
        By run.

    Returns
    -------
    RegimeComparison
        The first regime is the one that the others are held against.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured, or written.

    Examples
    --------
    >>> import liangrong as lr
    >>> market = {"source": "synthetic", "options": {"sessions": 60, "securities": 10}}
    >>> asked = {"name": "mine", "data": market, "strategy": {"name": "buy_and_hold"}}
    >>> [regime.label for regime in lr.regimes(asked, margins=[0.5, 1.0]).regimes]
    ['margin 0.5', 'margin 1']
    """
    from .core.compare.regime_page import render_regimes
    from .core.compare.regime_runs import compare_regimes, regimes_of
    from .core.folders import write_page

    target = None if page is None else _path("page", page)
    made = compare_regimes(load_config(config, overrides), regimes_of(margins, days), progress)
    if target is not None:
        write_page(target, render_regimes(made))
    return made
