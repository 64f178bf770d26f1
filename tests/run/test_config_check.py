"""`liangrong check`: the resolved configuration, the rules that a run reads, and its warnings."""

import re

import numpy as np
import pytest
import yaml
from broker.markets import panel
from liangrong.core.errors import ConfigError
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
