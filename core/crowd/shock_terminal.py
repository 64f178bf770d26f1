"""What a fall did, as a table for the terminal."""

from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.fitting import Fitting
from .shock import FIGURES, Shock

if TYPE_CHECKING:
    from rich.console import RenderableType


def shock_terminal(shock: Shock) -> "RenderableType":
    """Return the answer, and a row for each figure with a column for each margin ratio: median, lowest, highest."""
    from rich.console import Group
    from rich.text import Text

    head = ("figure", *(formats.percent(ratio, 0) for ratio in sorted(shock.plan.ratios)))
    table = Fitting(head, texts={0}, kept=2, elsewhere=", and so has `--json`")
    for name, texts in shock.texts().items():
        table.add_row(FIGURES[name], *(text.replace(" (", "\n(") for text in texts))  # two lines leave room for words
    caption = Text("By financing margin ratio (融资保证金比例): median of the markets, lowest and highest in brackets.")
    return Group(Text(shock.sentence()), "", table, "", caption)
