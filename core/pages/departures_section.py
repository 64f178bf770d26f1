"""Where the settings of a trial differ from the file that it is named after, as a section and as a line."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from . import formats
from .language import say
from .markup import muted, section
from .table_markup import table

SHOWN = 6
"""Settings that a line on the terminal names."""


class Departure(NamedTuple):
    """One setting that differs."""

    key: str  # dotted
    stated: str  # in the file; a dash where it has none
    own: str


class Departures(NamedTuple):
    """Where a trial differs from a file."""

    file: str
    rows: tuple[Departure, ...]
    problem: str = ""  # why the file could not be compared with


def shown(value: Any) -> str:
    """Return a setting as a reader writes it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every setting of a configuration by its dotted key, as a reader writes it."""
    if isinstance(value, list) and (not value or isinstance(value[0], Mapping)):
        value = {str(place): item for place, item in enumerate(value)}
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, shown(value)


def departures_section(found: Departures) -> str:
    """Return the section of a trial's page."""
    rows = [(row.key, row.stated, row.own) for row in found.rows]
    content = table((say("Setting"), found.file, say("This trial")), rows, texts=3) if rows else muted(_none(found))
    return section(say("Settings that differ from {file}", file=found.file), content)


def departures_title(found: Departures) -> str:
    """Return how many settings differ."""
    if not found.rows:
        return say("no setting differs")
    return say("settings that differ: {n}", n=formats.count(len(found.rows)))


def departures_list(found: Departures) -> str:
    """Return them as they stand in an unfolded row of the leaderboard: HTML."""
    if not found.rows:
        return muted(_none(found))
    items = "".join(f"<li>{escape(text)}</li>" for text in _texts(found))
    return f"{muted(say('Settings that differ from {file}', file=found.file))}<ul>{items}</ul>"


def departures_line(found: Departures) -> str:
    """Return them in one line; the page has all."""
    if not found.rows:
        return _none(found)
    texts = list(_texts(found))
    rest = f"; and {len(texts) - SHOWN} more, see the report" if len(texts) > SHOWN else ""
    return f"Settings that differ from {found.file}: {'; '.join(texts[:SHOWN])}{rest}."


def _texts(found: Departures) -> Iterator[str]:
    return (f"{row.key} {row.stated} → {row.own}" for row in found.rows)


def _none(found: Departures) -> str:
    if found.problem:
        return say("{file} is no run of its own to compare with: {why}", file=found.file, why=found.problem)
    return say("No setting differs from {file}.", file=found.file)
