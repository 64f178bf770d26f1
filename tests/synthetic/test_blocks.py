"""A market made in blocks is the whole one; as a dataset it is the same; planted breaks are all that is wrong in it."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.audit.audit import audit, audit_dataset
from liangrong.core.dataset import store
from liangrong.core.errors import ConfigError, OutputError
from liangrong.core.panel.panel import Panel
from liangrong.core.synthetic.blocks import blocks_of
from liangrong.core.synthetic.synthetic import generate, plan_of, synthesise
from liangrong.core.synthetic.writing import BREAKS, write_market

OPTIONS = {
    "seed": 9,
    "securities": 70,
    "sessions": 260,
    "start": "2019-06-03",
    "signal": 0.05,
    "history": True,
    "corporate_actions": True,
    "breaks": 0.01,
}
SIDES = {
    "financing_repay": ("financing_balance", "financing_buy"),
    "short_repay": ("short_volume", "short_sell"),
}


@pytest.fixture(scope="module")
def whole():
    return synthesise(plan_of(**OPTIONS))


@pytest.mark.parametrize("rows", [1, 37, 1000])
def test_blocks_make_up_the_whole(whole, rows):
    blocks = list(blocks_of(plan_of(**OPTIONS), rows))
    assert {len(block.panel.sessions) for block in blocks[:-1]} <= {rows}
    for name, values in whole.panel.fields.items():
        made = np.concatenate([block.panel[name] for block in blocks])
        np.testing.assert_array_equal(made, values, err_msg=name)
    assert tuple(one for block in blocks for one in block.panel.actions) == whole.panel.actions
    assert tuple(one for block in blocks for one in block.breaks) == whole.breaks


def test_the_dataset_holds_the_market(whole, tmp_path):
    told = []
    info, facts = write_market(plan_of(**OPTIONS), tmp_path / "d", lambda *done: told.append(done))
    panel = store.load(tmp_path / "d")
    assert panel.symbols == whole.panel.symbols
    for name, values in whole.panel.fields.items():
        np.testing.assert_array_equal(panel[name], values, err_msg=name)
    assert sorted(panel.actions) == sorted(whole.panel.actions)
    assert (panel.synthetic, panel.source) == (True, whole.panel.source)
    assert told[-1] == (260, 260)
    assert facts["break_rate"] > 0.0
    assert info["findings"][0]["kind"] == "planted_break"
    rows = pd.read_csv(tmp_path / "d" / BREAKS)
    assert rows["amount"].tolist() == [one.amount for one in whole.breaks]
    write_market(plan_of(**{**OPTIONS, "sessions": 30, "breaks": 0.0}), tmp_path / "d")
    assert store.load(tmp_path / "d").shape == (30, 70)
    assert not (tmp_path / "d" / BREAKS).exists()
    assert audit_dataset(tmp_path / "d").ok


def test_a_dataset_of_real_data_is_not_replaced(tmp_path):
    day = np.array(["2024-03-04"], dtype="datetime64[D]")
    real = Panel(sessions=day, symbols=("600000.SH",), fields={"close": np.array([[9.0]])}, source="mine")
    store.save(real, [], tmp_path / "d")
    with pytest.raises(OutputError, match="holds data of mine, no synthetic market"):
        write_market(plan_of(**{**OPTIONS, "sessions": 3}), tmp_path / "d")
    assert store.load(tmp_path / "d")["close"].tolist() == [[9.0]]


def misses(panel):
    """Return every break of the recursions, cell by cell in plain Python: (day, symbol, field, published less due)."""
    found = []
    for repay, (balance, inflow) in SIDES.items():
        b, i, o = (panel[name].tolist() for name in (balance, inflow, repay))
        for t in range(1, len(b)):
            for j, symbol in enumerate(panel.symbols):
                due = b[t - 1][j] + i[t][j] - b[t][j]
                if b[t][j] == b[t][j] and b[t - 1][j] == b[t - 1][j] and o[t][j] != due:
                    found.append((str(panel.sessions[t]), symbol, repay, o[t][j] - due))
    return sorted(found)


def test_the_identities_are_exact_but_for_the_recorded_breaks(whole):
    recorded = sorted((str(one.day), one.symbol, one.field, one.amount) for one in whole.breaks)
    assert misses(whole.panel) == recorded
    rows = np.isfinite(whole.panel["financing_balance"])
    assert 0.5 < len(recorded) / (0.01 * (rows[1:] & rows[:-1]).sum()) < 1.5
    assert {one.field for one in whole.breaks} == set(SIDES)
    assert any(one.amount < 0.0 for one in whole.breaks)
    assert np.nanmin(whole.panel["financing_repay"]) >= 0.0


def test_no_break_stands_where_nothing_can_show_it():
    """A row after none has no balance before it; with a tenth of the rows broken some would be such rows."""
    made = synthesise(plan_of(**{**OPTIONS, "securities": 300, "breaks": 0.1}))
    assert misses(made.panel) == sorted((str(one.day), one.symbol, one.field, one.amount) for one in made.breaks)


def test_an_audit_finds_as_many(whole):
    judged = audit(whole.panel).identities.set_index("identity")
    missed = judged["cells"] - judged["holds"]
    assert missed["financing_balance"] == sum(one.field == "financing_repay" for one in whole.breaks)
    assert missed["short_volume"] == sum(one.field == "short_repay" for one in whole.breaks)
    assert audit(whole.panel).ok


def test_breaks_change_nothing_else(whole):
    plain = generate(**{**OPTIONS, "breaks": 0.0})
    assert misses(plain) == []
    for name, values in plain.fields.items():
        if name not in SIDES:
            np.testing.assert_array_equal(whole.panel[name], values, err_msg=name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"breaks": 0.2}, "`breaks` .* from 0 to 0.1, got 0.2"),
        ({"breaks": True}, "`breaks` .* got True"),
        ({"history": "yes"}, "`history` .* true or false, got 'yes'"),
        ({"corporate_actions": 1}, "`corporate_actions` .* true or false, got 1"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        generate(**arguments)
