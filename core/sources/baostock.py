"""baostock: bars with turnover rate, trading state and special treatment; its flag says how prices are adjusted."""

import numpy as np

from ..types import Row
from .layout import Column, Derived, Layout, Values

_FLAGS = {1.0: "backward-adjusted (adjustflag 1)", 2.0: "forward-adjusted (adjustflag 2)"}


def shares_of_turn(values: Values) -> Row:
    """Return the float shares that volume and turnover rate imply, NaN where nothing was traded."""
    volume, turn = values["volume"], values["_turn"]
    return np.divide(volume, turn, out=np.full(len(volume), np.nan), where=(volume > 0) & (turn > 0))


def _adjusted(values: Values, _: str) -> str:
    if "_adjustflag" not in values:
        return ""
    return " and ".join(words for flag, words in _FLAGS.items() if (values["_adjustflag"] == flag).any())


LAYOUTS = (
    Layout(
        name="baostock",
        description="baostock query_history_k_data_plus: bars, trading state, ST",
        source="baostock, bars",
        columns={
            "open": "open",
            "high": "high",
            "low": "low",
            "close": "close",
            "preclose": "pre_close",
            "volume": "volume",
            "amount": "amount",
            "isst": "is_st",
            "adjustflag": "_adjustflag",
            "turn": Column("_turn", 0.01),
            "tradestatus": "_trading",
        },
        required=("date", "close", "volume"),
        marks=("adjustflag",),
        ignored=("pctchg", "pettm", "psttm", "pcfncfttm", "pbmrq"),
        derived=(
            Derived("suspended", ("_trading",), lambda values: 1.0 - values["_trading"], ""),
            Derived("float_shares", ("volume", "_turn"), shares_of_turn, "volume / turnover rate (turn)"),
        ),
        adjusted=_adjusted,
    ),
)
