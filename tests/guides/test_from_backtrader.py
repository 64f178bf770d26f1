"""What the guide for those who come from backtrader says of its program is what happens."""

import re
import runpy
from pathlib import Path

import liangrong as lr
import pytest
from guide_blocks import blocks
from liangrong.core.broker.refusal_summary import RefusalTally
from liangrong.core.types import OrderKind, Refusal

GUIDE = (Path(lr.__file__).parent / "guides" / "from_backtrader.en.md").read_text(encoding="utf-8")
BORROWING = (OrderKind.MARGIN_BUY, OrderKind.SELL_TO_REPAY, OrderKind.SHORT_SELL, OrderKind.BUY_TO_RETURN)


def test_the_whole_program_borrows_shorts_with_a_bracket_and_owes_nothing_in_the_end(tmp_path, capsys):
    """As a file of its own; no order of it is refused (that would be a warning)."""
    path = tmp_path / "plain.py"
    path.write_text(next(block.text for block in blocks(GUIDE) if block.language == "python"), encoding="utf-8")
    broker = runpy.run_path(str(path), run_name="a_program_of_the_guide")["broker"]
    assert capsys.readouterr().out == f"{broker.getvalue():,.2f}\n"
    fills = broker.journal.tables()["fills"]
    assert set(fills["kind"]) == {kind.name.lower() for kind in BORROWING}
    assert all(shares % 100 == 0 for shares in fills["shares"])
    short = fills["kind"].index("short_sell")
    assert fills["value"][short] == pytest.approx(0.2 * 1e6, rel=0.12)


def test_the_line_about_refusals_is_quoted_as_it_is():
    tally = RefusalTally()
    tally.submitted = 1_489
    tally.refused[Refusal.LOT] = 1_461
    assert tally.line() in " ".join(GUIDE.split())


def test_every_analyzer_that_is_named_exists():
    text = GUIDE.split("`lr.analyzers`")[0].split("## Feeds of your own")[1] + GUIDE.split("`lr.analyzers`")[1]
    named = set(re.findall(r"`([A-Z]\w+)`", text.split("```")[0])) - {"PandasData"}
    assert len(named) > 7
    assert all(hasattr(lr.analyzers, name) for name in named)
