"""What the data of a draft say by themselves: boards, fields, the span of a rule; the file that comes of it runs."""

from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.config.yaml_file import load
from liangrong.core.dataset import store
from liangrong.core.draft.draft import Draft, number_in
from liangrong.core.draft.drafted_data import boards_of
from liangrong.core.draft.new_file import write_new
from liangrong.core.errors import ConfigError
from liangrong.core.run.scenario import prepare
from liangrong.core.synthetic import synthetic


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Return what stores a synthetic panel, changed and under other codes, and returns what `new` makes of it."""
    monkeypatch.chdir(tmp_path)

    def make(codes=(), change=lambda panel: panel, **given):
        panel = synthetic.generate(securities=6, sessions=90)
        symbols = tuple(sorted((*codes, *panel.symbols[len(codes) :])))
        store.save(change(replace(panel, symbols=symbols)), [], tmp_path / "ds")
        told = []
        write_new(tmp_path / "x.yaml", {"data": "ds", **given}, None, told.append, 1_000)
        config = load(tmp_path / "x.yaml")
        return prepare(config), "\n".join(told), (tmp_path / "x.yaml").read_text(encoding="utf-8")

    return make


def test_codes_of_taiwan_get_the_main_board_and_the_warning_that_goes_with_it(saved):
    scenario, told, text = saved([f"230{digit}.TW" for digit in range(6)])
    assert told == "Boards: codes of Taiwan have no board: the mainland's main board is applied; amounts are TWD."
    assert scenario.config.market.board == "main"
    assert "in TWD read as CNY" in text


def test_indices_among_shares_are_left_out(saved):
    scenario, told, _ = saved(["000001.SH", "000300.SH"])
    assert scenario.config.universe.exclude == ["000001.SH", "000300.SH"]
    assert len(scenario.panel.symbols) == 4
    assert told.startswith("Boards: left out, ")
    assert told.endswith("000001.SH, 000300.SH.")
    draft = Draft()
    draft.take_data("ds")
    with pytest.raises(ConfigError, match=r"000300\.SH can not be traded .* leave it out"):
        draft.take_universe(f"000300.SH,{scenario.panel.symbols[0]}")


def test_boards():
    assert boards_of(["600000.SH"]) == ((), "", "")
    assert boards_of(["000300.SH"])[:2] == ((), "main")
    assert boards_of(["000300.SH", "600000.SH"])[:2] == (("000300.SH",), "")


def test_a_field_that_a_run_derives_suffices_though_its_last_sessions_are_missing(saved):
    def without(panel):
        volume = panel["volume"].copy()
        volume[-10:] = np.nan
        fields = {name: values for name, values in panel.fields.items() if name != "amount"}
        return replace(panel, fields={**fields, "volume": volume})

    assert saved((), without, rule="financing_to_turnover")[0].rule is not None


def test_the_period_is_what_the_rule_reads(saved):
    def late(panel):
        fields = dict(panel.fields)
        for name in fields:
            if name.startswith(("financing", "short", "total", "spread")):
                fields[name] = fields[name].copy()
                fields[name][:40] = np.nan
        return replace(panel, fields=fields)

    scenario, told, text = saved((), late, rule="balance_trend")
    first = synthetic.generate(securities=6, sessions=90).sessions[40]
    assert str(scenario.config.window.start) == str(first)
    assert told.startswith(f"What balance_trend reads, the data have {first}..")
    assert "# The sessions that have what the rule reads.\n" in text


@pytest.mark.parametrize(
    "text", ["5e6", "5,000,000", "500万", "500w", "500W", "500,0000", "0.05亿", "5_000_000", "500万元"]
)
def test_amounts_as_people_write_them(text):
    assert number_in(text) == 5e6
