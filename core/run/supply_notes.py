"""What a run with short sales assumes of the shares that could be borrowed, since relending was suspended."""

from collections.abc import Iterator, Mapping

import pandas as pd

from ..account.order_kinds import names
from ..pages.language import say
from ..rulebook import Rulebook
from ..types import OrderKind
from .scenario import Scenario

_TABLES = ("fills", "refusals")
_MAINLAND = (".SH", ".SZ", ".BJ")
_SUSPENDED = "suspended"


def supply_notes(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Yield what a run that sold short, or would have, takes as the supply from the suspension of relending on.

    Rule: `relending`, the securities that China Securities Finance lends to brokers (转融券).
    """
    rows = Rulebook.load().table("relending").rows
    rule = next((row for row in rows if row.value == _SUSPENDED), None)
    short = names((OrderKind.SHORT_SELL,))[0]
    orders = pd.concat([tables[name].loc[tables[name]["kind"] == short, ["date", "symbol"]] for name in _TABLES])
    asked = orders.loc[orders["symbol"].str.endswith(_MAINLAND), "date"]
    if rule is not None and (asked >= rule.effective).any():
        yield say(
            "Short sales from {day} on, when relending was suspended ({source}) and the supply of shares collapsed: "
            "this run assumes that {supply}.",
            day=str(rule.effective),
            source=rule.source,
            supply=supply(scenario),
        )


def supply(scenario: Scenario) -> str:
    """Return what a run takes as the supply of shares to borrow, in words."""
    account, panel = scenario.config.account, scenario.panel
    share = account.borrow_share
    if share is None:
        plain = say("any number of shares could be borrowed (`account.borrow_share: null`)")
    elif "short_volume" not in panel:
        plain = say("any number of shares could be borrowed, for the data have no short_volume")
    else:
        plain = say(
            "{share} of the short volume published for the session before may be owed (`account.borrow_share`)",
            share=f"{share:g}",
        )
    if account.borrowable_share is None or "borrowable_shares" not in panel:
        return plain
    return say(
        "{share} of the data's `borrowable_shares` could be borrowed in a session, and where those are not known, "
        "that {otherwise}",
        share=f"{account.borrowable_share:g}",
        otherwise=plain,
    )
