"""A plausible Result without any engine: a toy account on seeded prices that keeps the books of LEDGER section 9."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
from liangrong.core.run.result import Result
from liangrong.core.run.security_happenings import Event
from liangrong.core.run.security_paths import SecurityPath

SYMBOLS = ("600000.SH", "600519.SH", "000001.SZ", "300750.SZ", "688981.SH", "601318.SH", "002594.SZ", "600036.SH")
LINES = {"warn": 1.40, "call": 1.30, "restore": 1.40, "instant": 1.10, "withdraw": 3.00}
REASONS = ("no_margin", "limit_up", "suspended", "no_borrow", "uptick", "t_plus_1", "lot", "limit_down")


class ToyAccount:
    """Trades at closes; every trade is one contract that is held for `HOLD` sessions and then closed."""

    def __init__(self, dates, prices, cash):
        self.dates, self.prices, self.cash = dates, prices, cash
        self.contracts, self.rows, self.fills = [], [], []
        self.events, self.forced = [], []
        self.collateral = np.zeros(prices.shape[1], dtype=int)
        self.amounts = defaultdict(float)

    def fill(self, t, j, kind, shares, interest=0.0):
        price = self.prices[t, j]
        value = shares * price
        sold = kind in ("sell", "sell_to_repay", "short_sell", "forced_sell_to_repay")
        costs = {
            "commission": round(max(value * 0.0003, 5.0), 2),
            "stamp_duty": round(value * 0.0005, 2) if sold else 0.0,
            "transfer_fee": round(value * 0.00001, 2),
        }
        row = {"date": self.dates[t], "symbol": SYMBOLS[j], "kind": kind, "shares": shares, "price": price}
        self.fills.append({**row, "value": value, **costs, "interest": interest})
        for name, cost in costs.items():
            self.amounts[name, SYMBOLS[j]] -= cost
        self.cash += (value if sold else -value) - sum(costs.values())
        return value

    def open(self, t, j, kind, shares):
        value = self.fill(t, j, "margin_buy" if kind == "financing" else "short_sell", shares)
        financed = value if kind == "financing" else 0.0
        self.cash += financed
        day = self.dates[t]
        self.contracts.append(
            {
                "id": len(self.contracts) + 1,
                "kind": kind,
                "symbol": SYMBOLS[j],
                "opened": day,
                "due": day + pd.DateOffset(months=6),
                "closed": pd.NaT,
                "principal": financed,
                "sell_amount": value - financed,
                "shares": shares,
                "rate": 0.0835 if kind == "financing" else 0.1035,
                "interest": 0.0,
                "amount_years": 0.0,
            }
        )

    def close(self, t, contract, forced=False):
        j, kind = SYMBOLS.index(contract["symbol"]), contract["kind"]
        name = "sell_to_repay" if kind == "financing" else "buy_to_return"
        self.fill(t, j, ("forced_" if forced else "") + name, contract["shares"], contract["interest"])
        self.cash -= contract["principal"] + contract["interest"]
        contract["closed"] = self.dates[t]
        if forced:
            shares, price = contract["shares"], self.prices[t, j]
            self.forced.append((self.dates[t], "maintenance", SYMBOLS[j], name, shares, shares, price, ""))

    def live(self, kind):
        return [c for c in self.contracts if c["closed"] is pd.NaT and c["kind"] == kind]

    def held(self, kind):
        shares = np.zeros(len(SYMBOLS))
        for contract in self.live(kind):
            shares[SYMBOLS.index(contract["symbol"])] += contract["shares"]
        return shares

    def accrue(self, t):
        days = (self.dates[t] - self.dates[t - 1]).days
        moves = (self.held("financing") + self.collateral - self.held("short")) * (self.prices[t] - self.prices[t - 1])
        for symbol, move in zip(SYMBOLS, moves, strict=True):
            self.amounts["price_pnl", symbol] += move
        for contract in self.live("financing") + self.live("short"):
            cost = (contract["principal"] + contract["sell_amount"]) * contract["rate"] / 360 * days
            contract["interest"] += cost
            contract["amount_years"] += (contract["principal"] + contract["sell_amount"]) / 360 * days
            name = "financing_interest" if contract["kind"] == "financing" else "borrow_fee"
            self.amounts[name, contract["symbol"]] -= cost

    def mark(self, t):
        long = float((self.held("financing") + self.collateral) @ self.prices[t])
        short = float(self.held("short") @ self.prices[t])
        live = self.live("financing") + self.live("short")
        principal, accrued = sum(c["principal"] for c in live), sum(c["interest"] for c in live)
        debt = principal + short + accrued
        equity = self.cash + long - short - principal - accrued
        ratio = (self.cash + long) / debt if debt else math.inf
        margin = self.cash + 0.65 * long - 1.5 * principal - short - accrued
        self.rows.append((self.dates[t], self.cash, long, short, principal, accrued, equity, ratio, margin))
        return ratio

    def note(self, t, was_called, is_called):
        """Write down a notice and its end."""
        _, cash, long, short, principal, accrued, _, ratio, _ = self.rows[-1]
        name = {(False, True): "call", (True, False): "restored"}.get((was_called, is_called))
        if name:
            amount = max(LINES["restore"] * (principal + short + accrued) - cash - long, 0.0)
            deadline = self.dates[min(t + 1, len(self.dates) - 1)] if name == "call" else pd.NaT
            self.events.append((self.dates[t], name, ratio, deadline, amount, 0))


def run(account, generator, hold=35):
    """Trade at random: collateral first, a financing or a short contract every few sessions, forced sales
    on the session after a close below the call line.
    """
    called = False
    for t in range(len(account.dates)):
        if t:
            account.accrue(t)
        if t == 5:
            for j in range(4):
                shares = int(150_000 / account.prices[t, j] // 100 * 100)
                account.fill(t, j, "buy", shares)
                account.collateral[j] += shares
        for contract in account.live("financing") + account.live("short"):
            if (account.dates[t] - contract["opened"]).days > hold * (1 + contract["id"] % 5):
                account.close(t, contract)
        if t > 20 and t % 7 == 0 and not 180 < t < 215:
            j = int(generator.integers(len(SYMBOLS)))
            kind = "short" if generator.random() < 0.15 else "financing"
            account.open(t, j, kind, int(190_000 / account.prices[t, j] // 100 * 100))
        if 180 < t < 190:
            for contract in account.live("financing") + account.live("short"):
                account.close(t, contract)
        if called and account.live("financing"):
            account.close(t, max(account.live("financing"), key=lambda c: c["principal"]), forced=True)
        is_called = account.mark(t) < LINES["call"]
        account.note(t, called, is_called)
        called = is_called


def refusals_of(dates, generator, count):
    chance = np.array([0.42, 0.2, 0.12, 0.1, 0.07, 0.05, 0.03, 0.01])
    days = sorted(generator.integers(25, len(dates), count).tolist())
    return pd.DataFrame(
        {
            "date": [dates[t] for t in days],
            "symbol": generator.choice(SYMBOLS, count).tolist(),
            "kind": generator.choice(["margin_buy", "short_sell", "buy"], count).tolist(),
            "shares": (generator.integers(1, 50, count) * 100).tolist(),
            "reason": generator.choice(REASONS, count, p=chance).tolist(),
        }
    )


def fabricated_result(sessions=640, seed=7, refused=260, start="2022-11-01"):
    """Return a Result of `sessions` weekdays from `start` on, with everything in it but the summary."""
    generator = np.random.default_rng(seed)
    dates = list(pd.bdate_range(start, periods=sessions))
    market = generator.normal(0.0008, 0.010, (sessions, 1)) + 0.0008 * np.sin(np.arange(sessions) / 70)[:, None]
    steps = market + generator.normal(0, 0.014, (sessions, len(SYMBOLS)))
    prices = np.round(np.array([11.0, 160.0, 13.0, 190.0, 55.0, 45.0, 250.0, 34.0]) * np.exp(steps.cumsum(axis=0)), 2)
    account = ToyAccount(dates, prices, 1_000_000.0)
    run(account, generator)
    columns = ("date", "cash", "long_value", "short_value", "principal", "accrued", "equity", "maintenance_ratio")
    financing = 24e9 * np.exp(generator.normal(0, 0.006, sessions).cumsum())
    short = 0.35e9 * np.exp(generator.normal(-0.002, 0.02, sessions).cumsum())
    financing[100:104] = np.nan
    return Result(
        name="Margin momentum, eight securities",
        config={
            "name": "margin_momentum",
            "data": {"source": "synthetic", "seed": seed, "start": dates[0].date()},
            "account": {"cash": 1_000_000.0, "financing_rate": 0.0835, "lines": dict(LINES)},
            "strategy": {"name": "momentum", "parameters": {"window": 20, "leverage": 1.6}},
        },
        equity=pd.DataFrame(account.rows, columns=[*columns, "available_margin"]),
        fills=pd.DataFrame(account.fills),
        refusals=refusals_of(dates, generator, refused),
        contracts=pd.DataFrame(account.contracts),
        margin_events=pd.DataFrame(
            [(dates[sessions // 4], "extended", math.nan, dates[sessions // 3], 0.0, 3), *account.events],
            columns=["date", "event", "ratio", "deadline", "amount", "contract"],
        ),
        forced_sales=pd.DataFrame(
            [
                *account.forced,
                (dates[-2], "due", SYMBOLS[4], "sell_to_repay", 1_200, 0, math.nan, "suspended"),
                (dates[-1], "due", SYMBOLS[4], "sell_to_repay", 1_200, 300, 50.0, "expired"),
                (dates[-1], "due", "", "repay", 9_876.5, 9_876.5, math.nan, ""),
            ],
            columns=["date", "cause", "symbol", "kind", "wanted", "done", "price", "reason"],
        ),
        attribution=pd.DataFrame(
            [(component, symbol, amount) for (component, symbol), amount in account.amounts.items()],
            columns=["component", "symbol", "amount"],
        ),
        market=pd.DataFrame(
            {"date": dates, "financing_balance": financing, "short_balance": short, "spread": financing - short}
        ),
        notes=(
            "Prices are adjusted; corporate actions are not replayed.",
            "The haircut of 65 % is the regulatory cap (其他股票), grade C in the rulebook.",
        ),
    )


def fabricated_path(symbol, days, bars=True):
    """Return what the data of a run might have of a security, with and without opens, highs and lows."""
    at = np.arange(len(days))
    columns = {"date": days, "close": 10.0 + at, "financing_balance": 1e9 + 1e6 * at, "spread": 9e8 + 1e6 * at}
    columns |= {"short_balance": 1e6 * (at + 1), "net_buy": 1e6 * (at % 3 - 1), "net_short": 100.0 * (at % 2)}
    columns |= {"score": np.sin(at), "target": np.where(at % 5 == 0, 0.1, np.nan)}
    columns |= {"open": 9.5 + at, "high": 11.0 + at, "low": 9.0 + at} if bars else {}
    first = np.datetime64(days[0], "D")
    events = [Event(first, first + 4, "suspended", "words"), Event(first + 7, first + 7, "limit up", "words")]
    events.append(Event(first + 8, first + 8, "ex-date", "words"))
    return SecurityPath(symbol=symbol, days=pd.DataFrame(columns), events=tuple(events))
