"""Where the settings of a trial differ from the file that it is named after."""

import pytest
import yaml
from compare.small import RUN, counting, written
from liangrong.core.compare.comparing import departures_of, prepare_comparison
from liangrong.core.pages.departures_section import Departure, Departures, departures_line, departures_list

WINDOW = "strategy.rule.parameters.window"


def rows(found):
    return {row.key: (row.stated, row.own) for row in found.rows}


def other(folder, **keys):
    strategy = {"name": "threshold", "rule": {"name": "balance_trend", "parameters": {"window": 20}}}
    content = {"name": "other", "data": {"source": "synthetic"}, "strategy": strategy, **keys}
    (folder / "other.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def prepared(folder, trials, **keys):
    given = {"method": "list", "list": trials}
    return prepare_comparison(written(folder, trials=given, controls=[{"strategy": {"name": "buy_and_hold"}}], **keys))


def test_a_trial_that_is_named_after_its_own_base(tmp_path):
    other(tmp_path)
    trials = [
        {"base": "other.yaml"},
        {"base": "other.yaml", WINDOW: 60},
        {"base": "other.yaml", WINDOW: 20, "name": "x"},
    ]
    comparison = prepared(tmp_path, trials)
    first, second = departures_of(comparison, 1), departures_of(comparison, 2)
    assert first.file == second.file == "other.yaml"
    plain = {
        "data.options.seed": ("–", "3"),
        "data.options.securities": ("–", "12"),
        "data.options.sessions": ("–", "90"),
        "data.options.start": ("–", "2021-01-04"),
        "account.cash": ("1000000", "10000000"),
        "costs.slippage": ("0", "0.0005"),
        "execution.engine": ("backtrader", "compiled"),
    }
    assert rows(first) == plain
    assert rows(second) == {**plain, WINDOW: ("20", "60")}
    assert len(comparison.plan.trials) == 3  # the third states what its base does: the first once more


def test_defaults_that_are_stated_are_no_difference(tmp_path):
    rule = {"name": "spread_level", "parameters": {"scale": "float_cap", "scale_window": 20}}
    comparison = prepared(tmp_path, [{"strategy.rule": rule, "costs.commission_rate": 0.00025}])
    found = departures_of(comparison, 1)
    assert (found.file, rows(found)) == ("small.yaml", {"execution.engine": ("backtrader", "compiled")})


def test_a_base_that_is_no_run_of_its_own_is_said(tmp_path):
    other(tmp_path, account={"cash": "a lot"})
    found = departures_of(prepared(tmp_path, [{"base": "other.yaml"}]), 1)
    assert found.rows == ()
    assert "account.cash" in found.problem
    assert departures_line(found).startswith("other.yaml is no run of its own to compare with: ")


def test_the_rules_that_a_rule_is_made_of(tmp_path):
    def smooth(window):
        inner = {"name": "balance_trend", "parameters": {"window": window}}
        return {"name": "smooth", "parameters": {"window": 3}, "rules": [inner]}

    run = {**RUN, "strategy": {**RUN["strategy"], "rule": smooth(7)}}
    found = departures_of(prepared(tmp_path, [{"strategy.rule": smooth(9)}], run=run), 1)
    assert rows(found)["strategy.rule.rules.0.parameters.window"] == ("7", "9")
    assert len(found.rows) == 2


def test_files_are_named_from_the_comparisons_folder_wherever_that_lies(tmp_path):
    found = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        counting(folder, dies=0, count=1)
        found.append(departures_of(prepare_comparison(folder / "counted.yaml"), 1))
    assert found[0] == found[1]
    assert rows(found[0])["strategy.rule.name"] == ("spread_level", "counted.py:Counted")


@pytest.mark.parametrize("count", [0, 1, 8])
def test_in_words(count):
    found = Departures("a.yaml", tuple(Departure(f"k.{n}", "<1>", "2") for n in range(count)))
    line, details = departures_line(found), departures_list(found)
    assert details.count("<li>") == count
    assert "<1>" not in details
    assert ("No setting differs from a.yaml." in line) == (count == 0)
    assert ("and 2 more, see the report" in line) == (count == 8)
