"""The figures of a leaderboard, declared once: name, how it is shown, unit and meaning."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

PERCENT, AMOUNT, COUNT, NUMBER, DATE = "percent", "amount", "count", "number", "date"
"""How a figure is shown; a percentage is a fraction in the CSV."""


class BoardFigure(NamedTuple):
    """One column of a leaderboard."""

    name: str
    shown: str
    unit: str  # "" = none
    meaning: str


_DECLARED = (
    BoardFigure("total_return", PERCENT, "fraction", "from the cash at the start to the last close"),
    BoardFigure("annualised_return", PERCENT, "fraction a year", "compounded"),
    BoardFigure("volatility", PERCENT, "fraction a year", "deviation of the daily returns, annualised"),
    BoardFigure("sharpe", NUMBER, "", "mean daily return over its deviation, annualised; no rate is deducted"),
    BoardFigure("sharpe_error", NUMBER, "", "standard error of the Sharpe ratio"),
    BoardFigure("sortino", NUMBER, "", "as the Sharpe ratio, over the deviation of losses"),
    BoardFigure("max_drawdown", PERCENT, "fraction", "deepest fall below an earlier peak of the equity"),
    BoardFigure("calmar", NUMBER, "", "annualised return over the deepest fall"),
    BoardFigure("turnover", NUMBER, "equities a year", "value traded over the mean equity"),
    BoardFigure("average_leverage", NUMBER, "equities", "long and short value over equity, mean of the closes"),
    BoardFigure("interest", AMOUNT, "CNY", "of financing contracts"),
    BoardFigure("borrow_fee", AMOUNT, "CNY", "of short contracts"),
    BoardFigure("fees", AMOUNT, "CNY", "commission, stamp duty and transfer fee"),
    BoardFigure("margin_calls", COUNT, "", "notices to restore the maintenance ratio"),
    BoardFigure("forced_orders", COUNT, "", "orders of the broker's own"),
    BoardFigure("insolvent_date", DATE, "", "session on which debt exceeded the assets"),
    BoardFigure("fills", COUNT, "", "orders that were carried out"),
    BoardFigure("refusals", COUNT, "", "orders, or rests of orders, that were not"),
    BoardFigure("capacity", AMOUNT, "CNY", "equity whose median order that builds a position meets the volume cap"),
)

BOARD_FIGURES: Mapping[str, BoardFigure] = MappingProxyType({figure.name: figure for figure in _DECLARED})
"""Name -> figure, in the order of the columns."""

FIGURES = tuple(BOARD_FIGURES)
"""Columns of a leaderboard."""
