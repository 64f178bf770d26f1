"""Stories drawn from a seed: short histories in which everything happens to an account; some orders are silly."""

import datetime as dt
import random
from fractions import Fraction
from typing import Any

from .drawn_moving import move
from .market import Action
from .numbers import exact, half_up
from .rules import LOTS, board_of, limit_ratio, tick_of
from .run import Run
from .story import Story
from .terms import of_raw

CODES = ("600000.SH", "000001.SZ", "300001.SZ", "510300.SH", "688001.SH", "430001.BJ", "159915.SZ")
FIRST = {"688001.SH": dt.date(2019, 8, 1), "430001.BJ": dt.date(2021, 12, 1)}
STARTS = (
    "2014-03-03",
    "2015-06-15",
    "2015-07-27",
    "2016-05-03",
    "2020-08-17",
    "2023-08-21",
    "2024-07-15",
    "2025-03-03",
)


class Drawn:
    """One story in the making.

    Parameters
    ----------
    seed : int
    corners : frozenset of str
        What may happen; all of `CORNERS` by default.
    """

    def __init__(self, seed, corners):
        self.seed, self.random = seed, random.Random(seed)
        self.more, self.late = random.Random(f"more {seed}"), random.Random(f"late {seed}")
        self.corners = corners
        self.days = self._days()
        codes = [code for code in CODES if self.days[0] >= FIRST.get(code, self.days[0])]
        if "etf" not in corners:
            codes = [code for code in codes if board_of(code) != "etf"]
        self.symbols = sorted(self.random.sample(codes, self.random.randint(2, min(4, len(codes)))))
        self.actions = []
        self.levered = "crash" in corners or self.happens("levered", 0.4)
        self.config = self._config()
        self.bars, self.begun_at, self.in_files = {day: {} for day in self.days}, {}, False
        for symbol in self.symbols:
            self._history(symbol)
        self._publish()
        if "moving" in corners:
            move(self)
        self.recalls = []
        if self.more.random() < 0.5:
            self._recall()

    def either(self, *values):
        return self.random.choice(values)

    def happens(self, corner, chance):
        return corner in self.corners and self.random.random() < chance

    # ---- the calendar ---------------------------------------------------------------------------------------------

    def _days(self):
        day, days = dt.date.fromisoformat(self.either(*STARTS[0 if "early" in self.corners else 3 :])), []
        for _ in range(self.random.randint(8, 25)):
            days.append(day)
            gap = 1
            if self.happens("gaps", 0.06):
                gap = self.either(4, 9, 9, 75, 190)
            day += dt.timedelta(days=gap)
            while day.weekday() > 4:
                day += dt.timedelta(days=1)
        return days

    # ---- prices ---------------------------------------------------------------------------------------------------

    def _history(self, symbol):
        """Draw the bars and the corporate actions of one security."""
        board, draw = board_of(symbol), self.random
        tick = tick_of(board)
        last = self.begun_at[symbol] = half_up(exact(round(draw.uniform(3, 30), 2)), tick)
        style = self.either("published", "derived", "mixed") if "pre_close" in self.corners else "derived"
        drift = self.either(*((-0.06, -0.04, 0.05) if self.levered else (-0.03, -0.01, 0.0, 0.01, 0.03)))
        is_st, halt = draw.random() < 0.15 and board == "main", 0
        for t, day in enumerate(self.days):
            reference = last if t else None
            if t and self.happens("actions", 0.06):
                reference = self._action(day, symbol, last)
            row = self.bars[day]
            if board != "etf" and (is_st or self.happens("st", 0.03)):
                is_st = is_st != (draw.random() < 0.1)
            halt = max(halt - 1, 0) if halt else (draw.randint(1, 3) if self.happens("halts", 0.05) else 0)
            if halt and t:
                last = reference
                if draw.random() < 0.3:
                    row[symbol] = {"suspended": 1.0}
                continue
            bar = self._bar(day, board, tick, reference or last, is_st, drift, free=t == 0)
            last = bar["close"]
            if t and (style == "published" or (style == "mixed" and draw.random() < 0.5)):
                bar["pre_close"] = half_up(reference, tick)
            bar["volume"] = draw.choice((3_000, 20_000, 10_000_000)) + draw.randrange(997)
            bar["is_st"] = int(is_st)
            row[symbol] = {name: float(value) for name, value in bar.items()}

    def _action(self, day, symbol, last):
        cash = self.either(Fraction(0), Fraction(0), Fraction("0.1"), Fraction("0.37"))
        ratio = self.either(Fraction(0), Fraction(1), Fraction("0.5"), Fraction("0.1"))
        if (not cash and not ratio) or last < 2:
            return last
        self.actions.append((day, symbol, float(cash), float(ratio)))
        return half_up((last - cash) / (1 + ratio), tick_of(board_of(symbol)))

    def _bar(self, day, board, tick, reference, is_st, drift, free):
        """Draw one bar, at times at its limits, seldom beyond them."""
        draw, ratio = self.random, limit_ratio(day, board, is_st)
        up, down = half_up(reference * (1 + ratio), tick), half_up(reference * (1 - ratio), tick)

        def within(price):
            return max(min(half_up(exact(round(price, 4)), tick), up), down)

        wide = float(ratio) / 2
        opened = within(float(reference) * (1 + draw.gauss(drift, wide / 2)))
        close = within(float(opened) * (1 + draw.gauss(drift, wide / 2)))
        if self.happens("limits", 0.12):
            opened = self.either(up, down)
            close = self.either(opened, opened, close)
        if self.happens("slips", 0.02) and not free:
            opened = half_up(
                opened * self.either(10, Fraction(1, 10), *(() if board == "etf" else (Fraction(6, 5),))), tick
            )
        high, low = max(opened, close), min(opened, close)
        if draw.random() < 0.5 and high < up:
            high = within(float(high) * 1.02)
        if draw.random() < 0.5 and low > down:
            low = within(float(low) * 0.98)
        return {"open": opened, "high": max(high, opened, close), "low": min(low, opened, close), "close": close}

    def _publish(self):
        """Add what exchanges publish beside prices, each field or none of it."""
        draw = self.random
        fields = {
            "haircut": lambda: draw.choice((0.0, 0.3, 0.5, 0.7)),
            "financing_eligible": lambda: float(draw.random() < 0.9),
            "short_eligible": lambda: float(draw.random() < 0.9),
            "float_shares": lambda: 2_000_000.0,
            "short_volume": lambda: float(draw.choice((50_000, 300_000, 2_000_000)) + draw.randrange(90)),
            "financing_balance": lambda: float(draw.choice((1, 2, 2.3, 3, 7.2, 8)) * 1e8),
        }
        for name, value in fields.items():
            if not self.happens("published", 0.4):
                continue
            for day in self.days:
                for bar in self.bars[day].values():
                    if "close" in bar:
                        bar[name] = value()
                        bar |= {"float_cap": 1e9} if name == "financing_balance" else {}
        if self.more.random() < 0.4:
            self._lend()
        if self.late.random() < 0.3:
            for bar in (bar for day in self.days for bar in self.bars[day].values() if "close" in bar):
                bar["sse180_member"] = float(self.late.random() < 0.5)
        if self.happens("published", 0.2):
            self._list()
        earns = random.Random(f"earns {self.seed}")
        if earns.random() < 0.4:
            for bar in (bar for day in self.days for bar in self.bars[day].values() if "close" in bar):
                bar["pe_static"] = earns.choice((12.5, 12.5, 299.99, 300.0, -4.0))
                bar["is_loss"] = float(earns.random() < 0.1)

    def _lend(self):
        """State what the broker lends, on most sessions."""
        for day in self.days:
            for bar in self.bars[day].values():
                if "close" in bar and self.more.random() < 0.8:
                    bar["borrowable_shares"] = float(self.more.choice((0, 1_000, 30_050, 500_000)))

    def _list(self):
        """Publish how long each security has been listed; the first sessions of some have no limits."""
        for symbol in self.symbols:
            age = self.either(1, 3, 50)
            for t, day in enumerate(self.days):
                if "close" in self.bars[day].get(symbol, {}):
                    self.bars[day][symbol]["listed_sessions"] = float(age + t)

    def _recall(self):
        """Have lenders want shares back, now and then."""
        for day in self.days[2:]:
            for symbol in self.symbols:
                if self.more.random() < 0.12:
                    self.recalls.append((day, symbol, self.more.choice((None, None, 100, 1_000, 150, 20_000))))

    # ---- terms ----------------------------------------------------------------------------------------------------

    def _config(self):
        either = self.either
        own = {"value": 0.5, "override": True}
        account = {
            "cash": either(60_000.0, 1_000_000.0, 5_000_000.0),
            "financing_rate": either(0.0835, 0.5),
            "borrow_rate": either(0.1035, 0.5),
            "financing_margin_ratio": either(None, own, own, {"value": 0.2, "override": True}, 0.9),
            "short_margin_ratio": either(None, own, own, 1.1),
            "haircut": either(None, None, 0.5, {"value": 1.0, "override": True}),
            "borrow_share": either(None, None, 0.1, 1.0),
            "finances_fees": either(True, True, False),
            "return_financed": self.more.random() < 0.7,
            "removed": self.late.choice(("keep", "keep", "close")),
            "extension_times": self.more.choice((None, None, 0, 1)),
            "borrowable_share": self.more.choice((None, 1.0, 0.5)),
            "fee_basis": either("sell_amount", "sell_amount", "market_value"),
            "extension": either("auto", "none"),
            "credit_line": either(None, None, None, 300_000.0),
            "financing_ratio_base": either(None, None, None, 1.3),
            "dividend_tax_rate": either(0.0, 0.2),
        }
        if self.more.random() < 0.4:
            account["extension"] = "conditional"
        if self.levered:
            low = {"value": self.either(0.2, 0.5), "override": True}
            account |= {"financing_margin_ratio": low, "short_margin_ratio": low, "credit_line": None}
            account |= {"haircut": {"value": 1.0, "override": True}, "financing_ratio_base": None, "borrow_share": None}
        if self.happens("options", 0.3):
            account["interest_posting_day"] = either(1, 20)
        if self.happens("options", 0.2):
            account["concentration"] = [{"below": 1.8, "share": 0.5}, {"below": 2.5, "share": 0.8}]
        if self.happens("options", 0.3):
            account["forced_sale_cash"] = "keep"
        if random.Random(f"judge {self.seed}").random() < 0.4:
            account["judge"] = "low"
        if random.Random(f"tiers {self.seed}").random() < 0.2:
            account["concentration"] = [{"below": 3.0, "share": 0.6}]
        account |= self._rates()
        lines = {"grace": either(None, 0, 1, 2)}
        if self.happens("lines", 0.3):
            lines |= {"warn": 1.6, "call": 1.5, "restore": 1.8, "instant": 1.4}
        account["lines"] = lines
        costs = {"slippage": either(0.0, 0.0, 0.002, 0.03) if "slippage" in self.corners else 0.0}
        if self.random.random() < 0.3:
            costs |= {"commission_rate": 0.0, "commission_minimum": 0.0}
        if self.random.random() < 0.3:
            costs |= {"stamp_duty_rate": {"value": 0.002, "override": True}, "transfer_fee_rate": 0.00005}
        market = {"uptick": either(True, True, False), "price_limits": self.happens("limits", 0.8)}
        execution = {"volume_share": either(None, 0.1, 0.5) if "volume" in self.corners else None, "fill": "open"}
        if self.happens("close", 0.2):
            execution["fill"], market["uptick"] = "close", False
        return {"account": account, "costs": costs, "market": market, "execution": execution}

    def _rates(self):
        """Draw rates by date and by security; of a stream of their own, so that stories stay what they were."""
        more, days = random.Random(f"rates {self.seed}"), self.days
        if more.random() < 0.5:
            return {}
        span = (days[-1] - days[0]).days

        def rows(symbol=None):
            start = days[0] - dt.timedelta(days=more.choice((0, 40)))
            drawn = {start} | {days[0] + dt.timedelta(days=more.randrange(span + 9)) for _ in range(more.randrange(6))}
            own = {} if symbol is None else {"symbol": symbol}
            return [{"date": str(day), "rate": more.choice((0.0, 0.04, 0.09, 0.5)), **own} for day in sorted(drawn)]

        keys: dict[str, Any] = {"rate_of": more.choice(("opening", "day", "day"))}
        if more.random() < 0.7:
            keys["financing_rate"] = rows()
        if more.random() < 0.7:
            keys["borrow_rate"] = rows() + (rows(self.symbols[0])[1:] if more.random() < 0.5 else [])
        if more.random() < 0.2:
            keys["financing_rate"] = rows() + rows(self.symbols[-1])
        if more.random() < 0.6:
            keys["cash_rate"] = more.choice((0.015, rows()))
            keys["proceeds_rate"] = more.choice((None, None, 0.0, 0.3, rows()))
        keys |= {
            "penalty_rate": more.choice((None, 0.0, 0.18)),
            "short_ratio_base": more.choice((None, None, 1.4)),
            "client": more.choice(("individual", "private_fund")),
        }
        return keys

    # ---- orders ---------------------------------------------------------------------------------------------------

    def story(self, name):
        """Return the story, its orders drawn while the oracle runs."""
        terms = of_raw(self.config)
        actions = [Action(day, symbol, exact(cash), exact(ratio)) for day, symbol, cash, ratio in self.actions]
        rows = []
        run = Run(self.bars, [], terms, actions, recalls=self.recalls)
        for t, day in enumerate(run.sessions):
            run.open(t, day)
            run.desk.act()
            for _ in range(self.either(0, 1, 2, 3, 4) if t else 0):
                row = self._order(run, day)
                order = Story(self.bars, [], self.config)._order(row, run.market)
                if order.shares or order.amount:
                    rows.append(row)
                    run.submit(order)
            run.close()
        return Story(self.bars, rows, self.config, self.actions, self.recalls, name, self.in_files)

    def _order(self, run, day):
        book, symbol = run.book, self.either(*self.symbols)
        price = float(run.market.quotes[run.sessions[run.t - 1]][symbol].last or 10)
        held, owed = book.collateral.get(symbol, 0), book.owed(symbol)
        kinds = ["buy", "margin_buy", "margin_buy", "short_sell", "short_sell"]
        kinds += ["sell"] * bool(held) + ["sell_to_repay", "sell_to_repay"] * bool(book.held(symbol))
        kinds += ["repay"] * bool(book.financing) + ["buy_to_return", "buy_to_return"] * bool(owed)
        there = book.held(symbol) if run.terms.return_financed else held
        kinds += ["return_shares"] * bool(owed and there)
        kind = self.either(*kinds)
        if self.happens("silly", 0.05):
            kind = self.either("buy", "sell", "repay", "sell_to_repay", "buy_to_return", "return_shares")
        row = {"date": day, "symbol": symbol, "kind": kind}
        if kind == "repay":
            most = float(sum(loan.principal + loan.interest for loan in book.financing))
            return {**row, "symbol": "", "amount": round(most * self.either(0.1, 0.5, 0.97) + 1, 2)}
        equity = max(float(run.terms.cash), 1)
        if kind in ("buy", "margin_buy", "short_sell"):
            if kind != "short_sell" and self.random.random() < 0.2:
                return {**row, "amount": round(equity * self.either(0.1, 0.3, 0.8), 2)}
            shares = equity * self.either(0.05, 0.2, 0.5, 0.9, 1.5) / price
        else:
            stocks = {"sell": held, "sell_to_repay": book.held(symbol), "buy_to_return": owed}
            stock = stocks.get(kind, min(there, owed))
            if stock and self.random.random() < 0.35:
                return {**row, "shares": stock}
            shares = stock * self.either(0.2, 0.5, 0.8, 1.0)
        least, _ = LOTS[board_of(symbol)]
        shares = max(int(shares) // 100 * 100, least)
        if self.happens("silly", 0.05):
            shares += self.either(50, 1, 7)
        return {**row, "shares": shares}


_NAMES = "levered options early etf gaps pre_close actions st halts limits slips published lines close silly slippage"
CORNERS = frozenset({*_NAMES.split(), "volume"})
"""What may happen in a story; beside them `crash` makes every account a levered one, and `moving` has accounts begin
with something, cash and shares move, calls be paid, interest be of whole cents and rates be the data's."""


def draw(seed, corners=CORNERS):
    """Return the story of a seed."""
    return Drawn(seed, corners).story(f"drawn_{seed}")
