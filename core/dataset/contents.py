"""What the files of one version of a dataset contain, read and checked."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..panel.action_rows import CorporateAction, dated_actions
from ..panel.ending_rows import Ending, dated_endings
from ..panel.panel import Panel
from ..types import Panel2D, Sessions
from .manifest import Manifest, Part
from .parquet import DAMAGED, Axes, check_file, read_part


def digest_of(manifest: Manifest) -> str:
    """Return one digest of the contents of a dataset, however they lie in files: fields, axes, actions, endings."""
    actions = manifest.actions.sha256 if manifest.actions else ""
    told = [sorted(manifest.digests.items()), manifest.axes.sha256, actions, manifest.adjusted, manifest.industries]
    told += [manifest.endings.sha256] if manifest.endings else []
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def cache_name(manifest: Manifest) -> str:
    """Return the name of the cache of a version: of other files it is another one."""
    told = [manifest.axes.sha256, *(part.sha256 for part in manifest.parts)]
    return f"cache-{hashlib.sha256(''.join(told).encode()).hexdigest()[:16]}"


def read_axes(folder: Path, manifest: Manifest) -> tuple[Sessions, tuple[str, ...]]:
    """Return the sessions and the symbols of a dataset; raises as `load`."""
    path = folder / manifest.axes.file
    check_file(folder, manifest.axes)
    try:
        axes = json.loads(path.read_text(encoding="utf-8"))
        sessions = np.array(axes["sessions"], dtype="datetime64[D]")
        symbols = tuple(axes["symbols"])
        fits = all(isinstance(one, str) for one in symbols) and (len(sessions), len(symbols)) == manifest.shape
        if not fits or np.isnat(sessions).any() or (np.diff(sessions) <= np.timedelta64(0, "D")).any():
            raise ValueError("its axes")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is damaged ({error}): {DAMAGED}") from None
    return sessions, symbols


def read_fields(
    folder: Path, manifest: Manifest, parts: Sequence[Part], sessions: Sessions, symbols: Sequence[str]
) -> dict[str, Panel2D]:
    """Return the fields of some parts over axes that hold their sessions, float64 (T, N) each; raises as `load`."""
    names, shape = tuple(manifest.units), (len(sessions), len(symbols))
    _refuse_too_large(folder, shape, len(names))
    axes = Axes(sessions, symbols)
    out = {name: np.full(shape, np.nan) for name in names}

    def read(part: Part) -> None:
        check_file(folder, part)
        read_part(folder / part.file, part.rows, names, axes, out)

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        list(pool.map(read, parts))
    return out


def read_actions_of(folder: Path, manifest: Manifest) -> tuple[CorporateAction, ...]:
    """Return the corporate actions of a dataset, by date and symbol; raises as `load`."""
    if manifest.actions is None:
        return ()
    check_file(folder, manifest.actions)
    return dated_actions(folder / manifest.actions.file)


def read_endings_of(folder: Path, manifest: Manifest) -> tuple[Ending, ...]:
    """Return the ends of listings of a dataset, by date and symbol; raises as `load`."""
    if manifest.endings is None:
        return ()
    check_file(folder, manifest.endings)
    return dated_endings(folder / manifest.endings.file)


def panel_of(
    manifest: Manifest,
    sessions: Sessions,
    symbols: tuple[str, ...],
    fields: Mapping[str, Panel2D],
    actions: tuple[CorporateAction, ...],
    endings: tuple[Ending, ...],
) -> Panel:
    """Return the panel that a manifest describes."""
    return Panel(
        sessions=sessions,
        symbols=symbols,
        fields=fields,
        source=manifest.source,
        imputed=manifest.imputed,
        synthetic=manifest.synthetic,
        industries=manifest.industries,
        adjusted=manifest.adjusted,
        actions=actions,
        endings=endings,
    )


def _refuse_too_large(folder: Path, shape: tuple[int, int], fields: int) -> None:
    """Raise DataError where panels would not fit into this machine: a manifest may say anything."""
    need = shape[0] * shape[1] * fields * 8
    have = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else need
    if need > have:
        raise DataError(
            f"{folder} needs {need / 1e9:,.1f} GB ({shape[0]:,} sessions x {shape[1]:,} securities x {fields} fields), "
            f"this machine has {have / 1e9:,.1f} GB: import fewer securities, sessions or fields"
        )
