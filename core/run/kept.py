"""Parts of scenarios that are made once and used by many."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Kept:
    """The parts that were used last, by key.

    Parameters
    ----------
    size : int
        Most parts of one kind; 0 keeps nothing. A kind is the first item of a key.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._kinds: dict[Hashable, OrderedDict[Hashable, Any]] = {}

    def part(self, key: tuple[Hashable, ...], make: Callable[[], Any]) -> Any:
        """Return the part of that key, made now where it is not kept."""
        if not self.size:
            return make()
        parts = self._kinds.setdefault(key[0], OrderedDict())
        if key not in parts:
            while len(parts) >= self.size:  # before the new one is made: two need not fit into memory
                parts.popitem(last=False)
            parts[key] = make()
        parts.move_to_end(key)
        return parts[key]
