"""A study that ends anywhere leaves the old folder or the new one, one of many rules too, and nothing else."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from crash_points import endings, refusals
from liangrong.core.errors import OutputError
from liangrong.core.replacing import alone, settle
from liangrong.core.study import command as engine

NOTHING: Any = None
LIGHT = [pytest.param(1, marks=pytest.mark.slow), 9]


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    """Let a study be what it is called, in a few small files: how they come to their place is what is looked at."""

    def write(made, folder, _):
        folder.mkdir(parents=True, exist_ok=True)
        for name in engine.FILES:
            (folder / name).write_text(made, encoding="utf-8")

    def study_rules(studied, named, _, keep):
        for name in named:
            keep(studied, f"rules/{name}")
        return SimpleNamespace(name=studied)

    def write_comparison(comparison, folder, _):
        for name in engine.COMPARISON_FILES:
            (folder / name).write_text(comparison.name, encoding="utf-8")

    for name, made in (("_write", write), ("study_rules", study_rules), ("_write_comparison", write_comparison)):
        monkeypatch.setattr(engine, name, made)


def one(name, out):
    engine.save_study(name, out)


def several(name, out):
    named: Any = {"first": NOTHING, "second": NOTHING}
    engine.save_studies(name, named, out)


def whole(out):
    """Return the only content that all files have."""
    (found,) = {path.read_text(encoding="utf-8") for path in out.rglob("*") if path.is_file()}
    return found


@pytest.mark.parametrize("step", LIGHT)
@pytest.mark.parametrize(("save", "contents"), [(one, engine.STUDY), (several, engine.STUDIES)])
def test_a_study_that_replaces_another_is_the_old_or_the_new(tmp_path, save, contents, step):
    out, seen, count = tmp_path / "out", [], len(engine.FILES) if save is one else 2 * len(engine.FILES) + 4
    save("old", out)
    for _ in endings(lambda: save("new", out), step):
        settle(out, contents)
        seen.append(whole(out))
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        assert len([path for path in out.rglob("*") if path.is_file()]) == count
        save("old", out)
    assert set(seen) == {"old", "new"}
    assert seen[-1] == "new"


@pytest.mark.parametrize("step", LIGHT)
@pytest.mark.parametrize("save", [one, several])
def test_what_the_disk_refuses_is_one_message(tmp_path, save, step):
    out, seen, messages = tmp_path / "out", set(), []
    save("old", out)
    for _, words in refusals(lambda: save("new", out), OutputError, step):
        seen.add(whole(out))
        messages.append(words)
        save("old", out)
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert seen == {"old", "new"}
    assert any(messages)


def test_two_studies_to_one_folder_are_not_mixed(tmp_path):
    refused = []

    def other():
        try:
            one("other", tmp_path / "out")
        except OutputError as error:
            refused.append(str(error))

    with alone(tmp_path / "out", "study"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "out is in use by another study (process " in refused[0]
    assert "wait until it has ended, or choose another folder" in refused[0]
    assert list(tmp_path.iterdir()) == []


def test_what_a_user_put_into_the_folder_of_a_rule_stays(tmp_path):
    several("old", tmp_path / "out")
    (tmp_path / "out" / "rules" / "first" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds rules/first/notes\.txt, which no comparison of rules wrote"):
        several("new", tmp_path / "out")
    assert (tmp_path / "out" / "rules" / "first" / "notes.txt").read_text() == "mine"
