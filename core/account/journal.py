"""What happened in a run: fills, refusals, contracts and the account at every close, as plain columns."""

from typing import Any

import numpy as np

from ..types import MarginEvent, OrderKind, Refusal, Sessions
from . import logged
from .cash_flows import FLOW_KINDS, Moved
from .columns import TABLES, at_close
from .corporate_actions import ENTITLEMENTS, ActionEffect
from .credit import FINANCING, NOT_CLOSED, Totals
from .ended_securities import HELD_AS
from .order_kinds import FORCED
from .order_terms import Effect

_NEVER = np.datetime64("NaT", "D")


class Journal:
    """Columns of the result's tables, filled row by row.

    Parameters
    ----------
    symbols : tuple of str (N,)
    """

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self._symbols = symbols
        self._fills: list[tuple[Any, ...]] = []
        self._refusals: list[tuple[Any, ...]] = []
        self._closes: list[tuple[Any, ...]] = []
        self._contracts: list[Any] = []
        self._events: list[tuple[Any, ...]] = []
        self._forced: list[tuple[Any, ...]] = []
        self._dividends: list[tuple[Any, ...]] = []
        self._collateral: list[float] = []
        self._flows: list[tuple[Any, ...]] = []
        self._cash_interest: list[tuple[Any, ...]] = []
        self._entitlements: list[tuple[Any, ...]] = []
        self._endings: list[tuple[Any, ...]] = []
        self._logged: dict[str, logged.Columns] = {}
        self._positions: list[np.ndarray] | None = None
        self._sessions: Sessions = np.empty(0, dtype="datetime64[D]")
        self._concentration: list[tuple[Any, ...]] = []
        self.worst_ratios: list[float] = []
        """The bound of the maintenance ratio during each session; empty where only closes are judged."""

    def fill(
        self, date: np.datetime64, kind: OrderKind, symbol: int, price: float, effect: Effect, is_forced: bool = False
    ) -> None:
        """Note an order that was carried out; `symbol` -1 = none."""
        shown = price if effect.value > 0.0 and effect.shares > 0.0 else np.nan
        fees = (effect.commission, effect.stamp_duty, effect.transfer_fee, effect.interest)
        name = self._name(symbol)
        self._collateral.append(effect.collateral)
        self._fills.append(
            (date, name, FORCED * is_forced + kind.name.lower(), effect.shares, shown, effect.value, *fees)
        )

    def refusal(self, date: np.datetime64, kind: OrderKind, symbol: int, shares: float, reason: Refusal) -> None:
        """Note an order, or what was left of it, that was not carried out."""
        whole = np.floor(float(shares)) if np.isfinite(shares) else 0.0  # a fractional count is refused, and shown cut
        self._refusals.append((date, self._name(symbol), kind.name.lower(), whole, reason.name.lower()))

    def log(self, sessions: Sessions, fills: np.ndarray, refusals: np.ndarray) -> None:
        """Note all fills and refusals of a compiled run: what `fill` and `refusal` note of one, at once."""
        self._collateral = fills["collateral"].tolist()
        self._logged["fills"] = logged.fills_of(fills, sessions, self._symbols)
        self._logged["refusals"] = logged.refusals_of(refusals, sessions, self._symbols)

    def event(
        self,
        date: np.datetime64,
        event: MarginEvent,
        ratio: float,
        deadline: np.datetime64,
        amount: float,
        contract: int = 0,
    ) -> None:
        """Note what happened to the account, or to the contract of that id, at a close; `amount` CNY to restore."""
        self._events.append((date, event.name.lower(), ratio, deadline, amount, contract))

    def forced_sale(
        self,
        date: np.datetime64,
        cause: str,
        kind: OrderKind,
        symbol: int,
        wanted: float,
        done: float,
        price: float,
        reason: Refusal,
    ) -> None:
        """Note a forced order: what was wanted (shares; CNY of a repayment), what was done, and why not all of it."""
        why = "" if reason is Refusal.NONE else reason.name.lower()
        self._forced.append((date, cause, self._name(symbol), kind.name.lower(), wanted, done, price, why))

    def flow(self, date: np.datetime64, kind: int, symbol: int, moved: Moved) -> None:
        """Note what moved in or out of the account before a session, or was refused to; `symbol` -1 = cash."""
        why = "" if moved.refusal == 0 else Refusal(moved.refusal).name.lower()
        self._flows.append((date, FLOW_KINDS[kind], self._name(symbol), moved.shares, moved.price, moved.amount, why))

    def dividend(self, date: np.datetime64, symbol: int, effect: ActionEffect) -> None:
        """Note the dividends of one ex-date, what long positions received and short ones owe, and new shares."""
        shares = effect.long_shares, effect.short_shares, effect.subscribed, effect.paid, effect.rights_owed
        self._dividends.append((date, self._name(symbol), effect.received, effect.owed, *shares))

    def actions(self) -> list[tuple[Any, ...]]:
        """Return of every action that did anything: date, symbol, CNY received and owed, new long and short shares,
        shares subscribed, CNY paid for them and CNY of rights owed.
        """
        return self._dividends

    def ending(self, date: np.datetime64, row: np.void) -> None:
        """Note what became of shares whose listing ended: a record of ENDED."""
        numbers = (float(row[name]) for name in ("successor_shares", "cash", "carried", "left"))
        held_as, price, successor = HELD_AS[row["held_as"]], float(row["price"]), self._name(row["successor"])
        names = date, self._name(row["symbol"]), held_as
        self._endings.append((*names, float(row["shares"]), price, successor, *numbers))

    def dividends(self) -> list[tuple[Any, ...]]:
        """Return symbol, received and owed of every ex-date on which a position was held."""
        return [(symbol, received, owed) for _, symbol, received, owed, *_ in self._dividends if received or owed]

    def collateral(self) -> list[float]:
        """Return of every fill, in their order, how many of its shares entered or left the collateral."""
        return self._collateral

    def entitlement(
        self, date: np.datetime64, symbol: int, kind: int, shares: float, price: float, amount: float
    ) -> None:
        """Note what a corporate action brought beside a dividend; `kind` is a place in `ENTITLEMENTS`."""
        name = ENTITLEMENTS[kind]
        self._entitlements.append((date, self._name(symbol), name, np.floor(shares), price, amount))

    def cash_interest(self, date: np.datetime64, of_cash: float, of_proceeds: float) -> None:
        """Note interest, in CNY, that was credited on available cash and on locked proceeds."""
        self._cash_interest.append((date, of_cash, of_proceeds, of_cash + of_proceeds))

    def close(self, date: np.datetime64, sums: Totals, available_margin: float) -> None:
        """Note the account at the close of a session."""
        self._closes.append(at_close(sums, date=date, available_margin=available_margin))

    def concentration(
        self, date: np.datetime64, symbol: int, value: float, share: float, allowed: float, ratio: float
    ) -> None:
        """Note a close at which one security was more of the assets than its tier allows."""
        self._concentration.append((date, self._name(symbol), value, share, allowed, ratio))

    def contracts(self, rows: np.ndarray) -> None:
        """Note contracts (records of CONTRACT) that were closed, or are still open at the end."""
        self._contracts.extend(rows.copy())

    def positions(self, sessions: Sessions, rows: np.ndarray) -> None:
        """Note what is held and owed at closes: records of POSITION, their sessions as rows of `sessions`."""
        self._sessions = sessions
        self._positions = self._positions or []
        self._positions.append(rows.copy())

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return table -> column -> values, for every table but attribution and market; optional ones where noted."""
        contracts = sorted(self._contracts, key=lambda row: int(row["id"]))
        more: dict[str, dict[str, Any]] = {}
        if self._positions is not None:
            rows = np.concatenate(self._positions)
            more["positions"] = logged.positions_of(rows, self._sessions, self._symbols)
        if self._flows:
            more["flows"] = _columns(self._flows, "flows")
        if self._endings:
            more["endings"] = _columns(self._endings, "endings")
        if self._cash_interest:
            more["cash_interest"] = _columns(self._cash_interest, "cash_interest")
        if self._entitlements:
            more["entitlements"] = _columns(self._entitlements, "entitlements")
        if self._concentration:
            more["concentration"] = _columns(self._concentration, "concentration")
        return more | {
            "equity": _columns(self._closes, "equity"),
            "fills": self._logged.get("fills") or _columns(self._fills, "fills"),
            "refusals": self._logged.get("refusals") or _columns(self._refusals, "refusals"),
            "contracts": _columns([self._contract(row) for row in contracts], "contracts"),
            "margin_events": _columns(self._events, "margin_events"),
            "forced_sales": _columns(self._forced, "forced_sales"),
        }

    def _contract(self, row: Any) -> tuple[Any, ...]:
        is_financing = row["kind"] == FINANCING
        closed = _NEVER if row["closed"] == NOT_CLOSED else np.datetime64(int(row["closed"]), "D")
        return (
            int(row["id"]),
            "financing" if is_financing else "short",
            self._symbols[row["symbol"]],
            np.datetime64(int(row["opened"]), "D"),
            np.datetime64(int(row["due"]), "D"),
            closed,
            float(row["opened_amount"]) if is_financing else 0.0,
            0.0 if is_financing else float(row["opened_amount"]),
            float(row["opened_shares"]),
            float(row["rate"]),
            float(row["paid"] + row["accrued"]),
            float(row["amount_years"]),
        )

    def _name(self, symbol: int) -> str:
        return self._symbols[symbol] if symbol >= 0 else ""


def _columns(rows: list[tuple[Any, ...]], table: str) -> dict[str, list[Any]]:
    # Not zip(*rows): an iterator for each row is what the garbage collector then walks through.
    return {name: [row[place] for row in rows] for place, name in enumerate(TABLES[table].names())}
