"""The starter files run as they are written, and never replace what is there."""

import ast
import json
from typing import Any

import pytest
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import OutputError
from liangrong.core.run.engines import run
from liangrong.core.run.lookahead import check_lookahead
from liangrong.core.run.starter import write_starter


def test_every_starter_configuration_runs_and_knows_no_future(tmp_path, crew):
    written = write_starter(tmp_path / "new" / "folder")
    names = ["my_run.yaml", "my_strategy_run.yaml", "my_notebook.ipynb", "my_rule.py", "my_strategy.py"]
    assert [path.name for path in written] == names
    shorter = ["data.options.sessions=140", "data.options.securities=30"]
    for path in written[:2]:
        config = load(path, shorter)
        assert len(run(config).fills) > 10
        assert check_lookahead(config, 2, crew=crew).findings == ()


def test_nothing_is_replaced(tmp_path):
    mine = tmp_path / "my_rule.py"
    mine.write_text("mine")
    with pytest.raises(OutputError, match=r"my_rule.py exists and stays as it is: .* nothing was written"):
        write_starter(tmp_path)
    assert mine.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["my_rule.py"]


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file is a file: name a folder to write into"):
        write_starter(tmp_path / "file")


@pytest.mark.slow
def test_every_cell_of_the_notebook_runs_and_shows_something(tmp_path, monkeypatch):
    write_starter(tmp_path)
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((tmp_path / "my_notebook.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], len({cell["id"] for cell in notebook["cells"]})) == (4, len(notebook["cells"]))
    names: dict[str, Any] = {}
    shown = [run_cell("".join(cell["source"]), names) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])  # it is written before it is run
    assert len(shown) > 10
    assert all(hasattr(one, "_repr_html_") or isinstance(one, dict) for one in shown)
    assert len(names["result"].fills) > 10


def run_cell(source, names):
    """Run a cell as a notebook does, and return what it would show: the value of its last line."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr), f"the cell shows nothing: {source}"
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
