"""A table in the terminal of which nothing is cut: columns that do not fit stand in a second table beneath."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table


class Stacked:
    """A table that fits the width of the terminal.

    Parameters
    ----------
    head : sequence of str
    groups : sequence of sequence of int
        Columns that stay together where they can. All stand side by side where they fit; else each group is a table,
        and a group that does not fit is divided.
    keys : int
        First columns, which each table repeats.
    least : int, optional
        So wide each of the keys is at least where it has as much; what is longer is broken where there is no room. As
        wide as its longest cell where absent.
    style : str
        Of the header.
    """

    def __init__(
        self,
        head: Sequence[str],
        groups: Sequence[Sequence[int]] = (),
        keys: int = 1,
        *,
        least: int | None = None,
        style: str = "table.header",
    ) -> None:
        """Keep them."""
        self.head, self.keys, self.least, self.style = tuple(head), keys, least, style
        self.groups = groups or (range(keys, len(self.head)),)
        self.rows: list[tuple[str, ...]] = []

    def add_row(self, *cells: str) -> None:
        """Add one cell for each column."""
        self.rows.append(cells)

    def blocks(self, width: int) -> list[list[int]]:
        """Return the columns of each table, the keys left out."""
        widths = [_widest(column) for column in zip(self.head, *self.rows, strict=True)]
        keys = widths[: self.keys]
        free = width - sum(keys if self.least is None else (min(one, self.least) for one in keys)) - self.keys
        every = [column for group in self.groups for column in group]
        if _needed(every, widths) <= free:
            return [sorted(every)]
        found: list[list[int]] = []
        for group in self.groups:
            found.append([])
            for column in group:
                if found[-1] and _needed([*found[-1], column], widths) > free:
                    found.append([])
                found[-1].append(column)
        return found

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> Iterator["Table | str"]:
        """Yield the tables, with an empty line between two."""
        for number, block in enumerate(self.blocks(options.max_width)):
            if number:
                yield ""
            yield self._table(block)

    def _table(self, block: list[int]) -> "Table":
        from rich.table import Table
        from rich.text import Text

        made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style=self.style)
        columns = [*range(self.keys), *block]
        for column in columns[: self.keys]:
            made.add_column(self.head[column], overflow="fold")
        for column in block:
            made.add_column(self.head[column], justify="right", no_wrap=True, overflow="fold")
        for row in self.rows:
            made.add_row(*(Text(row[column]) for column in columns))
        return made


def _widest(cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(cell_len(line) for cell in cells for line in cell.split("\n"))


def _needed(columns: Sequence[int], widths: Sequence[int]) -> int:
    """Return the width of columns with one space between two."""
    return sum(widths[column] for column in columns) + len(columns) - 1
