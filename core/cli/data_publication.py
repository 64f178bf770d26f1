"""When each field of a dataset is public, as a table for the terminal."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


def publication_table(public: Iterable[Mapping[str, str]]) -> "RenderableType":
    """Return when the value of a session is public, and how one knows, for the rows of `publications_of`."""
    from rich.table import Table

    groups: dict[tuple[str, str], list[str]] = {}
    for one in public:
        groups.setdefault((one["when"], one["known_from"]), []).append(one["field"])
    table = Table("public", "fields", "known from", box=None, pad_edge=False)
    for (when, known_from), names in groups.items():
        table.add_row(when, ", ".join(names), known_from)
    return table
