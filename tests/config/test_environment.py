"""Variables of the environment that set keys: their names, their order, and who is blamed for their values."""

import pytest
from liangrong.core.config.comparison import load_compare
from liangrong.core.config.environment import environment
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError

TEXT = """\
data: {source: synthetic, options: {seed: 3}}
strategy: {name: quantile, rule: spread_zscore, parameters: {Minimum: 5}}
account: {cash: 2e6}
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def of(**variables):
    return environment({f"LIANGRONG__{name}": value for name, value in variables.items()})


def test_a_key_of_any_case_has_its_value_as_with_set(mine):
    found = of(ACCOUNT__CASH="5_000_000", account__Lines__warn="1.5", UNIVERSE__EXCLUDE="[000001.SZ]")
    config = load(mine, found)
    assert (config.account.cash, config.account.lines.warn) == (5e6, 1.5)
    assert config.universe.exclude == ["000001.SZ"]
    rule = load(mine, of(STRATEGY__RULE__PARAMETERS__WINDOW="7", STRATEGY__PARAMETERS__MINIMUM="6")).strategy
    assert rule.rule is not None
    assert (rule.rule.parameters, rule.parameters) == ({"window": 7}, {"Minimum": 6})


def test_the_options_of_the_command_win_and_keys_below_win_over_those_above(mine):
    found = of(ACCOUNT__LINES__WARN="1.6", ACCOUNT="{cash: 3e6, lines: {warn: 1.5, call: 1.36}}")
    assert [setting.key for setting in found] == ["account", "account.lines.warn"]
    config = load(mine, [*found, "account.cash=4e6"])
    assert (config.account.cash, config.account.lines.warn, config.account.lines.call) == (4e6, 1.6, 1.36)


def test_other_variables_are_not_touched_and_programs_read_none(mine, monkeypatch):
    assert environment({"LIANGRONG_LANG": "zh", "LIANGRONG_REAL_DATA": "x", "HOME": "/", "liangrong__a": "1"}) == []
    monkeypatch.setenv("LIANGRONG__ACCOUNT__CASH", "7")
    assert load(mine).account.cash == 2e6


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ACCOUNT__CAHS": "1"}, "LIANGRONG__ACCOUNT__CAHS: `account.cahs` is not a known key: did you mean `cash`?"),
        ({"ACCOUNT__CASH": "-1"}, "LIANGRONG__ACCOUNT__CASH: `account.cash`: input should be greater than 0, got -1"),
        ({"ACCOUNT__CASH": ""}, "LIANGRONG__ACCOUNT__CASH: `account.cash`: input should be a valid number, got None"),
        ({"ACCOUNT__CASH": "[1"}, "LIANGRONG__ACCOUNT__CASH:1: not valid YAML"),
        ({"ACCOUNT__CASH": "\udcff"}, "LIANGRONG__ACCOUNT__CASH:1: not valid YAML: it has the sign U+DCFF"),
        ({"ACCOUNT__CASH__X": "1"}, "`LIANGRONG__ACCOUNT__CASH__X`: `cash` is a value and has no keys below it"),
        ({"EXTENDS": "x.yaml"}, "`LIANGRONG__EXTENDS`: `extends` is read before anything else: state it in a file"),
        ({"ACCOUNT__": "1"}, "`LIANGRONG__ACCOUNT__` should read LIANGRONG__SECTION__KEY: a key is empty"),
        ({"": "1"}, "`LIANGRONG__` should read LIANGRONG__SECTION__KEY"),
        ({"A__B": "1", "a__b": "2"}, "`LIANGRONG__A__B` and `LIANGRONG__a__b` both set `a.b`: unset one"),
        ({"RUN__ACCOUNT__CASH": "1"}, "LIANGRONG__RUN: `run` is not a known key: known here are name, "),
    ],
)
def test_what_cannot_be_meant_names_the_variable(mine, variables, expected):
    with pytest.raises(ConfigError) as error:
        load(mine, of(**variables))
    assert expected in str(error.value).replace("__RUN__ACCOUNT__CASH:", "__RUN:")


def test_of_a_comparison(tmp_path, mine):
    path = tmp_path / "compare.yaml"
    path.write_text(f"base: {mine}\ntrials: {{keys: {{account.cash: [1e6, 2e6]}}}}\n", encoding="utf-8")
    config, base = load_compare(path, of(RUN__COSTS__SLIPPAGE="0.001", JUDGE__ALPHA="0.01"))
    assert (config.judge.alpha, base.config().costs.slippage) == (0.01, 0.001)
    with pytest.raises(ConfigError, match=r"LIANGRONG__RUN__ACCOUNT__CASH: `account\.cash`: input should be greater"):
        load_compare(path, of(RUN__ACCOUNT__CASH="-1"))[1].config()
    told = r"LIANGRONG__ACCOUNT__CASH: `account` is not a known key: a comparison has it below `run`, as `run\.account`"
    with pytest.raises(ConfigError, match=told):
        load_compare(path, of(ACCOUNT__CASH="1"))
