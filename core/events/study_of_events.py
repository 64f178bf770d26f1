"""From what a user names to a study of events and its folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..config.quantities import whole_number
from ..config.run import Config
from ..csv_text import csv_of
from ..errors import ConfigError, DataError, did_you_mean
from ..folders import write_text
from ..pages.language import say
from ..panel.panel import Panel
from ..plain import plain
from ..replacing import Contents, replacing
from ..run.scenario import completed, load_universe
from ..symbols import of_mainland
from .event_design import SETTINGS, EventDesign
from .event_file import read_events
from .event_rows import LISTS, Event, list_events, refuse_no_rule, rule_events
from .outcome import TABLES, EventStudy, Progress, event_study
from .page import render

SPECS = ("lists", "rulebook")
"""What `--events` takes besides a file."""

FILES = (*(f"{name}.csv" for name in TABLES), "summary.json", "report.html")
EVENTS = Contents("study of events", FILES, "summary.json")
"""The folder of a study of events."""


def study_events(
    config: Config, spec: str | pd.DataFrame, plan: EventDesign, progress: Progress | None = None
) -> EventStudy:
    """Return what followed the events that `spec` names: lists, rulebook, a CSV file; or is, as `read_events`.

    Raises
    ------
    ConfigError, DataError, DateError
        Whatever cannot be studied as asked for.
    """
    if isinstance(spec, str) and spec not in SPECS and not _is_path(spec):
        hint = did_you_mean(spec, SPECS).strip() or "there is no such file"
        raise ConfigError(f"`events` should be {', '.join(SPECS)} or a CSV file, got {spec!r}: {hint}")
    if progress is not None:
        progress("reading", 0, 1)
    raw, _ = load_universe(config)
    panel = completed(raw, config)
    end = None if config.window.end is None else np.datetime64(config.window.end, "D")
    panel = panel.window(None, end)
    start = panel.sessions[0] if config.window.start is None else np.datetime64(config.window.start, "D")
    panel.window(start, None)  # says so where no session is left
    first = int(np.searchsorted(panel.sessions, start))
    events, notes = events_of(spec, panel, first)
    name = Path(spec).stem if isinstance(spec, str) else "events"
    return event_study(panel, events, plan, name, notes, progress)


def _is_path(spec: str) -> bool:
    return Path(spec).exists() or Path(spec).suffix.lower() in (".csv", ".txt") or "/" in spec


def events_of(spec: str | pd.DataFrame, panel: Panel, first: int) -> tuple[Sequence[Event], tuple[str, ...]]:
    """Return the events that a text names, from row `first` on, and notes; raises where there is none."""
    if isinstance(spec, pd.DataFrame):
        return read_events(spec, panel, first)
    if spec == "lists":
        if not any(name in panel for name in LISTS):
            raise DataError(
                f"`events` lists needs the field {' or '.join(f'`{name}`' for name in LISTS)}, which the data do not "
                "have: import a table of eligible securities (`liangrong data sources`)"
            )
        found = list_events(panel, first)
        if not found:
            raise DataError("no security enters or leaves a list of eligible securities within the sessions")
        return found, (say("A list is public before its first day: returns before session 0 may be its work too."),)
    if spec == "rulebook":
        changes = rule_events(panel.sessions, first)
        if not changes:
            raise refuse_no_rule(panel.sessions[first:])
        is_elsewhere = not any(map(of_mainland, panel.symbols))
        return changes, (say("The rulebook is the mainland's, the data are not."),) if is_elsewhere else ()
    return read_events(Path(spec), panel, first)


def save_events(made: EventStudy, folder: Path) -> Path:
    """Write a study of events as a folder, whole or not at all; OutputError where that folder holds anything else."""
    target = folder.resolve()
    with replacing(target, EVENTS) as temporary:
        for name, table in made.tables.items():
            write_text(temporary / f"{name}.csv", csv_of(table, float_format="%.10g"))
        head = made.as_record()
        kept = {name: value for name, value in head.items() if name not in made.tables}
        write_text(temporary / "summary.json", _json(kept))
        write_text(temporary / "report.html", render(made))
    return target


def design_of(settings: Mapping[str, Any], **more: Any) -> EventDesign:
    """Return the design with `settings` as the command line gives them, texts; what is None in `more` is left."""
    for name in settings:
        if name not in SETTINGS:
            hint = did_you_mean(name, SETTINGS)
            raise ConfigError(f"`--set {name}` is none of {', '.join(SETTINGS)}: {hint}".rstrip(": "))
    given: dict[str, Any] = {name: _whole(name, value) for name, value in settings.items()}
    return EventDesign(**given, **{name: value for name, value in more.items() if value is not None})


def _whole(name: str, text: Any) -> int:
    try:
        return int(text)
    except ValueError:
        return whole_number(name, text)  # says what it should be


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(plain(content), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
