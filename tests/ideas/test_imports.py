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
