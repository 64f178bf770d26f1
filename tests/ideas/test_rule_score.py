"""Scores of a user's own rules: numbers of the panel's shape, or one message that names the rule and the line."""

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.config.run import RuleConfig
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.ideas.registry import resolve_rule
from liangrong.core.ideas.target_strategy import rule_score

MARKET = panel([[10.0, 20.0], [11.0, 19.0], [12.0, 18.0]])
LINES = """import numpy as np
from liangrong.strategies.rules import Rule


class Mine(Rule):
    \"\"\"Mine.\"\"\"

    NEEDS = ("close",)

    def score(self, panel):
        close = panel["close"]
        return {score}
"""


def score(folder, text, wrapper=None):
    (folder / "mine.py").write_text(LINES.format(score=text))
    named = RuleConfig(name=f"{folder}/mine.py:Mine")
    return rule_score(resolve_rule(RuleConfig(name=wrapper, rules=[named]) if wrapper else named), MARKET)


@pytest.mark.parametrize("text", ["close > 11", "close.astype(np.int32)", "close.tolist()", "close.astype(np.float32)"])
def test_numbers_of_any_kind_are_a_score(tmp_path, text):
    found = score(tmp_path, text)
    assert found.dtype == np.float64
    assert found.tolist() == np.array(eval(text, {"np": np, "close": MARKET["close"]}), dtype=float).tolist()


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("close[0]", r"ndarray, float64 \(2,\)"),
        ("close[1:]", r"ndarray, float64 \(2, 2\)"),
        ("close.T", r"ndarray, float64 \(2, 3\)"),
        ("None", r"NoneType, object \(\)"),
        ("close * 1j", r"ndarray, complex128 \(3, 2\)"),
        ("close.astype(str)", r"ndarray, <U32 \(3, 2\)"),
        ("[[1.0], [1.0, 2.0], []]", r"list, object \(0,\)"),
    ],
)
def test_what_is_no_score_is_refused(tmp_path, text, got):
    with pytest.raises(ConfigError, match=rf"`score` of rule `Mine` should return .* shape \(3, 2\), got {got}"):
        score(tmp_path, text)


def test_infinite_scores_are_refused_with_their_number_and_the_first(tmp_path):
    first = f"{MARKET.symbols[0]} on {MARKET.sessions[1]}"
    told = f"rule `Mine` should return finite numbers, or NaN for no opinion, got 2 infinite, first of {first}: where"
    with pytest.raises(ConfigError, match=told):
        score(tmp_path, "np.array([[1.0, np.nan], [np.inf, 3.0], [4.0, -np.inf]])")


@pytest.mark.parametrize("wrapper", [None, "lag"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("np.linalg.inv(close)", "LinAlgError: "),  # raised in numpy, named by the line of the rule
        ("close.fill(0.0)", "ValueError: assignment destination is read-only"),
    ],
)
def test_a_rule_that_fails_is_named_with_its_line(tmp_path, wrapper, text, words):
    with pytest.raises(ConfigError, match=rf"rule `(Mine|Lag)` failed at mine.py:12: {words}"):
        score(tmp_path, text, wrapper)


def test_a_field_that_is_absent_keeps_its_own_message(tmp_path):
    with pytest.raises(DataError, match="has no field `clsoe`"):
        score(tmp_path, 'panel["clsoe"]')


def test_one_field_without_its_comma_is_no_list_of_letters(tmp_path):
    (tmp_path / "mine.py").write_text(LINES.format(score="close").replace('("close",)', '"close"'))
    with pytest.raises(ConfigError, match=r"`NEEDS` of rule `Mine` should be a tuple of fields, such as"):
        resolve_rule(RuleConfig(name=f"{tmp_path}/mine.py:Mine"))


def test_a_default_outside_its_type_is_refused(tmp_path):
    text = LINES.format(score="close").replace("import Rule", "import Rule, parameter")
    text = text.replace("    def score", "    window: int = parameter('x', 'sessions')\n\n    def score")
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(ConfigError, match=r"`window` of rule `.*Mine` should be a whole number, got 'x'"):
        resolve_rule(RuleConfig(name=f"{tmp_path}/mine.py:Mine"))
