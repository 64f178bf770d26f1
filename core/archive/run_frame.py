"""The list of runs as a data frame."""

from pathlib import Path
from typing import Any

import pandas as pd

from .run_list import FIGURES, KeptRun, list_runs

COLUMNS = ("made", "name", "configuration", "data", "digest", "start", "end", *FIGURES, "liangrong", "folder")


def runs_frame(runs: Path, name: str | None = None) -> pd.DataFrame:
    """Return a row for each run below a folder, the newest first, its label as the index; `made` is in UTC."""
    found = list_runs(runs, name)
    labels = pd.Index([run.label for run in found.runs], name="run")
    table = pd.DataFrame([_row(run) for run in found.runs], columns=list(COLUMNS), index=labels)
    table["made"] = pd.to_datetime(table["made"], utc=True)
    for column in FIGURES:
        table[column] = table[column].astype(float)
    table.attrs["problems"] = list(found.problems)
    return table


def _row(run: KeptRun) -> dict[str, Any]:
    told = run.as_record()
    start, end = told["window"]
    return {
        **{key: told[key] for key in ("made", "name", "configuration", "liangrong", "folder")},
        "data": run.data.get("path") or run.data.get("source"),
        "digest": run.data.get("digest"),
        "start": start,
        "end": end,
        **told["figures"],
    }
