"""The panel that a configuration names: a source's files, a dataset folder or a synthetic market."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .. import sources
from ..config.run import DataConfig
from ..dataset import store
from ..errors import ConfigError, did_you_mean
from ..panel.identity import identity_of
from ..panel.industries import with_industries
from ..panel.panel import Panel
from ..path_kinds import what_it_is
from ..sources import Finding
from ..synthetic import synthetic


class DataRead(NamedTuple):
    """What a configuration's data are."""

    panel: Panel
    findings: tuple[Finding, ...]
    record: dict[str, Any]
    """source, path, digest, start, end, sessions, securities: what was read, before universe and window."""


def read_data(data: DataConfig) -> DataRead:
    """Return the panel, what its importer noticed, and what tells these data from others; raises as `load_panel`.

    Notes
    -----
    The digest of a dataset is that of `liangrong data info`, of another source that of all the panel holds.
    """
    stored = _stored(data)
    panel, findings = load_panel(data)
    if stored != _stored(data):
        return read_data(data)  # an import made a new version meanwhile: which of them was read is not known
    days = [str(day) for day in panel.sessions[[0, -1]]] if len(panel.sessions) else [None, None]
    record = {
        "source": data.source,
        "path": data.path,
        "digest": stored or identity_of(panel),
        "start": days[0],
        "end": days[1],
        "sessions": len(panel.sessions),
        "securities": len(panel.symbols),
    }
    return DataRead(panel, findings, record)


def _stored(data: DataConfig) -> str | None:
    """Return the digest of the dataset that is named, None where none is."""
    if data.source != "dataset" or data.path is None:
        return None
    _options(data, store.load)  # those that it has not are said before the folder is looked at
    return store.digest(data.path)


def load_panel(data: DataConfig) -> tuple[Panel, tuple[Finding, ...]]:
    """Return the panel, with industries where a table gives them, and what its importer noticed.

    Raises
    ------
    ConfigError
        An unknown source or option, or a path where none belongs or none where one does.
    DataError
        Whatever is wrong with the data.
    """
    panel, findings = _read(data)
    return (panel if data.industries is None else with_industries(panel, data.industries)), findings


def _read(data: DataConfig) -> tuple[Panel, tuple[Finding, ...]]:
    if data.source == "synthetic":
        if data.path is not None:
            raise ConfigError("`data.path` has no meaning for the source `synthetic`: remove it")
        return synthetic.generate(**_options(data, synthetic.generate)), ()
    known = ("synthetic", "dataset", *sources.SOURCES)
    if data.source not in known:
        hint = did_you_mean(data.source, known)
        raise ConfigError(f"`data.source`: there is no source `{data.source}`: {hint}known are {', '.join(known)}")
    if data.path is None:
        wanted = "its folder" if data.source == "dataset" else "a file or a folder"
        raise ConfigError(f"`data.path` is required for the source `{data.source}`: name {wanted}")
    if data.source != "dataset" and (what := what_it_is(Path(data.path))).startswith("a dataset"):
        raise ConfigError(f"`data.path` {data.path} is {what}; the source `{data.source}` reads other files")
    if data.source == "dataset":
        return store.load(data.path, **_options(data, store.load)), ()
    options = _options(data, sources.SOURCES[data.source].read)
    imported = sources.read(data.source, data.path, **options)
    return imported.panel, imported.findings


def _options(data: DataConfig, function: Callable[..., Any]) -> dict[str, Any]:
    """Return the source's options, checked against the keyword-only parameters of `function`."""
    parameters = inspect.signature(function).parameters.values()
    known = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    for name in data.options:
        if name not in known:
            hint = did_you_mean(name, known)
            listed = ", ".join(known) or "none"
            raise ConfigError(
                f"`data.options.{name}`: source `{data.source}` has no such option: {hint}it has {listed}"
            )
    return dict(data.options)
