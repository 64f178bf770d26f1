"""Names in configurations: registered rules and strategies, and files of the user's own."""

import sys

import pytest
from ideas.own_files import write
from liangrong.core.config.run import RuleConfig, StrategyConfig
from liangrong.core.config.yaml_file import parse
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.registry import resolve_rule, resolve_strategy, rule_class
from liangrong.core.run.engines import run
from liangrong.strategies.rules import RULES
from run.configured import SYNTHETIC


def test_a_rule_of_ones_own_with_its_parameters(tmp_path):
    write(tmp_path)
    rule = resolve_rule(RuleConfig(name=f"{tmp_path}/rule.py:Growth", parameters={"window": 7}))
    assert (type(rule).__name__, rule.window, rule.needs(), rule.warmup()) == (
        "Growth",
        7,
        ("financing_balance", "close"),
        8,
    )


def test_a_file_is_loaded_once_and_again_when_it_changed(tmp_path):
    write(tmp_path)
    config = RuleConfig(name=f"{tmp_path}/rule.py:Growth")
    first = rule_class(config)
    assert rule_class(config) is first
    path = tmp_path / "rule.py"
    path.write_text(path.read_text().replace("parameter(5,", "parameter(6,"))
    assert resolve_rule(config).window == 6


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("none.py:Growth", None, "rule `.*none.py:Growth`: there is no file .*none.py"),
        (
            "rule.py:Groth",
            None,
            r"rule.py defines no rule `Groth`: did you mean `Growth`\? it should be a subclass of Rule; the file has "
            "Growth, ",
        ),
        ("rule.py:np", None, "rule.py defines no rule `np`"),
        ("bad.py:A", "1 +", "bad.py: this rule file cannot be imported: SyntaxError: invalid syntax"),
        (
            "bad.py:A",
            "import no_such_module",
            "bad.py: this rule file cannot be imported: ModuleNotFoundError: No module",
        ),
    ],
)
def test_files_that_do_not_hold_the_rule(tmp_path, name, text, match):
    write(tmp_path)
    if text is not None:
        (tmp_path / "bad.py").write_text(text)
    modules = set(sys.modules)
    with pytest.raises(ConfigError, match=match):
        resolve_rule(RuleConfig(name=f"{tmp_path}/{name}"))
    assert not [m for m in set(sys.modules) - modules if m.startswith("liangrong_user_bad")]  # not its digest


def test_misspelt_rules_and_parameters(tmp_path):
    write(tmp_path)
    near = next(iter(RULES))
    with pytest.raises(ConfigError, match=f"there is no rule `{near}x`: did you mean `{near}`\\? known are .* or FILE"):
        resolve_rule(RuleConfig(name=near + "x"))
    with pytest.raises(ConfigError, match=r"rule `.*rule.py:Growth` has no parameter `windw`: did you mean `window`\?"):
        resolve_rule(RuleConfig(name=f"{tmp_path}/rule.py:Growth", parameters={"windw": 1}))
    with pytest.raises(ConfigError, match="is made of no other rules: remove `rules`"):
        resolve_rule(RuleConfig(name=f"{tmp_path}/rule.py:Growth", rules=[RuleConfig(name=near)]))


def test_a_strategy_and_its_rule_belong_together(tmp_path):
    write(tmp_path)
    rule = RuleConfig(name=f"{tmp_path}/rule.py:Growth")
    with pytest.raises(ConfigError, match=r"`strategy.rule` is required: strategy `.*:Best` trades a rule"):
        resolve_strategy(StrategyConfig(name=f"{tmp_path}/strategy.py:Best"))
    with pytest.raises(ConfigError, match=r"`strategy.rule` has no meaning for strategy `.*:Rises`, .* remove it"):
        resolve_strategy(StrategyConfig(name=f"{tmp_path}/strategy.py:Rises", rule=rule))


def test_a_run_with_files_beside_the_configuration(tmp_path):
    write(tmp_path)
    text = f"""
name: own
data: {SYNTHETIC}
strategy: {{name: strategy.py:Best, rule: {{name: rule.py:Growth, parameters: {{window: 3}}}}}}
"""
    result = run(parse(text, "own.yaml", tmp_path))
    assert len(result.fills) > 20
    assert result.config["strategy"]["rule"]["name"] == str(tmp_path / "rule.py:Growth")


def test_a_rule_that_lacks_a_field_or_history_is_refused(tmp_path):
    from liangrong.core.run.scenario import prepare

    write(tmp_path)
    text = f"name: own\ndata: {SYNTHETIC}\nstrategy: {{name: strategy.py:Best, rule: {{name: rule.py:Growth}}}}"
    with pytest.raises(ConfigError, match=r"rule `.*Growth` looks back 61 sessions, longer than the history of 60"):
        prepare(parse(text, "own.yaml", tmp_path, ["strategy.rule.parameters.window=60"]))


def test_a_file_that_ends_the_program_is_refused(tmp_path):
    (tmp_path / "ends.py").write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(ConfigError, match=r"ends.py: this rule file cannot be imported: SystemExit: 0"):
        resolve_rule(RuleConfig(name=f"{tmp_path}/ends.py:Growth"))


@pytest.mark.parametrize("method", ["decide", "prepare"])
def test_a_strategy_of_ones_own_that_fails_is_named_with_its_line(tmp_path, method):
    lines = [
        "from liangrong.strategies import MarginStrategy",
        "class Fails(MarginStrategy):",
        "    def decide(self): pass",
        f"    def {method}(self, *panel):",
        "        return 1 / 0",
    ]
    (tmp_path / "fails.py").write_text("\n".join(lines))
    text = f"name: own\ndata: {SYNTHETIC}\nstrategy: {{name: fails.py:Fails}}"
    with pytest.raises(ConfigError, match=r"strategy `.*fails.py:Fails` failed at fails.py:5: ZeroDivisionError: "):
        run(parse(text, "own.yaml", tmp_path))
