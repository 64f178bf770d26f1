"""What is owed on a day, at which cost and with which maintenance ratio: the market, its securities, or one of them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..config.quantities import Kind, fitting
from ..errors import ConfigError, DataError
from ..kernels.cost_line import WAYS
from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..pages.language import say
from ..panel.actions import actions_of
from ..panel.completion import complete
from ..panel.ex_right import ex_right
from ..panel.leverage import Leverage, estimable, financing_leverage, short_leverage
from ..panel.panel import Panel
from ..plain import plain
from ..rulebook import board_of
from .asked_day import asked_day, currency_of
from .leverage_coverage import chosen_securities, gone_words, jump_words, jumps_of, not_current, only_current
from .leverage_days import leverage_days, leverage_falls, leverage_figures, leverage_industries, leverage_securities
from .leverage_truth import LeverageTruth, leverage_truth, truth_words
from .records import columns, records

LINE = 1.3
"""The maintenance ratio below which brokers sell: of most contracts, and of the exchanges' rules until 2019."""

_LINES = Kind(what="a maintenance ratio, a fraction", high=10.0, below=True)
_FALLS = Kind(what="a fraction", high=1.0, below=True)

_WORTH_SAYING = 0.01
"""Part of what is owed at unknown cost from which a note tells it."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LeverageView(Shown):
    """What is owed on a day.

    Parameters
    ----------
    date : datetime64[D]
    symbol : str
        Of the one security; empty for all.
    way : {"proportional", "fifo"}
        How repayments leave.
    line, fall : float, fraction
        Of the maintenance ratio; of all prices (of the short side a rise).
    currency : str
    figures : DataFrame
        As `leverage_figures`: ``side`` (financing, short) with its sums.
    falls : DataFrame
        As `leverage_falls`: what would be sold or bought by force after several moves.
    industries, securities : DataFrame
        As `leverage_industries` and `leverage_securities`, the most to be sold by force first.
    days : DataFrame
        As `leverage_days`, up to the day. A security without a price for long, or ended, counts in none of them.
    notes : tuple of str
    source : str
    synthetic : bool
    truth : LeverageTruth, optional
        How near the estimates are to the truth, where that was given.
    """

    charts: ClassVar[str] = "views.leverage_page"

    date: np.datetime64
    symbol: str
    way: str
    line: float
    fall: float
    currency: str
    figures: pd.DataFrame
    falls: pd.DataFrame
    industries: pd.DataFrame
    securities: pd.DataFrame
    days: pd.DataFrame
    notes: tuple[str, ...] = ()
    source: str = ""
    synthetic: bool = False
    truth: LeverageTruth | None = None

    def value(self, side: str, column: str) -> float:
        """Return a cell of `figures`; NaN where there is no such side."""
        found = self.figures.loc[self.figures["side"] == side, column]
        return float(found.iloc[0]) if len(found) else np.nan

    def sentence(self) -> str:
        """Return the answer in a sentence."""
        side = "financing" if (self.figures["side"] == "financing").any() else "short"
        who = self.symbol or say("all securities")
        told = {
            "who": who,
            "side": formats.title(side),
            "day": self.date,
            "ratio": formats.percent(self.value(side, "maintenance"), 1),
        }
        parts = [say("{side} of {who} on {day}: estimated maintenance ratio {ratio}", **told)]
        if not self.symbol:
            counts = {
                "n": f"{self.value(side, 'below'):,.0f}",
                "all": f"{self.value(side, 'securities'):,.0f}",
                "line": formats.asked_percent(self.line),
            }
            parts.append(say("{n} of {all} securities below {line}", **counts))
        move = {
            "share": formats.percent(self.value(side, "forced_share"), 1),
            "move": formats.asked_percent(self.fall),
            "line": formats.asked_percent(self.line),
        }
        after = (
            "after a fall of {move} {share} of the debt stands below {line}"
            if side == "financing"
            else "after a rise of {move} {share} of what is owed stands below {line}"
        )
        parts.append(say(after, **move))
        return say("{said}.", said="; ".join(parts))

    def card(self) -> Card:
        """Return what it shows of itself."""
        shown = [
            (f"{row['side']} ratio", formats.percent(float(row["maintenance"]), 1))
            for row in self.figures.to_dict("records")
        ]
        name = "maintenance" if "maintenance" in self.days else "short_maintenance"
        curves = [Curve("estimated maintenance ratio", self.days[name])] if name in self.days else []
        title = f"Leverage of {self.symbol or 'the market'} on {self.date}"
        return Card(title, shown, [self.sentence(), *self.notes], curves=curves, caption=f"{len(self.days):,} sessions")

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; the days as columns."""
        head = {"date": str(self.date), "symbol": self.symbol, "currency": self.currency, "source": self.source}
        asked = {"way": self.way, "line": self.line, "fall": self.fall, "sentence": self.sentence()}
        tables = {name: records(getattr(self, name)) for name in ("figures", "falls", "industries", "securities")}
        rest = {"notes": self.notes, "synthetic": self.synthetic, "days": columns(self.days)}
        truth = (None, None) if self.truth is None else tuple(records(table) for table in self.truth)
        return plain({**head, **asked, **tables, **rest, "truth": truth[0], "truth_securities": truth[1]})


def leverage_view(
    panel: Panel,
    symbol: str | None = None,
    on: Any = None,
    way: str = "proportional",
    line: float = LINE,
    fall: float = 0.1,
    truth: pd.DataFrame | None = None,
) -> LeverageView:
    """Return what is owed on a day.

    Parameters
    ----------
    panel : Panel
        As read.
    symbol : str, optional
        One security; all where absent.
    on : date or str, optional
        The last session where absent; of those up to it the last that has a balance.
    way : {"proportional", "fifo"}
    line, fall : float, fraction
    truth : DataFrame, optional
        As `read_truth`: the estimates up to the day are set against it.

    Raises
    ------
    ConfigError
        A way, line or fall that is none, a truth that is no table.
    DataError
        No balance or no close, an unknown security, totals of a market; a truth as `leverage_truth` refuses it.
    DateError
        No day, or one before the first session.
    """
    _check(way, line, fall, truth)
    asked = asked_day(panel.sessions, on)
    chosen = chosen_securities(panel, symbol)
    whole = _priced(panel.window(None, panel.sessions[asked.row]).select(chosen))
    every, gone = _sides(whole, way), not_current(whole)
    sides = every if symbol else {name: only_current(side, gone) for name, side in every.items()}
    row = _last_known(whole, sides)
    upto = whole.window(None, whole.sessions[row])
    figures = leverage_figures(sides, row, line, fall)
    days = leverage_days(whole, sides, row, line, is_one=bool(symbol))
    covered = [] if symbol else [*gone_words(whole, every, gone, row, currency_of(whole)), *jump_words(jumps_of(days))]
    told = [] if truth is None else [truth_words()]
    return LeverageView(
        date=upto.sessions[row],
        symbol=chosen[0] if symbol else "",
        way=way,
        line=line,
        fall=fall,
        currency=currency_of(whole),
        figures=figures,
        falls=leverage_falls(sides, row, line, fall),
        industries=leverage_industries(whole, sides, row, line, fall),
        securities=leverage_securities(whole, sides, row, line, fall),
        days=days,
        notes=(*filter(None, [asked.words]), *covered, *_notes(panel, whole, sides, row, figures), *told),
        source=panel.source,
        synthetic=panel.synthetic,
        truth=None if truth is None else leverage_truth(whole, every, truth),
    )


def _check(way: str, line: float, fall: float, truth: pd.DataFrame | None) -> None:
    if way not in WAYS:
        raise ConfigError(f"`way` should be one of {', '.join(WAYS)}, got {way!r}")
    fitting("line", line, _LINES)
    fitting("fall", fall, _FALLS)
    if truth is not None and not isinstance(truth, pd.DataFrame):
        raise ConfigError(f"`truth` should be a table, as `read_truth` returns it, got {truth!r:.40}")


def _priced(panel: Panel) -> Panel:
    """Return the panel completed, with the ex-right references of its corporate actions where it has boards."""
    made = complete(panel)
    try:
        actions, boards = actions_of(made), [board_of(symbol) for symbol in made.symbols]
    except DataError:  # an ex-date that cannot be, or securities of no board
        return made
    if actions is None or "adj_factor" in made or not {"close", "pre_close", "suspended"} <= made.fields.keys():
        return made
    return ex_right(made, actions, boards)[0]


def _sides(panel: Panel, way: str) -> dict[str, Leverage]:
    """Return the sides of which the data have a balance; DataError where they have none."""
    can = estimable(panel.fields)
    sides = {}
    if "financing_cost" in can or not can:
        sides["financing"] = financing_leverage(panel, way)  # says what is lacking
    if "short_cost" in can:
        sides["short"] = short_leverage(panel, way)
    return sides


def _last_known(panel: Panel, sides: dict[str, Leverage]) -> int:
    """Return the last session on which a security has an estimate and a close of its own."""
    seen = np.isfinite(panel["close"])
    known = np.any([(np.isfinite(side.maintenance) & seen).any(axis=1) for side in sides.values()], axis=0)
    if not known.any():
        raise DataError(
            f"no security has a balance and a price up to {panel.sessions[-1]}: choose a later day where there is one, "
            "or import margin data and closes of the same securities"
        )
    return int(np.flatnonzero(known)[-1])


def _notes(panel: Panel, whole: Panel, sides: dict[str, Leverage], row: int, figures: pd.DataFrame) -> list[str]:
    """Return what has to be known of the estimates."""
    way = {
        "proportional": "repayments leave all purchases in the same proportion",
        "fifo": "what was bought first is repaid first",
    }[next(iter(sides.values())).way]
    notes: list[str] = [
        say(
            "An estimate: each session's purchases enter at its average price with the least margin, all of it in the "
            "same security, and {way}. Accounts hold other collateral too, so their ratios are higher.",
            way=say(way),
        ),
        say(
            "Forced sales are what is owed by those below the line, each session's purchases being one debtor who "
            "brings no collateral: an upper bound for such a move."
        ),
    ]
    for one in figures[figures["opening"] >= _WORTH_SAYING].to_dict("records"):
        told = {
            "share": formats.percent(float(one["opening"]), 1),
            "side": say(str(one["side"])),
            "n": formats.number(float(one["turned_over"]), 0),
        }
        notes.append(
            say(
                "{share} of the {side} side dates from the securities' first session, whose costs are not known: they "
                "are taken to be its price. It took {n} sessions (median) until that was less than 10 %.",
                **told,
            )
        )
    if row < len(whole.sessions) - 1:
        notes.append(
            say(
                "No balance with a close is known on {day}: shown is the last session that has one.",
                day=whole.sessions[-1],
            )
        )
    if "adj_factor" not in whole and not panel.actions and not panel.adjusted:
        notes.append(say("Nothing tells ex-dates here: a dividend looks like a fall, and makes ratios too low."))
    return notes
