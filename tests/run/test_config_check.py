"""`liangrong check`: the resolved configuration, the rules that a run reads, and its warnings."""

import re

import numpy as np
import pytest
import yaml
from broker.markets import panel
from liangrong.core.errors import ConfigError
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.run.config_check import check_config, scenario_config
from liangrong.core.run.notes import data_notes
from liangrong.core.run.rules_used import rules_used
from liangrong.core.run.scenario import prepare
from liangrong.core.run.warmup import compile_kernels
from run.configured import configured, dataset

HOLD = {"name": "buy_and_hold"}
CROSSING = np.array(["2023-08-25", "2023-08-28", "2023-08-29", "2023-09-11"], dtype="datetime64[D]")


def text(config):
    return check_config(config).text(250)


@pytest.fixture
def crossing(tmp_path):
    data = dataset(panel([[10.0, 10.0]] * 4, days=CROSSING, symbols=["600000.SH", "300001.SZ"]), tmp_path)
    return configured({"account.financing_margin_ratio": 0.9}, data=data, strategy=HOLD)


def test_the_resolved_configuration_comes_first_with_the_defaults_of_the_strategy(crossing):
    resolved = yaml.safe_load(text(crossing).split("\n\n")[0])
    assert resolved == check_config(crossing).config
    assert resolved == scenario_config(prepare(crossing))
    assert resolved["strategy"]["parameters"] == {"leverage": 1.0, "reserve": 0.02}
    assert resolved["account"]["financing_margin_ratio"] == {"value": 0.9, "override": False}


def test_the_universe_and_the_sessions(crossing):
    assert "2 securities, 4 sessions 2023-08-25..2023-09-11, 0 sessions of history before them" in text(crossing)


def test_the_rules_of_the_run_and_no_others(crossing):
    names = {(rule.name, str(rule.effective)) for rule in rules_used(prepare(crossing))}
    assert ("financing_margin_ratio", "2015-11-23") in names
    assert ("financing_margin_ratio", "2023-09-11") in names
    assert ("stamp_duty_sell", "2008-09-19") in names
    assert ("price_limit (chinext)", "2020-08-24") in names
    assert not [name for name, _ in names if "star" in name or "bse" in name or "private_fund" in name]
    assert ("transfer_fee", "2015-08-01") not in names  # replaced in 2022


def test_a_private_fund_reads_the_rules_of_its_kind(tmp_path):
    """Those of all while its kind has none of its own, and not their later changes."""

    def read(client, first, last):
        days = np.array([first, last], dtype="datetime64[D]")
        data = dataset(panel([[10.0]] * 2, days=days, symbols=["600000.SH"]), tmp_path / f"{client}{first}")
        used = rules_used(prepare(configured({"account.client": client}, data=data, strategy=HOLD)))
        return [(rule.status, str(rule.effective)) for rule in used if rule.key == "short_margin_ratio"]

    assert read("individual", "2023-10-27", "2023-10-30") == [(None, "2010-03-31"), (None, "2023-10-30")]
    fund = "private_fund"
    assert read(fund, "2023-10-27", "2023-10-30") == [(None, "2010-03-31"), (fund, "2023-10-30")]
    assert read(fund, "2024-07-19", "2024-07-22") == [(fund, "2023-10-30"), (fund, "2024-07-22")]


def test_rules_are_shown_with_the_brokers_number_and_their_source(crossing):
    lines = [line for line in text(crossing).splitlines() if line.startswith("financing_margin_ratio")]
    assert len(lines) == 2
    assert all("(broker 0.9)" in line for line in lines)
    assert "SSE" in lines[0]
    replaced = crossing.model_copy(update={"account": crossing.account.model_copy(update={"short_margin_ratio": None})})
    assert "short_margin_ratio" in text(replaced)


def test_secondary_sources_are_marked_and_explained(crossing):
    told = text(crossing)
    marked = [line for line in told.splitlines() if line.startswith("haircut_cap (other_share)")]
    assert "C*" in marked[0]
    assert "* secondary source" in told


def test_changes_during_the_run_are_warned_of(crossing):
    told = text(crossing)
    assert "the run crosses 2023-08-28: stamp_duty_sell becomes 0.0005 (open contracts too)" in told
    assert "the run crosses 2023-09-11: financing_margin_ratio becomes 0.8 (new contracts only)" in told
    assert told.count("the run crosses") == 2


def test_values_of_rules_are_written_as_people_write_them(tmp_path):
    days = np.array(["2022-04-28", "2022-05-05"], dtype="datetime64[D]")
    data = dataset(panel([[10.0]] * 2, days=days, symbols=["600000.SH"]), tmp_path / "ds")
    config = configured({}, data=data, strategy=HOLD)
    found = check_config(config)
    values = dict(zip(found.rules["rule"] + found.rules["from"], found.rules["value"], strict=True))
    fees = [value for name, value in values.items() if name.startswith("transfer_fee")]
    assert fees[-1] == "0.00001"
    assert [value for name, value in values.items() if name.startswith("lot_minimum")] == ["100"]
    assert not [value for value in values.values() if "e-" in value or value.endswith(".0")]
    assert re.search(r"transfer_fee\S* (\(\w+\) )?becomes 0\.00001 \(", " ".join(found.warnings))
    assert re.search(r"transfer_fee (\(\w+\) )?0\.00001 from 2022-04-29", " ".join(data_notes(prepare(config))))


def test_what_cannot_be_run_is_refused_here_too():
    with pytest.raises(ConfigError, match="no strategy"):
        check_config(configured({"strategy.name": "nothing"}))


def test_the_warm_up_says_what_it_compiled_and_where_it_is():
    rooms = r"\d+ kernels compiled \((\w+ \d+, )*\w+ \d+\)"  # of the rooms that were not cached
    assert re.fullmatch(
        rf"({rooms}|All kernels had been compiled before); kept in .*liangrong.*", compile_kernels().words()
    )


def test_it_tells_what_the_notes_of_the_run_tell_before_the_run_can(tmp_path):
    """Data of the rule that begin late, new listings without limits, imputed fields: in the words of the run."""
    days = mainland().between("2024-03-01", "2024-06-28")
    close = np.round(10.0 + 0.01 * np.arange(len(days))[:, None] * np.ones(2), 2)
    close[:30, 1] = np.nan
    balance = np.where(np.arange(len(days))[:, None] < 25, np.nan, 1e8 + 1e5 * close)
    given = panel(close, days=days, symbols=["600000.SH", "600001.SH"], financing_balance=balance)
    strategy = {"name": "threshold", "rule": {"name": "balance_trend", "parameters": {"window": 5}}}
    config = configured({}, data=dataset(given, tmp_path), strategy=strategy)
    told, noted = check_config(config).warnings, data_notes(prepare(config))
    for words in ("25 sessions after the run", f"without price limits (600001.SH {days[30]})", "No table of corporate"):
        (one,) = [note for note in told if words in note]
        assert one in noted


@pytest.mark.parametrize(("end", "wrong"), [(39, 0), (41, 1)])
def test_what_the_audit_finds_beyond_the_run_is_none_of_it(tmp_path, end, wrong):
    """A close doubles on the forty-first session, and goes on from there."""
    days = mainland().between("2024-03-01", "2024-06-28")
    close = np.round(10.0 + 0.01 * np.arange(len(days))[:, None] * np.ones(2), 2)
    close[40:, 1] *= 2.0
    data = dataset(panel(close, days=days, symbols=["600000.SH", "600001.SH"]), tmp_path)
    found = check_config(configured({"window.end": str(days[end])}, data=data, strategy=HOLD)).unusual
    assert len([one for one in found if "move_beyond_limit x 1" in one.figure]) == wrong
    later = check_config(configured({"window.start": str(days[45])}, data=data, strategy=HOLD)).unusual
    assert not [one for one in later if "move_beyond_limit" in one.figure]


def test_imputed_cells_are_counted_within_the_run(tmp_path):
    """The close before is derived on all sessions but the first of the data: in the window, on all 10 x 2 cells."""
    days = mainland().between("2024-03-01", "2024-06-28")
    close = np.round(10.0 + 0.01 * np.arange(len(days))[:, None] * np.ones(2), 2)
    given = panel(close, days=days, symbols=["600000.SH", "600001.SH"])
    given = Panel(sessions=days, symbols=given.symbols, fields={k: v for k, v in given.fields.items() if k != "amount"})
    keys = {"window.start": str(days[20]), "window.end": str(days[29])}
    scenario = prepare(configured(keys, data=dataset(given, tmp_path), strategy=HOLD))
    assert "(20 of 20 cells)" in scenario.panel.imputed["amount"]
    assert "(20 of 20 cells)" in scenario.history.imputed["amount"]
    whole = prepare(configured({}, data=dataset(given, tmp_path / "b"), strategy=HOLD))
    assert f"({2 * len(days)} of {2 * len(days)} cells)" in whole.panel.imputed["amount"]
