"""Importers: one file per source, each from files to a Panel."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..errors import ConfigError
from . import ashare, catalogue, qlib_bins, twse
from .base import Finding, Imported, Paths, Source

__all__ = ["SOURCES", "Finding", "Imported", "Paths", "Source", "described", "read"]

SOURCES: Mapping[str, Source] = MappingProxyType(
    {**{one.SOURCE.name: one.SOURCE for one in (ashare, twse, qlib_bins)}, **catalogue.SOURCES}
)
"""Name -> source; `import_data` and the command line choose by name."""


def described() -> dict[str, str]:
    """Return what each source reads, by its name: those of panels, then those of other tables."""
    read_by = {name: one.description for name, one in SOURCES.items()}
    return {**read_by, **{name: one.description for name, one in catalogue.LAYOUTS.items()}}


def read(source: str, paths: Paths, **options: Any) -> Imported:
    """Return what the source named `source` makes of `paths`.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    paths : path or sequence of paths
        Files or one folder, as the source says.
    **options
        Of the source, such as ``symbol``.

    Raises
    ------
    ConfigError
        An unknown source, or an option that it does not have.
    DataError, DateError
        Files that cannot be read as declared.
    """
    if source not in SOURCES:
        raise ConfigError(f"`source` should be one of {', '.join(SOURCES)}, got `{source}`")
    reader = SOURCES[source].read
    known = reader.__kwdefaults__ or {}
    unknown = sorted(set(options) - set(known))
    if unknown:
        has = f"its options are {', '.join(known)}" if known else "it has none"
        raise ConfigError(f"source `{source}` has no option `{unknown[0]}`: {has}")
    return reader(paths, **options)
