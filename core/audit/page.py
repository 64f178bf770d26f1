"""An audit as a page: the verdict, what is to be doubted, and the tables behind it."""

from html import escape

import pandas as pd

from ..pages.document import document
from ..pages.markup import muted, section, table
from ..sources.kinds import FAIL
from .audit import Audit
from .terminal import shown

_ROWS = 50
_TABLES = {
    "identities": ("Identities", "恒等式"),
    "worst_securities": ("Worst securities", "证券"),
    "worst_days": ("Worst days", "交易日"),
    "gaps": ("Securities that stop and come back", "缺口"),
    "findings": ("Noticed at import", "导入"),
}


def render_page(result: Audit, title: str) -> str:
    """Return the audit as an HTML page that opens offline."""
    verdict = "no problem" if result.ok else f"{len(result.problems)} problems: a backtest over these data is wrong"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p><strong>{escape(verdict)}</strong></p>",
        _list("Problems", "错误", result.problems),
        _list("Remarks", "说明", result.remarks),
        _doubts(result),
        *(_frame(*words, getattr(result, name)) for name, words in _TABLES.items()),
        _frame("Sessions with missing or thin coverage", "覆盖", result.coverage.query("state != 'full'")),
    ]
    return document(f"Audit of {title}", [part for part in body if part], {}, plotly="")


def _list(title: str, chinese: str, lines: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return section(title, chinese, f"<ul>{items}</ul>") if lines else ""


def _doubts(result: Audit) -> str:
    rows = [
        (
            "wrong" if one.verdict == FAIL else "note",
            one.kind,
            one.detail,
            "; ".join(one.examples),
            one.remedy,
            f"{one.count:,}",
        )
        for one in result.doubts
    ]
    head = ("verdict", "kind", "what", "where", "remedy", "count")
    return section("Doubts", "疑点", table(head, rows, texts=5)) if rows else ""


def _frame(title: str, chinese: str, frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    rows = [[shown(value) for value in row] for row in frame.head(_ROWS).itertuples(index=False)]
    more = muted(f"{len(frame) - _ROWS:,} more rows") if len(frame) > _ROWS else ""
    return section(title, chinese, table([str(name) for name in frame.columns], rows, texts=2) + more)
