"""A rule of the user's own that fails in the middle of a comparison is one clear message."""

import pytest
from compare.small import written
from liangrong.core.compare.comparing import carry_out_all, prepare_comparison
from liangrong.core.errors import ConfigError

RULE = """from liangrong.strategies.rules import Rule


class Fails(Rule):
    NEEDS = ("close",)

    def score(self, panel):
        return 1 / 0
"""


def test_a_rule_that_fails_is_named_with_its_line(tmp_path):
    (tmp_path / "fails.py").write_text(RULE)
    trials = {"method": "list", "list": [{"strategy.rule": "fails.py:Fails"}]}
    prepared = prepare_comparison(written(tmp_path, trials=trials, stress=False))
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigError, match=r"rule `Fails` failed at fails.py:8: ZeroDivisionError"):
        carry_out_all(prepared, tmp_path / "out")
