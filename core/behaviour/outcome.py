"""The outcome of a study of behaviour: tables of responses, what each side did in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import pandas as pd

from ..notebook import Card, Shown
from ..pages import formats
from ..plain import plain
from .lag_design import LagDesign
from .responses import ANSWERS

TABLES: Mapping[str, str] = MappingProxyType(
    {
        "responses": "by side and lag: of totals, of all securities as one, pooled, within a period",
        "groups": "pooled by board, size and leverage",
        "securities": "by security: the first lag alone, and the sum of all lags",
        "shares": "how many securities stand out, and how many do with flows of other dates",
    }
)
"""Table -> what it holds."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Behaviour(Shown):
    """What margin buyers and short sellers did after rises and after falls.

    Parameters
    ----------
    design : LagDesign
    tables : mapping of str to DataFrame
        By the names of `TABLES`.
    verdicts : mapping
        Side -> one of `VERDICTS`.
    words : str
        What each side did, in sentences.
    span : (str, str)
        First and last session of the flows.
    source : str
    synthetic : bool
    notes : tuple of str
    """

    charts: ClassVar[str] = "behaviour.page"

    design: LagDesign
    tables: Mapping[str, pd.DataFrame]
    verdicts: Mapping[str, str]
    words: str
    span: tuple[str, str]
    source: str
    synthetic: bool
    notes: tuple[str, ...]

    def card(self) -> Card:
        """Return what it shows of itself: verdicts, the responses to the first lag."""
        figures = [("flows", f"{self.span[0]}..{self.span[1]}")]
        for row in self.main_rows():
            figures += [(f"{row['side']}, after {name}", estimate_words(row, name)) for name in ANSWERS[:2]]
        title = "; ".join(f"{side}: {verdict}" for side, verdict in self.verdicts.items())
        return Card(f"Behaviour: {title}", figures, [self.words, *self.notes])

    def main_rows(self) -> list[dict[str, Any]]:
        """Return the rows that the verdicts are of, one for each side."""
        table = self.tables["responses"]
        return [main_row(table[table["side"] == side]) for side in self.verdicts]

    def as_record(self) -> dict[str, Any]:
        """Return verdicts, words and tables as plain values; of the securities the shares only."""
        tables = {name: self.tables[name] for name in TABLES if name != "securities"}
        return plain(
            {
                "design": {**vars(self.design), "lags": self.design.named},
                "verdicts": dict(self.verdicts),
                "words": self.words,
                "span": list(self.span),
                "source": self.source,
                "synthetic": self.synthetic,
                **tables,
                "notes": self.notes,
            }
        )


def main_row(rows: pd.DataFrame) -> dict[str, Any]:
    """Return of the responses of a side the one that its verdict is of: the first lag alone, pooled or of totals."""
    alone = rows[rows["model"] == "alone"]
    pooled = alone[alone["method"] == "pooled"]
    return {str(name): value for name, value in (pooled if len(pooled) else alone).iloc[0].to_dict().items()}


def estimate_words(row: Mapping[str, Any], answer: str) -> str:
    """Return ``+0.253 (t 2.5)``."""
    return f"{figure(row[answer])} (t {formats.number(row[f'{answer}_t'], 1)})"


def figure(value: float) -> str:
    """Return a coefficient with its sign: three decimals, or two digits that say something where it is below 0.01."""
    if math.isnan(value):
        return formats.NONE
    if abs(value) >= 0.01 or abs(value) < 5e-13:
        return f"{value if abs(value) >= 5e-13 else 0.0:+.3f}"
    if abs(value) < 1e-6:
        return f"{value:+.1e}"
    return f"{value:+.{1 - math.floor(math.log10(abs(value)))}f}"
