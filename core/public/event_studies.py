"""Studies of events, from Python."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from .core.config.yaml_file import Given
    from .core.events.outcome import EventStudy


def study_events(
    events: "str | Path | pd.DataFrame",
    data: "Given",
    *,
    before: int = 10,
    after: int = 20,
    against: str | None = None,
    estimation: int = 60,
    controls: int = 5,
    placebos: int = 1000,
    seed: int = 7,
    start: Any = None,
    end: Any = None,
    out: str | Path | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> "EventStudy":
    """Study what followed events: abnormal returns, and balances and flows of the market.

    Parameters
    ----------
    events : str, path or DataFrame
        ``"lists"``: entries to and exits from the lists of eligible securities; ``"rulebook"``: changes of margin
        ratios; a CSV file, or a frame, with the column date, and optionally symbol and kind.
    data : path, mapping or Config
        A dataset folder, or a configuration, of which data, universe and window count.
    before, after : int, sessions
        The window around the event, whose session is 0.
    against : {"equal", "industry", "matched"}, optional
        What the verdict's returns are measured against; matched, or what the data allow, where absent.
    estimation : int, sessions
        Before the window: what is usual is estimated from them.
    controls : int
        Matched controls of an event.
    placebos : int
        Most placebo windows.
    seed : int
        Of their choice.
    start, end : date or str, optional
        First and last session, in place of the configuration's.
    out : path, optional
        Folder for tables and page; nothing is written where absent.
    progress : callable(what, done, total), optional

    Returns
    -------
    EventStudy

    Raises
    ------
    LiangrongError
        Whatever cannot be studied as asked for, or written.
    """
    from .core.events.event_design import EventDesign
    from .core.events.study_of_events import save_events
    from .core.events.study_of_events import study_events as studied
    from .core.study.command import configured

    plan = EventDesign(
        before=before,
        after=after,
        against=against,
        estimation=estimation,
        controls=controls,
        placebos=placebos,
        seed=seed,
    )
    config, _ = configured(data, None, start, end)
    made = studied(config, str(events) if isinstance(events, Path) else events, plan, progress)
    if out is not None:
        save_events(made, Path(out))
    return made
