"""RQData (米筐): get_securities_margin and get_price."""

from .layout import Layout

LAYOUTS = (
    Layout(
        name="rqdata_securities_margin",
        description="RQData get_securities_margin: margin details",
        source="RQData get_securities_margin",
        columns={
            "margin_balance": "financing_balance",
            "buy_on_margin_value": "financing_buy",
            "margin_repayment": "financing_repay",
            "short_balance_quantity": "short_volume",
            "short_sell_quantity": "short_sell",
            "short_repayment_quantity": "short_repay",
            "short_balance": "short_balance",
            "total_balance": "total_balance",
        },
        required=("date", "financing_balance"),
        marks=("margin_balance",),
        ignored=("short_sell_value", "short_repayment_value"),
    ),
    Layout(
        name="rqdata_get_price",
        description="RQData get_price: bars and limits",
        source="RQData get_price, bars",
        columns={
            "open": "open",
            "high": "high",
            "low": "low",
            "close": "close",
            "prev_close": "pre_close",
            "volume": "volume",
            "total_turnover": "amount",
            "limit_up": "limit_up",
            "limit_down": "limit_down",
        },
        required=("date", "close", "volume"),
        marks=("total_turnover",),
        ignored=("num_trades",),
    ),
)
