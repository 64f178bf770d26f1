"""What README shows is what happens: its programs run as typed, its words are the product's."""

import re
import runpy
from pathlib import Path

import pytest
from liangrong.core.account.commissions import own_model
from liangrong.core.account.costs import CostTerms, order_fees
from liangrong.core.broker.refusal_summary import RefusalTally
from liangrong.core.config.run import CostsConfig
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
