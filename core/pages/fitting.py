"""A table in the terminal that fits its width: whole columns are left out, the last first, and no figure is cut."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

_GAP = 2
_LEAST, _LONGEST = 14, 24
"""Columns of the terminal that a text keeps before whole ones are left out: for its longest word, within these."""


class Fitting:
    """A table of texts, which are broken between words, and of figures and names, which are not.

    Parameters
    ----------
    head : sequence of str
        In the order of importance: what does not fit is left out from the end, and a line says so.
    texts : collection of int
        Columns that may be broken; of any other each cell stays on one line.
    kept : int
        First columns that are never left out.
    left : collection of int, optional
        Columns that are flush left; `texts` and the first where absent.
    elsewhere : str
        Where the columns are that are left out, besides a wider terminal: ``, `--json` ``.
    title : str
    """

    def __init__(
        self,
        head: Sequence[str],
        texts: Iterable[int] = (),
        kept: int = 1,
        *,
        left: Iterable[int] | None = None,
        elsewhere: str = "",
        title: str = "",
    ) -> None:
        """Keep them."""
        self.head, self.texts, self.kept = tuple(head), frozenset(texts), kept
        self.left = self.texts | frozenset((0,) if left is None else left)
        self.elsewhere, self.title = elsewhere, title
        self.rows: list[tuple[str, ...]] = []
        self.styles: list[str] = []

    def add_row(self, *cells: str, style: str = "") -> None:
        """Add one cell for each column."""
        self.rows.append(cells)
        self.styles.append(style)

    def shown(self, width: int) -> int:
        """Return how many columns fit, from the first on."""
        needed = [self._least(column) for column in range(len(self.head))]
        count = len(needed)
        while count > self.kept and sum(needed[:count]) + _GAP * (count - 1) > width:
            count -= 1
        return count

    def _least(self, column: int) -> int:
        from rich.cells import cell_len

        cells = (self.head[column], *(row[column] for row in self.rows))
        widest = max(cell_len(line) for cell in cells for line in cell.split("\n"))
        if column not in self.texts:
            return widest
        longest = max((cell_len(word) for cell in cells for word in cell.split()), default=0)
        return min(widest, max(_LEAST, min(longest, _LONGEST)))

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> Iterator["RenderableType"]:
        """Yield the table, and a line that names the columns that are left out."""
        from rich.table import Table
        from rich.text import Text

        count = self.shown(options.max_width)
        if self.title:
            yield Text(self.title, style="italic")
        table = Table(box=None, pad_edge=False)
        for place, name in enumerate(self.head[:count]):
            justify = "left" if place in self.left else "right"
            table.add_column(Text(name), justify=justify, no_wrap=place not in self.texts, overflow="fold")
        for row, style in zip(self.rows, self.styles, strict=True):
            table.add_row(*map(Text, row[:count]), style=style)
        yield table
        if count < len(self.head):
            names = ", ".join(" ".join(name.split()) for name in self.head[count:])
            yield Text(f"left out at this width: {names}; a wider terminal has them{self.elsewhere}", style="dim")
