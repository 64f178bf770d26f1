"""When each field of a dataset is public, as a table for the terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..pages.fitting import Fitting
from ..panel.panel import FIELDS
from ..panel.publication import WHEN, publication

if TYPE_CHECKING:
    from rich.console import RenderableType


def publication_table(fields: Iterable[str], source: str) -> "RenderableType":
    """Return when the value of a session is public, and how one knows, for `fields` of data of `source`."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in fields:
        if name in FIELDS:
            of = publication(name, source)
            groups.setdefault((WHEN[of.when], of.known_from), []).append(name)
    table = Fitting(("public", "fields", "known from"), texts={0, 1, 2}, kept=2)
    for (when, known_from), names in groups.items():
        table.add_row(when, ", ".join(names), known_from)
    return table
