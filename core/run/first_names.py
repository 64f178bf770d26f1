"""Names in a note: the first ones and how many more there are."""

from collections.abc import Sequence

from ..pages.language import joined, say


def first_names(names: Sequence[str], most: int) -> str:
    """Return the first names of a list, such as ``600000.SH, 600519.SH and 3 more``."""
    shown = joined(names[:most], "{one}, {other}")
    return say("{names} and {n} more", names=shown, n=len(names) - most) if len(names) > most else shown
