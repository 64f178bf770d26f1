"""`liangrong mcp` as it is typed."""

import importlib.util

import pytest
from liangrong.core.cli import app
from liangrong.core.cli.mcp_server import mcp


@pytest.fixture
def typed(capsys, monkeypatch, tmp_path):
    """Return what types the command in an empty folder and returns its exit code and what it says."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr("sys.argv", ["liangrong", "mcp", *words])
        with pytest.raises(SystemExit) as stopped:
            app.main()
        return stopped.value.code, capsys.readouterr().err

    return call


def test_without_the_extra_it_says_how_to_get_it(typed, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *more: None if name == "mcp" else found(name, *more))
    assert typed() == (2, "liangrong: the server needs the package mcp: pip install 'liangrong[mcp]'\n")


@pytest.mark.parametrize("option", ["--in", "--allow"])
def test_a_folder_has_to_be_there(typed, option):
    code, said = typed(option, "nowhere")
    assert (code, said) == (2, "liangrong: nowhere is no folder: `--in` and `--allow` name folders\n")


def test_what_is_allowed_reaches_the_server(monkeypatch, tmp_path):
    served = []
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.setattr("anyio.run", lambda _, borders: served.append((borders, tmp_path.cwd())))
    work, data = tmp_path / "work", tmp_path / "data"
    mcp(work.relative_to(tmp_path), [data.relative_to(tmp_path)], allow_code=True, seconds=5.0)
    ((borders, folder),) = served
    assert (borders.root, borders.allowed, borders.runs_code, borders.seconds) == (work, (data,), True, 5.0)
    assert folder == work
