"""No file of a run, a dataset, a study or a comparison that is a link out of the folder, or a pipe, is read."""

import io
import os
import shutil

import pytest
from liangrong import ConfigError
from liangrong.core.archive.lookahead_book import FOLDER, found_for
from liangrong.core.dataset.store import save
from liangrong.core.server import workshop
from liangrong.core.server.borders import Borders
from liangrong.core.server.served_call import Call
from liangrong.core.synthetic.synthetic import generate

from .conftest import TINY

TRIALS = {"method": "grid", "keys": {"account.cash": [1e6, 2e6]}}
CANARY = "canary-of-another-folder"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with a run that is kept, and a dataset."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        workshop.answered("run", {"configuration": TINY}, Call(Borders(folder.resolve()), io.StringIO()))
    save(generate(sessions=30, securities=3), [], folder / "dataset")
    return folder


@pytest.fixture
def ask(made, tmp_path, monkeypatch):
    """Return a callable that asks a tool in a copy of that folder."""
    shutil.copytree(made, tmp_path / "inside", symlinks=True)
    monkeypatch.chdir(tmp_path / "inside")
    borders = Borders((tmp_path / "inside").resolve())
    return lambda tool, **arguments: workshop.answered(tool, arguments, Call(borders, io.StringIO()))


def put(path, kind):
    """Replace a file by a link to one outside that says the same and more, or by a pipe."""
    if kind == "pipe":
        path.unlink()
        os.mkfifo(path)
        return
    outside = path.cwd().parent / f"outside-{path.name}"
    outside.write_bytes(path.read_bytes().replace(b"tiny", CANARY.encode()))
    path.unlink()
    path.symlink_to(outside)


SAID = {"link": "is a link: only files below", "pipe": "is neither a file nor a folder"}


@pytest.mark.parametrize("kind", SAID)
@pytest.mark.parametrize("file", ["summary.json", "run.json", "config.yaml", "equity.csv"])
def test_no_file_of_a_run_leads_out(ask, tmp_path, file, kind):
    (stamp,) = (one for one in (tmp_path / "inside/runs/tiny").iterdir() if not one.is_symlink())
    shutil.copytree(stamp, stamp.with_name("20200101T000000Z-00000000"))
    put(stamp / file, kind)
    for run in ("tiny", f"tiny/{stamp.name}", f"runs/tiny/{stamp.name}", stamp.name[:12]):
        with pytest.raises(ConfigError, match=SAID[kind]) as told:
            ask("show_run", run=run)
        assert "left out" not in str(told.value)
        assert CANARY not in str(told.value)
    found = ask("list_runs")
    assert CANARY not in str(found)
    assert [one["run"] for one in found["content"]["runs"]] == ["tiny/20200101T000000Z-00000000"]
    (problem,) = found["content"]["problems"]
    assert problem.startswith(f"tiny/{stamp.name} is left out, ")
    assert SAID[kind] in problem
    assert CANARY not in str(ask("show_run", run="tiny/2020"))
    assert CANARY not in str(ask("list_resources"))


@pytest.mark.parametrize("kind", SAID)
@pytest.mark.parametrize("file", ["manifest", "axes", "data"])
def test_no_file_of_a_dataset_leads_out(ask, tmp_path, file, kind):
    from liangrong.core.dataset import manifest

    folder = tmp_path / "inside/dataset"
    whole = manifest.read(folder)
    put(folder / {"manifest": manifest.NAME, "axes": whole.axes.file, "data": whole.parts[0].file}[file], kind)
    for tool, arguments in (
        ("data_info", {"folder": "dataset"}),
        ("data_audit", {"folder": "dataset"}),
        ("study", {"rules": "balance_trend", "dataset": "dataset"}),
        ("study_behaviour", {"dataset": "dataset"}),
        ("study_events", {"events": "lists", "dataset": "dataset"}),
        ("check", {"configuration": {"name": "x", "data": {"path": "dataset"}, "strategy": {"name": "quantile"}}}),
    ):
        with pytest.raises(ConfigError, match=SAID[kind]):
            ask(tool, **arguments)
    found = ask("list_datasets")["content"]
    assert found["datasets"] == []
    assert len(found["problems"]) == (0 if (file, kind) == ("manifest", "link") else 1)


@pytest.mark.parametrize("kind", SAID)
def test_no_file_of_a_study_leads_out(ask, tmp_path, kind):
    place = tmp_path / "inside/studies/balance_trend"
    place.mkdir(parents=True)
    (place / "summary.json").write_text('{"name": "tiny"}', encoding="utf-8")
    put(place / "summary.json", kind)
    with pytest.raises(ConfigError, match=SAID[kind]):
        ask("study", rules="balance_trend", dataset="dataset")


def test_what_is_inside_is_read_through_links(ask, tmp_path):
    (tmp_path / "inside/linked").symlink_to("dataset")
    assert ask("data_info", folder="linked")["content"]["shape"] == [30, 3]
    assert ask("show_run", run="tiny/latest")["content"]


def test_the_environment_is_closed_to_tools_whatever_they_check(ask, monkeypatch):
    monkeypatch.setenv("CANARY_TOKEN", CANARY)
    monkeypatch.setattr(Borders, "refuse", lambda *_: None)
    with pytest.raises(ConfigError, match=r"CANARY_TOKEN.* is not for you"):
        ask("check", configuration=TINY + "description: ${CANARY_TOKEN}\n")


def test_no_file_of_a_comparison_leads_out(ask, tmp_path):
    (tmp_path / "inside/tiny.yaml").write_text(TINY, encoding="utf-8")
    place = tmp_path / "inside/comparisons/tiny/trials"
    place.mkdir(parents=True)
    (place / "kept.json").symlink_to(tmp_path / "outside.json")
    with pytest.raises(ConfigError, match=r"'comparisons/tiny/trials/kept\.json' is a link"):
        ask("compare", configuration={"name": "tiny", "base": "tiny.yaml", "trials": TRIALS})


def test_a_note_on_lookahead_that_is_a_pipe_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FOLDER).mkdir()
    os.mkfifo(tmp_path / FOLDER / f"{'a' * 32}.json")
    assert found_for("a" * 32) is None
