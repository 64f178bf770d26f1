"""An audit in the terminal."""

from typing import TYPE_CHECKING

import pandas as pd

from ..pages.fitting import Fitting
from ..pages.language import say
from .audit import Audit
from .coverage import by_exchange

if TYPE_CHECKING:
    from rich.console import Group

_SHOWN = 12
WHERE = ", and so do `--json` and `--page`"
_SHORT = {"median_miss": "median", "largest_miss": "largest", "largest_relative_miss": "relative"}


def render(result: Audit) -> "Group":
    """Return the audit as tables for the terminal: ``Console().print(render(audit))``."""
    from rich.console import Group
    from rich.text import Text

    coverage = result.coverage[result.coverage["state"] != "full"]
    identities = result.identities.drop(columns=["text", "proves"], errors="ignore").rename(columns=_SHORT)
    parts = [
        _table("Identities", identities),
        Text("\n".join(f"  {row.identity}: {row.text} ({row.proves})" for row in result.identities.itertuples())),
        _table("Coverage by exchange", by_exchange(result.coverage)),
        _table("Worst securities", result.worst_securities),
        _table("Worst days", result.worst_days),
        _table("Sessions with missing or thin coverage", coverage),
        _table("Securities that stop and come back", result.gaps),
        _table("Noticed at import", result.findings.drop(columns=["examples", "verdict", "remedy"])),
    ]
    verdict = [Text(f"remark: {text}", style="yellow") for text in result.remarks]
    verdict += [Text(f"problem: {text}", style="bold red") for text in result.problems]
    verdict.append(Text(verdict_words(result), style="bold green" if result.ok else "bold red"))
    return Group(*[part for part in parts if part is not None], *verdict)


def verdict_words(result: Audit) -> str:
    """Return what a reader of the audit has to know first."""
    count = len(result.problems)
    if count == 0:
        return say("no problem")
    if count == 1:
        return say("1 problem: a backtest is wrong where it touches the places named")
    return say("{n} problems: a backtest is wrong where it touches the places named", n=count)


def _table(title: str, frame: pd.DataFrame) -> "Fitting | None":
    """Return a table of the first rows of `frame`, None where it has none; the title counts what is left out."""
    if frame.empty:
        return None
    more = f" (first {_SHOWN} of {len(frame)})" if len(frame) > _SHOWN else ""
    numbers = [place for place, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name])]
    days = [place for place, name in enumerate(frame.columns) if pd.api.types.is_datetime64_any_dtype(frame[name])]
    texts = set(range(len(frame.columns))) - {0, *numbers, *days}
    head = [str(name) for name in frame.columns]
    left = {*texts, 0, *days} - {*numbers}
    table = Fitting(head, texts, left=left, elsewhere=WHERE, title=title + more)
    for row in frame.head(_SHOWN).itertuples(index=False):
        table.add_row(*(shown(value) for value in row))
    return table


def shown(value: object) -> str:
    """Return a cell as text: whole numbers with thousands commas, small ones with four digits, days as days."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
