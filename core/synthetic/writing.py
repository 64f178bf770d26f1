"""A synthetic market as a dataset, written run by run of sessions, in the memory of one of them."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import store
from ..dataset.writer import Writer, writing
from ..errors import OutputError
from ..folders import write_file
from ..panel.action_rows import CorporateAction
from ..panel.ending_rows import Ending
from ..panel.panel import Panel
from ..sources import Finding
from .blocks import Plan, blocks_of
from .planted_breaks import PlantedBreak
from .stylised_facts import facts_of, sample

BREAKS = "breaks.csv"
"""Planted breaks beside the data of a dataset: an audit can be scored on them."""

TRUTH_FILES = ("truth.parquet", "truth_days.csv", "truth_accounts.csv")
"""What a market of many accounts has beside its data: by session and security, by session, by account."""

_SHOWN = 5


def write_market(
    plan: Plan, folder: str | Path, progress: Callable[[int, int], None] | None = None
) -> tuple[dict[str, Any], dict[str, float]]:
    """Write the market of `plan` as a dataset, and return its `info` and its stylised facts, as `facts_of`.

    Parameters
    ----------
    plan : Plan
        See `plan_of`.
    folder : path
        New, empty, or a dataset of a synthetic market, which is then replaced.
    progress : callable, optional
        Called with the sessions that are done, and their number.

    Raises
    ------
    OutputError
        The folder holds something else, data that are not synthetic among it; or it cannot be written.
    """
    folder = Path(folder)
    with writing(folder) as writer:
        refuse_real(writer, folder)
        actions: list[CorporateAction] = []
        endings: list[Ending] = []
        breaks: list[PlantedBreak] = []
        samples: list[Panel] = []
        done, about = 0, None
        for block in blocks_of(plan):
            writer.put(block.panel, whole=about is None)
            about = block.panel
            actions += about.actions
            endings += about.endings
            breaks += block.breaks
            samples.append(sample(about))
            done += len(about.sessions)
            if progress is not None:
                progress(done, len(plan.days))
        if about is not None:
            writer.commit(replace(about, actions=tuple(actions), endings=tuple(endings)), _findings(breaks))
        remove_beside(folder)
        if breaks:
            write_file(folder / BREAKS, _written(breaks))
    return store.info(folder), facts_of(_joined(samples))


def refuse_real(writer: Writer, folder: Path) -> None:
    """Raise OutputError where the folder holds data that are not synthetic."""
    if writer.manifest is not None and not writer.manifest.synthetic:
        raise OutputError(f"{folder} holds data of {writer.manifest.source}, no synthetic market: choose another")


def remove_beside(folder: Path) -> None:
    """Remove what the market before had beside its data, once that is replaced."""
    for name in (BREAKS, *TRUTH_FILES):
        (folder / name).unlink(missing_ok=True)


def _joined(panels: list[Panel]) -> Panel:
    """Return panels of the same securities and fields as one, by session."""
    fields = {name: np.concatenate([one[name] for one in panels]) for name in panels[0].fields}
    return replace(panels[0], sessions=np.concatenate([one.sessions for one in panels]), fields=fields)


def _findings(breaks: list[PlantedBreak]) -> list[dict[str, object]]:
    if not breaks:
        return []
    detail = f"the published repayment is not the one that moved the balance, on purpose: each stands in {BREAKS}"
    examples = tuple(f"{one.symbol} {one.day}" for one in breaks[:_SHOWN])
    return [Finding(kind="planted_break", count=len(breaks), detail=detail, examples=examples).as_record()]


def _written(breaks: Iterable[PlantedBreak]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("date", "symbol", "field", "amount"))
    rows.writerows((str(one.day), one.symbol, one.field, repr(one.amount)) for one in breaks)
    return text.getvalue()
