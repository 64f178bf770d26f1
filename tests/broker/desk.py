"""Runs of the risk desk by hand: accounts with corporate actions and every option, and the identities that hold."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from broker.markets import Run, Scripted, free
from conditions import conditions
from liangrong.core.account.market import Market
from liangrong.core.account.tables import make_table
from liangrong.core.account.terms import TermSchedule
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.panel.endings import endings_of
from liangrong.core.rulebook import Rulebook, board_of
from liangrong.core.run.attribution import attribute

HALF = {
    "financing_margin_ratio": {"value": 0.5, "override": True},
    "short_margin_ratio": {"value": 0.5, "override": True},
}


def terms(**changes: Any) -> Any:
    """Return terms without fees and interest and with margin ratios of 0.5, with `changes`."""
    return free(**{"financing_rate": 0.0, "borrow_rate": 0.0, **HALF, **changes})


def watched(
    panel: Any, script: Any, of: Any = None, *, cash: float = 100_000.0, actions: Any = None, **words: Any
) -> Run:
    """Run a script and check the identities.

    Haircuts are 1, there are no price limits and a forced sale keeps the cash, unless `words` say otherwise.

    `actions` maps a session to (security, cash per share, share ratio) rows, `endings` are rows of a table of ends of
    listings; `options` go to Cerebro.run.
    """
    options, endings = words.pop("options", {}), tuple(words.pop("endings", ()))
    of = terms() if of is None else of
    kept: dict[str, Any] = {
        "forced_sale_cash": "keep",
        "haircut": {"value": 1.0, "override": True},
        "price_limits": False,
    }
    given = conditions(**{**kept, **of, **words})
    rulebook = Rulebook.load()
    table = ActionTable({t: [Action(*row) for row in rows] for t, rows in (actions or {}).items()})
    market = Market(
        panel,
        [board_of(s) for s in panel.symbols],
        rulebook,
        given,
        table,
        endings=endings_of(replace(panel, endings=endings)),
    )
    schedule = TermSchedule(rulebook, given, panel.sessions, market.arrays.fee_class)
    broker = CreditBroker(cash=cash, market=market, schedule=schedule, refusal_line=False)
    cerebro = PanelCerebro()
    cerebro.broker = broker
    for feed in feeds_of(panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(Scripted, script=script)
    strategies = cerebro.run(**options)
    done = Run(broker, strategies[0], broker.journal.tables())
    check_identities(done, cash)
    return done


def check_identities(done: Run, cash: float) -> None:
    """Equity is what its parts sum to at every close; its change is what attribution explains; the run is whole."""
    tables = {name: make_table(name, columns) for name, columns in done.tables.items()}
    rows = tables["equity"]
    assert len(rows) == len(done.broker.market.panel.sessions)
    parts = rows["cash"] + rows["long_value"] - rows["short_value"] - rows["principal"] - rows["accrued"]
    assert np.abs(rows["equity"] - parts).max() < 1e-6
    assert (rows[["cash", "long_value", "short_value", "principal", "accrued"]] >= -1e-9).all(axis=None)
    long, short = done.broker.holdings()
    explained = attribute(
        tables["fills"],
        tables["contracts"],
        done.broker.market.panel.symbols,
        (long - short) * np.nan_to_num(done.broker.market.marks[-1]),
        np.zeros_like(long),
        done.broker.journal.dividends(),
        tables.get("flows"),
        tables.get("endings"),
        entitlements=tables.get("entitlements"),
    )
    assert sum(explained["amount"]) == pytest.approx(rows["equity"].iloc[-1] - cash, abs=1e-6)


def events(done: Run) -> list[tuple[int, str]]:
    """Return session and name of every margin event."""
    return [
        (session(done, date), name)
        for date, name in zip(*_columns(done, "margin_events", "date", "event"), strict=True)
    ]


def forced(done: Run) -> list[tuple[int, int, str, float, float, str]]:
    """Return session, column (-1 = none), kind, wanted, done and reason of every forced order."""
    names = ("date", "symbol", "kind", "wanted", "done", "reason")
    index = {symbol: j for j, symbol in enumerate(done.broker.market.panel.symbols)}
    rows = zip(*_columns(done, "forced_sales", *names), strict=True)
    return [(session(done, date), index.get(symbol, -1), *rest) for date, symbol, *rest in rows]


def session(done: Run, date: np.datetime64) -> int:
    """Return the row of `date`; -1 for no date."""
    found = np.flatnonzero(done.broker.market.panel.sessions == date)
    return int(found[0]) if len(found) else -1


def ratios(done: Run) -> list[float]:
    """Return the maintenance ratio at every close."""
    return done.column("equity", "maintenance_ratio")


def _columns(done: Run, table: str, *names: str) -> list[list[Any]]:
    return [done.column(table, name) for name in names]
