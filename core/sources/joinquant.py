"""JoinQuant (聚宽): get_mtss and get_price; prices come forward-adjusted unless asked otherwise."""

import numpy as np

from .layout import Layout, Values


def _adjusted(values: Values, _: str) -> str:
    factor = values.get("_factor")
    is_adjusted = factor is not None and bool((np.abs(factor[np.isfinite(factor)] - 1.0) > 1e-9).any())
    return "adjusted by its column factor (fq of get_price)" if is_adjusted else ""


LAYOUTS = (
    Layout(
        name="joinquant_get_mtss",
        description="JoinQuant get_mtss: margin details",
        source="JoinQuant get_mtss",
        columns={
            "sec_code": "code",
            "fin_value": "financing_balance",
            "fin_buy_value": "financing_buy",
            "fin_refund_value": "financing_repay",
            "sec_value": "short_volume",
            "sec_sell_value": "short_sell",
            "sec_refund_value": "short_repay",
            "fin_sec_value": "total_balance",
        },
        required=("date", "financing_balance", "short_volume"),
        ignored=("", "unnamed:0", "index"),
    ),
    Layout(
        name="joinquant_get_price",
        description="JoinQuant get_price: bars, limits, suspensions",
        source="JoinQuant get_price, bars",
        columns={
            "": "date",
            "unnamed:0": "date",
            "open": "open",
            "high": "high",
            "low": "low",
            "close": "close",
            "pre_close": "pre_close",
            "volume": "volume",
            "money": "amount",
            "high_limit": "limit_up",
            "low_limit": "limit_down",
            "paused": "suspended",
            "factor": "_factor",
        },
        required=("date", "close", "volume"),
        marks=("money",),
        ignored=("avg", "index"),
        adjusted=_adjusted,
    ),
)
