"""A seeded synthetic A-share market: no data needed to try a strategy, and known answers to test one."""

import math
from dataclasses import replace
from typing import cast

import numpy as np

from ..errors import ConfigError, DateError
from ..panel.action_rows import CorporateAction
from ..panel.calendar import mainland
from ..panel.ending_rows import Ending
from ..panel.panel import Panel
from ..rulebook.table import as_day
from ..types import Panel2D, Sessions
from .blocks import Block, Plan, blocks_of
from .planted_breaks import PlantedBreak

MOST_SECURITIES = 5000
"""More would not fit into the code ranges of the boards."""

MOST_SIGNAL = 0.5
"""Beyond this the planted drift would outrun the price limits."""

MOST_BREAKS = 0.1
"""Beyond this the identities would say nothing of a market."""


def generate(
    *,
    seed: int = 7,
    securities: int = 60,
    sessions: int = 500,
    start: str = "2021-01-04",
    signal: float = 0.03,
    history: bool = False,
    corporate_actions: bool = False,
    breaks: float = 0.0,
) -> Panel:
    """Return a synthetic market: prices, margin balances and lists of securities that do not exist.

    Parameters
    ----------
    seed : int
        Not negative; one seed is one market, byte for byte, until a version of liangrong says that its mechanism
        changed. It did when falls began to weigh more than rises and first sessions lost their limits.
    securities : int
        N, 1 to 5,000: 60 % main board, 20 % ChiNext, 15 % STAR, 5 % BSE.
    sessions : int
        T, at least 1. A longer run with the same other arguments begins with the same sessions.
    start : str
        First day, such as ``2021-01-04``; from 2010-03-31, when margin trading began.
    signal : float
        How much the flows know, 0 to 0.5: the expected return of the next session for a security whose net financing
        stands one cross-sectional standard deviation above the others', in units of its own volatility. 0 = nothing.
    history : bool
        Boards and margin lists grow as the real ones did, and securities are delisted (see `careers`). False = a small
        market to try strategies on: nearly all securities are there from the start, most of them on the lists.
    corporate_actions : bool
        Cash dividends and bonus shares, in the prices and in `Panel.actions`, which a run applies.
    breaks : float
        Fraction, 0 to 0.1, of the margin rows whose published repayment breaks the identity of its balance;
        `synthesise` returns which.

    Returns
    -------
    Panel
        ``synthetic=True``; every canonical field but the financing volumes.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DateError
        A run that reaches beyond the calendar's record or begins before the rulebook's.

    Notes
    -----
    The codes lie in the ranges of their boards, so some are also codes of real companies; nothing else of them is real.

    Prices: market, industry and own returns, each Student-t with clustered volatility, plus rare overnight news; cut at
    the limits of the day, where some sessions lock; pulled back gently once outside 3..200 CNY. A security that is
    listed inside the run begins at an issue price and makes up a gain as fast as limits let it: its first sessions have
    none where the rulebook says so. One that will be delisted (`history`) is under special treatment for 250 sessions
    and falls, and trades through the 15 of its delisting arrangement; its rows end there.

    Corporate actions: `pre_close` is the ex-right reference, (last close - cash) / (1 + new shares per share) half-up
    to the cent, else the previous close; `adj_factor` grows by last close / reference, and shares by the new ones.

    Planted mechanism: financing purchases are 5 to 15 % of the amount and rise with past returns (trend-chasing, falls
    matter more) and with a slow taste of each security; short sales rise after rises. The cross-sectional score of the
    averaged net financing over float cap is the next session's drift, between its open and its close, so that an order
    at that open can earn it. Hence a change of the spread over float cap predicts the next sessions weakly, and with
    ``signal=0`` nothing does.

    Publication: row t holds the balances of session t, which are public before the open of t + 1, as those of the
    exchanges are; `panel.publication` says what a decision may see, here as anywhere.

    NaN: everything before a listing and after a delisting (a board is not listed before it had rules: BSE from
    2021-11-15); open, high, low, close, volume and amount of a suspended session; margin fields off the financing list;
    price limits where there is none. BSE and ST securities are never on the lists. Balances of a suspended session,
    `short_balance` and `float_cap` use the last close. A security that joins the list later begins with no debt, as all
    do on 2010-03-31; one that leaves it keeps its prices and loses its margin rows.
    """
    return synthesise(
        plan_of(
            seed=seed,
            securities=securities,
            sessions=sessions,
            start=start,
            signal=signal,
            history=history,
            corporate_actions=corporate_actions,
            breaks=breaks,
        )
    ).panel


def plan_of(
    *,
    seed: int,
    securities: int,
    sessions: int,
    start: str,
    signal: float,
    history: bool,
    corporate_actions: bool,
    breaks: float,
) -> Plan:
    """Return what `generate` is asked for, checked; raises as it does."""
    _check(seed, securities, sessions)
    _check_fraction("signal", signal, MOST_SIGNAL, "0.03 is a weak one")
    _check_fraction("breaks", breaks, MOST_BREAKS, "0.0005 is one row in two thousand")
    for name, value in (("history", history), ("corporate_actions", corporate_actions)):
        if not isinstance(value, bool | np.bool_):
            raise ConfigError(f"`{name}` of the synthetic market should be true or false, got {value!r}")
    days = _sessions(start, sessions)
    return Plan(seed, securities, days, signal, bool(history), bool(corporate_actions), breaks)


def synthesise(plan: Plan) -> Block:
    """Return a whole market, with its planted breaks."""
    made: dict[str, Panel2D] = {}
    actions: list[CorporateAction] = []
    endings: list[Ending] = []
    breaks: list[PlantedBreak] = []
    done, first = 0, None
    for block in blocks_of(plan):
        first = block.panel if first is None else first
        for name, values in block.panel.fields.items():
            if name not in made:
                made[name] = np.empty((len(plan.days), plan.securities))
            made[name][done : done + len(values)] = values
        actions += block.panel.actions
        endings += block.panel.endings
        breaks += block.breaks
        done += len(block.panel.sessions)
    tables = {"actions": tuple(actions), "endings": tuple(endings)}
    panel = replace(cast(Panel, first), sessions=plan.days, fields=made, **tables)
    return Block(panel, tuple(breaks))


def _check(seed: int, securities: int, sessions: int) -> None:
    ranges = (("seed", seed, 0, None), ("securities", securities, 1, MOST_SECURITIES), ("sessions", sessions, 1, None))
    for name, value, least, most in ranges:
        is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not is_whole or value < least or (most is not None and value > most):
            bound = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise ConfigError(f"`{name}` of the synthetic market should be a whole number {bound}, got {value!r}")


def _check_fraction(name: str, value: float, most: float, hint: str) -> None:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (is_number and math.isfinite(value) and 0.0 <= value <= most):
        raise ConfigError(f"`{name}` of the synthetic market should be from 0 to {most}, got {value!r}: {hint}")


def _sessions(start: str, count: int) -> Sessions:
    """Return the first `count` mainland sessions from `start`."""
    calendar = mainland()
    days = calendar.between(as_day(start), calendar.last)
    if len(days) < count:
        raise DateError(
            f"the synthetic market should have {count} sessions from {start}, but calendar {calendar.name} knows "
            f"{len(days)} until {calendar.last}: start earlier or ask for fewer"
        )
    return days[:count]
