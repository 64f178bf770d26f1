"""Eastmoney (东方财富): margin details of its data centre, JSON or CSV, with closes and fractions of the float cap."""

import numpy as np

from ..types import Row
from .layout import Column, Derived, Layout, Values
from .pinyin import PINYIN


def cap_of_share(values: Values) -> Row:
    """Return the float cap of which the financing balance is a published fraction, NaN where that is 0."""
    balance, share = values["financing_balance"], values["_share"]
    return np.divide(balance, share, out=np.full(len(balance), np.nan), where=share > 0)


FLOAT_CAP = Derived(
    "float_cap",
    ("financing_balance", "_share"),
    cap_of_share,
    "financing balance / its published percentage of the float cap (融资余额占流通市值比)",
)

LAYOUTS = (
    Layout(
        name="eastmoney_margin",
        description="Eastmoney margin details, JSON or CSV (DATE, SCODE, RZYE, …)",
        source="Eastmoney, margin details",
        columns={
            "date": "date",
            "secucode": "code",
            "scode": "code",
            **PINYIN,
            "rzrqyecz": "spread",
            "spj": "close",
            "rzyezb": Column("_share", 0.01),
        },
        required=("date", "code", "financing_balance"),
        marks=("scode",),
        ignored=(
            *("rzjme", "rqjmg", "sz", "zdf", "secname", "market", "kcb", "trade_market_code", "trade_market"),
            *(
                f"{name}{days}"
                for name in ("rzmre", "rzche", "rzjme", "rqmcl", "rqchl", "rqjmg")
                for days in ("3d", "5d", "10d")
            ),
            *("rchange3dcp", "rchange5dcp", "rchange10dcp", "fin_balance_gr"),
        ),
        derived=(FLOAT_CAP,),
    ),
)
