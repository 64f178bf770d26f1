"""Runs that the command line keeps, from Python: the list, and each as a result."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from .core.run.result import Result


def runs(folder: str | Path = "runs", name: str | None = None) -> "pd.DataFrame":
    """Return the runs that are kept below a folder, the newest first.

    Parameters
    ----------
    folder : path
    name : str, optional
        Only runs of this name.

    Returns
    -------
    DataFrame
        A row for each run, its name for `load_run` as the index: made (UTC), name, configuration, data, digest, start,
        end, total_return, sharpe, max_drawdown, lowest_maintenance_ratio (fractions, but for the Sharpe ratio),
        liangrong, folder. Runs that cannot be read are left out, and `attrs["problems"]` names them.

    Examples
    --------
    >>> import liangrong as lr
    >>> len(lr.runs("nowhere"))
    0
    """
    from .core.archive.run_frame import runs_frame

    return runs_frame(Path(folder), name)


def load_run(run: str | Path, folder: str | Path = "runs") -> "Result":
    """Return the result of a run that is kept, or that `Result.save` wrote.

    Parameters
    ----------
    run : str or path
        NAME (its newest run), NAME/STAMP, the beginning of a stamp, or the path of a folder.
    folder : path
        Of the runs.

    Raises
    ------
    ConfigError
        No run is called so, or several may be meant.
    DataError
        It cannot be read.
    """
    from .core.archive.run_names import find_run

    return find_run(run, Path(folder)).result()
