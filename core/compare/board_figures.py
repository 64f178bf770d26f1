"""The figures of a leaderboard, declared once: name, how it is shown, unit and meaning."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

PERCENT, AMOUNT, COUNT, NUMBER, DATE = "percent", "amount", "count", "number", "date"
"""How a figure is shown; a percentage is a fraction in the CSV."""


class BoardFigure(NamedTuple):
    """One column of a leaderboard."""

    name: str
    heading: str  # on the page
    shown: str
    unit: str  # "" = none
    meaning: str


_DECLARED = (
    BoardFigure("total_return", "Total return", PERCENT, "fraction", "from the cash at the start to the last close"),
    BoardFigure("annualised_return", "Return a year", PERCENT, "fraction a year", "compounded"),
    BoardFigure("volatility", "Volatility", PERCENT, "fraction a year", "deviation of the daily returns, annualised"),
    BoardFigure(
        "sharpe", "Sharpe ratio", NUMBER, "", "mean daily return over its deviation, annualised; no rate is deducted"
    ),
    BoardFigure("sharpe_error", "± error", NUMBER, "", "one standard error of the Sharpe ratio"),
    BoardFigure("judged_sharpe", "Judged Sharpe", NUMBER, "", "over the judged sessions, of which the verdict speaks"),
    BoardFigure("sortino", "Sortino", NUMBER, "", "as the Sharpe ratio, over the deviation of losses"),
    BoardFigure(
        "max_drawdown", "Max drawdown", PERCENT, "fraction", "deepest fall below an earlier peak of the equity"
    ),
    BoardFigure("calmar", "Calmar", NUMBER, "", "annualised return over the deepest fall"),
    BoardFigure("turnover", "Turnover a year", NUMBER, "equities a year", "value traded over the mean equity"),
    BoardFigure(
        "average_leverage",
        "Average leverage",
        NUMBER,
        "equities",
        "long and short value over equity, mean of the closes",
    ),
    BoardFigure("interest", "Interest, CNY", AMOUNT, "CNY", "of financing contracts"),
    BoardFigure("borrow_fee", "Borrow fee, CNY", AMOUNT, "CNY", "of short contracts"),
    BoardFigure("fees", "Fees, CNY", AMOUNT, "CNY", "commission, stamp duty and transfer fee"),
    BoardFigure("margin_calls", "Margin calls", COUNT, "", "notices to restore the maintenance ratio"),
    BoardFigure("forced_orders", "Forced orders", COUNT, "", "orders of the broker's own"),
    BoardFigure("insolvent_date", "Insolvent on", DATE, "", "session on which debt exceeded the assets"),
    BoardFigure("fills", "Fills", COUNT, "", "orders that were carried out"),
    BoardFigure("refusals", "Refused orders", COUNT, "", "orders, or rests of orders, that were not"),
    BoardFigure(
        "capacity",
        "Capacity, CNY",
        AMOUNT,
        "CNY",
        "equity whose median order that builds a position meets the volume cap",
    ),
)

BOARD_FIGURES: Mapping[str, BoardFigure] = MappingProxyType({figure.name: figure for figure in _DECLARED})
"""Name -> figure, in the order of the columns."""

JUDGED = "judged_sharpe"
"""The one figure that a run by itself does not tell: it depends on when the slowest trial can trade."""

FIGURES = tuple(name for name in BOARD_FIGURES if name != JUDGED)
"""Figures of a run."""
