"""What look-ahead checks found, kept by the key of what they checked: lookaheads/KEY.json below the working folder."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..folders import write_file
from ..plain import plain
from ..run.lookahead import Lookahead
from .run_record import now

FOLDER = "lookaheads"
SAID = ("when", "clean", "tested", "sessions", "words")
"""What a verdict repeats of a check."""

_KEY = re.compile(r"[0-9a-f]{32}")
_LARGEST = 1_000_000


def record_of(found: Lookahead, key: str) -> dict[str, Any]:
    """Return a finished check as it is kept."""
    told = found.as_record()
    words = " ".join((told["verdict"], *(one["words"] for one in told["findings"]), *told["words"]))
    head = {"key": key, "when": now(), "judged": found.is_judged, "clean": not found.findings}
    return {**head, "tested": len(found.cuts), **told, "words": words}


def keep(record: Mapping[str, Any]) -> Path:
    """Write a check into its file and return that, as seen from the working folder."""
    file = Path(FOLDER) / f"{record['key']}.json"
    write_file(file, json.dumps(plain(record), ensure_ascii=False, indent=1) + "\n")
    return file


def found_for(key: str) -> dict[str, Any] | None:
    """Return what the last check of a key found; None where there was none, or its file is none."""
    file = Path(FOLDER) / f"{key}.json"
    if not _KEY.fullmatch(key) or file.is_symlink() or file.parent.is_symlink():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8")) if file.stat().st_size < _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    is_whole = isinstance(told, dict) and set(SAID) <= told.keys()
    return told if is_whole and told.get("key") == key else None
