"""Published results, looked up in data of one's own."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.config.yaml_file import Given
    from .core.replicate.outcome import Replication

__all__ = ["replicate"]


def replicate(
    data: "Given",
    results: str | Iterable[str] = (),
    *,
    start: Any = None,
    end: Any = None,
    page: str | Path | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> "Replication":
    """Return whether published results about margin balances hold in data, as `liangrong replicate` does.

    Parameters
    ----------
    data : path, mapping or Config
        A dataset folder, or a configuration, of which data, universe and window count.
    results : str or iterable of str, optional
        Names of the register (`liangrong replicate --list`); all where absent.
    start, end : date or str, optional
        First and last session that count; earlier ones are history.
    page : path, optional
        Where to write a page (HTML).
    progress : callable(what, done, total), optional

    Returns
    -------
    Replication
        ``made["liu_luo_zhao_2020"].verdict`` is agrees, disagrees, too little data or needs a field.

    Raises
    ------
    LiangrongError
        A name that is not in the register; whatever cannot be read as asked for, or written.
    """
    from .core.folders import write_page
    from .core.replicate.page import render_replication
    from .core.replicate.replicating import replicate as engine

    names = [results] if isinstance(results, str) else list(results)
    made = engine(data, names, start, end, progress=progress)
    if page is not None:
        write_page(Path(page), render_replication(made, "liangrong"))
    return made
