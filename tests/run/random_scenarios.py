"""Random scenarios with everything on: markets, accounts and target tables drawn from one seed.

Suspensions, late listings, limits, lists that change, thin volumes, published limits and haircuts, special treatment,
float caps, dividends and splits, reverse splits and rights issues, gaps of weeks in which contracts fall due; leverage
up to 3 and shorts up to 2.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from liangrong.core.account.market import Market
from liangrong.core.config.credit_account import AccountConfig
from liangrong.core.config.run import Config, validate
from liangrong.core.ideas.target_strategy import TargetStrategy
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.panel.ending_rows import Ending
from liangrong.core.panel.endings import EndingTable, endings_of
from liangrong.core.panel.panel import Panel
from liangrong.core.panel.recalls import Recall, RecallTable
from liangrong.core.rulebook import Rulebook
from liangrong.core.run.engines import _run_backtrader
from liangrong.core.run.scenario import Scenario, assemble

STARTS = ("2012-02-01", "2015-03-02", "2016-05-03", "2020-12-01", "2023-06-01", "2024-01-08")
CODES = ("600000.SH", "000001.SZ", "300001.SZ", "510300.SH", "600001.SH", "688001.SH", "430001.BJ", "600002.SH")
HALF = {"value": 0.5, "override": True}


def either(rng: np.random.Generator, *values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def market(rng: np.random.Generator, sessions: int) -> Panel:
    """Draw a panel; codes of boards that had no rules yet are left out."""
    start = either(rng, *STARTS)
    codes = [c for c in CODES if start > {"688001.SH": "2019-08", "430001.BJ": "2021-12"}.get(c, "")]
    symbols = tuple(codes[: int(rng.integers(2, len(codes) + 1))])
    shape = (sessions, len(symbols))
    steps = rng.integers(1, either(rng, 3, 3, 8, 25), sessions)
    days = np.busday_offset(start, np.cumsum(steps), roll="forward")
    drift, noise = either(rng, -0.03, -0.01, 0.0, 0.01), either(rng, 0.015, 0.03, 0.05)
    moves = rng.normal(drift, noise, shape)
    moves[rng.random(sessions) < 0.04] += either(rng, 0.0, 0.0, -0.25, -0.5, 0.4)
    close = np.maximum(np.round(rng.uniform(3.0, 40.0, shape[1]) * np.exp(np.cumsum(moves, axis=0)), 2), 0.05)
    before = np.vstack([close[:1], close[:-1]])
    opened = np.maximum(np.round(before * np.exp(rng.normal(0.0, either(rng, 0.005, 0.05), shape)), 2), 0.05)
    at_limit = rng.random(shape) < 0.05
    opened = np.where(at_limit, np.round(before * either(rng, 1.1, 0.9) + 1e-9, 2), opened)
    fields = {"open": opened, "close": close}
    fields |= {"high": np.maximum(opened, close), "low": np.minimum(opened, close)}
    halted = rng.random(shape) < either(rng, 0.0, 0.05, 0.2)
    halted[0] &= rng.random() < 0.5
    halted[: sessions // 4, -1] |= rng.random() < 0.4
    fields = {name: np.where(halted, np.nan, values) for name, values in fields.items()}
    fields["volume"] = np.where(halted, np.nan, rng.integers(500, either(rng, 20_000, 10_000_000), shape))
    if rng.random() < 0.2:
        del fields["open"], fields["high"], fields["low"]
    fields |= published(rng, close, halted)
    odd = rng.spawn(1)[0]  # a bar without an open, a flag on a bar that is there
    if "open" in fields:
        fields["open"] = np.where(odd.random(shape) < 0.01, np.nan, fields["open"])
    fields["suspended"] = np.where(odd.random(shape) < 0.01, 1.0, fields["suspended"])
    more = rng.spawn(1)[0]
    if more.random() < 0.4:
        lent = more.integers(0, 30_000, shape)
        fields["borrowable_shares"] = np.where(more.random(shape) < 0.3, np.nan, lent)
    for name in ("sse180_member", "szse100_member"):
        if more.random() < 0.3:
            fields[name] = np.where(more.random(shape) < 0.2, np.nan, (more.random(shape) < 0.5).astype(float))
    return Panel(sessions=days, symbols=symbols, fields=fields)


def published(rng: np.random.Generator, close: np.ndarray, halted: np.ndarray) -> dict[str, np.ndarray]:
    """Draw what exchanges publish beside prices; each field is there or not."""
    shape = close.shape
    last = pd.DataFrame(np.where(halted, np.nan, close)).ffill().to_numpy()
    drawn = {
        "suspended": halted.astype(float),
        "pre_close": np.vstack([last[:1], last[:-1]]),
        "short_volume": rng.integers(0, 60_000, shape).astype(float),
        "financing_eligible": (rng.random(shape) < 0.9).astype(float),
        "short_eligible": (rng.random(shape) < 0.8).astype(float),
        "is_st": (rng.random(shape) < 0.03).astype(float),
        "haircut": np.where(rng.random(shape) < 0.5, np.nan, np.round(rng.uniform(0.0, 0.9, shape), 2)),
        "listed_sessions": np.arange(1.0, shape[0] + 1)[:, None] + rng.integers(0, 40, shape[1]),
        "limit_up": np.where(rng.random(shape) < 0.5, np.nan, np.round(close * 1.08, 2)),
        "limit_down": np.where(rng.random(shape) < 0.5, np.nan, np.round(close * 0.92, 2)),
        "financing_balance": np.cumsum(rng.uniform(0.0, 3e7, shape), axis=0),
        "float_cap": np.full(shape, 1e9),
    }
    kept = ("suspended",) if rng.random() < 0.2 else tuple(drawn)
    chance = {"suspended": 1.0, "limit_up": 0.3, "limit_down": 0.3, "is_st": 0.3, "pre_close": 0.7}
    return {name: drawn[name] for name in kept if rng.random() < chance.get(name, 0.6)}


def recalls(rng: np.random.Generator, panel: Panel) -> RecallTable:
    """Draw what lenders want back, in half of the scenarios."""
    is_told = rng.random(panel.shape) < either(rng, 0.0, 0.1)
    told: dict[int, list[Recall]] = {}
    for t, j in np.argwhere(is_told).tolist():
        told.setdefault(t, []).append(Recall(j, either(rng, np.inf, np.inf, 100.0, 150.0, 5_000.0)))
    return RecallTable(told)


def ended(rng: np.random.Generator, panel: Panel) -> tuple[Panel, EndingTable]:
    """Draw securities whose listing ends, in half of the scenarios; without rows some sessions before."""
    sessions, ends, blank = len(panel.sessions), [], np.zeros(panel.shape, dtype=np.bool_)
    for j in np.flatnonzero(rng.random(panel.shape[1]) < either(rng, 0.0, 0.5)).tolist():
        t = int(rng.integers(3, sessions + 3))
        blank[t - int(rng.integers(0, 3)) :, j] = True
        other = int(rng.integers(panel.shape[1]))
        day = panel.sessions[t] if t < sessions else panel.sessions[-1] + (t - sessions + 1)
        is_free = all(one.symbol != panel.symbols[other] or one.day > day for one in ends)
        is_last = all(one.successor != panel.symbols[j] or one.day < day for one in ends)
        has = other != j and is_free and rng.random() < 0.5
        if not is_last:  # it has taken over what ended later
            continue
        terms = (panel.symbols[other], either(rng, 0.31, 1.0, 1.7)) if has else ("", 0.0)
        cash = either(rng, 0.0, 0.0, 1.25)
        known = panel["close"][~np.isnan(panel["close"][:, j]) & ~blank[:, j], j]
        is_dear = known.size > 0 and known.min() > cash  # beside a successor it is below the last close
        ends.append(Ending(day, panel.symbols[j], *terms, cash if is_dear or not has else 0.0))
    fields = {name: np.where(blank, np.nan, values) for name, values in panel.fields.items()}
    fields["suspended"] = np.where(blank, 1.0, panel["suspended"])
    panel = replace(panel, fields=fields)
    return panel, endings_of(replace(panel, endings=tuple(ends)))


def keys(rng: np.random.Generator) -> dict[str, Any]:
    """Draw an account, costs, market rules and execution."""
    lines = either(rng, {}, {}, {"grace": 2, "cure": 1.45}, {"warn": 1.6, "call": 1.5, "restore": 1.8, "instant": 1.4})
    decision = either(rng, "before_open", "before_open", "at_close")
    more = rng.spawn(1)[0]
    own = more.spawn(1)[0]
    return {
        "account": {
            "borrowable_share": either(more, None, 1.0, 0.5),
            "cash": either(rng, 30_000.0, 1_000_000.0, 20_000_000.0),
            "financing_rate": either(rng, 0.0835, 0.5),
            "borrow_rate": either(rng, 0.1035, 0.5),
            "financing_margin_ratio": either(rng, HALF, {"value": 0.2, "override": True}),
            "short_margin_ratio": either(rng, HALF, {"value": 0.2, "override": True}),
            "haircut": either(rng, None, 0.5, {"value": 1.0, "override": True}, {"value": 1.0, "override": True}),
            "credit_line": either(rng, None, None, 400_000.0),
            "borrow_share": either(rng, None, 0.1, 1.0),
            "finances_fees": bool(rng.random() < 0.6),
            "lines": lines,
            "forced_sale": either(rng, "largest", "losers", "pro_rata"),
            "extension": either(more, either(rng, "auto", "none"), "conditional"),
            "extension_times": either(more, None, 0, 1),
            "removed": either(more, "keep", "keep", "close"),
            "fee_basis": either(rng, "sell_amount", "market_value"),
            "interest_posting_day": either(rng, None, 1, 20),
            "financing_ratio_base": either(rng, None, None, 1.3),
            "concentration": either(rng, [], [], [{"below": 1.8, "share": 0.5}, {"below": 2.5, "share": 0.8}]),
            "dividend_tax_rate": either(own, either(rng, 0.0, 0.2), "by_holding"),
            "subscribe_rights": either(own, True, False),
        },
        "costs": {
            "commission_minimum": either(rng, 5.0, 0.0),
            "stamp_duty_rate": {"value": 0.001, "override": True},
            "transfer_fee_rate": {"value": 0.00002, "override": True},
            "slippage": either(rng, 0.0, 0.002, 0.05),
        },
        "market": {
            "price_limits": bool(rng.random() < 0.6),
            "float_cap": bool(rng.random() < 0.8),
            "uptick": bool(rng.random() < 0.7),
            "eligibility": either(rng, "panel", "panel", "all"),
        },
        "execution": {
            "decision": decision,
            "fill": "close" if decision == "at_close" else either(rng, "open", "close"),
            "volume_share": either(rng, None, 0.1, 0.5),
        },
    }


def rates(rng: np.random.Generator, panel: Panel) -> dict[str, Any]:
    """Draw rates by date and by security, kept or paid day by day."""
    if rng.random() < 0.5:
        return {}
    first, span = panel.sessions[0], int((panel.sessions[-1] - panel.sessions[0]).astype(int))

    def rows(**of: str) -> list[dict[str, Any]]:
        starts = np.unique(np.append(0, rng.integers(0, span + 9, int(rng.integers(0, 6)))))
        return [{"date": str(first + s), "rate": either(rng, 0.0, 0.04, 0.09, 0.5), **of} for s in starts]

    own = rows(symbol=panel.symbols[0])[int(rng.integers(0, 2)) :]
    return {
        "rate_of": either(rng, "opening", "day", "day"),
        "financing_rate": either(rng, 0.0835, rows(), {"of": rows(), "times": 1.5, "plus": 0.01}, rows() + own),
        "borrow_rate": either(rng, 0.1035, rows(), rows() + own),
        "penalty_rate": either(rng, None, 0.0, 0.18),
        "short_ratio_base": either(rng, None, None, 1.4),
        "client": either(rng, "individual", "private_fund"),
        "cash_rate": either(rng, 0.0, 0.02, rows()),
        "proceeds_rate": either(rng, None, 0.0, 0.3, rows()),
    }


def targets(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draw target weights: rebalances at random, now and then none, some securities left alone."""
    weights = np.full(shape, np.nan)
    long, short = either(rng, 0.5, 1.0, 1.7, 2.6, 3.0), either(rng, 0.0, 0.0, 0.5, 2.0)
    chance = either(rng, 0.08, 0.3, 1.0)
    for t in range(shape[0]):
        if t == 0 or rng.random() < chance:
            sides = [rng.random(shape[1]) * (rng.random(shape[1]) < 0.6) for _ in range(2)]
            sides = [side / max(side.sum(), 1e-9) for side in sides]
            weights[t] = np.where(rng.random(shape[1]) < 0.1, np.nan, long * sides[0] - short * sides[1])
    return weights


def actions(rng: np.random.Generator, panel: Panel) -> ActionTable:
    """Draw dividends, splits, reverse splits and rights issues, two of a day now and then."""
    more = np.random.default_rng(int(100.0 * np.nansum(panel["close"])))
    rows: dict[int, list[Action]] = {}
    for _ in range(int(rng.integers(0, 6))):
        t, j = int(rng.integers(1, panel.shape[0])), int(rng.integers(panel.shape[1]))
        cash, ratio = either(rng, 0.0, 0.12, 0.5), either(rng, 0.0, 0.1, 0.57)
        rights = either(more, (0.0, 0.0), (0.3, round(float(more.uniform(0.5, 12.0)), 2)))
        rows.setdefault(t, []).append(Action(j, cash, either(more, ratio, ratio, -0.5, -0.35), *rights))
    return ActionTable(rows)


def with_targets(scenario: Scenario, weights: np.ndarray) -> Scenario:
    """Return a scenario whose strategy orders `weights` (T, N)."""

    def of_run(_cls, setting, _parameters):
        return weights[len(weights) - len(setting.shortable) :]

    strategy = type("Drawn", (TargetStrategy,), {"targets": classmethod(of_run)})
    return replace(scenario, strategy=strategy, rule=None, parameters={"reserve": scenario.parameters["reserve"]})


def moving(rng: np.random.Generator, config: Config, scenario: Scenario) -> AccountConfig:
    """Draw what an account begins with, and what moves in and out of it."""
    panel, cash = scenario.panel, config.account.cash
    price = panel["pre_close"][0]
    known = [j for j in range(len(panel.symbols)) if np.isfinite(price[j])]
    first, end = panel.sessions[0], panel.sessions[-1]
    contracts: list[dict[str, Any]] = []
    for j in known:
        size = int(either(rng, 0.0, 0.1, 0.4) * cash / price[j] // 100 * 100)
        if size:
            opened = first - np.timedelta64(int(rng.integers(12, 150)), "D")
            contract = {"symbol": panel.symbols[j], "shares": size, "opened": str(opened), "due": str(opened + 184)}
            amount = round(size * price[j] * rng.uniform(0.8, 1.2), 2)
            kind = either(rng, "financing", "short")
            contracts.append({**contract, "kind": kind, "principal" if kind == "financing" else "sell_amount": amount})
            if rng.random() < 0.5:
                contracts[-1] |= {"accrued": round(0.01 * amount, 2), "rate": 0.07, "ratio": 0.6}
    holdings = [{"symbol": panel.symbols[j], "shares": int(rng.integers(1, 3_000))} for j in known if j % 2]
    locked = sum(contract.get("sell_amount", 0.0) for contract in contracts)
    opening = {"cash": round(cash + locked, 2), "holdings": holdings, "contracts": contracts}
    flows = []
    for _ in range(int(rng.integers(0, 12))):
        kind = either(rng, "deposit", "withdrawal", "transfer_in", "transfer_out")
        day = first + np.timedelta64(int(rng.integers(-3, (end - first).astype(int) + 3)), "D")
        flow: dict[str, Any] = {"date": str(day), "kind": kind}
        if kind.startswith("transfer"):
            flow |= {"symbol": either(rng, *panel.symbols), "shares": int(rng.integers(1, 4_000))}
        else:
            flow |= {"amount": round(float(rng.uniform(0.01, 0.6)) * cash, 2)}
        flows.append(flow)
    given = config.account.model_dump() | {"flows": flows, "on_call": either(rng, "none", "deposit")}
    return AccountConfig.model_validate(given | ({"opening": opening} if rng.random() < 0.7 else {}))


def judged(rng: np.random.Generator, panel: Panel, account: dict[str, Any]) -> Panel:
    """Draw how the account is judged during its sessions, in half of the scenarios; return the panel with its lows."""
    if "low" not in panel or rng.random() < 0.5:
        return panel
    account["judge"] = "low"
    away = np.abs(rng.normal(0.0, either(rng, 0.01, 0.04), (2, *panel.shape)))
    low, high = np.round(panel["low"] * (1 - away[0]), 2), np.round(panel["high"] * (1 + away[1]), 2)
    odd = rng.random((2, *panel.shape)) < 0.02
    low, high = np.where(odd[0], either(rng, np.nan, 0.01), low), np.where(odd[1], np.nan, high)
    return panel.with_fields({"low": low, "high": high})


def earning(rng: np.random.Generator, panel: Panel) -> Panel:
    """Draw price-earnings ratios and losses, in half of the scenarios."""
    ratio, loss = either(rng, (True, True), (True, False), (False, True), (False, False), (False, False))
    drawn = {"pe_static": rng.choice([12.5, 299.99, 300.0, -4.0, np.nan], panel.shape)} if ratio else {}
    drawn |= {"is_loss": rng.choice([0.0, 0.0, 0.0, 1.0, np.nan], panel.shape)} if loss else {}
    return panel.with_fields(drawn)


def draw(seed: int, sessions: int = 36) -> Scenario:
    """Return the scenario of one seed."""
    rng = np.random.default_rng([20_260, seed])
    panel = market(rng, sessions)
    strategy = {"name": "buy_and_hold", "parameters": {"reserve": either(rng, 0.0, 0.02, 0.1)}}
    drawn = keys(rng)
    drawn["account"] |= rates(rng.spawn(1)[0], panel)
    panel = judged(np.random.default_rng([20_260, seed, 8]), panel, drawn["account"])
    panel = earning(np.random.default_rng([20_260, seed, 9]), panel)
    raw = {"name": f"drawn_{seed}", "data": {"source": "synthetic"}, "strategy": strategy, **drawn}
    config = validate(raw)
    assert not isinstance(config, list), config
    scenario = assemble(config, panel)
    more = rng.spawn(1)[0]
    if more.random() < 0.6:
        scenario = assemble(config.model_copy(update={"account": moving(more, config, scenario)}), panel)
    table = actions(rng, scenario.panel)
    ending, endings = ended(rng.spawn(1)[0], scenario.panel)
    scenario = replace(scenario, panel=ending)
    known = scenario.panel, scenario.market.boards, Rulebook.load(), config.conditions
    of_market = Market(*known, actions=table, recalls=recalls(rng.spawn(1)[0], scenario.panel), endings=endings)
    of_market = of_market.opened(scenario.market.before).under(scenario.config.conditions)
    return with_targets(replace(scenario, market=of_market), targets(rng, scenario.panel.shape))


def images(outcome: Any) -> dict[str, str]:
    """Return every table of an outcome as text with all digits, and what is held."""
    found = outcome.journal.tables().items()
    tables = {name: repr({one: _listed(values) for one, values in columns.items()}) for name, columns in found}
    held = repr((outcome.long.tolist(), outcome.short.tolist()))
    more = {"actions": repr(outcome.journal.actions()), "collateral": repr(outcome.journal.collateral())}
    more["worst"] = repr(outcome.journal.worst_ratios)
    return {**tables, **more, "held": held}


def _listed(values: Any) -> list[Any]:
    """Return a column as a list of Python's values, its days as numpy's: engines may hold it either way."""
    if isinstance(values, np.ndarray):
        return list(values) if values.dtype.kind == "M" else values.tolist()
    return [value.item() if isinstance(value, np.floating) else value for value in values]


def backtrader(scenario: Scenario) -> Any:
    return _run_backtrader(scenario, None)
