"""A credit broker that an onlooker watches: what its shares were before and after everything that happened."""

from typing import Any

import numpy as np
from liangrong.core.account.credit import SHORT
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.run import engines
from oracles.round_trips import Tracer


class WatchedBroker(CreditBroker):
    """The broker, and its `tracer`."""

    def init(self) -> None:
        super().init()
        panel, marks = self.market.panel, self.market.marks
        self.names = panel.symbols
        days = panel.sessions.astype("datetime64[D]").tolist()
        columns = {symbol: j for j, symbol in enumerate(self.names)}
        self.tracer = Tracer(days, lambda day, symbol: float(marks[days.index(day), columns[symbol]]))
        opening = self.p.opening
        if opening is not None:
            price = dict(zip(self.names, np.nan_to_num(opening.marks).tolist(), strict=True))
            day = np.datetime64(opening.day, "D").item()
            self.tracer.begin(day, self.shares(), self.open_contracts(), price)
        for name in ("_move", "_act", "_end"):
            setattr(self._upkeep, name, self._watching(name, getattr(self._upkeep, name)))

    def shares(self) -> dict[str, tuple[int, int, int]]:
        """Return own, financed and owed shares by security, off the ledger's rows."""
        counts = [[int(own), 0, 0] for own in self.ledger.collateral]
        for row in self._rows():
            counts[row["symbol"]][2 if row["kind"] == SHORT else 1] += int(row["shares"])
        return {name: (own, financed, owed) for name, (own, financed, owed) in zip(self.names, counts, strict=True)}

    def open_contracts(self) -> list[tuple[int, str, str]]:
        """Return number, security and kind of every contract."""
        return [
            (int(r["id"]), self.names[r["symbol"]], "short" if r["kind"] == SHORT else "financed") for r in self._rows()
        ]

    def _rows(self) -> Any:
        return self.ledger.contracts[: self.ledger.account[0]["open_contracts"]]

    def _watching(self, name: str, method: Any) -> Any:
        """Return a method of the upkeep that is watched."""

        def watched(what: Any, *rest: Any) -> Any:
            before, cash = self.shares(), float(self.ledger.account[0]["cash"])
            owed = sum(float(row["compensation"]) for row in self._rows())
            locked, noted = self.ledger.bought_today.copy(), len(self.journal._entitlements)
            done = method(what, *rest)
            after, day = self.shares(), self.date.astype("datetime64[D]").item()
            if name == "_act":
                symbol = self.names[what.symbol]
                bought = int(self.ledger.bought_today[what.symbol] - locked[what.symbol])  # by right
                paid = float(self.ledger.account[0]["cash"]) - cash + bought * what.rights_price
                more = sum(float(row["compensation"]) for row in self._rows()) - owed
                own, *others = after[symbol]
                self.tracer.action(day, symbol, before[symbol], (own - bought, *others), paid, more)
                if bought:
                    self.tracer.transfer(day, symbol, bought, bought * what.rights_price)
            elif name == "_end":
                self._ended(day, what, before, after)
                for row in self.journal._entitlements[noted:]:
                    self.tracer.tax(self.names[what.symbol], -row[-1])
            elif done.refusal == 0 and what.symbol >= 0:
                symbol = self.names[what.symbol]
                self.tracer.transfer(day, symbol, after[symbol][0] - before[symbol][0], abs(done.amount))
            return done

        return watched

    def _ended(self, day: Any, end: Any, before: Any, after: Any) -> None:
        symbol, other = self.names[end.symbol], self.names[end.successor] if end.successor >= 0 else ""
        came = tuple(after[other][k] - before[other][k] for k in range(3)) if other else (0, 0, 0)
        self.tracer.end(day, symbol, before[symbol], other, came, float(end.price), float(end.cash))

    def _apply(self, order: Any, kind: Any, j: int, size: float, price: float, most: float) -> Any:
        before, today = self.shares(), self.ledger.account[0]["today"]
        symbol = self.names[j]
        old = sum(
            int(r["shares"]) for r in self._rows() if (r["symbol"], r["kind"]) == (j, 1 - SHORT) and r["opened"] < today
        )
        effect = super()._apply(order, kind, j, size, price, most)
        if not effect.refusal:
            fees = effect.commission + effect.stamp_duty + effect.transfer_fee
            seen = {"kind": kind.name.lower(), "is_forced": "forced" in order.info, "shares": int(effect.shares)}
            seen |= {"value": effect.value, "fees": fees, "old": old}
            day = self.date.astype("datetime64[D]").item()
            self.tracer.fill(day, symbol, seen, before, self.shares(), self.open_contracts())
            if self.ledger.account[0]["taxed"] > 0.0:
                self.tracer.tax(symbol, float(self.ledger.account[0]["taxed"]))
        return effect


def watch(scenario: Any, patch: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Run a scenario on backtrader and return its result and the trips of the onlooker."""
    brokers: list[WatchedBroker] = []
    make = engines.broker_of

    def kept(*given: Any, **more: Any) -> WatchedBroker:
        brokers.append(make(*given, **(more | {"make": WatchedBroker})))
        return brokers[-1]

    patch.setattr(engines, "broker_of", kept)
    result = engines._result(scenario, engines._run_backtrader(scenario, None))
    patch.setattr(engines, "broker_of", make)
    interest = dict(zip(result.contracts["id"].tolist(), result.contracts["interest"].tolist(), strict=True))
    return result, brokers[-1].tracer.rows(interest)
