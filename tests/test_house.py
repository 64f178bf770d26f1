"""The rules of the house, read off the source trees: who may import whom, what stays out of the kernels, and sizes.

Each checker takes a root folder and returns the breaches that it finds as lines of text. The first test runs all of
them on this checkout; the others show on small bad trees that each rule can fail.
"""

import ast
import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Room of core/ (or strategies) -> the rooms that it may import, besides itself, errors and types. A private helper of a
# one-file room carries its name in front: config_file.py belongs to config.
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "types": set(),
    "symbols": set(),
    "quantities": set(),
    "kernels": {"config"},
    "rulebook": set(),
    "config": set(),
    "folders": set(),
    "result": {"folders"},
    "data": {"kernels", "rulebook"},
    "broker": {"config", "kernels", "rulebook", "data"},
    "report": {"result", "kernels"},
    "luck": {"kernels"},
    "study": {"kernels", "rulebook", "data", "report", "folders"},
    "engine": {"study", "luck", "folders", "broker", "report", "data", "config", "result", "kernels", "rulebook"},
    "bench": set(),
    "cli": {"bench", "engine", "study", "report", "data", "config", "result", "rulebook"},
    "strategies": {"broker", "kernels", "data", "rulebook"},
}
FOUNDATIONS = ("errors", "types", "symbols", "quantities")
"""What every room may import."""
# Third-party package -> where it may be imported.
CONFINED = {
    "arch": ("core/luck/",),
    "pydantic": ("core/config.py", "core/config_compare.py", "core/config_values.py", "core/config_options.py"),
    "backtrader": ("core/broker/", "core/engine/", "strategies/"),
}
# Room -> all that it may import from outside the project, besides the standard library.
BARE = {"kernels": {"numpy", "numba"}, "rulebook": {"numpy"}}

FILE_CAP, FUNCTION_CAP, KERNEL_CAP, DAY_LOOP_CAP = 400, 40, 60, 80
# Numbers of the rulebook that mean a hundred other things as well.
TRIVIAL = {0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 6.0, 100.0}
A_DATE = re.compile(r"(19|20)\d\d-?[01]\d-?[0-3]\d")


def sources(root: Path, *folders: str) -> Iterator[tuple[str, str, ast.Module]]:
    """Yield the relative name, the text and the tree of every Python file of `folders`."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield path.relative_to(root).as_posix(), text, ast.parse(text)


def imported(name: str, tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """Yield what a file imports as dotted parts from the root: ("core", "kernels", "prices") or ("numpy",)."""
    package = Path(name).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            found = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for parts in found:
            yield tuple(parts[1:] if parts[0] == "liangrong" else parts)


def room_of(parts: tuple[str, ...]) -> str | None:
    """Return the room of a dotted name of the project; None for anybody else's."""
    if parts[0] == "strategies":
        return "strategies"
    if parts[0] != "core":
        return None
    stem = parts[1].removesuffix(".py") if len(parts) > 1 else "__init__"
    one_file_room = stem.partition("_")[0]
    return one_file_room if stem not in ALLOWED and one_file_room in ALLOWED else stem


def direction(root: Path) -> list[str]:
    """Find imports against the direction of dependence."""
    breaches = []
    for name, _, tree in sources(root, "core", "strategies"):
        here = room_of(Path(name).parts)
        if here not in ALLOWED:
            breaches.append(f"{name}: `{here}` is no room of core: place it in ALLOWED")
            continue
        open_to = {here, *FOUNDATIONS} | ALLOWED[here]
        for parts in imported(name, tree):
            there = room_of(parts)
            # `from . import x` in core itself names a module; `from . import __version__` only the package.
            if there is None or there in open_to or there.startswith("__"):
                continue
            breaches.append(f"{name} imports {'.'.join(parts)}: {here} may not import {there}")
    return breaches


def strangers(root: Path) -> list[str]:
    """Find third-party packages outside the rooms that they are confined to."""
    breaches = []
    for name, _, tree in sources(root, "core", "strategies"):
        bare = BARE.get(room_of(Path(name).parts) or "")
        for package in sorted({parts[0] for parts in imported(name, tree)} - {"core", "strategies"}):
            outside = package in CONFINED and not name.startswith(CONFINED[package])
            unwanted = bare is not None and package not in bare and package not in sys.stdlib_module_names
            if outside or unwanted:
                breaches.append(f"{name} imports {package}")
    return breaches


def literals(root: Path) -> list[str]:
    """Find rates, ratios and dates of the rulebook that are written into a kernel."""
    with (root / "core/rulebook/rules.csv").open(encoding="utf-8", newline="") as file:
        values = [row["value"] for row in csv.DictReader(file)]
    forbidden = {float(value) for value in values if re.fullmatch(r"[\d.]+", value)} - TRIVIAL
    breaches = []
    for name, _, tree in sources(root, "core/kernels"):
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in prose or isinstance(node.value, bool):
                continue
            number = isinstance(node.value, int | float) and node.value in forbidden
            if number or (isinstance(node.value, int | str) and A_DATE.fullmatch(str(node.value))):
                breaches.append(f"{name}:{node.lineno} has {node.value!r} of the rulebook")
    return breaches


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Count the lines of a function without docstring, comments and blank lines; decorators do not count."""
    skipped: set[int] = set()
    if ast.get_docstring(function) is not None:
        skipped.update(range(function.body[0].lineno, (function.body[0].end_lineno or 0) + 1))
    body = ((i, lines[i - 1].strip()) for i in range(function.lineno, (function.end_lineno or 0) + 1))
    return sum(1 for i, line in body if line and not line.startswith("#") and i not in skipped)


def sizes(root: Path) -> list[str]:
    """Find files and functions that are too long, and files named utils."""
    breaches = []
    for name, text, tree in sources(root, "core", "strategies", "benchmarks", "tests"):
        lines = text.splitlines()
        if len(lines) > FILE_CAP:
            breaches.append(f"{name} has {len(lines)} lines, the cap is {FILE_CAP}")
        if Path(name).stem in ("utils", "util", "helpers", "misc"):
            breaches.append(f"{name}: a file is named after its idea")
        if name.startswith("tests/"):
            continue
        cap = KERNEL_CAP if name.startswith("core/kernels/") else FUNCTION_CAP
        cap = DAY_LOOP_CAP if name == "core/kernels/simulate.py" else cap
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        breaches += [
            f"{name}:{node.lineno} `{node.name}` has {count} lines of code, the cap is {cap}"
            for node in functions
            if (count := code_lines(node, lines)) > cap
        ]
    return breaches


def untested_configs(root: Path) -> list[str]:
    """Find scenarios that no test names, unless a test runs whatever lies in configs/."""
    texts = [text for _, text, _ in sources(root, "tests") if "configs" in text]
    if any(re.search(r"\.r?glob\(\s*[\"']\*\.ya?ml[\"']", text) for text in texts):
        return []
    scenarios = sorted((root / "configs").glob("*.yaml"))
    return [f"configs/{s.name} is run by no test" for s in scenarios if not any(s.stem in text for text in texts)]


CHECKERS = [direction, strangers, literals, sizes, untested_configs]


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.__name__)
def test_this_checkout_keeps_the_house_rules(checker):
    assert checker(ROOT) == []


def test_the_checkers_see_this_checkout():
    names = [name for name, _, _ in sources(ROOT, "core", "strategies")]
    assert {"core/kernels/prices.py", "core/rulebook/table.py", "strategies/__init__.py"} <= set(names)


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
        ("core/data/a.py", "from .. import broker", "data may not import broker"),
        ("core/data/sources/a.py", "from ...engine.run import run", "data may not import engine"),
        ("core/broker/a.py", "def f():\n    from ..engine import run", "broker may not import engine"),
        ("core/report/a.py", "import liangrong.core.data.panel", "report may not import data"),
        ("core/result.py", "from .report import charts", "result may not import report"),
        ("core/config_file.py", "from .data.panel import Panel", "config may not import data"),
        ("core/engine/a.py", "from ...strategies import momentum", "engine may not import strategies"),
        ("core/engine/a.py", "from liangrong.strategies.momentum import Momentum", "engine may not import strategies"),
        ("core/engine/a.py", "from ..cli import main", "engine may not import cli"),
        ("core/__init__.py", "from .engine import run", "__init__ may not import engine"),
        ("core/cli.py", "from .broker.feed import Feed", "cli may not import broker"),
        ("strategies/a.py", "from ..core.engine import run", "strategies may not import engine"),
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
        ("core/engine/a.py", "from ..broker.feed import Feed\nfrom ..config_file import load"),
        ("core/kernels/a.py", "from ..types import Board\nfrom ..errors import DataError\nfrom ._jit import jit"),
        ("core/data/sources/a.py", "from ..panel import Panel\nfrom . import b\nfrom ...kernels import prices"),
        ("strategies/signals/a.py", "from ...core.broker import CreditBroker\nfrom .. import base"),
        ("core/cli.py", "from . import __version__\nfrom .engine.run import run"),
        ("core/engine/a.py", "name = 'liangrong.strategies.momentum'"),
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
        ("core/data/a.py", "from pydantic import BaseModel", "pydantic"),
        ("core/config_file.py", "import pydantic", "pydantic"),
        ("core/report/a.py", "import backtrader as bt", "backtrader"),
        ("core/kernels/a.py", "import backtrader.feeds", "backtrader"),
    ],
)
def test_a_package_in_the_wrong_room_is_found(tmp_path, name, line, package):
    assert strangers(plant(tmp_path, {name: line})) == [f"{name} imports {package}"]


def test_packages_in_their_rooms_are_left_alone(tmp_path):
    files = {
        "core/config.py": "import pydantic",
        "core/broker/a.py": "import backtrader as bt\nimport pandas",
        "strategies/a.py": "import backtrader as bt\nfrom ..core.broker import CreditBroker",
        "core/kernels/a.py": "import math\nimport numba\nimport numpy as np",
    }
    assert strangers(plant(tmp_path, files)) == []


@pytest.mark.parametrize("number", ["0.0005", "5e-4", "1.3", "360", "20150804", "'2015-08-04'"])
def test_a_rule_written_into_a_kernel_is_found(tmp_path, number):
    (found,) = literals(plant(tmp_path, {"core/kernels/a.py": f"def f(x, y={number}):\n    return x\n"}))
    assert found.startswith("core/kernels/a.py:1 has ")


def test_prose_and_everyday_numbers_are_left_alone(tmp_path):
    text = '"""Since 2015-08-04."""\nX = 6\n"""Rule: 2015-08-04."""\nY = 0.5\nOK = True\nNAME = "on 2015-08-04 or so"\n'
    assert literals(plant(tmp_path, {"core/kernels/a.py": text, "core/data/a.py": "X = 0.0005\n"})) == []


def function(count: int) -> str:
    """Return the source of a function of `count` lines of code and as many that do not count."""
    rows = "    # why\n\n    x = 1\n" * (count - 1)
    return f'def f():\n    """Say.\n\n    More.\n    """\n{rows}'


@pytest.mark.parametrize(
    ("name", "cap"),
    [("core/data/a.py", 40), ("strategies/a.py", 40), ("core/kernels/a.py", 60), ("core/kernels/simulate.py", 80)],
)
def test_long_functions_are_found(tmp_path, name, cap):
    assert sizes(plant(tmp_path, {name: function(cap)})) == []
    (found,) = sizes(plant(tmp_path, {name: function(cap + 1)}))
    assert found == f"{name}:1 `f` has {cap + 1} lines of code, the cap is {cap}"


def test_long_files_and_utils_are_found(tmp_path):
    files = {"tests/test_a.py": "x = 1\n" * 401, "core/data/b.py": "x = 1\n" * 400, "core/data/utils.py": ""}
    assert sizes(plant(tmp_path, files)) == [
        "core/data/utils.py: a file is named after its idea",
        "tests/test_a.py has 401 lines, the cap is 400",
    ]


def test_a_scenario_without_a_test_is_found(tmp_path):
    files = {"configs/bull.yaml": "", "configs/bear.yaml": "", "tests/test_a.py": "run('configs/bull.yaml')"}
    assert untested_configs(plant(tmp_path, files)) == ["configs/bear.yaml is run by no test"]
    files["tests/test_a.py"] = "for path in configs.glob('*.yaml'): run(path)"
    assert untested_configs(plant(tmp_path, files)) == []
