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
from .doubt import Doubt
from .terminal import shown

_ROWS = 50
_OPEN = 5
"""Places up to which their table need not be unfolded."""
_PLACES = 5000
"""Rows of a table of places; a browser is slow with more."""
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
    verdict = say("no problem") if result.ok else _wrong(len(result.problems))
    told = {one.words() for one in result.doubts}
    body = [
        f"<header><h1>{escape(title)}</h1><p><strong>{escape(verdict)}</strong></p></header>",
        _list(say("Remarks"), tuple(line for line in result.remarks if line not in told)),
        _doubts(result),
        *(_frame(say(words), getattr(result, name)) for name, words in _TABLES.items()),
        _frame(say("Sessions with missing or thin coverage"), result.coverage.query("state != 'full'")),
    ]
    return document(say("Audit of {data}", data=title), [part for part in body if part], {}, plotly="")


def _list(title: str, lines: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(heard(line))}</li>" for line in lines)
    return section(title, f"<ul>{items}</ul>") if lines else ""


def _wrong(count: int) -> str:
    if count == 1:
        return say("1 problem: a backtest over these data is wrong")
    return say("{n} problems: a backtest over these data is wrong", n=count)


def _sentence(text: str) -> str:
    return say("{sentence}.", sentence=text[:1].upper() + text[1:])


def _doubts(result: Audit) -> str:
    ordered = sorted(result.doubts, key=lambda one: one.verdict != FAIL)
    return section(say("Doubts"), "".join(_doubt(one) for one in ordered)) if ordered else ""


def _doubt(one: Doubt) -> str:
    """Return what is wrong and the remedy, and a table of all places that unfolds."""
    verdict = say("wrong") if one.verdict == FAIL else say("note")
    text = f"<h3>{escape(verdict)}: {escape(say(one.kind))} × {one.count:,}</h3>"
    text += f"<p>{escape(_sentence(heard(one.detail)))} {escape(_sentence(heard(one.remedy)))}</p>"
    first = one.places[:_PLACES]
    shares = [(name, [heard(getattr(place, name)) for place in first]) for name in ("symbol", "day", "words")]
    columns = [(name, cells) for name, cells in shares if any(cells)]
    rows = zip(*(cells for _, cells in columns), strict=True)
    head = [formats.title("date" if name == "day" else name) for name, _ in columns]
    places = table(head, rows, texts=len(columns), most=_PLACES)
    left = f"{one.count - _PLACES:,}"
    more = muted(say("{n} more: `data audit --json` lists all", n=left)) if one.count > _PLACES else ""
    opened = " open" if one.count <= _OPEN else ""
    title = say("1 place") if one.count == 1 else say("{n} places", n=f"{one.count:,}")
    return (
        f'{text}<details{opened}><summary>{escape(title)}</summary><div class="places">{places}</div>{more}</details>'
    )


def _cell(value: object) -> str:
    return "; ".join(map(heard, value)) if isinstance(value, list | tuple) else heard(shown(value))


def _frame(title: str, frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    rows = [[_cell(value) for value in row] for row in frame.head(_ROWS).itertuples(index=False)]
    more = muted(say("{n} more rows.", n=f"{len(frame) - _ROWS:,}")) if len(frame) > _ROWS else ""
    return section(title, table([formats.title(str(name)) for name in frame.columns], rows, texts=2) + more)
