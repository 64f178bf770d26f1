"""The guide `honesty`: every row is what a test counts, or how many cases of tests there are, all of which pass."""

import ast
import re
import subprocess
import sys
from functools import cache

import pytest
from conftest import CHECKOUT
from honesty import held
from liangrong.core.guides.guide_honesty import GROUPS, everything_tried, shown
from liangrong.core.guides.guide_power import power_of_rules
from liangrong.core.guides.topics import guide_text

CASES = "cases_"
"""How the key of a row begins that counts the cases of its tests."""
ROWS = {row.key: row for row in everything_tried()}


@cache
def functions(path):
    tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def texts_of(node):
    """Return the texts in a function, of f-strings with {} for what is filled in."""
    for one in ast.walk(node):
        if isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def test_every_key_stands_once():
    assert len(ROWS) == len(everything_tried()) > 15
    assert {row.group for row in ROWS.values()} <= set(GROUPS)


@pytest.mark.parametrize("key", [key for key in ROWS if not key.startswith(CASES)])
def test_the_test_of_a_row_exists_and_states_it(key):
    (test,) = ROWS[key].tests
    path, _, name = test.partition("[")[0].partition("::")
    patterns = [re.escape(text).replace(r"\{\}", ".+") for text in texts_of(functions(path)[name])]
    assert any(re.fullmatch(pattern, key) or re.fullmatch(pattern, key.replace("_", " ")) for pattern in patterns)


@pytest.mark.slow
@pytest.mark.parametrize("key", [key for key in ROWS if key.startswith(CASES)])
def test_a_row_counts_the_cases_of_its_tests(key):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-m", "", *ROWS[key].tests]
    told = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, check=True).stdout
    count = len([line for line in told.splitlines() if "::" in line])
    held(key, count, count)


def test_a_command_is_what_collects():
    assert ROWS["cases_peeks"].command == 'pytest -m "" tests/run/test_lookahead_peeks.py -k named'


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_guide_has_every_row_with_its_figures(language):
    lines = guide_text("honesty", language).splitlines()
    for row in ROWS.values():
        told, expected = (row.en, row.expected_en) if language == "en" else (row.zh, row.expected_zh)
        assert f"| {told} | {shown(row.found)} | {row.tried:,} | {expected} | `{row.command}` |" in lines


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_guide_has_every_rule_with_its_counts(language):
    lines = guide_text("honesty", language).splitlines()
    for row in power_of_rules():
        counts = " | ".join(row.found.get(strength, "—") for strength in (0.0, 0.02, 0.05, 0.2))
        assert f"| `{row.rule}` | {counts} | {row.en if language == 'en' else row.zh} |" in lines
    quiet = [row.found[0.0].split("+") for row in power_of_rules() if row.found]
    told = "+".join(str(sum(int(cell[i]) for cell in quiet)) for i in (0, 1))
    assert any(line.startswith(("| all |", "| 全部 |")) and told in line for line in lines)


def test_every_file_that_states_is_named():
    named = {CHECKOUT / test.partition("::")[0] for row in ROWS.values() for test in row.tests}
    states = re.compile(r"^from honesty import stated$", re.MULTILINE)
    assert {path for path in CHECKOUT.rglob("tests/**/test_*.py") if states.search(path.read_text("utf-8"))} <= named
