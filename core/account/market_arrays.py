"""A market as compiled code reads it: prices, limits, lists, lots and lines by session and security."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.options import options_of
from ..config.run import Conditions, MarketConfig
from ..errors import DataError
from ..kernels.hysteresis import hysteresis
from ..kernels.prices import ticks_per_unit
from ..panel.dated_facts import INDEX_CAPPED, while_absent
from ..panel.endings import NEVER
from ..panel.panel import Panel
from ..rulebook import Rulebook, limit_ratio, ruled_as, tick_of, widest_fund_limit
from ..types import Board, Mask2D, Panel2D, Row
from . import quotes
from .terms import fee_classes

LONG_AGO = -(10**6)
"""In the place of a row: listed before the data begin."""

_YOUNG = 30  # sessions; a security that is older throughout has no unlimited one


def listing_rows(panel: Panel, first: int = 0) -> NDArray[np.int64]:
    """Return the row (N,), counted from row `first`, on which each security was listed as far as the data tell.

    That of its first close; long ago (`LONG_AGO`) where the data begin with it, or never have one.
    """
    rows = (~np.isnan(panel["close"])).argmax(axis=0)
    return np.where(rows > 0, rows - first, LONG_AGO).astype(np.int64)


def market_arrays(
    panel: Panel,
    boards: list[Board],
    rulebook: Rulebook,
    conditions: Conditions,
    marks: Panel2D,
    listed: NDArray[np.int64],
) -> quotes.MarketArrays:
    """Return the market as compiled code reads it."""
    return quotes.MarketArrays(
        marks=marks,
        before=marks[0].copy(),
        **_prices(panel, boards, rulebook, conditions, listed),
        **_lists(panel, boards, rulebook, conditions.market),
        **_securities(panel, boards, rulebook),
        ends_due=np.full(len(boards), NEVER, np.int64),
        ends_at=np.full(len(boards), NEVER, np.int64),
        uptick=_uptick(panel, rulebook) if conditions.market.uptick else np.zeros((2, len(panel.sessions))),
        **own_terms(conditions),
    )


def own_terms(conditions: Conditions) -> dict[str, Any]:
    """Return the fields of `MarketArrays` that are the account's, not the panel's."""
    haircut = conditions.account.haircut
    return {
        "options": options_of(conditions),
        "own_haircut": np.inf if haircut is None else float(haircut.value),
        "own_haircut_alone": haircut is not None and haircut.override,
    }


def _absent(panel: Panel) -> Panel2D:
    """Return what stands for a field that is not there; read-only like a panel's own: one type, one compilation."""
    absent = np.empty((0, len(panel.symbols)))
    absent.flags.writeable = False
    return absent


def _known(panel: Panel, name: str, is_used: bool = True) -> Panel2D:
    values = panel.get(name) if is_used else None
    return _absent(panel) if values is None else values


def _prices(
    panel: Panel, boards: list[Board], rulebook: Rulebook, conditions: Conditions, listed: NDArray[np.int64]
) -> dict[str, Any]:
    fills_at_close = conditions.execution.fill == "close"
    at_close = fills_at_close or "open" not in panel
    is_at_low = conditions.account.judge == "low"
    no_limits = np.empty((0, len(boards)))
    if is_at_low and not {"low", "high"} <= panel.fields.keys():
        raise DataError(
            "`account.judge: low` needs the fields `low` and `high`, which the data do not have; judge at the `close`"
        )
    return {
        "base": panel["close" if at_close else "open"],
        "high": _known(panel, "high", not fills_at_close),
        "pre_close": panel["pre_close"],
        "suspended": panel["suspended"],
        "fills_at_close": at_close,
        "day_low": _known(panel, "low", is_at_low),
        "day_high": _known(panel, "high", is_at_low),
        "limit_ratio": _limit_ratios(panel, boards, rulebook, listed) if conditions.market.price_limits else no_limits,
        "limit_up": _known(panel, "limit_up"),
        "limit_down": _known(panel, "limit_down"),
        "fund_ratio": widest_fund_limit(panel.sessions, rulebook),
        "volume": _published_volume(_known(panel, "volume")),
    }


def _lists(panel: Panel, boards: list[Board], rulebook: Rulebook, market: MarketConfig) -> dict[str, Any]:
    is_fund = np.array([board is Board.ETF for board in boards], dtype=np.bool_)
    none_capped = np.empty((0, len(boards)), np.bool_)
    capped = _capped(panel, rulebook, is_fund) if market.float_cap else None
    short_capped = _short_capped(panel, rulebook) if market.float_cap else None
    return {
        "financing_eligible": _fact(panel, "financing_eligible", market.eligibility == "panel"),
        "short_eligible": _fact(panel, "short_eligible", market.eligibility == "panel"),
        "in_universe": _fact(panel, "in_universe"),
        "haircut": _fact(panel, "haircut"),
        "is_st": _fact(panel, "is_st"),
        "short_volume": _known(panel, "short_volume"),
        "borrowable": _fact(panel, "borrowable_shares"),
        "is_capped": none_capped if capped is None else capped,
        "is_short_capped": none_capped if short_capped is None else short_capped,
        "is_fund": is_fund,
    }


def _securities(panel: Panel, boards: list[Board], rulebook: Rulebook) -> dict[str, Any]:
    own_boards = sorted(set(boards))
    lots = [_lots(board, rulebook, panel) for board in own_boards]
    return {
        "haircut_cap": _haircut_caps(boards, rulebook, panel),
        "index_member": _index_members(panel, boards),
        "index_haircut": rulebook.on("haircut_cap", panel.sessions[0], status="index_180_or_100").number,
        "st_haircut": rulebook.on("haircut_cap", panel.sessions[0], status="st").number,
        "is_dear": _dear(panel, boards, rulebook),
        "dear_haircut": rulebook.series("haircut_cap", panel.sessions, status="pe_above_300_or_loss", before=np.inf),
        "ticks_per_unit": ticks_per_unit([tick_of(board) for board in boards]),
        "board": np.array([own_boards.index(board) for board in boards], dtype=np.int64),
        "fee_class": fee_classes(panel.symbols, boards),
        "lot_minimum": np.array([minimum for minimum, _ in lots]),
        "lot_step": np.array([step for _, step in lots]),
    }


def _published_volume(volume: Panel2D) -> Panel2D:
    """Return the volume, NaN throughout for a security that has none on any session: it is not published."""
    is_unknown = ~(volume > 0.0).any(axis=0)
    if not volume.size or not is_unknown.any():
        return volume
    volume = np.where(is_unknown, np.nan, volume)
    volume.flags.writeable = False
    return volume


def _fact(panel: Panel, name: str, is_used: bool = True) -> Panel2D:
    return while_absent(panel, name) if name in panel and is_used else _absent(panel)


def _uptick(panel: Panel, rulebook: Rulebook) -> Panel2D:
    """Return whether the uptick rule holds (2, T): of shares, of funds."""
    return np.array([rulebook.series("uptick", panel.sessions, status=status) for status in (None, "etf")])


def _limit_ratios(panel: Panel, boards: list[Board], rulebook: Rulebook, listed: NDArray[np.int64]) -> Panel2D:
    """Return the limit ratio (T, N); infinite on the first sessions of a listing.

    Where the data do not tell a listing by `listed_sessions`, a security whose first row lies inside them is taken as
    listed that day.
    """
    is_st = panel.get("is_st")
    status = np.zeros(panel.shape) if is_st is None else np.nan_to_num(is_st)
    ratios = limit_ratio(boards, np.where(np.isnan(panel["close"]), np.nan, status), panel.sessions, rules=rulebook)
    age = panel.get("listed_sessions")
    for j in np.flatnonzero(unlimited_by_data(panel, listed)):
        if boards[j] is not Board.ETF:
            days = np.arange(1, len(panel.sessions) + 1) - listed[j] if age is None else age[:, j]
            unlimited = rulebook.series("unlimited_first_sessions", panel.sessions, boards[j], before=0.0)
            ratios[(days >= 1) & (days <= unlimited), j] = np.inf
    return ratios


def unlimited_by_data(panel: Panel, listed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which securities (N,) are young enough on some session for unlimited ones."""
    age = panel.get("listed_sessions")
    if age is not None:
        return np.nanmin(age, axis=0, initial=np.inf) < _YOUNG
    return (listed > -_YOUNG) & (listed < len(panel.sessions))


def _capped(panel: Panel, rulebook: Rulebook, is_fund: NDArray[np.bool_]) -> Mask2D | None:
    """Return where financing is suspended (T, N), by the balances published for the session before.

    From the share of the float cap at which the exchange suspends it, until below that at which it resumes; funds have
    lines of their own.
    """
    balance, cap = panel.get("financing_balance"), panel.get("float_cap")
    if balance is None or cap is None:
        return None
    is_capped = _stopped(panel, balance, cap, rulebook, "float_cap", None)
    if is_fund.any():
        is_capped[:, is_fund] = _stopped(panel, balance, cap, rulebook, "float_cap", "etf")[:, is_fund]
    return is_capped


def _short_capped(panel: Panel, rulebook: Rulebook) -> Mask2D | None:
    """Return where short sales are suspended (T, N), by the short volume published for the session before."""
    volume, shares, cap = panel.get("short_volume"), panel.get("float_shares"), panel.get("float_cap")
    if shares is None and cap is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = cap / panel["close"]
    if volume is None or shares is None:
        return None
    return _stopped(panel, volume, shares, rulebook, "short_float_cap", None)


def _stopped(panel: Panel, part: Panel2D, whole: Panel2D, rulebook: Rulebook, key: str, status: str | None) -> Mask2D:
    """Return where part / whole of the session before has stopped a security (T, N), until it falls below a line."""
    day = panel.sessions[0]
    suspend, resume = (rulebook.on(f"{key}_{line}", day, status=status).number for line in ("suspend", "resume"))
    with np.errstate(invalid="ignore", divide="ignore"):
        state = hysteresis(part / whole, np.nextafter(suspend, 0.0), resume)
    is_stopped = np.zeros(panel.shape, dtype=np.bool_)
    is_stopped[1:] = state[:-1] > 0.0
    return is_stopped


def _lots(board: Board, rulebook: Rulebook, panel: Panel) -> tuple[Row, Row]:
    """Return the least order and the step above it (T,) of a board; NaN before it opened."""
    of = ruled_as(board)
    minimum, step = (rulebook.series(key, panel.sessions, of, before=np.nan) for key in ("lot_minimum", "lot_step"))
    return minimum, step


def _index_members(panel: Panel, boards: list[Board]) -> Mask2D:
    """Return which shares are members of the SSE 180 or the SZSE 100 (T, N), of whom a higher cap holds."""
    members = np.zeros((0, len(boards)), dtype=np.bool_)
    for name in INDEX_CAPPED:
        if name in panel:
            known = while_absent(panel, name) > 0.0
            members = known if not members.size else members | known
    return members & np.array([board is not Board.ETF for board in boards]) if members.size else members


def _dear(panel: Panel, boards: list[Board], rulebook: Rulebook) -> Mask2D:
    """Return which shares have a haircut of 0 by their price-earnings ratio (T, N): too high, or negative (a loss).

    Judged at the last close of a week, for the sessions of the next; a security without a row then by the last one.
    Rule: SSE and SZSE notice of 2016-12-02, as brokers' explanations of it say.
    """
    found = [while_absent(panel, name) if name in panel else None for name in ("pe_static", "is_loss")]
    if found[0] is None and found[1] is None:
        return np.zeros((0, len(boards)), dtype=np.bool_)
    unknown = np.full(panel.shape, np.nan)
    ratio, loss = (unknown if values is None else values for values in found)
    week = (panel.sessions.astype("datetime64[D]").astype(np.int64) + 3) // 7  # from Monday; 1970 began on a Thursday
    last = np.searchsorted(week, week) - 1  # row of the last session of the week before, -1 = none
    line = rulebook.series("haircut_pe_limit", panel.sessions, before=np.inf)[:, None]
    is_dear = (ratio[last] >= line) | ((ratio[last] < 0.0) | (loss[last] > 0.0)) & np.isfinite(line)
    return is_dear & (last >= 0)[:, None] & np.array([board is not Board.ETF for board in boards])


def _haircut_caps(boards: list[Board], rulebook: Rulebook, panel: Panel) -> Row:
    """Return the rule's cap (N,) by class; of shares that of no member of an index (`_index_members`)."""
    day = panel.sessions[0]
    share = rulebook.on("haircut_cap", day, status="other_share").number
    fund = rulebook.on("haircut_cap", day, status="etf").number
    return np.where([board is Board.ETF for board in boards], fund, share)
