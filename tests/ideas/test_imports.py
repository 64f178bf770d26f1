"""What a file comes to by its imports."""

import sys
from pathlib import Path

import pytest
from liangrong.core.ideas.imports import reached

CORE = Path(__file__).parents[2] / "core"


def tree(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def names(folder, found):
    return sorted(path.relative_to(folder).as_posix() for path in found.files)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import one", ["one.py"]),
        ("import one as o, pack.two", ["one.py", "pack/__init__.py", "pack/two.py"]),
        ("from pack import two", ["pack/__init__.py", "pack/two.py"]),
        ("from pack import value", ["pack/__init__.py", "pack/three.py"]),  # its __init__ imports three
        ("from pack.two import value", ["pack/__init__.py", "pack/two.py"]),
        ("from spaced.far import f", ["spaced/far.py"]),
        ("def f():\n    import one", ["one.py"]),
        ("try:\n    import absent\nexcept ImportError:\n    import one", ["one.py"]),
        ("import first", ["first.py", "one.py"]),
        ("import json, random, calendar", []),  # calendar.py lies beside it: the standard library's comes first
        ("import lazy", ["lazy/__init__.py", "lazy/deep/c.py", "lazy/b.py"]),
        ("'''import one'''", []),
        ("import round_about", ["round_about.py"]),  # which imports the file again
    ],
)
def test_what_lies_beside_a_file(tmp_path, text, expected):
    files = {
        "main.py": text,
        "one.py": "value = 1",
        "first.py": "import one",
        "unrelated.py": "import one",
        "calendar.py": "",
        "round_about.py": "import main",
        "pack/__init__.py": "from .three import value",
        "pack/two.py": "",
        "pack/three.py": "",
        "spaced/far.py": "",
        "lazy/__init__.py": "def __getattr__(name): ...",
        "lazy/b.py": "",
        "lazy/deep/c.py": "",
    }
    tree(tmp_path, files)
    assert names(tmp_path, reached([tmp_path / "main.py"], tmp_path)) == sorted([*expected, "main.py"])


def test_modules_of_the_search_path_and_packages_and_this_project(tmp_path, monkeypatch):
    tree(tmp_path, {"far/shelf.py": "import books", "far/books.py": ""})
    text = "import shelf\nimport numpy.linalg\nfrom liangrong.core.kernels import rolling\nimport sys, absent_package"
    tree(tmp_path, {"near/main.py": text})
    monkeypatch.syspath_prepend(tmp_path / "far")
    found = reached([tmp_path / "near" / "main.py"], tmp_path / "near")
    assert names(tmp_path, found) == ["far/books.py", "far/shelf.py", "near/main.py"]
    assert found.packages == {"numpy"}
    assert found.project == {CORE / "kernels" / "rolling.py"}
    assert "shelf" not in sys.modules


def test_a_file_that_is_no_python_imports_nothing(tmp_path):
    tree(tmp_path, {"main.py": "import one\n1 +", "one.py": ""})
    assert names(tmp_path, reached([tmp_path / "main.py"], tmp_path)) == ["main.py"]


def test_the_whole_project_where_its_top_is_imported(tmp_path):
    tree(tmp_path, {"main.py": "import liangrong"})
    project = reached([tmp_path / "main.py"], tmp_path).project
    assert {CORE / "cli" / "app.py", CORE.with_name("strategies") / "buy_and_hold.py"} <= project


FACE = {
    "from liangrong import Rule, parameter": {"core/ideas/rule.py"},
    "from liangrong import Panel as P, run": {"core/panel/panel.py", "core/public/functions.py"},
    "def f():\n    import liangrong as lr\n    return lr.Panel, lr.OrderKind": {"core/panel/panel.py", "core/types.py"},
    "import liangrong\nclass A(liangrong.Rule): ...\nB = liangrong.__version__": {"core/ideas/rule.py"},
    "import liangrong.kernels as k\nk.rolling_mean": {"core/public/kernels.py"},
    "from liangrong.testing import check_rule": {"core/public/testing.py"},
    "from liangrong import kernels\nfrom liangrong.core.types import Board": {
        "core/public/kernels.py",
        "core/types.py",
    },
}
"""What a file says -> the modules that have what it asks for."""


@pytest.mark.parametrize("text", FACE)
def test_names_of_the_public_face_are_the_modules_that_have_them(tmp_path, text):
    tree(tmp_path, {"main.py": text})
    project = reached([tmp_path / "main.py"], tmp_path).project
    assert {path.relative_to(CORE.parent).as_posix() for path in project} == FACE[text]


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": "import liangrong as lr\nlr.Rule\nother = lr"},
        {"main.py": "import liangrong as lr\ngetattr(lr, 'Rule')"},
        {"main.py": "import liangrong as lr, liangrong\nlr.Rule, liangrong.Rule"},
        {"main.py": "import liangrong as lr\nlr.Rule\nlr.core.kernels"},
        {"main.py": "from liangrong import *"},
        {"main.py": "import liangrong as lr\nlr.absent"},
        {"main.py": "from own import lr\nlr.kernels", "own.py": "import liangrong as lr\nlr.Rule"},
        {"main.py": "import own\nown.lr.kernels", "own.py": "import liangrong as lr\nlr.Rule"},
    ],
)
def test_where_what_is_asked_cannot_be_read_the_whole_project_counts(tmp_path, files):
    project = reached([tree(tmp_path, files) / "main.py"], tmp_path).project
    assert {CORE / "cli" / "app.py", CORE.with_name("strategies") / "buy_and_hold.py"} <= project


def test_the_functions_of_the_face_reach_the_rooms_that_they_call():
    found = reached([CORE / "public" / "functions.py"]).files
    assert {CORE / "run" / "engines.py", CORE / "study" / "command.py"} <= found.keys()


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_what_only_type_checkers_import_is_not_reached(tmp_path, test):
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    text = f"import typing\nif {test}:\n    import one\n    from two import x\nelse:\n    import three\n"
    (tmp_path / "root.py").write_text(text, encoding="utf-8")
    assert {path.name for path in reached([tmp_path / "root.py"], tmp_path).files} == {"root.py", "three.py"}
