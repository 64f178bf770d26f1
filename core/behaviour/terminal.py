"""A study of behaviour on the terminal."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.fitting import Fitting
from .outcome import Behaviour, figure
from .responses import ANSWERS, SUM, dicts
from .verdict import MEASURES, is_sure

if TYPE_CHECKING:
    from rich.console import RenderableType

WHERE = ", and so do the page and its tables"


def behaviour_table(made: Behaviour) -> "RenderableType":
    """Return verdicts and words, the responses, and the notes, for a console of any width."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    head = ("side", "series", "method", "lags", "lag", "up", "up t", "down", "down t", "up *", "down *")
    head = (*head, "down − up", "its t", "its *", "n")
    table = Fitting(head, kept=5, left=(0, 1, 2, 3), elsewhere=WHERE)
    largest = float(made.tables["responses"][["up", "down"]].abs().max().max())
    for row in _shown(made):
        (up, down, both) = ((_narrow(row[name], largest), _t(row, name)) for name in ANSWERS)
        bounds = [formats.number(row[f"{name}_needed"], 2) for name in ANSWERS]
        answers = (*up, *down, *bounds[:2], *both, bounds[2])
        named = (row["side"], row["of"], row["method"], row["model"], row["lag"])
        table.add_row(*named, *answers, formats.count(int(row["periods"])))
    lines = [
        f"up: flow, as a share of the {MEASURES[made.design.scale]}, per 1 of return above 0 (positive: inflow).",
        "down: the same per 1 of return below 0 (positive: outflow, since the return is below 0).",
        "alone: that lag only; together: all beside each other.",
        "t with a *: beyond what flows of other dates reach, in the columns up *, down *, its * of its own row.",
        f"t in brackets: fewer than {FEWEST_WINDOWS} spans that do not overlap, not to be trusted.",
        *made.notes,
    ]
    beneath = [Text(f"• {line}") for line in lines]
    if made.synthetic:
        beneath.append(Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    verdicts = "; ".join(f"{side}: {verdict}" for side, verdict in made.verdicts.items())
    return Group(Text(verdicts, style="bold"), Padding(Text(made.words), (0, 0, 1, 0)), table, Text(""), *beneath)


def _shown(made: Behaviour) -> Iterator[dict[str, Any]]:
    """Yield the responses that the verdicts are of, all lags; of other series and methods the first lag and the sum."""
    mains = {row["side"]: (row["method"], row["of"]) for row in made.main_rows()}
    first = made.tables["responses"]["lag"].iloc[0]
    for row in dicts(made.tables["responses"]):
        is_main = mains[row["side"]] == (row["method"], row["of"])
        is_telling = row["lag"] == SUM or (row["lag"] == first and row["model"] == "alone")
        if is_main or is_telling:
            yield row


def _narrow(value: float, largest: float) -> str:
    """Return a coefficient as ``+0.271``, ``+0.0035`` or ``-1.1e-4``; three decimals where one is above 1."""
    if abs(value) >= 1e-3 and largest >= 1.0:
        return f"{value:+.3f}"
    if math.isnan(value) or value == 0.0 or abs(value) >= 1e-3:
        return figure(value)
    digits, power = f"{value:+.1e}".split("e")
    return f"{digits}e{int(power)}"


def _t(row: dict[str, Any], name: str) -> str:
    t = formats.number(row[f"{name}_t"], 2)
    if row["windows"] < FEWEST_WINDOWS and t != formats.NONE:
        return f"({t})"
    return f"{t}*" if is_sure(row, name) else t
