"""The trips of an account in the course of a run: what entered and left them, in the order in which it happened."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..types import Sessions

COLLATERAL, FINANCED, OWED = "collateral", "financed", "short"
KINDS = (COLLATERAL, FINANCED, OWED)
"""What a round trip was made with: own cash, a financing contract, borrowed shares."""

_LONG = (COLLATERAL, FINANCED)
_NEVER = np.datetime64("NaT", "D")


class Move(NamedTuple):
    """Shares that enter or leave a trip."""

    t: int  # session
    shares: float
    value: float  # CNY
    fees: float = 0.0  # CNY
    is_fill: bool = False
    is_forced: bool = False

    def part(self, shares: float) -> "Move":
        """Return what `shares` of them are of it."""
        share = shares / self.shares
        return self._replace(shares=shares, value=self.value * share, fees=self.fees * share)


@dataclass(slots=True)
class Trip:
    """One round trip in the course of it; amounts in CNY."""

    symbol: int
    kind: str
    opened: np.datetime64
    first: int  # session
    closed: np.datetime64 = _NEVER
    last: int = -1
    shares: float = 0.0
    most: float = 0.0
    shares_in: float = 0.0
    shares_out: float = 0.0
    value_in: float = 0.0
    value_out: float = 0.0
    fees_in: float = 0.0
    fees: float = 0.0
    dividends: float = 0.0
    interest: float = 0.0
    fills: int = 0
    is_forced: bool = False

    def enter(self, move: Move) -> None:
        """Take shares in."""
        self.shares_in += move.shares
        self.value_in += move.value
        self.fees_in += move.fees
        self.grow(move.shares)
        self._note(move)

    def leave(self, move: Move) -> None:
        """Let shares go."""
        self.shares_out += move.shares
        self.value_out += move.value
        self.shares -= move.shares
        self._note(move)

    def grow(self, shares: float) -> None:
        """Take shares in that cost nothing."""
        self.shares += shares
        self.most = max(self.most, self.shares)

    def _note(self, move: Move) -> None:
        self.fees += move.fees
        self.fills += move.is_fill
        self.is_forced |= move.is_forced


@dataclass
class TripBook:
    """The trips of an account, fed with what happened to its shares, in the order in which it happened.

    Notes
    -----
    A trip is one security and one kind from flat to flat. Financed shares that a paid contract releases stay with the
    trip in which they were financed. What leaves the collateral is first that of the trip of own cash, then released
    shares. New shares of a corporate action go to the trips by their shares, a fraction to the financed one.
    """

    sessions: Sessions
    open: dict[tuple[int, str], Trip] = field(default_factory=dict)
    every: list[Trip] = field(default_factory=list)
    of_contract: list[Trip] = field(default_factory=list)
    """By the contracts' ids."""

    def enter(self, j: int, kind: str, move: Move, opened: np.datetime64 | None = None) -> Trip:
        """Take shares into the open trip of a kind, or into a new one."""
        trip = self.open.get((j, kind))
        if trip is None:
            trip = Trip(j, kind, self.sessions[move.t] if opened is None else opened, move.t)
            self.open[j, kind] = trip
            self.every.append(trip)
        trip.enter(move)
        return trip

    def leave(self, j: int, kind: str, move: Move) -> None:
        """Let shares go from the open trip of a kind."""
        if move.shares > 0.0:
            trip = self.open[j, kind]
            trip.leave(move)
            self.close_flat(trip, move.t)

    def leave_long(self, j: int, move: Move, collateral: float) -> None:
        """Let shares go that the account held, `collateral` of them own ones and the others of financing contracts."""
        held = self.open.get((j, COLLATERAL))
        own = min(collateral, held.shares if held is not None else 0.0)
        for kind, shares in ((COLLATERAL, own), (FINANCED, move.shares - own)):
            if shares > 0.0:
                self.leave(j, kind, move.part(shares))

    def close_flat(self, trip: Trip, t: int) -> None:
        """Close a trip that has no shares left."""
        if trip.shares <= 0.0:
            trip.closed, trip.last = self.sessions[t], t
            del self.open[trip.symbol, trip.kind]

    def act(
        self,
        t: int,
        j: int,
        received: float,
        owed: float,
        new_long: float,
        new_short: float,
        subscribed: float = 0.0,
        paid: float = 0.0,
        rights_owed: float = 0.0,
    ) -> None:
        """Give a corporate action to the trips of the security; shares bought by right enter that of own cash."""
        holding = [self.open[j, kind] for kind in _LONG if (j, kind) in self.open]
        held = sum(trip.shares for trip in holding)
        own = new_long * holding[0].shares // held if len(holding) > 1 else new_long
        for trip, new in zip(holding, (own, new_long - own), strict=False):
            trip.dividends += received * trip.shares / held
            trip.grow(new)
            self.close_flat(trip, t)
        if not holding and received:
            self._pay_late(j, received)
        short = self.open.get((j, OWED))
        if short is not None:
            short.dividends -= owed + rights_owed
            short.grow(new_short)
            self.close_flat(short, t)
        if subscribed > 0.0:
            self.enter(j, COLLATERAL, Move(t, subscribed, paid))

    def pay_tax(self, j: int, amount: float) -> None:
        """Take the tax on dividends, CNY, that a sale paid from the trips that hold the security, else the last one."""
        holding = [self.open[j, kind] for kind in _LONG if (j, kind) in self.open]
        held = sum(trip.shares for trip in holding)
        for trip in holding:
            trip.dividends -= amount * trip.shares / held
        if not holding:
            self._pay_late(j, -amount)

    def _pay_late(self, j: int, received: float) -> None:
        """Give a dividend that a statement books after the last share is gone to the trip that held last."""
        for trip in reversed(self.every):
            if trip.symbol == j and trip.kind in _LONG:
                trip.dividends += received
                return

    def end(self, j: int, kind: str, gone: Move, successor: int, came: Move) -> None:
        """Let shares go whose listing ended, and take those of a successor (-1 = none) into its trip of the kind.

        `kind` tells how the account held them: released shares are collateral and stay with their financed trip.
        """
        held = self.open.get((j, kind))
        own = gone.shares if kind != COLLATERAL else min(gone.shares, held.shares if held is not None else 0.0)
        new = came.shares * own // gone.shares
        for of, shares, got in ((kind, own, new), (FINANCED, gone.shares - own, came.shares - new)):
            if shares <= 0.0:
                continue
            self.leave(j, of, gone.part(shares))
            if successor >= 0:
                value = came.value * shares / gone.shares
                self.close_flat(self.enter(successor, of, came._replace(shares=got, value=value)), came.t)

    def fill(self, j: int, kind: str, move: Move, collateral: float, mark: float) -> None:
        """Give a fill to its trips; `mark` is the CNY per share at which shares count that are returned untraded."""
        if kind == "buy":
            self.enter(j, COLLATERAL, move)
        elif kind in ("margin_buy", "short_sell"):
            self.of_contract.append(self.enter(j, OWED if kind == "short_sell" else FINANCED, move))
        elif kind in ("sell", "sell_to_repay"):
            self.leave_long(j, move, collateral)
        elif kind == "buy_to_return":
            self.leave(j, OWED, move.part(move.shares - collateral))
            if collateral > 0.0:
                self.enter(j, COLLATERAL, move.part(collateral))
        elif kind == "return_shares":
            returned = move._replace(value=move.shares * mark)
            self.leave(j, OWED, returned)
            self.leave_long(j, returned, collateral)
