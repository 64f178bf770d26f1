"""Users' own files import what lies beside them, as it is now, and no other folder's."""

import sys

import pytest
from liangrong.core.config.run import RuleConfig
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.own_modules import blaming
from liangrong.core.ideas.registry import resolve_rule, rule_class

RULE = """
from liangrong.strategies.rules import Rule, parameter
{top}

class Mine(Rule):
    NEEDS = ("close",)
    level: float = parameter({default}, "level")

    def score(self, panel):
        {inside}
        return panel["close"] * {value}
"""


@pytest.fixture(autouse=True)
def _restored(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


def written(folder, top="", default="1.0", inside="pass", value="1.0"):
    folder.mkdir(exist_ok=True)
    (folder / "rule.py").write_text(RULE.format(top=top, default=default, inside=inside, value=value))
    return RuleConfig(name=f"{folder / 'rule.py'}:Mine")


def test_a_neighbour_is_found_and_loaded_again_when_it_changed(tmp_path):
    config = written(tmp_path, "from own_levels import LEVEL", "LEVEL")
    (tmp_path / "own_levels.py").write_text("from own_base import LEVEL")
    for level in (2.0, 3.0):  # files of one size, within one second
        (tmp_path / "own_base.py").write_text(f"LEVEL = {level}")
        assert resolve_rule(config).level == level
    assert rule_class(config) is rule_class(config)
    assert not (tmp_path / "__pycache__").exists()


def test_two_folders_have_modules_of_the_same_name(tmp_path):
    configs = [written(tmp_path / name, "from own_levels import LEVEL", "LEVEL") for name in "ab"]
    for level, name in enumerate("ab", start=1):
        (tmp_path / name / "own_levels.py").write_text(f"LEVEL = {level}.0")
    assert [resolve_rule(config).level for config in configs] == [1.0, 2.0]
    assert [resolve_rule(config).level for config in reversed(configs)] == [2.0, 1.0]


def test_an_import_inside_a_function_finds_its_neighbour(tmp_path):
    config = written(tmp_path, inside="from own_late import LEVEL", value="LEVEL")
    (tmp_path / "own_late.py").write_text("LEVEL = 4.0")
    assert resolve_rule(config).score({"close": 2.0}) == 8.0


def test_a_neighbour_takes_no_place_of_the_standard_library_or_of_what_is_loaded(tmp_path):
    kept = sys.modules["json"], sys.modules["numpy"]
    config = written(tmp_path, "import json, numpy", "float(len(json.dumps([1])))")
    for name in ("json", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise ValueError('shadowed')")
    assert resolve_rule(config).level == 3.0
    assert (sys.modules["json"], sys.modules["numpy"]) == kept


def test_a_neighbour_that_fails_is_said_with_the_file_that_imports_it(tmp_path):
    (tmp_path / "own_bad.py").write_text("1 / 0")
    with pytest.raises(ConfigError, match=r"rule.py: this rule file cannot be imported: ZeroDivisionError"):
        rule_class(written(tmp_path, "import own_bad"))


def test_fields_that_are_a_word_are_told_once(tmp_path):
    lines = ("from liangrong.strategies.rules import Rule", "class A(Rule):", '    NEEDS = "close"')
    (tmp_path / "rule.py").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"file cannot be imported: `NEEDS` of rule `A` should be a tuple of fields"):
        rule_class(RuleConfig(name=f"{tmp_path}/rule.py:A"))


def test_a_class_of_a_neighbour_is_the_users_own_too(tmp_path):
    written(tmp_path)
    (tmp_path / "rule.py").rename(tmp_path / "own_rules.py")
    (tmp_path / "front.py").write_text("from own_rules import Mine")
    found = rule_class(RuleConfig(name=f"{tmp_path / 'front.py'}:Mine"))
    with pytest.raises(ConfigError, match=r"rule failed at own_rules.py: ValueError: no"), blaming(found, "rule"):
        raise ValueError("no")
