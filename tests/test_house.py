"""The rules of the house hold on this checkout, and each can fail: shown on small bad trees."""

from pathlib import Path

import pytest
from house import (
    ALLOWED,
    CHECKERS,
    circles,
    direction,
    finders,
    literals,
    names,
    sizes,
    sources,
    strangers,
    uninstalled,
    untested_configs,
)

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.__name__)
def test_this_checkout_keeps_the_house_rules(checker):
    assert checker(ROOT) == []


def test_the_checkers_see_this_checkout():
    found = [name for name, _, _ in sources(ROOT, "core", "strategies")]
    assert {"core/kernels/prices.py", "core/rulebook/table.py", "strategies/__init__.py"} <= set(found)


# --- each rule can fail ------------------------------------------------------------------------------------------


def plant(root: Path, files: dict[str, str]) -> Path:
    rules = {"core/rulebook/rules.csv": "key,value\nstamp,0.0005\ncall,1.30\nrelending,suspended\nterm,6\nyear,360\n"}
    for name, text in (rules | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("name", "line", "breach"),
    [
        ("core/kernels/a.py", "from ..rulebook import Rulebook", "kernels may not import rulebook"),
        ("core/rulebook/a.py", "from ..kernels.prices import round_cent", "rulebook may not import kernels"),
        ("core/panel/a.py", "from .. import broker", "panel may not import broker"),
        ("core/sources/a.py", "from ..run.engines import run", "sources may not import run"),
        ("core/account/a.py", "def f():\n    from ..broker.feed import Feed", "account may not import broker"),
        ("core/pages/a.py", "import liangrong.core.panel.panel", "pages may not import panel"),
        ("core/run/lookahead/a.py", "from ...compare import plan", "run may not import compare"),
        ("core/config/a.py", "from ..panel.panel import Panel", "config may not import panel"),
        ("core/run/a.py", "from ...strategies import momentum", "run may not import strategies"),
        ("core/run/a.py", "from liangrong.strategies.momentum import Momentum", "run may not import strategies"),
        ("core/run/a.py", "from ..cli import main", "run may not import cli"),
        ("core/__init__.py", "from .run import engines", "__init__ may not import run"),
        ("core/cli/a.py", "from ..broker.feed import Feed", "cli may not import broker"),
        ("core/public/a.py", "from .strategies import momentum", "public may not import strategies"),
        ("strategies/a.py", "from ..core.run import engines", "strategies may not import run"),
        ("core/ledger.py", "", "`ledger` is no room of core"),
    ],
)
def test_a_wrong_direction_is_found(tmp_path, name, line, breach):
    (found,) = direction(plant(tmp_path, {name: line}))
    assert name in found
    assert breach in found


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("core/run/a.py", "from ..broker.feed import Feed\nfrom ..config.yaml_file import load"),
        ("core/kernels/a.py", "from ..types import Board\nfrom ..errors import DataError\nfrom .jit import jit"),
        ("core/sources/a.py", "from ..panel.panel import Panel\nfrom . import b"),
        ("core/public/a.py", "from .core.run.engines import run"),
        ("strategies/signals/a.py", "from ...core.ideas.rule import Rule\nfrom .. import base"),
        ("core/run/a.py", "name = 'liangrong.strategies.momentum'"),
    ],
)
def test_a_right_direction_is_left_alone(tmp_path, name, line):
    assert direction(plant(tmp_path, {name: line})) == []


@pytest.mark.parametrize(
    ("name", "line", "package"),
    [
        ("core/kernels/a.py", "import pandas as pd", "pandas"),
        ("core/kernels/a.py", "from scipy.stats import norm", "scipy"),
        ("core/rulebook/a.py", "import pandas as pd", "pandas"),
        ("core/panel/a.py", "from pydantic import BaseModel", "pydantic"),
        ("core/run/a.py", "import pydantic", "pydantic"),
        ("core/pages/a.py", "import backtrader as bt", "backtrader"),
        ("strategies/a.py", "import backtrader as bt", "backtrader"),
        ("core/kernels/a.py", "import backtrader.feeds", "backtrader"),
    ],
)
def test_a_package_in_the_wrong_room_is_found(tmp_path, name, line, package):
    assert strangers(plant(tmp_path, {name: line})) == [f"{name} imports {package}"]


def test_packages_in_their_rooms_are_left_alone(tmp_path):
    files = {
        "core/config/a.py": "import pydantic",
        "core/broker/a.py": "import backtrader as bt\nimport pandas",
        "core/ideas/a.py": "import backtrader as bt\nfrom ..broker import CreditBroker",
        "core/kernels/a.py": "import math\nimport numba\nimport numpy as np",
    }
    assert strangers(plant(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("name", "line", "finder"),
    [
        ("core/run/a.py", "from importlib import import_module\nimport_module('x')", "import_module"),
        ("core/ideas/a.py", "import importlib\nimportlib.import_module('liangrong.strategies')", "import_module"),
        ("core/run/a.py", "from importlib import metadata\nmetadata.entry_points(group='x')", "entry_points"),
        ("strategies/a.py", "__import__('liangrong.core.run')", "__import__"),
    ],
)
def test_a_module_that_is_looked_up_by_name_is_found(tmp_path, name, line, finder):
    (found,) = finders(plant(tmp_path, {name: line}))
    assert found.startswith(name)
    assert finder in found


def test_an_entry_point_above_the_ideas_is_found(tmp_path):
    text = '[project.entry-points."liangrong.ideas"]\na = "liangrong.strategies"\nb = "liangrong.core.run.engines"\n'
    (found,) = finders(plant(tmp_path, {"pyproject.toml": text}))
    assert "liangrong.core.run.engines" in found


def test_one_name_for_two_files_is_found(tmp_path):
    files = dict.fromkeys(("core/run/page.py", "core/study/page.py", "core/run/plan.py", "core/study/plan.py"), "")
    assert names(plant(tmp_path, files)) == ["core/run/plan.py and core/study/plan.py have one name"]


def test_a_circle_of_files_is_found(tmp_path):
    files = {"core/run/a.py": "from .b import x", "core/run/b.py": "def f():\n    from . import c", "core/run/c.py": ""}
    assert circles(plant(tmp_path, files)) == []
    (tmp_path / "core/run/c.py").write_text("from ..run.a import y", encoding="utf-8")
    assert len(circles(tmp_path)) == 3


def test_the_rooms_have_an_order():
    above: set[str] = set()
    for room, allowed in ALLOWED.items():
        assert allowed <= above, room
        above.add(room)


@pytest.mark.parametrize("number", ["0.0005", "5e-4", "1.3", "360", "20150804", "'2015-08-04'"])
def test_a_rule_written_into_a_kernel_is_found(tmp_path, number):
    (found,) = literals(plant(tmp_path, {"core/kernels/a.py": f"def f(x, y={number}):\n    return x\n"}))
    assert found.startswith("core/kernels/a.py:1 has ")


def test_prose_and_everyday_numbers_are_left_alone(tmp_path):
    text = '"""Since 2015-08-04."""\nX = 6\n"""Rule: 2015-08-04."""\nY = 0.5\nOK = True\nNAME = "on 2015-08-04 or so"\n'
    assert literals(plant(tmp_path, {"core/kernels/a.py": text, "core/panel/a.py": "X = 0.0005\n"})) == []


def function(count: int) -> str:
    """Return the source of a function of `count` lines of code and as many that do not count."""
    rows = "    # why\n\n    x = 1\n" * (count - 1)
    return f'def f():\n    """Say.\n\n    More.\n    """\n{rows}'


@pytest.mark.parametrize(
    ("name", "cap"),
    [("core/panel/a.py", 40), ("strategies/a.py", 40), ("core/kernels/a.py", 60), ("core/account/session.py", 80)],
)
def test_long_functions_are_found(tmp_path, name, cap):
    assert sizes(plant(tmp_path, {name: function(cap)})) == []
    (found,) = sizes(plant(tmp_path, {name: function(cap + 1)}))
    assert found == f"{name}:1 `f` has {cap + 1} lines of code, the cap is {cap}"


def test_long_files_and_utils_are_found(tmp_path):
    files = {"tests/test_a.py": "x = 1\n" * 401, "core/panel/b.py": "x = 1\n" * 400, "core/panel/utils.py": ""}
    assert sizes(plant(tmp_path, files)) == [
        "core/panel/utils.py: a file is named after its idea",
        "tests/test_a.py has 401 lines, the cap is 400",
    ]


def test_a_scenario_without_a_test_is_found(tmp_path):
    files = {"configs/bull.yaml": "", "configs/bear.yaml": "", "tests/test_a.py": "run('configs/bull.yaml')"}
    assert untested_configs(plant(tmp_path, files)) == ["configs/bear.yaml is run by no test"]
    files["tests/test_a.py"] = "for path in configs.glob('*.yaml'): run(path)"
    assert untested_configs(plant(tmp_path, files)) == []


def test_a_package_that_would_not_be_installed_is_found(tmp_path):
    stated = '[tool.setuptools]\npackages = ["liangrong", "liangrong.core", "liangrong.configs", "liangrong.core.x"]\n'
    inits = dict.fromkeys(["core/__init__.py", "core/public/__init__.py", "core/run/lookahead/__init__.py"], "")
    found = uninstalled(plant(tmp_path, {"pyproject.toml": stated, **inits}))
    assert [line.rpartition(" ")[2] for line in found] == ["liangrong.core.run.lookahead", "liangrong.core.x"]
