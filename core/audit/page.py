"""An audit as a page: the verdict, what is to be doubted, and the tables behind it."""

from html import escape

import pandas as pd

from ..pages import formats
from ..pages.document import document
from ..pages.language import heard, say, speaking
from ..pages.markup import muted, section
from ..pages.table_markup import table
from ..sources.kinds import FAIL
from .audit import Audit
from .coverage import by_exchange
from .doubt import ON_PAGE, Doubt
from .terminal import shown, verdict_words

_ROWS = 50
_OPEN = 5
"""Places up to which their table need not be unfolded."""
_TABLES = {
    "identities": "Identities",
    "worst_securities": "Worst securities",
    "worst_days": "Worst days",
    "gaps": "Securities that stop and come back",
    "findings": "Noticed at import",
}


@speaking()
def render_page(result: Audit, title: str) -> str:
    """Return the audit as an HTML page that opens offline."""
    told = {one.words() for one in result.doubts}
    body = [
        f"<header><h1>{escape(title)}</h1><p><strong>{escape(verdict_words(result))}</strong></p></header>",
        _list(say("Remarks"), tuple(line for line in result.remarks if line not in told)),
        _doubts(result),
        _frame(say("Coverage by exchange"), by_exchange(result.coverage)),
        *(_frame(say(words), getattr(result, name)) for name, words in _TABLES.items()),
        _frame(say("Sessions with missing or thin coverage"), result.coverage.query("state != 'full'")),
    ]
    return document(say("Audit of {data}", data=title), [part for part in body if part], {}, plotly="")


def _list(title: str, lines: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(heard(line))}</li>" for line in lines)
    return section(title, f"<ul>{items}</ul>") if lines else ""


def _sentence(text: str) -> str:
    return say("{sentence}.", sentence=text[:1].upper() + text[1:])


def _doubts(result: Audit) -> str:
    ordered = sorted(result.doubts, key=lambda one: one.verdict != FAIL)
    return section(say("Doubts"), "".join(_doubt(one) for one in ordered)) if ordered else ""


def _doubt(one: Doubt) -> str:
    """Return what is wrong and the remedy, and a table of the places that unfolds: of all, or of the first."""
    verdict = say("wrong") if one.verdict == FAIL else say("note")
    text = f"<h3>{escape(verdict)}: {escape(say(one.kind))} × {one.count:,}</h3>"
    text += f"<p>{escape(_sentence(heard(one.detail)))} {escape(_sentence(heard(one.remedy)))}</p>"
    first = one.places[:ON_PAGE]
    shares = [(name, [heard(getattr(place, name)) for place in first]) for name in ("symbol", "day", "words")]
    columns = [(name, cells) for name, cells in shares if any(cells)]
    rows = zip(*(cells for _, cells in columns), strict=True)
    head = [formats.title("date" if name == "day" else name) for name, _ in columns]
    places = table(head, rows, texts=len(columns), most=ON_PAGE)
    more = muted(_cut(ON_PAGE, one.count)) if one.count > ON_PAGE else ""
    opened = " open" if one.count <= _OPEN else ""
    title = say("1 place") if one.count == 1 else say("{n} places", n=f"{one.count:,}")
    return (
        f'{text}<details{opened}><summary>{escape(title)}</summary>{more}<div class="places">{places}</div></details>'
    )


def _cut(shown: int, count: int) -> str:
    return say("The first {n} of {all}: `data audit DIR --json` lists all.", n=f"{shown:,}", all=f"{count:,}")


def _cell(value: object) -> str:
    return "; ".join(map(heard, value)) if isinstance(value, list | tuple) else heard(shown(value))


def _frame(title: str, frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    rows = [[_cell(value) for value in row] for row in frame.head(_ROWS).itertuples(index=False)]
    more = muted(_cut(_ROWS, len(frame))) if len(frame) > _ROWS else ""
    return section(title, more + table([formats.title(str(name)) for name in frame.columns], rows, texts=2))
