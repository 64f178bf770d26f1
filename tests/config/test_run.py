"""The schema of a configuration: defaults, ranges, unions, and that every key has a sentence in the JSON schema."""

import datetime as dt
import json

import pytest
from liangrong.core.config.run import Config, known_keys, validate
from liangrong.core.types import Board

LEAST = {"name": "x", "data": {"source": "synthetic"}, "strategy": {"name": "quantile"}}


def validated(raw) -> Config:
    config = validate(raw)
    assert isinstance(config, Config), config
    return config


def with_keys(dotted, value):
    *parents, last = dotted.split(".")
    raw = json.loads(json.dumps(LEAST))
    target = raw
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return raw


def problem(dotted, value):
    problems = validate(with_keys(dotted, value))
    assert isinstance(problems, list), f"{dotted}={value!r} passes"
    return problems[0]


def test_the_least_configuration_has_the_defaults_of_a_chinese_credit_account():
    config = validated(LEAST)
    assert config.account.cash == 1_000_000.0
    assert (config.account.financing_rate, config.account.borrow_rate) == (0.0835, 0.1035)
    lines = config.account.lines
    assert (lines.warn, lines.call, lines.restore, lines.instant, lines.withdraw) == (1.4, 1.3, 1.4, 1.1, 3.0)
    assert (config.costs.commission_rate, config.costs.commission_minimum) == (0.00025, 5.0)
    assert config.account.financing_margin_ratio is None
    assert config.execution.fill == "open"


def test_resolved_is_plain_and_reads_back():
    config = validated(with_keys("window.start", "2021-01-04"))
    resolved = config.resolved()
    assert json.loads(json.dumps(resolved)) == resolved
    assert resolved["window"] == {"start": "2021-01-04", "end": None}
    assert validate(resolved) == config
    assert config.window.start == dt.date(2021, 1, 4)


@pytest.mark.parametrize(
    ("given", "value", "override"), [(0.9, 0.9, False), (1, 1.0, False), ({"value": 0.5, "override": True}, 0.5, True)]
)
def test_a_rule_value_is_a_number_or_a_number_that_replaces_the_rule(given, value, override):
    rule = validated(with_keys("account.financing_margin_ratio", given)).account.financing_margin_ratio
    assert rule is not None
    assert (rule.value, rule.override) == (value, override)


@pytest.mark.parametrize("board", [*(board.name.lower() for board in Board), "STAR"])
def test_boards_are_named_as_they_are(board):
    assert validated(with_keys("market.board", board)).market.board == board.lower()


@pytest.mark.parametrize(
    ("dotted", "value", "message"),
    [
        ("account.cash", 0, "greater than 0"),
        ("account.cash", float("inf"), "finite number"),
        ("account.financing_rate", 8.35, "from 0 to 0.5, got 8.35: write 0.0835 for 8.35 %"),
        ("account.financing_rate", -0.01, "from 0 to 0.5, got -0.01"),
        ("account.borrow_share", 10, "from 0 to 1, got 10: write 0.1 for 10 %"),
        ("account.credit_line", 0, "greater than 0"),
        ("account.lines.warn", 140, "above 1 to 10, got 140: write 1.4 for 140 %"),
        ("account.lines.call", 0.9, "greater than 1"),
        ("account.lines.instant", 1.35, "instant < call <= restore <= withdraw and call <= warn"),
        ("account.lines.warn", 1.2, "call <= warn"),
        ("account.lines.cure", 1.2, "call <= cure"),
        ("account.financing_margin_ratio", -1, "greater than or equal to 0"),
        ("costs.commission_minimum", -5, "greater than or equal to 0"),
        ("costs.slippage", 0.1, "to below 0.1, got 0.1: write 0.001 for 0.1 %"),
        ("execution.volume_share", 0, "greater than 0"),
        ("execution.fill", "noon", "'open' or 'close'"),
        ("execution.engine", "vectorised", "'backtrader', 'compiled' or 'both'"),
        ("market.board", "nasdaq", "should be one of main, chinext, star, bse, etf, got 'nasdaq'"),
        ("market.eligibility", "none", "'panel' or 'all'"),
        ("name", "a b", "pattern"),
        ("name", "", "pattern"),
        ("window", {"start": "2022-01-01", "end": "2021-01-01"}, "`start` 2022-01-01 should not lie after `end`"),
        ("window.start", "yesterday", "a day, such as 2024-01-31"),
        ("universe.symbols", "600000.SH", "list"),
    ],
)
def test_what_does_not_fit_is_a_problem(dotted, value, message):
    found = problem(dotted, value)
    assert message in found.message
    assert ".".join(found.keys).startswith(dotted.partition(".")[0])


@pytest.mark.parametrize("dotted", ["costs.comission_rate", "acount", "account.lines.warning", "data.options2"])
def test_unknown_keys_are_problems(dotted):
    assert problem(dotted, 1).code == "extra_forbidden"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": {"b": 1}}, [[1]]])
def test_a_strategys_parameter_is_a_plain_value_or_a_list_of_them(value):
    assert problem("strategy.parameters", {"window": value}).keys[:3] == ("strategy", "parameters", "window")


def test_required_keys():
    problems = validate({"name": "x"})
    assert isinstance(problems, list)
    assert {(found.keys, found.code) for found in problems} == {(("data",), "missing"), (("strategy",), "missing")}


def test_a_configuration_does_not_change():
    config = validated(LEAST)
    with pytest.raises(ValueError, match="frozen"):
        config.name = "y"  # pyrefly: ignore[read-only]  it is what is tested


def test_known_keys():
    assert known_keys([])[:3] == ["name", "description", "data"]
    assert "warn" in known_keys(["account", "lines"])
    assert known_keys(["strategy", "parameters"]) == []
    assert known_keys(["nothing"]) == []


def test_the_json_schema_forbids_unknown_keys_everywhere():
    schema = Config.model_json_schema()
    objects = [schema, *schema["$defs"].values()]
    assert all(part["additionalProperties"] is False for part in objects if "properties" in part)
    account = schema["$defs"]["AccountConfig"]["properties"]
    assert {name for name in account if "description" not in account[name]} <= {"lines"}
