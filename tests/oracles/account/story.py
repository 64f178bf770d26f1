"""A story: bars, corporate actions, orders and terms; told by the oracle or by an engine."""

import csv
import datetime as dt
import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import yaml
from liangrong.core.config.run import validate
from liangrong.core.ideas.target_strategy import TargetStrategy
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import execute
from liangrong.core.run.scenario import assemble

from .market import Action
from .numbers import exact
from .orders import Order, lot_floor
from .run import Run
from .terms import of_raw


@dataclass
class Story:
    """What both are told.

    Parameters
    ----------
    bars : dict of date to dict of symbol to dict of field to number
    orders : list of dict
        date, symbol, kind and shares, amount or price as the file of `replay` has them.
    config : dict
        The parts account, costs, market, execution of a configuration.
    actions : list of (date, symbol, cash per share, new shares per share)
    recalls : list of (date, symbol, shares; None = all)
    """

    bars: dict
    orders: list
    config: dict = field(default_factory=dict)
    actions: list = field(default_factory=list)
    recalls: list = field(default_factory=list)
    name: str = "story"
    in_files: bool = False  # opening, flows and rates are told to an engine in files of their own

    @property
    def sessions(self):
        return sorted(self.bars)

    @property
    def symbols(self):
        return list(dict.fromkeys(symbol for day in self.sessions for symbol in self.bars[day]))

    def by_oracle(self, kind=Run):
        """Return the finished run of the oracle."""
        run = self.run(kind)
        run.orders = [(row["date"], self._order(row, run.market)) for row in self.orders]
        return run.go()

    def run(self, kind=Run) -> Any:
        """Return a run of the oracle that has no orders yet."""
        actions = [Action(day, symbol, exact(cash), exact(ratio)) for day, symbol, cash, ratio in self.actions]
        board = self.config.get("market", {}).get("board")
        return kind(self.bars, [], of_raw(self.config), actions, board, self.recalls)

    def _order(self, row, market):
        """Return the order of a row; an amount buys whole lots at the stated price, else at the last close."""
        kind, symbol, price = row["kind"], row.get("symbol", ""), exact(row.get("price"))
        if kind == "repay":
            return Order("", kind, amount=exact(row["amount"]))
        shares = row.get("shares")
        if shares is None:
            before = self.sessions[self.sessions.index(row["date"]) - 1]
            last = price or market.quotes[before][symbol].last
            wanted = math.floor(exact(row["amount"]) / last) if last else 0
            shares = lot_floor(market.boards[symbol], wanted) or max(wanted, 1)
        return Order(symbol, kind, int(shares), price=price)

    def panel(self):
        """Return the bars as a panel; a field that no row has is absent."""
        names = dict.fromkeys(name for day in self.bars.values() for row in day.values() for name in row)
        place = {symbol: j for j, symbol in enumerate(self.symbols)}
        fields = {name: np.full((len(self.sessions), len(place)), np.nan) for name in names}
        for t, day in enumerate(self.sessions):
            for symbol, row in self.bars[day].items():
                for name, value in row.items():
                    fields[name][t, place[symbol]] = math.nan if value is None else float(value)
        return Panel(sessions=np.array(self.sessions, "datetime64[D]"), symbols=tuple(place), fields=fields)

    def by_engine(self, folder):
        """Return the result of the backtrader engine through the strategy `replay`."""
        columns = ("date", "symbol", "kind", "shares", "amount", "price")
        write(folder / "orders.csv", columns, [[row.get(name, "") for name in columns] for row in self.orders])
        strategy = {"name": "replay", "parameters": {"file": str(folder / "orders.csv")}}
        return execute(self._scenario(folder, strategy))

    def by_compiled(self, folder, weights):
        """Return the result of the compiled engine for target weights (T, N), its own orders instead of the story's."""
        scenario = self._scenario(folder, {"name": "buy_and_hold", "parameters": {"reserve": 0.02}}, engine="compiled")

        def of_run(_cls, setting, _parameters):
            return weights[len(weights) - len(setting.shortable) :]

        strategy = type("Drawn", (TargetStrategy,), {"targets": classmethod(of_run)})
        parameters = {"reserve": scenario.parameters["reserve"]}
        return execute(replace(scenario, strategy=strategy, rule=None, parameters=parameters))

    def _scenario(self, folder, strategy, **execution):
        data = {"source": "synthetic"}
        if self.actions:
            data["actions"] = str(folder / "actions.csv")
            write(folder / "actions.csv", ("date", "symbol", "cash_per_share", "share_ratio"), self.actions)
        if self.recalls:
            data["recalls"] = str(folder / "recalls.csv")
            write(folder / "recalls.csv", ("date", "symbol", "shares"), self.recalls)
        told = (
            {**self.config, "account": in_files(self.config.get("account", {}), folder)}
            if self.in_files
            else self.config
        )
        raw: dict[str, Any] = {"name": self.name, "data": data, "strategy": strategy, **told}
        raw["execution"] = {**raw.get("execution", {}), **execution}
        config = validate(raw)
        assert not isinstance(config, list), config
        return assemble(config, self.panel())


def in_files(account, folder):
    """Return the keys of an account with files in the place of its opening, its flows and its dated rates."""
    told = dict(account)
    if told.get("flows"):
        columns = ("date", "kind", "symbol", "shares", "amount")
        write(folder / "flows.csv", columns, [[row.get(name, "") for name in columns] for row in told["flows"]])
        told["flows"] = str(folder / "flows.csv")
    if told.get("opening"):
        (folder / "opening.yaml").write_text(yaml.safe_dump(told["opening"]), encoding="utf-8")
        told["opening"] = str(folder / "opening.yaml")
    for name in ("financing_rate", "borrow_rate", "cash_rate", "proceeds_rate"):
        if isinstance(told.get(name), list):
            has_symbols = any("symbol" in row for row in told[name])
            columns = ("date", "rate", "symbol") if has_symbols else ("date", "rate")
            write(folder / f"{name}.csv", columns, [[row.get(key, "") for key in columns] for row in told[name]])
            told[name] = str(folder / f"{name}.csv")
    return told


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)


def days_from(start, steps):
    """Return dates from `start` on, `steps` calendar days apart."""
    day = dt.date.fromisoformat(start)
    return [day, *(day := day + dt.timedelta(days=step) for step in steps)]


def flat(prices, symbol="600000.SH", volume=100_000_000, start="2024-09-02", **more):
    """Return bars of one security that opens and closes at each of `prices`, on weekdays from `start`."""
    bars, day = {}, dt.date.fromisoformat(start)
    for price in prices:
        if price is not None:
            o, h, low, c = price if isinstance(price, tuple) else (price,) * 4
            bars[day] = {symbol: {"open": o, "high": h, "low": low, "close": c, "volume": volume, **more}}
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
    return bars


def together(*many):
    """Return the bars of several securities as one."""
    merged = {}
    for bars in many:
        for day, rows in bars.items():
            merged.setdefault(day, {}).update(rows)
    return dict(sorted(merged.items()))
