"""Verdicts on published results, and the register itself, on the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.fitting import Fitting
from .figure_words import found_words, interval_words, published_words, sample_words, unit_words
from .outcome import Answer, Replication
from .published import CONFIRMED, CRITERIA, Published

if TYPE_CHECKING:
    from rich.console import RenderableType

WHERE = ", and so do `--json` and the page"
STYLES = {"agrees": "green", "disagrees": "red"}


def replication_table(made: Replication) -> "RenderableType":
    """Return the verdicts, the most telling columns first, and beneath why and what has to be known."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    head = ("result", "verdict", "found", "published", "interval", "t", "sessions", "unit", "confirmed")
    table = Fitting(head, texts=(1, 2, 3), kept=2, left=(0, 1), elsewhere=WHERE)
    for one in made.answers:
        table.add_row(*_cells(one), style=STYLES.get(one.verdict, ""))
    lines = [Text(f"• {', '.join(names)}: {told}") for told, names in _told(made).items()]
    notes = [Text(f"• {note}") for note in made.notes]
    if made.synthetic:
        notes.append(Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    return Group(Padding(Text(made.words, style="bold"), (0, 0, 1, 0)), table, Text(""), *lines, *notes)


def _cells(one: Answer) -> tuple[str, ...]:
    result, found = one.result, one.found
    return (
        result.name,
        one.told,
        found_words(result, found),
        published_words(result),
        interval_words(result, found),
        formats.NONE if found is None else formats.number(found.t, 1),
        formats.NONE if found is None else formats.count(found.sessions),
        unit_words(result),
        result.confirmed,
    )


def _told(made: Replication) -> dict[str, list[str]]:
    """Return what there is to say, each with the results that it is said of."""
    found: dict[str, list[str]] = {}
    for one in made.answers:
        more = one.found.more if one.found is not None else ""
        told = " ".join(filter(None, ("" if one.lacking else one.why, more, one.remedy)))
        for text in filter(None, (told, *one.elsewhere)):
            found.setdefault(str(text), []).append(one.result.name)
    return found


def register_table(results: Sequence[Published]) -> "RenderableType":
    """Return the register: what was published, and what it takes to agree."""
    from rich.console import Group
    from rich.text import Text

    table = Fitting(
        ("result", "published", "unit", "market and sample", "confirmed"),
        texts=(3,),
        kept=3,
        left=(0, 3, 4),
        elsewhere=WHERE,
    )
    lines = []
    for one in results:
        table.add_row(one.name, published_words(one), unit_words(one), sample_words(one), one.confirmed)
        needs = ", ".join("/".join(names) for names in one.needs)
        lines += [
            Text(f"• {one.name}: {one.authors}, {one.journal}."),
            Text(f"  {one.definition} {one.remark}".rstrip()),
            Text(f"  Here: {one.measured} Agrees where {CRITERIA[one.criterion]}."),
            Text(f"  Needs {needs}; {one.history} sessions."),
        ]
    grades = [Text(f"{name}: {words}.") for name, words in CONFIRMED.items()]
    return Group(table, Text(""), *lines, Text(""), *grades)
