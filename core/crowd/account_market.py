"""A market whose margin balances are the contracts of many accounts, made session by session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ..account.run_state import Run, RunInput, new_log, new_state
from ..config.run import Config, validate
from ..errors import ConfigError
from ..kernels.prices import round_half_up
from ..panel.panel import Panel
from ..run.compiled import setting_of, with_room
from ..run.scenario import Scenario, assemble
from ..synthetic.blocks import Plan
from ..synthetic.synthetic import synthesise
from ..types import Panel2D, Row
from .crowd_session import live
from .crowd_state import FIRST_CAPACITY, Crowd, open_crowd, with_more_room
from .crowd_sums import BY_SECURITY, OVERALL, PER_CNY, Tile
from .habits import Habits
from .population import draw_cash, draw_habits
from .price_feed import PriceFeed, impact_of

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


@dataclass
class Sums:
    """What the accounts added up to: by session and security, and by session."""

    of: dict[str, Panel2D]
    over: dict[str, Row]


@dataclass(frozen=True, kw_only=True)
class MarketMade:
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
    habits: Habits = field(repr=False)


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
        "execution": {"engine": "compiled", "volume_share": 0.2},
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
    base = synthesise(plan.market).panel if base is None else base
    terms = terms_of_accounts(plan.margin_ratio)
    scenario = assemble(_config(terms, plan.margin_ratio), base)
    clock = _Clock(plan, base, scenario, threads)
    sessions = len(base.sessions)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for t in range(sessions):
            clock.step(t, pool)
            if observer is not None:
                observer(t, clock.crowd)
            if progress is not None:
                progress(t + 1, sessions)
    panel = _published(clock.panel(), base, clock.sums)
    return MarketMade(plan=plan, panel=panel, sums=clock.sums, crowd=clock.crowd, cash=clock.cash, habits=clock.habits)


class _Clock:
    """Takes all accounts through one session after another."""

    def __init__(self, plan: CrowdPlan, base: Panel, scenario: Scenario, threads: int) -> None:
        sessions, securities = base.shape
        seed, cap = plan.market.seed, base["float_cap"][0]
        self._plan, self._base, self._scenario = plan, base, scenario
        self.habits = draw_habits(seed, plan.accounts, cap, sessions)
        self.cash = draw_cash(seed, plan.accounts, cap)
        self.crowd = open_crowd(self.cash, securities)
        idle = setting_of(scenario, np.full((1, securities), np.nan), keeps_margin=False)
        self._setting = idle._replace(row=np.full(sessions, -1, np.int64))
        self._market = scenario.market.arrays
        self._feed = None
        if plan.feedback > 0.0 or plan.shock is not None:
            self._feed = PriceFeed(base, self._market, self._setting, scenario.config.market.after_delisting)
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
        self.sums = Sums(
            {name: np.zeros((sessions, securities)) for name in BY_SECURITY},
            {name: np.zeros(sessions) for name in OVERALL},
        )

    def step(self, t: int, pool: ThreadPoolExecutor) -> None:
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
            self.crowd = with_more_room(self.crowd)
            self._runs = [with_room(run) for run in self._runs]
        of = np.sum([tile.of for tile in self._tiles], axis=0)
        over = np.sum([tile.over for tile in self._tiles], axis=0)
        for k, name in enumerate(BY_SECURITY):
            self.sums.of[name][t] = of[k]
        for k, name in enumerate(OVERALL):
            self.sums.over[name][t] = over[k]

    def panel(self) -> Panel:
        """Return the panel with the prices that the accounts met."""
        return self._base if self._feed is None else self._feed.panel()

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
        push = np.zeros(self._base.shape[1])
        if t > 0 and self._plan.feedback > 0.0 and self._feed is not None:
            amount = self._feed.fields()["amount"][t - 1]
            push += impact_of(self._plan.feedback, self.sums.of["net_bought"][t - 1], amount)
        if self._plan.shock is not None and self._plan.shock[0] == t:
            push += self._plan.shock[1]
        return push

    def _scratch(self) -> Run:
        """Return a run of its own for a thread, of which the accounts take the place one after another."""
        state = new_state(self._scenario.opening.ledger(FIRST_CAPACITY))
        log = new_log(len(self._base.sessions), _ROWS, ("fills", "forced", "closed"))
        return Run(self._market, self._scenario.schedule.arrays, self._setting, state, log)

    def _planning(self) -> RunInput:
        return self._setting._replace(
            weights=np.full((1, self._base.shape[1]), np.nan), row=np.zeros(len(self._base.sessions), np.int64)
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
