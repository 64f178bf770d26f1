"""What the files of results are called for clients: liangrong://runs/NAME/STAMP/FILE and the like."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..errors import ConfigError

SCHEME = "liangrong://"

TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".html": "text/html",
    ".yaml": "application/yaml",
    ".js": "text/javascript",
}
"""Ends of the names of files that clients may read, and what they hold."""

PLACES = ("runs", "studies", "comparisons", "lookaheads")
"""Folders below the working folder whose files are resources."""

TEMPLATES = (
    ("runs/{name}/{file}", "A file of the newest run of a name: summary.json, report.html, equity.csv, orders, …"),
    ("runs/{name}/{stamp}/{file}", "A file of a run that is kept."),
    ("runs/{name}/{stamp}/{file}?from={first}&rows={count}", "Rows of a table, counted from 0, its header first."),
    ("comparisons/{name}/{file}", "A file of a comparison: leaderboard.csv, luck.json, leaderboard.html, …"),
    ("studies/{name}/{file}", "A file of a study: summary.json, decay.csv, report.html, …"),
    ("guides/{topic}", "A guide, in English."),
    ("guides/zh/{topic}", "A guide, in Chinese."),
    ("rules/{name}", "What a rule says of itself."),
    ("strategies/{name}", "What a strategy says of itself."),
)
"""Forms of the URIs, and what they are."""

_PART = re.compile(r"[^\W_.-][\w.(), -]*|_[\w.-]+")


class Named(NamedTuple):
    """What a URI means."""

    kind: str  # runs, studies, comparisons, lookaheads, guides, rules, strategies, schema
    parts: tuple[str, ...]
    rows: tuple[int, int] | None  # first row and how many, of a table


def named(uri: str) -> Named:
    """Return what a URI means; ConfigError where it is none of this server's."""
    if len(uri) > 2000 or not uri.startswith(SCHEME):
        raise ConfigError(f"a resource is called {SCHEME}KIND/…, got {uri[:80]!r}")
    place, _, query = uri.removeprefix(SCHEME).partition("?")
    kind, *parts = (unquote(part, errors="replace") for part in place.split("/"))
    if not parts or not all(_PART.fullmatch(part) for part in parts):
        raise ConfigError(f"there is no resource {uri[:80]!r}: its parts are names, no paths")
    return Named(kind, tuple(parts), _rows(query, uri) if query else None)


def folder_resources(folder: Path, root: Path) -> list[str]:
    """Return the URIs of the files that clients may read in a folder of results; none where it lies elsewhere."""
    place = (root / folder).resolve()
    if not any(place.is_relative_to(root / one) for one in PLACES):
        return []
    files = sorted(one for one in place.rglob("*") if one.suffix in TYPES and one.is_file() and not one.is_symlink())
    return [uri_of(one.relative_to(root)) for one in files]


def uri_of(path: Path) -> str:
    """Return the URI of a file, its path as seen from the working folder."""
    return SCHEME + quote(path.as_posix())


def _rows(query: str, uri: str) -> tuple[int, int]:
    found = re.fullmatch(r"from=(\d{1,9})&rows=(\d{1,6})", query)
    if found is None:
        raise ConfigError(f"rows of a table are asked for as ?from=0&rows=100, got {uri[-80:]!r}")
    return int(found[1]), int(found[2])
