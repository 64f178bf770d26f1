"""What a run did with a security, on the security's own page: marks on its price, and tables."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from ..pages import formats
from ..pages.language import say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table
from ..run.result import Result
from ..run.security_marks import Deals, contract_lines, deals_of, fill_marks


class RunOverlay(NamedTuple):
    """A run's dealings in one security."""

    name: str
    deals: Deals
    is_of_other_data: bool  # it was made on a dataset with another digest
    has_security: bool  # as far as its configuration tells
    days: tuple[pd.Timestamp, pd.Timestamp] | None  # the first and the last of its sessions; None where it has none


def overlay_of(result: Result, symbol: str, digest: str = "") -> RunOverlay:
    """Return what a run did with a security.

    Parameters
    ----------
    result : Result
    symbol : str
    digest : str
        Of the dataset that the page is of; empty where it is of none. That of a run on files is of another kind.
    """
    data = result.provenance.get("data") or {}
    is_known = bool(digest) and data.get("source") == "dataset"
    sessions = result.equity["date"]
    return RunOverlay(
        name=result.name,
        deals=deals_of(result, symbol),
        is_of_other_data=is_known and digest != data.get("digest"),
        has_security=_takes_part(result, symbol),
        days=(sessions.iloc[0], sessions.iloc[-1]) if len(sessions) else None,
    )


def _takes_part(result: Result, symbol: str) -> bool:
    """Return whether a run's configuration lets a security take part."""
    universe = result.config.get("universe") or {}
    chosen = universe.get("symbols")
    return (chosen is None or symbol in chosen) and symbol not in (universe.get("exclude") or ())


def overlay_traces(overlay: RunOverlay, days: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the marks of fills and the lines of contracts within the sessions of a chart, its ``date`` and ``close``."""
    first, last = days["date"].iloc[0], days["date"].iloc[-1]
    fills, contracts = overlay.deals
    closed = contracts["closed"].fillna(last).clip(upper=last)
    shown = contracts.assign(opened=contracts["opened"].clip(lower=first), closed=closed)
    shown = shown[(contracts["opened"] <= last) & (closed >= first)]
    within = Deals(fills[fills["date"].between(first, last)], shown)
    yield from contract_lines(within, last)
    yield from fill_marks(within, days.set_index("date")["close"])


def overlay_section(overlay: RunOverlay, sessions: pd.Series) -> str:
    """Return the section on what the run did, on a page of these sessions."""
    fills, contracts = overlay.deals
    title = say("What run {name} did", name=overlay.name)
    told = muted(say("The run was made on other data than these.")) if overlay.is_of_other_data else ""
    if apart := _other_days(overlay, sessions):
        told += muted(apart)
    if fills.empty and contracts.empty:
        return section(title, told + ("" if apart and overlay.has_security else muted(_untraded(overlay))))
    forced = int((fills["cause"] != "").sum())
    lead = say(
        "{fills} fills, {forced} of them forced, and {contracts} contracts.",
        fills=formats.count(len(fills)),
        forced=formats.count(forced),
        contracts=formats.count(len(contracts)),
    )
    return section(title, told + _fills(fills) + (_contracts(contracts) if len(contracts) else ""), lead=lead)


def _other_days(overlay: RunOverlay, sessions: pd.Series) -> str:
    """Say that no session of the run is one of these; nothing where one is."""
    if overlay.days is None:
        return ""
    first, last = overlay.days
    if sessions.between(first, last).any():
        return ""
    return say("The run is of other days than these: {first} to {last}.", first=day(first), last=day(last))


def _untraded(overlay: RunOverlay) -> str:
    if not overlay.has_security:
        return say("This security did not take part in the run: its universe does not have it.")
    return say("It did not trade this security.")


def _fills(fills: pd.DataFrame) -> str:
    has_causes = (fills["cause"] != "").any()
    head = [say("Date"), say("Order"), *([say("Cause")] if has_causes else [])]
    rows = [
        (
            *(day(row.date), formats.words(row.kind)),
            *([_causes(row.cause)] if has_causes else []),
            *(formats.count(row.shares), formats.number(row.price), formats.amount(row.value)),
        )
        for row in tuples(fills)
    ]
    return table([*head, say("Shares"), say("Price"), say("Value, CNY")], rows, texts=len(head), file="fills.csv")


def _causes(cause: str) -> str:
    return ", ".join(formats.words(why) for why in cause.split(", ") if why) or formats.NONE


def _contracts(contracts: pd.DataFrame) -> str:
    head = (
        *(say("Kind"), say("Opened"), say("Due"), say("Closed"), say("No.")),
        *(say("Shares"), say("Amount, CNY"), say("Rate"), say("Interest, CNY")),
    )
    rows = [
        (
            *(formats.words(row.kind), day(row.opened), day(row.due)),
            day(row.closed) if row.closed is not pd.NaT else say("still open"),
            *(str(row.id), formats.count(row.shares), formats.amount(row.principal + row.sell_amount)),
            *(formats.percent(row.rate), formats.number(row.interest)),
        )
        for row in tuples(contracts)
    ]
    return table(head, rows, texts=4, file="contracts.csv")
