"""Many answers -> a dataset, some hundred sessions at a time: what is read at once has to fit into memory."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset.importing import import_data
from ..sources import Finding
from ..sources.reading import together

SESSIONS = 250
"""Sessions of all securities that are read at once: of 3,000 securities and seven tables they take some 0.6 GB."""

FILES = 1000
"""Files of single securities that are read at once."""


def import_in_parts(by_day: Sequence[tuple[np.datetime64, Path]], others: Sequence[Path], to: Path) -> dict[str, Any]:
    """Bring answers into a dataset and return what `import_data` returns, of all parts together.

    Parameters
    ----------
    by_day : sequence of (datetime64[D], Path)
        Answers for one day each; those of a session are read together.
    others : sequence of Path
        Answers for a security each.
    to : Path
        The dataset folder.

    Raises
    ------
    LiangrongError
        As `import_data`; the parts before are in the dataset then.
    """
    ordered = sorted(by_day, key=lambda one: one[0])
    sessions = [[path for _, path in same] for _, same in groupby(ordered, key=lambda one: one[0])]
    parts = [[path for session in part for path in session] for part in _even(sessions, SESSIONS)]
    parts += _even(others, FILES)
    found = [import_data(None, part, to) for part in parts]
    brought = [Finding.of_record(one) for info in found for one in info["brought"]]
    return {
        **found[-1],
        "brought": [one.as_record() for one in together(brought)],
        "taken_for": _taken([one for info in found for one in info["taken_for"]]),
    }


def _even(items: Sequence[Any], most: int) -> list[list[Any]]:
    """Return the items in as few parts as may be, of nearly the same size."""
    count = -(-len(items) // most)
    bounds = [len(items) * i // count for i in range(count + 1)] if count else [0]
    return [[*items[start:end]] for start, end in pairwise(bounds)]


def _taken(taken: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what files were taken for, each source once."""
    whole: dict[tuple[str, str], list[str]] = {}
    for one in taken:
        whole.setdefault((one["source"], one["why"]), []).extend(one["files"])
    return [{"files": files, "source": source, "why": why} for (source, why), files in whole.items()]
