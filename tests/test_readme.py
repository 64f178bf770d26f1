"""What README shows is what happens: its programs run as typed, its words are the product's."""

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import backtrader as bt
import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.commissions import own_model
from liangrong.core.account.costs import CostTerms, order_fees
from liangrong.core.broker.refusal_summary import RefusalTally
from liangrong.core.config.run import CostsConfig
from liangrong.core.ideas.registry import GROUP
from liangrong.core.types import OrderKind, Refusal

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def section(title):
    """Return the text under a heading of the second level."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def program(title):
    return re.findall(r"^```python\n(.*?)^```", section(title), re.DOTALL | re.MULTILINE)[0]


def test_the_program_for_those_who_come_from_plain_backtrader_runs(tmp_path, capsys):
    """It borrows, shorts with a bracket, owes nothing of what it closed, and no order of it is refused (a warning)."""
    path = tmp_path / "plain.py"
    path.write_text(program("Coming from plain backtrader"), encoding="utf-8")
    broker = runpy.run_path(str(path), run_name="a_program_of_readme")["broker"]
    assert capsys.readouterr().out == f"{broker.getvalue():,.2f}\n"
    fills = broker.journal.tables()["fills"]
    assert set(fills["kind"]) == {kind.name.lower() for kind in _BORROWING}
    assert all(shares % 100 == 0 for shares in fills["shares"])
    short = fills["kind"].index("short_sell")
    assert fills["value"][short] == pytest.approx(0.2 * 1e6, rel=0.12)


_BORROWING = (OrderKind.MARGIN_BUY, OrderKind.SELL_TO_REPAY, OrderKind.SHORT_SELL, OrderKind.BUY_TO_RETURN)


def test_the_line_about_refusals_is_quoted_as_it_is():
    tally = RefusalTally()
    tally.submitted = 1_489
    tally.refused[Refusal.LOT] = 1_461
    assert tally.line() in " ".join(section("Coming from plain backtrader").split())


def programs(title):
    return re.findall(r"^```python\n(.*?)^```", section(title), re.DOTALL | re.MULTILINE)


def bars(seed):
    price = np.round(10.0 * np.exp(np.random.default_rng(seed).normal(0.0, 0.01, 40).cumsum()), 2)
    columns = {**dict.fromkeys(("open", "high", "low", "close"), price), "volume": 1e7}
    return pd.DataFrame(columns, index=pd.bdate_range("2023-01-02", periods=40))


BARS = "day,open,high,low,close,volume\n2024-03-04,10,10,10,10,100\n2024-03-05,10,11,10,11,200\n"


def test_the_python_of_the_face_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (text,) = programs("Python")
    ran = {}
    exec(compile(text, "README", "exec"), ran)
    assert ran["result"].config["account"]["cash"] == 5e6
    assert "Result mine, 250 sessions" in capsys.readouterr().out


def test_the_rule_and_the_strategy_keep_their_contract_and_run(tmp_path, monkeypatch):
    """As files of a user's: the last program checks them, a run trades each."""
    rule, strategy, checks = programs("A rule or a strategy of your own")
    (tmp_path / "my_rules.py").write_text(rule, encoding="utf-8")
    (tmp_path / "my_strategy.py").write_text(strategy, encoding="utf-8")
    for code in ("600000", "600001"):
        (tmp_path / f"{code}_daily.csv").write_text(BARS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    exec(compile(f"from my_rules import Unloved\n{checks}", "README", "exec"), {"__name__": "read"})
    market = {"source": "synthetic", "options": {"securities": 12, "sessions": 120}}
    quantile = {"name": "quantile", "rule": "my_rules.py:Unloved", "parameters": {"minimum": 5}}
    for idea in (quantile, {"name": "my_strategy.py:Contrarian", "parameters": {"window": 20}}):
        assert len(lr.run({"name": "mine", "data": market, "strategy": idea}).fills) > 0


def test_the_backtrader_program_runs_on_frames_and_a_strategy():
    (text,) = programs("In a backtrader program of your own")
    given: dict[str, Any] = {"frame": bars(1), "other": bars(2), "MyStrategy": type("MyStrategy", (bt.Strategy,), {})}
    exec(compile(text, "README", "exec"), given)
    assert given["broker"].getvalue() == 1_000_000.0


def test_the_lines_of_a_package_are_those_that_the_registry_reads():
    (lines,) = re.findall(r"^```toml\n(.*?)^```", section("Your own package"), re.DOTALL | re.MULTILINE)
    assert tomllib.loads(lines) == {"project": {"entry-points": {GROUP: {"my_ideas": "my_package.ideas"}}}}


def test_the_commission_model_is_one(tmp_path):
    programs = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    text = next(text for text in programs if "def tiered" in text)
    tiered = runpy.run_path(str(_written(tmp_path, text)))["tiered"]
    made = own_model(tiered, {"least": 1}, CostsConfig())
    of = CostTerms(made.rate, 0.0, 0.0, 0.0, 0.0, made.at)
    fees = [order_fees(1.0, value, False, of).commission for value in (100.0, 99_999.0, 1e5, 1e6)]
    assert fees == [1.0, 30.0, 20.0, 100.0]


def _written(folder, text):
    path = folder / "my_costs.py"
    path.write_text(text, encoding="utf-8")
    return path
