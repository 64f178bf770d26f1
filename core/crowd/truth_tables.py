"""What is true of a market of many accounts and nobody publishes: by session and security, by session, by account."""

from typing import TYPE_CHECKING

import numpy as np

from ..account.credit import INSOLVENT
from ..panel.panel import Panel
from ..types import Panel2D, Row
from .crowd_state import Crowd
from .crowd_sums import PER_CNY, Sums
from .habits import HABITS, Habits

if TYPE_CHECKING:
    import pandas as pd


TRUTH = {
    "financed_shares": "shares that are held on margin",
    "financing_cost": "CNY per share that they cost on the mean, fees included",
    "owed_per_share": "CNY of principal per share that is held on margin",
    "maintenance_ratio": "of the accounts with a financing contract here, weighted by what they owe for it; fraction",
    "holders": "accounts with a financing contract here",
    "holders_below": "of which with a maintenance ratio below the call line",
    "holders_called": "of which called at this close",
    "borrowed_shares": "shares that are owed",
    "short_price": "CNY per share at which they were sold on the mean",
    "short_maintenance_ratio": "of the accounts with a short contract here, weighted by what they sold; fraction",
    "borrowers": "accounts with a short contract here",
    "borrowers_below": "of which with a maintenance ratio below the call line",
    "forced_sold": "CNY of forced sales of the session",
    "forced_bought": "CNY of forced purchases of the session, to return",
    "net_bought": "CNY that all accounts bought, less what they sold",
}
"""Column -> what it is; NaN where nothing is held, or owed."""


def truth_fields(sums: Sums) -> dict[str, Panel2D]:
    """Return column -> float64 (T, N) of `TRUTH`."""
    of = sums.of
    owed = of["owed"] / PER_CNY
    made = {name: of[name] for name in TRUTH if name in of}
    made["financing_cost"] = _over(of["cost"], of["financed_shares"])
    made["owed_per_share"] = _over(owed, of["financed_shares"])
    made["maintenance_ratio"] = _over(of["owed_by_ratio"], owed)
    made["short_price"] = _over(of["sold_amount"], of["borrowed_shares"])
    made["short_maintenance_ratio"] = _over(of["sold_by_ratio"], of["sold_amount"])
    return {name: made[name] for name in TRUTH}


def truth_table(panel: Panel, sums: Sums) -> "pd.DataFrame":
    """Return a row for each published row of the panel: date, symbol and the columns of `TRUTH`."""
    import pandas as pd

    t, j = np.nonzero(~np.isnan(panel["financing_balance"]))
    symbols = np.array(panel.symbols, dtype=object)
    fields = {name: values[t, j] for name, values in truth_fields(sums).items()}
    return pd.DataFrame({"date": panel.sessions[t].astype("datetime64[s]"), "symbol": symbols[j], **fields})


def days_table(panel: Panel, sums: Sums) -> "pd.DataFrame":
    """Return a row for each session: what all accounts own and owe, how many were called and sold out."""
    import pandas as pd

    over, of = sums.over, sums.of
    days = {name: over[name].astype(np.int64) for name in over if name not in ("equity", "assets", "debt")}
    return pd.DataFrame(
        {
            "date": panel.sessions.astype("datetime64[s]"),
            "equity": over["equity"],
            "assets_in_debt": over["assets"],
            "debt": over["debt"],
            "maintenance_ratio": _over(over["assets"], over["debt"]),
            "principal": of["owed"].sum(axis=1) / PER_CNY,
            **days,
            "forced_sold": of["forced_sold"].sum(axis=1),
            "forced_bought": of["forced_bought"].sum(axis=1),
        }
    )


def accounts_table(cash: Row, habits: Habits, crowd: Crowd) -> "pd.DataFrame":
    """Return a row for each account: what it is like, what it began with, what became of it."""
    import pandas as pd

    return pd.DataFrame(
        {
            "account": np.arange(1, len(cash) + 1),
            "habit": np.array(HABITS, dtype=object)[habits.kind],
            "began_with": cash,
            "appetite": habits.appetite,
            "horizon": habits.horizon,
            "breadth": habits.breadth,
            "heeds_calls": habits.heeds,
            "contracts_opened": crowd.account["last_id"],
            "contracts_open": crowd.account["open_contracts"],
            "calls": crowd.calls,
            "sessions_of_forced_sales": crowd.forced,
            "forced_value": crowd.forced_value,
            "is_insolvent": crowd.account["risk_state"] == INSOLVENT,
        }
    )


def _over(value: np.ndarray, by: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(by > 0.0, value / by, np.nan)
