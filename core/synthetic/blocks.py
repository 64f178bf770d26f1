"""The synthetic market as it is made: runs of sessions, one after another, in the memory of one of them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.prices import round_half_up
from ..panel.action_rows import CorporateAction
from ..panel.ending_rows import Ending
from ..panel.panel import Panel
from ..rulebook import Rulebook, limit_ratio
from ..types import Mask2D, Panel2D, Row, Sessions
from .careers import ELIGIBLE
from .dividends import ActionProcess, ExRight
from .margin import MarginProcess, MarginRow
from .planted_breaks import BreakProcess, PlantedBreak
from .price_paths import PriceProcess, PriceRow, day_limits, is_arranged
from .securities import INDUSTRIES, Universe, draw_universe, within

ROWS = 122
"""Sessions of a block: of 5,000 securities it takes 160 MB."""


class Plan(NamedTuple):
    """What `generate` was asked for, checked."""

    seed: int
    securities: int
    days: Sessions
    signal: float
    history: bool
    corporate_actions: bool
    breaks: float


class Block(NamedTuple):
    """A run of sessions of a market."""

    panel: Panel  # with the corporate actions whose ex-date lies in it
    breaks: tuple[PlantedBreak, ...]


def blocks_of(plan: Plan, rows: int = ROWS) -> Iterator[Block]:
    """Yield a market in blocks of `rows` sessions; what they hold does not depend on `rows`."""
    static, prices, margin, careers, debuts, actions, breaks = (
        np.random.default_rng([plan.seed, stream]) for stream in range(7)
    )
    universe = draw_universe(static, careers, plan.securities, plan.days, plan.history)
    market = PriceProcess(prices, debuts, universe)
    cap = universe.float_shares * universe.first_price
    is_first = plan.days[0] <= np.datetime64(ELIGIBLE[0][0], "D")  # on the first day of all nobody owes anything
    clock = _Clock(
        plan,
        universe,
        market,
        MarginProcess(margin, universe.first_price, cap * (not is_first), universe.can_short, plan.signal),
        ActionProcess(actions, universe.float_shares, universe.outstanding_shares),
        BreakProcess(breaks, universe.symbols, plan.breaks),
    )
    for start in range(0, len(plan.days), rows):
        yield clock.block(start, min(start + rows, len(plan.days)))


class _Clock:
    """The processes of a market, moved on session by session: prices feed the flows, and flows the next prices."""

    def __init__(
        self,
        plan: Plan,
        universe: Universe,
        market: PriceProcess,
        flows: MarginProcess,
        actions: ActionProcess,
        breaks: BreakProcess,
    ) -> None:
        self._plan, self._universe = plan, universe
        self._market, self._flows = market, flows
        self._actions, self._breaks = actions, breaks

    def block(self, start: int, stop: int) -> Block:
        """Return the sessions from index `start` to the one before `stop`."""
        days = self._plan.days[start:stop]
        fields = _standing(self._universe, days, start)
        rows: dict[str, Panel2D] = {}
        found: list[CorporateAction] = []
        planted: list[PlantedBreak] = []
        for i in range(len(days)):
            here = {name: values[i] for name, values in fields.items()}
            for name, row in self._session(start + i, days[i], here, found, planted).items():
                rows.setdefault(name, np.empty((len(days), len(row))))[i] = row
        rows["total_balance"] = rows["financing_balance"] + rows["short_balance"]
        rows["spread"] = rows["financing_balance"] - rows["short_balance"]
        is_listed = fields.pop("is_listed")
        fields.pop("limit_ratio")
        shown = {name: np.where(is_listed, values, np.nan) for name, values in fields.items()}
        panel = Panel(
            sessions=days,
            symbols=self._universe.symbols,
            fields={**rows, **shown},
            source=f"synthetic market, seed {self._plan.seed}: no real security",
            synthetic=True,
            industries=tuple(f"industry {i + 1}" for i in range(INDUSTRIES)),
            actions=tuple(found),
            endings=self._ends(days, start),
        )
        return Block(panel, tuple(planted))

    def _ends(self, days: Sessions, start: int) -> tuple[Ending, ...]:
        """Return the ends of listings that lie in a block, which begins with session index `start`."""
        gone = self._universe.careers.delisted_from
        inside = np.flatnonzero((gone >= start) & (gone < start + len(days)))
        return tuple(Ending(days[gone[j] - start], self._universe.symbols[j]) for j in inside)

    def _session(
        self,
        t: int,
        day: np.datetime64,
        here: Mapping[str, NDArray],
        found: list[CorporateAction],
        planted: list[PlantedBreak],
    ) -> dict[str, Row]:
        """Draw one session; add its corporate actions and planted breaks to the lists."""
        market, is_listed = self._market, here["is_listed"]
        may_pause = ~is_arranged(t, self._universe.careers.delisted_from)
        is_suspended = market.draw_suspended(is_listed, may_pause)
        is_trading = is_listed & ~is_suspended
        ex = self._ex_rights(t, day, is_trading)
        found += [CorporateAction(day, self._universe.symbols[one.j], one.cash, one.ratio) for one in ex]
        reference, volatility = market.last_close, market.volatility
        up, down = day_limits(np.where(is_listed, reference, np.nan), here["limit_ratio"])
        traded = market.step(t, is_trading, self._flows.drift * volatility, up, down)
        owed, cap = self._owe(here["financing_eligible"], is_trading, volatility, traded)
        if self._plan.breaks > 0.0:
            planted += self._breaks.step(day, here["financing_eligible"], owed)
        has_limit = is_listed & np.isfinite(up)
        listed = {
            "pre_close": reference,
            "suspended": is_suspended,
            "float_cap": cap,
            "float_shares": market.float_shares,
            "outstanding_shares": self._actions.outstanding_shares,
            "adj_factor": self._actions.adj_factor,
        }
        return {
            **{name: np.where(is_listed, values, np.nan) for name, values in listed.items()},
            "limit_up": np.where(has_limit, up, np.nan),
            "limit_down": np.where(has_limit, down, np.nan),
            **traded._asdict(),
            **owed._asdict(),
            "short_balance": round_half_up(owed.short_volume * market.last_close),
        }

    def _ex_rights(self, t: int, day: np.datetime64, is_trading: NDArray[np.bool_]) -> list[ExRight]:
        """Return the actions of a session; the last closes become references, and the shares grow."""
        if not self._plan.corporate_actions:
            return []
        careers = self._universe.careers
        is_sound = (t > careers.listed_from) & ~((t >= careers.st_from) & (t < careers.st_until))
        found = self._actions.step(day, is_trading & is_sound, self._market.last_close)
        self._market.go_ex([one.j for one in found], [one.reference for one in found], self._actions.float_shares)
        return found

    def _owe(
        self, has_row: NDArray[np.bool_], is_trading: NDArray[np.bool_], volatility: Row, traded: PriceRow
    ) -> tuple[MarginRow, Row]:
        """Return the margin flows of a session after its close, and the float caps."""
        market = self._market
        cap = market.float_shares * market.last_close
        amount = np.where(is_trading, traded.amount, 0.0)
        score = market.last_return / volatility
        return self._flows.step(has_row, is_trading, score, market.last_close, cap, amount), cap


def _standing(universe: Universe, days: Sessions, start: int) -> dict[str, NDArray]:
    """Return what prices do not change (rows, N): who is listed, the lists, ST, limits, haircuts, age, industry."""
    careers, stop = universe.careers, start + len(days)
    is_listed = within(careers.listed_from, careers.delisted_from, start, stop)
    is_financing = within(careers.financing_from, careers.financing_until, start, stop)
    is_st = within(careers.st_from, careers.st_until, start, stop)
    return {
        "is_listed": is_listed,
        "limit_ratio": _ratios(universe, np.where(is_listed, is_st, np.nan), days, start),
        "financing_eligible": is_financing,
        "short_eligible": is_financing & universe.can_short,
        "is_st": is_st,
        "haircut": _haircuts(universe, is_st, days),
        "listed_sessions": universe.age + np.arange(start, stop)[:, None],
        "industry": np.broadcast_to(universe.industries, is_listed.shape),
    }


def _ratios(universe: Universe, status: Panel2D, days: Sessions, start: int) -> Panel2D:
    """Return the price-limit ratios (rows, N); infinite on the first sessions without limits."""
    ratios = limit_ratio(universe.boards, status, days)
    age = np.arange(start, start + len(days))[:, None] - universe.careers.listed_from
    ratios[(age >= 0) & (age < universe.unlimited)] = np.inf
    return ratios


def _haircuts(universe: Universe, is_st: Mask2D, days: Sessions) -> Panel2D:
    book = Rulebook.load()
    index, other, st = (
        book.series("haircut_cap", days, status=status)[:, None] for status in ("index_180_or_100", "other_share", "st")
    )
    return np.where(is_st, st, np.where(universe.is_large, index, other))
