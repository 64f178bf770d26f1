"""A package of somebody else's adds rules, controls and forms; a broken one is named in one line."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml
from ideas.foreign import CLI, DATA, FILES, as_installed, python, source_tree, written

RUN = {"name": "acme", "data": DATA, "strategy": {"name": "acme_top", "rule": "acme_unloved"}}
COMPARE = {
    "name": "acme_compare",
    "run": {**RUN, "execution": {"engine": "compiled"}},
    "trials": {"method": "list", "list": [{"name": "own"}, {"name": "other", "strategy.rule": "net_financing_rate"}]},
    "stress": False,
}
CONFIGS = {"run.yaml": yaml.safe_dump(RUN), "compare.yaml": yaml.safe_dump(COMPARE)}
COMMANDS = (
    "rules",
    "rules acme_against",
    "strategies",
    "run run.yaml",
    "run run.yaml --engine both --out both",
    "study acme_unloved acme_against(acme_unloved) --data run.yaml --horizons 1,5",
    "compare compare.yaml --workers 2",
)


@pytest.mark.slow
def test_what_a_package_adds_is_found_by_name_in_every_command(tmp_path):
    folder = as_installed(tmp_path / "target")
    says = python(CLI, *COMMANDS, found=[folder], cwd=written(tmp_path / "work", CONFIGS))
    assert_all_found(says, tmp_path / "work")


def assert_all_found(says, work):
    assert says.count("ended with 0") == len(COMMANDS), says
    assert "acme_unloved" in says
    assert "(acme-margin)" in says  # in the list
    assert "From the package acme-margin." in says
    assert "Both engines ran and gave the same tables" in says
    assert (work / "studies" / "comparison" / "rules" / "acme_unloved" / "report.html").is_file()
    board = (work / "comparisons" / "acme_compare" / "leaderboard.csv").read_text()
    assert "own" in board
    assert "acme_flat" in board  # a control of the package takes part


@pytest.mark.slow
def test_pip_installs_it_into_a_fresh_environment(tmp_path):
    """An environment of its own that sees the packages of this one, into which pip builds and installs the package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    base = Path(sysconfig.get_paths()["purelib"])
    scheme = "Lib" if os.name == "nt" else f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
    own = tmp_path / "env" / scheme / "site-packages"
    written(own, {"beside.pth": f"import site; site.addsitedir({str(base)!r})\n"})
    executable = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    tree = source_tree(tmp_path / "tree")
    words = ["-m", "pip", "install", "-q", "--no-index", "--no-build-isolation", "--no-deps", str(tree)]
    subprocess.run([executable, *words], check=True)
    assert (own / "acme_margin" / "scale.csv").is_file()
    work = written(tmp_path / "work", CONFIGS)
    assert_all_found(python(CLI, *COMMANDS, cwd=work, executable=executable), work)
    says = python(CLI, "lookahead run.yaml --cuts 6", cwd=work, executable=executable)
    assert "No look-ahead found in `acme_unloved`" in says


KEY = """
import sys
from liangrong.core.compare.keys import key_of
from liangrong.core.config.yaml_file import load

print(key_of(load("run.yaml"), 0, "data"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "acme_margin/helpers.py",
        "acme_margin/scale.csv",
        "acme_margin/__init__.py",
    ],
)
def test_a_change_of_any_file_of_the_package_is_another_run(tmp_path, name):
    work = written(tmp_path / "work", CONFIGS)
    found = as_installed(tmp_path / "one"), as_installed(tmp_path / "two", {**FILES, name: FILES[name] + "\n"})
    keys = [python(KEY, found=[folder], cwd=work) for folder in (*found, as_installed(tmp_path / "three"))]
    assert keys[0] == keys[2] != keys[1]


WRONG = {
    "import": ("raise ValueError('half done')", r"cannot be imported: ValueError: half done"),
    "exit": ("import sys\nsys.exit()", r"cannot be imported: SystemExit"),
    "taken": (
        "from liangrong import Rule\nclass A(Rule): ...\nRULES = {'spread_zscore': A}",
        r"`spread_zscore`, which",
    ),
    "class": ("RULES = {'mine': 3}", r"`mine` is 3"),
    "kind": ("RULES = ['mine']", r"should map names to classes"),
    "name": ("from liangrong import Rule\nclass A(Rule): ...\nRULES = {'a(b)': A}", r"letters, digits"),
}


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[] if case in ("import", "name") else pytest.mark.slow) for case in WRONG]
)
def test_a_broken_package_is_named_in_one_line(tmp_path, case):
    text, expected = WRONG[case]
    folder = as_installed(tmp_path, {"bad_ideas.py": text}, "bad-ideas", "bad_ideas", "bad")
    says = python(CLI, "rules", found=[folder], cwd=tmp_path)
    assert says.startswith("refused: ")
    assert "package `bad-ideas`" in says
    assert expected in says
    assert len(says.splitlines()) == 1


@pytest.mark.slow
def test_an_entry_point_that_is_no_module_and_an_error_in_a_foreign_strategy(tmp_path):
    folder = as_installed(tmp_path / "a", {"bad_ideas.py": "RULES = {}"}, "bad-ideas", "bad_ideas:RULES", "bad")
    assert "write it without a colon" in python(CLI, "rules", found=[folder], cwd=tmp_path)
    text = FILES["acme_margin/ideas.py"].replace("best = score ==", "best = score.nothing ==")
    folder = as_installed(tmp_path / "b", {**FILES, "acme_margin/ideas.py": text})
    says = python(CLI, "run run.yaml", found=[folder], cwd=written(tmp_path / "work", CONFIGS))
    assert "refused: strategy `acme_top` failed at ideas.py:" in says
