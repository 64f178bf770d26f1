"""How many configurations are known to have been tried on the data of a run: by runs that are kept, and comparisons."""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yaml import YAMLError

from ..compare.tried import Tried
from ..config.yaml_text import kept
from ..errors import LiangrongError
from ..kernels.statistics import SESSIONS_PER_YEAR
from .run_list import KeptRun

_YEAR = math.sqrt(SESSIONS_PER_YEAR)


@dataclass
class Known:
    """What is known to have been tried on some data.

    Parameters
    ----------
    sharpe : dict of str to float
        Per session, by the key of the run: the same configuration counts once, wherever it was run.
    runs : int
        How many of them are runs that are kept.
    comparisons : list of str
        Names of those that tried the others.
    """

    sharpe: dict[str, float] = field(default_factory=dict)
    runs: int = 0
    comparisons: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """How many are known, and from where, in a sentence."""
        count = len(self.sharpe)
        told = f"{count:,} configuration{'s are' if count > 1 else ' is'} known to have been tried on these data"
        if not self.comparisons:
            return f"{told}."
        of = f"comparison{'s'[: len(self.comparisons) > 1]} {', '.join(self.comparisons)}"
        return f"{told}: {_some(self.runs, 'run')}, and {_some(count - self.runs, 'trial')} of the {of}."

    def as_record(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {"runs": self.runs, "trials": len(self.sharpe) - self.runs, "comparisons": list(self.comparisons)}


def known_trials(
    runs: Iterable[KeptRun], comparisons: Iterable[Tried], data: Mapping[str, Any], own: KeptRun | None = None
) -> Known:
    """Return what is known to have been tried on some data.

    Parameters
    ----------
    runs : iterable of KeptRun
    comparisons : iterable of Tried
    data : mapping
        As summary.json has it.
    own : KeptRun, optional
        That is judged, and counts wherever it lies.
    """
    known, digest = Known(), str(data.get("digest"))
    same = [run for run in runs if str(run.data.get("digest")) == digest]
    for run in [*same, *([] if own is None else [own])]:
        known.sharpe[key_of_kept(run)] = _per_session(run.figure("sharpe"))
    known.runs = len(known.sharpe)
    witness = own or next(iter(same), None)
    for one in comparisons:
        new = one.sharpe.keys() - known.sharpe.keys()
        if new and _is_on(one, data, witness):
            known.sharpe |= {key: _per_session(one.sharpe[key]) for key in one.sharpe if key in new}
            known.comparisons.append(one.name)
    return known


def key_of_kept(run: KeptRun) -> str:
    """Return the key of a run that is kept, its label where it has none."""
    return str(run.record.get("key") or run.label)


def _is_on(one: Tried, data: Mapping[str, Any], witness: KeptRun | None) -> bool:
    """Return whether a comparison is on the data of a run: by their digest, else by what both state of them."""
    if "digest" in one.data:
        return str(one.data["digest"]) == str(data.get("digest"))
    places = (os.path.normpath(str(path)) for path in (one.data["path"], data.get("path")))
    if one.data["source"] != data.get("source") or len({*places}) > 1:
        return False
    return witness is None or one.data["options"] == _options(witness)


def _options(run: KeptRun) -> Any:
    try:
        return kept(run.folder / "config.yaml")["data"]["options"]
    except (OSError, LookupError, TypeError, ValueError, RecursionError, YAMLError, LiangrongError):
        return None


def _per_session(ratio: float | None) -> float:
    return math.nan if ratio is None else ratio / _YEAR


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'s'[: count != 1]}"
