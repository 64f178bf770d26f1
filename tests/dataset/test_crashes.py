"""A process that ends anywhere leaves the old version or the new one, and the next command removes what it left."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from crash_points import counting, endings, refusals
from liangrong.core.dataset import manifest as manifests
from liangrong.core.dataset import runs, store
from liangrong.core.dataset.contents import cache_name
from liangrong.core.dataset.importing import import_data
from liangrong.core.dataset.verify import verify
from liangrong.core.errors import LiangrongError, OutputError
from liangrong.core.locks import created
from liangrong.core.panel.panel import Panel

CODES = ("000001.SZ", "600000.SH")


def panel(seed: int, sessions: int = 30) -> Panel:
    days = np.datetime64("2020-01-01") + np.arange(sessions)
    values = np.random.default_rng(seed).normal(size=(sessions, 3))
    return Panel(sessions=days, symbols=("000001.SZ", "000002.SZ", "600000.SH"), fields={"close": values})


def version_of(folder: Path) -> int:
    """Return which panel a dataset holds; it is whole."""
    assert not verify(folder).damaged
    values = store.load(folder, cache=False)["close"]
    return next(seed for seed in range(9) if np.array_equal(values, panel(seed)["close"]))


@pytest.mark.slow
def test_killed_anywhere_it_is_the_old_or_the_new(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 40)
    folder, seen = store.save(panel(0), [], tmp_path / "data"), []
    for _ in endings(lambda: store.save(panel(1), [], folder)):
        seen.append(version_of(folder))
        store.save(panel(0), [], folder)
        assert len(list(folder.glob("data/*"))) == len(store.info(folder)["parts"]) == 3  # what was left is gone
    assert len(seen) > 20
    assert set(seen) == {0, 1}
    assert seen[-1] == 1


@pytest.mark.slow
def test_killed_anywhere_a_new_one_is_there_or_not(tmp_path):
    folder, seen = tmp_path / "data", set()
    for _ in endings(lambda: store.save(panel(1), [], folder)):
        seen.add((folder / "manifest.json").exists())
        store.save(panel(2), [], folder)  # nothing that was left is in the way
        assert version_of(folder) == 2
        assert sorted(path.name[:4] for path in folder.iterdir()) == ["axes", "data", "mani"]
        shutil.rmtree(folder)
    assert seen == {False, True}


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 12])
@pytest.mark.parametrize("how", ["killed", "refused"])
def test_an_import_adds_all_of_a_file_or_nothing(tmp_path, write, how, step):
    days = [f"2024-01-{day:02d},{{}},10,11,9,10,100\n" for day in range(2, 6)]
    head = "date,code,open,high,low,close,volume\n"
    old, new = (write(f"{code}.csv", head + "".join(days).replace("{}", code)) for code in CODES)
    import_data(None, [old], tmp_path / "begun")
    shutil.copytree(tmp_path / "begun", tmp_path / "data")
    seen = set()

    def add():
        import_data(None, [new], tmp_path / "data")

    for _ in endings(add, step) if how == "killed" else refusals(add, LiangrongError, step):
        assert not verify(tmp_path / "data").damaged
        held = store.load(tmp_path / "data")
        assert np.isfinite(held["close"]).all()
        seen.add(held.symbols)
        add()
        assert store.load(tmp_path / "data").symbols == tuple(CODES)
        assert verify(tmp_path / "data").left == ()
        assert {path.name[:4] for path in (tmp_path / "data").iterdir()} == {"axes", "cach", "data", "mani"}
        assert not list((tmp_path / "data").glob("*.tmp-*"))
        shutil.rmtree(tmp_path / "data")
        shutil.copytree(tmp_path / "begun", tmp_path / "data")
    assert seen == {(CODES[0],), tuple(CODES)}


def test_a_cache_that_nobody_builds_any_more_goes_and_one_that_is_being_built_stays(tmp_path):
    folder = store.save(panel(0), [], tmp_path / "data")
    name = cache_name(manifests.read(folder))
    dead, alive, empty = (folder / f"{name}.tmp-0123456{n}" for n in range(3))
    for one in (dead, alive, empty):
        one.mkdir()
    (dead / "stamp.json").write_text("")
    owned = created(alive / "stamp.json")
    store.load(folder)
    assert sorted(folder.glob("cache-*")) == [folder / name, alive]
    store.save(panel(1), [], folder)
    assert list(folder.glob("cache-*")) == [alive]
    os.close(owned)
    store.save(panel(2), [], folder)
    assert list(folder.glob("cache-*")) == []


def test_what_takes_a_name_is_on_the_disk_before(tmp_path):
    """A loss of power after a rename must not leave the name of a file that is empty."""
    with pytest.MonkeyPatch.context() as patch:
        calls = counting(patch, lambda _: None)
        store.save(panel(0), [], tmp_path / "data")
    renames = [k for k, name in enumerate(calls) if name == "replace"]
    assert len(renames) == 3  # a part, the axes, the manifest
    assert all(calls[k - 1] == "fsync" for k in renames)


def test_a_disk_that_is_full_at_any_write_is_one_message(tmp_path):
    folder, messages = store.save(panel(0), [], tmp_path / "data"), []
    for _, words in refusals(lambda: store.save(panel(1), [], folder), OutputError):
        messages.append(words)
        assert version_of(folder) in (0, 1)
        store.save(panel(0), [], folder)
    said = [words for words in messages if words]
    assert len(said) > 5
    assert all("No space left" in words for words in said)
