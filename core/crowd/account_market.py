"""A market whose margin balances are the contracts of many accounts, made session by session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..account.run_state import Run, RunInput, new_log, new_state
from ..config.run import Config, validate
from ..errors import ConfigError
from ..kernels.prices import round_half_up
from ..notebook import Card, Curve, Shown
from ..panel.panel import Panel
from ..plain import plain
from ..run.compiled import setting_of, with_room
from ..run.scenario import Scenario, assemble
from ..synthetic.blocks import Plan
from ..synthetic.synthetic import synthesise
from ..types import Panel2D, Row
from .crowd_session import live
from .crowd_state import FIRST_CAPACITY, Crowd, open_crowd, with_more_room
from .crowd_sums import BY_SECURITY, OVERALL, PER_CNY, Sums, Tile
from .habits import Habits
from .population import draw_cash, draw_habits
from .price_feed import PriceFeed, impact_of
from .truth_tables import accounts_table, days_table, truth_table

if TYPE_CHECKING:
    import pandas as pd

MOST_ACCOUNTS = 20_000
MOST_FEEDBACK = 5.0
TILE = 64
"""Accounts that are added up together, whatever the threads: the same sums on every machine."""

_ROWS = 65_536  # of the scratch tables of a thread: more than a session of an account can fill

Observer = Callable[[int, Crowd], object]
Progress = Callable[[int, int], object]


class CrowdPlan(NamedTuple):
    """What a market of many accounts is asked for, checked."""

    market: Plan
    accounts: int
    margin_ratio: float | None  # financing margin ratio (融资保证金比例); None = the rulebook's by date
    feedback: float
    shock: tuple[int, float] | None = None  # session, log return added to all its prices
    quiet_from: int | None = None  # session from whose close on clients decide nothing but how to answer a call


@dataclass(frozen=True, kw_only=True, repr=False)
class MarketMade(Shown):
    """A market of many accounts as it came out.

    Parameters
    ----------
    plan : CrowdPlan
    panel : Panel
        An ordinary panel; its margin fields are the sums over the accounts' contracts.
    sums : Sums
    crowd : Crowd
        The accounts after the last session.
    cash : float64 (A,)
        What each began with, CNY.
    habits : Habits
    """

    plan: CrowdPlan
    panel: Panel
    sums: Sums
    crowd: Crowd
    cash: Row
    habits: Habits

    def truth(self) -> "pd.DataFrame":
        """Return a row for each published row of the panel: what is true of it (`truth_tables.TRUTH`)."""
        return truth_table(self.panel, self.sums)

    def days(self) -> "pd.DataFrame":
        """Return a row for each session: what all accounts own and owe, how many were called and sold out."""
        return days_table(self.panel, self.sums)

    def accounts(self) -> "pd.DataFrame":
        """Return a row for each account: what it is like, what it began with, what became of it."""
        return accounts_table(self.cash, self.habits, self.crowd)

    def save(self, folder: str | Path) -> tuple[dict[str, Any], dict[str, float]]:
        """Write the market as a dataset with its truth; return and raise as `crowd_files.save_market`."""
        from .crowd_files import save_market

        return save_market(folder, self.panel, self.truth(), self.days(), self.accounts())

    def as_record(self) -> dict[str, Any]:
        """Return what there is to say of the whole as plain values."""
        over, owed = self.sums.over, self.sums.of["owed"][-1].sum() / PER_CNY
        return plain(
            {
                "sessions": len(self.panel.sessions),
                "securities": len(self.panel.symbols),
                "accounts": len(self.cash),
                "principal": owed,
                "share_of_float_cap": owed / float(np.nansum(self.panel["float_cap"][-1])),
                "maintenance_ratio": over["assets"][-1] / over["debt"][-1] if over["debt"][-1] > 0.0 else None,
                "calls": int(over["called"].sum()),
                "forced": int(over["forced"].sum()),
                "insolvent": int(over["insolvent"].sum()),
            }
        )

    def card(self) -> Card:
        """Return what is shown of it."""
        figures = [(name, f"{value:,.4g}" if value is not None else "") for name, value in self.as_record().items()]
        owed = Curve("principal", self.sums.of["owed"].sum(axis=1) / PER_CNY)
        return Card("MarketMade", figures, (self.panel.source,), (), [owed], "principal of all accounts, CNY")


def crowd_plan(market: Plan, accounts: int, margin_ratio: float | None = None, feedback: float = 0.0) -> CrowdPlan:
    """Return a checked plan; ConfigError for what cannot be."""
    is_whole = isinstance(accounts, int | np.integer) and not isinstance(accounts, bool)
    if not is_whole or not 1 <= accounts <= MOST_ACCOUNTS:
        raise ConfigError(f"`accounts` should be a whole number from 1 to {MOST_ACCOUNTS:,}, got {accounts!r}")
    if not (isinstance(feedback, int | float) and 0.0 <= feedback <= MOST_FEEDBACK):
        raise ConfigError(
            f"`feedback` should be from 0 to {MOST_FEEDBACK:g}, got {feedback!r}: 0.1 moves the next price by 1 % "
            "where the accounts bought a tenth of the session's turnover"
        )
    if market.signal > 0.0 or market.breaks > 0.0:
        name = "signal" if market.signal > 0.0 else "breaks"
        raise ConfigError(
            f"`{name}` should be 0 where `accounts` are asked for, got {getattr(market, name)}: the balances are those "
            "of the accounts' contracts, which know and break nothing"
        )
    if len(market.days) < 2:
        raise ConfigError(f"`sessions` should be at least 2 where `accounts` are asked for, got {len(market.days)}")
    terms_of_accounts(margin_ratio)
    return CrowdPlan(market, int(accounts), margin_ratio, float(feedback))


def terms_of_accounts(margin_ratio: float | None = None) -> dict[str, Any]:
    """Return the keys of a configuration under which every account trades; the defaults of a run else.

    Raises
    ------
    ConfigError
        A margin ratio that no account can have.
    """
    account: dict[str, Any] = {"interest_rounding": "cent", "borrow_share": None}
    if margin_ratio is not None:
        account["financing_margin_ratio"] = {"value": margin_ratio, "override": True}
    terms = {
        "account": account,
        "market": {"float_cap": False},
        "execution": {"engine": "compiled", "volume_share": 0.1},
    }
    _config(terms, margin_ratio)
    return terms


def _config(terms: dict[str, Any], margin_ratio: float | None) -> Config:
    made = validate(
        {"name": "accounts", "data": {"source": "synthetic"}, "strategy": {"name": "buy_and_hold"}, **terms}
    )
    if isinstance(made, list):
        raise ConfigError(f"`margin_ratio` {made[0].message}, got {margin_ratio!r}")
    return made


def make_market(
    plan: CrowdPlan,
    progress: Progress | None = None,
    observer: Observer | None = None,
    base: Panel | None = None,
    threads: int = 2,
) -> MarketMade:
    """Make a market of many accounts.

    Parameters
    ----------
    plan : CrowdPlan
    progress : callable(done, total), optional
        By session.
    observer : callable(t, crowd), optional
        Called after each session with the accounts as they are; it may read them, and what it keeps it copies.
    base : Panel, optional
        The market of `plan.market` without accounts, where it is there already.
    threads : int
        They share the accounts; the result does not depend on them.
    """
    clock = begin(plan, base, threads)
    clock.run(len(clock.base.sessions), progress, observer)
    return clock.made()


def begin(plan: CrowdPlan, base: Panel | None = None, threads: int = 2) -> "MarketClock":
    """Return a market before its first session; `base` as in `make_market`."""
    base = synthesise(plan.market).panel if base is None else base
    terms = terms_of_accounts(plan.margin_ratio)
    return MarketClock(plan, base, assemble(_config(terms, plan.margin_ratio), base), threads)


class MarketClock:
    """Takes all accounts through one session after another."""

    def __init__(self, plan: CrowdPlan, base: Panel, scenario: Scenario, threads: int) -> None:
        sessions, securities = base.shape
        seed, cap = plan.market.seed, base["float_cap"][0]
        self._plan, self.base, self._scenario = plan, base, scenario
        self.habits = draw_habits(seed, plan.accounts, cap, sessions)
        if plan.quiet_from is not None:
            self.habits.looks[plan.quiet_from :] = False
        self.cash = draw_cash(seed, plan.accounts, cap)
        self.crowd = open_crowd(self.cash, securities)
        idle = setting_of(scenario, np.full((1, securities), np.nan), keeps_margin=False)
        self._setting = idle._replace(row=np.full(sessions, -1, np.int64))
        self._market = scenario.market.arrays
        self._feed = None
        if plan.feedback > 0.0 or plan.shock is not None:
            left = scenario.config.market.after_delisting
            self._feed = PriceFeed(base, self._market, self._setting, 1.0 if left == "last_close" else left)
            self._market = self._feed.market
        self._runs = [self._scratch() for _ in range(threads)]
        self._plans = [self._planning() for _ in range(threads)]
        self._edges = [(a, min(a + TILE, plan.accounts)) for a in range(0, plan.accounts, TILE)]
        self._tiles = [
            Tile(
                np.zeros((len(BY_SECURITY), securities)),
                np.zeros(len(OVERALL)),
                np.zeros((2, securities), np.int64),
            )
            for _ in self._edges
        ]
        self._reached: list[int] = []
        self._done = 0
        self.sums = Sums(
            {name: np.zeros((sessions, securities)) for name in BY_SECURITY},
            {name: np.zeros(sessions) for name in OVERALL},
        )

    def run(self, until: int, progress: Progress | None = None, observer: Observer | None = None) -> None:
        """Go on to the session before `until`; `progress` and `observer` as in `make_market`."""
        with ThreadPoolExecutor(max_workers=len(self._runs)) as pool:
            for t in range(self._done, until):
                self._step(t, pool)
                self._done = t + 1
                if observer is not None:
                    observer(t, self.crowd)
                if progress is not None:
                    progress(t + 1, until)

    def branch(self, **changes: Any) -> "MarketClock":
        """Return a market that has the past of this one, and goes on by a plan with `changes`."""
        other = MarketClock(self._plan._replace(**changes), self.base, self._scenario, len(self._runs))
        other._done = self._done
        while other.crowd.contracts.shape[1] < self.crowd.contracts.shape[1]:
            other._make_room()
        pairs = [(other.crowd, self.crowd), (other.sums.of.values(), self.sums.of.values())]
        pairs += [(other.sums.over.values(), self.sums.over.values()), ([other.habits.path], [self.habits.path])]
        for mine, theirs in pairs:
            for array, source in zip(mine, theirs, strict=True):
                array[:] = source
        if other._feed is not None and self._feed is not None:
            other._feed.go_on_from(self._feed)
        return other

    def made(self) -> MarketMade:
        """Return the market as it came out."""
        panel = _published(self._panel(), self.base, self.sums)
        return MarketMade(
            plan=self._plan, panel=panel, sums=self.sums, crowd=self.crowd, cash=self.cash, habits=self.habits
        )

    def _step(self, t: int, pool: ThreadPoolExecutor) -> None:
        """Go through session `t`."""
        if self._feed is not None:
            self._feed.write(t, self._push(t))
        self._walk(t)
        for tile in self._tiles:
            for sums in tile:
                sums[:] = 0
        self._reached = [first for first, _ in self._edges]
        while True:
            list(pool.map(lambda k: self._work(t, k), range(len(self._runs))))
            if all(reached >= last for reached, (_, last) in zip(self._reached, self._edges, strict=True)):
                break
            self._make_room()
        of = np.sum([tile.of for tile in self._tiles], axis=0)
        over = np.sum([tile.over for tile in self._tiles], axis=0)
        for k, name in enumerate(BY_SECURITY):
            self.sums.of[name][t] = of[k]
        for k, name in enumerate(OVERALL):
            self.sums.over[name][t] = over[k]

    def _make_room(self) -> None:
        self.crowd = with_more_room(self.crowd)
        self._runs = [with_room(run) for run in self._runs]

    def _panel(self) -> Panel:
        """Return the panel with the prices that the accounts met."""
        return self.base if self._feed is None else self._feed.panel()

    def _work(self, t: int, k: int) -> None:
        """Take every so manyth tile through session `t`, on thread `k`, as far as there is room."""
        for i in range(k, len(self._tiles), len(self._runs)):
            first, last = self._reached[i], self._edges[i][1]
            self._reached[i] = live(
                self._runs[k], self._plans[k], self.crowd, self.habits, self._tiles[i], t, first, last
            )

    def _walk(self, t: int) -> None:
        """Go on with the total returns of session `t`."""
        path, marks, before = self.habits.path, self._market.marks[t], self._market.pre_close[t]
        with np.errstate(invalid="ignore", divide="ignore"):
            step = np.where((marks > 0.0) & (before > 0.0), np.log(marks / before), 0.0)
        former = path[t - 1] if t > 0 else np.full(len(marks), np.nan)
        path[t] = np.where(np.isnan(former), np.where(np.isnan(marks), np.nan, 0.0), former + step)

    def _push(self, t: int) -> Row:
        """Return what is added to the log returns of session `t` (N,)."""
        push = np.zeros(self.base.shape[1])
        if t > 0 and self._plan.feedback > 0.0 and self._feed is not None:
            amount = self._feed.fields()["amount"][t - 1]
            push += impact_of(self._plan.feedback, self.sums.of["net_bought"][t - 1], amount)
        if self._plan.shock is not None and self._plan.shock[0] == t:
            push += self._plan.shock[1]
        return push

    def _scratch(self) -> Run:
        """Return a run of its own for a thread, of which the accounts take the place one after another."""
        state = new_state(self._scenario.opening.ledger(FIRST_CAPACITY))
        log = new_log(len(self.base.sessions), _ROWS, ("fills", "forced", "closed"))
        return Run(self._market, self._scenario.schedule.arrays, self._setting, state, log)

    def _planning(self) -> RunInput:
        return self._setting._replace(
            weights=np.full((1, self.base.shape[1]), np.nan), row=np.zeros(len(self.base.sessions), np.int64)
        )


def _published(panel: Panel, base: Panel, sums: Sums) -> Panel:
    """Return the panel with the accounts' balances in the place of its own.

    There is a row where the base has one, and where accounts still owe: a security that leaves the list.
    """
    of = sums.of
    owed, opened = of["owed"] / PER_CNY, of["opened"] / PER_CNY
    before = np.vstack([np.zeros((1, owed.shape[1])), of["owed"][:-1]])
    repaid = (before + of["opened"] - of["owed"]) / PER_CNY
    close = _last_known(panel)
    made = {
        "financing_balance": owed,
        "financing_buy": opened,
        "financing_repay": repaid,
        "short_volume": of["borrowed_shares"],
        "short_sell": of["sold_short"],
        "short_repay": of["returned"],
        "short_balance": round_half_up(of["borrowed_shares"] * close),
    }
    made["total_balance"] = made["financing_balance"] + made["short_balance"]
    made["spread"] = made["financing_balance"] - made["short_balance"]
    moves = sum(np.abs(made[name]) for name in tuple(made)[:6])
    is_listed = ~np.isnan(base["pre_close"])
    has_row = is_listed & (~np.isnan(base["financing_balance"]) | (moves > 0.0))
    shown = {name: np.where(has_row, values, np.nan) for name, values in made.items()}
    source = f"{base.source}; balances of many accounts"
    return replace(panel, fields={**panel.fields, **shown}, source=source)


def _last_known(panel: Panel) -> Panel2D:
    """Return the last closes, ex rights (T, N)."""
    return np.where(np.isnan(panel["close"]), panel["pre_close"], panel["close"])
