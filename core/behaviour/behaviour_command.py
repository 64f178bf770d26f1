"""A study of behaviour from data to a folder of tables and a page."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config.python_values import Overrides
from ..config.yaml_file import Given
from ..csv_text import csv_of
from ..errors import DataError
from ..folders import write_text
from ..pages.language import say
from ..plain import plain
from ..replacing import Contents, replacing
from ..run.scenario import completed, load_universe
from ..study.command import configured
from .behaviour_study import Progress, study_behaviour
from .lag_design import LagDesign
from .outcome import TABLES, Behaviour
from .page import render

FILES = (*(f"{name}.csv" for name in TABLES), "summary.json", "report.html")
BEHAVIOUR = Contents("study of behaviour", FILES, "responses.csv")


def behaviour_of(
    data: Given,
    design: LagDesign,
    start: Any = None,
    end: Any = None,
    overrides: Overrides = (),
    progress: Progress | None = None,
) -> Behaviour:
    """Return the study of a dataset folder, or of what a configuration names: its data, universe and window.

    Raises
    ------
    ConfigError, DataError, DateError
        Whatever cannot be studied as asked for.
    """
    config, _ = configured(data, None, start, end, overrides)
    raw, _ = load_universe(config)
    if not len(raw.sessions):
        raise DataError("the data hold no session at all")
    last = None if config.window.end is None else np.datetime64(config.window.end, "D")
    panel = completed(raw, config).window(None, last)
    first = None if config.window.start is None else np.datetime64(config.window.start, "D")
    panel.window(first, None)  # says so where no session is left
    made = study_behaviour(panel, design, first, progress)
    if "adj_factor" in panel or made.tables["securities"].empty:
        return made
    note = say("The data have no adjustment factor: a dividend or split looks like a fall.")
    return replace(made, notes=(*made.notes, note))


def save_behaviour(made: Behaviour, folder: Path) -> Path:
    """Write a study as a folder, whole or not at all; OutputError where that folder holds anything else."""
    target = folder.resolve()
    with replacing(target, BEHAVIOUR) as temporary:
        for name, table in made.tables.items():
            write_text(temporary / f"{name}.csv", csv_of(table, float_format="%.10g"))
        write_text(temporary / "summary.json", _json(made.as_record()))
        write_text(temporary / "report.html", render(made))
    return target


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(plain(content), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
