"""A process that ends anywhere leaves the old version or the new one, and the next command removes what it left."""

import os
from pathlib import Path

import numpy as np
import pytest
from liangrong.core.dataset import runs, store
from liangrong.core.dataset.verify import verify
from liangrong.core.errors import OutputError
from liangrong.core.panel.panel import Panel

POINTS = ("replace", "fsync", "unlink", "mkdir", "rmdir", "open")
"""System calls through which a dataset changes."""


def panel(seed: int, sessions: int = 30) -> Panel:
    days = np.datetime64("2020-01-01") + np.arange(sessions)
    values = np.random.default_rng(seed).normal(size=(sessions, 3))
    return Panel(sessions=days, symbols=("000001.SZ", "000002.SZ", "600000.SH"), fields={"close": values})


def counting(monkeypatch, act) -> list[str]:
    """Call `act(k)` before the k-th system call and return the names of all."""
    calls: list[str] = []

    def watched(name, original):
        def call(*arguments, **options):
            calls.append(name)
            act(len(calls))
            return original(*arguments, **options)

        return call

    for name in POINTS:
        monkeypatch.setattr(os, name, watched(name, getattr(os, name)))
    return calls


def ended(folder: Path, point: int, seed: int) -> bool:
    """Save in a process that ends at its `point`-th system call; return whether it got that far."""
    child = os.fork()
    if child == 0:
        patch = pytest.MonkeyPatch()
        counting(patch, lambda k: os._exit(3) if k == point else None)
        store.save(panel(seed), [], folder)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


def version_of(folder: Path) -> int:
    """Return which panel a dataset holds; it is whole."""
    assert not verify(folder).damaged
    values = store.load(folder, cache=False)["close"]
    return next(seed for seed in range(9) if np.array_equal(values, panel(seed)["close"]))


def test_killed_anywhere_it_is_the_old_or_the_new(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 40)
    folder = tmp_path / "data"
    seen = set()
    for point in range(1, 400):
        store.save(panel(0), [], folder)
        assert len(list(folder.glob("data/*"))) == len(store.info(folder)["parts"]) == 3  # what was left is gone
        if not ended(folder, point, 1):
            break
        seen.add(version_of(folder))
    assert point > 20
    assert seen == {0, 1}
    assert version_of(folder) == 1


def test_killed_anywhere_a_new_one_is_there_or_not(tmp_path):
    seen = set()
    for point in range(1, 400):
        folder = tmp_path / f"data{point}"
        if not ended(folder, point, 1):
            break
        seen.add((folder / "manifest.json").exists())
        store.save(panel(2), [], folder)  # nothing that was left is in the way
        assert version_of(folder) == 2
        assert sorted(path.name[:4] for path in folder.iterdir()) == ["axes", "data", "mani"]
    assert seen == {False, True}


def test_what_takes_a_name_is_on_the_disk_before(tmp_path):
    """A loss of power after a rename must not leave the name of a file that is empty."""
    with pytest.MonkeyPatch.context() as patch:
        calls = counting(patch, lambda _: None)
        store.save(panel(0), [], tmp_path / "data")
    renames = [k for k, name in enumerate(calls) if name == "replace"]
    assert len(renames) == 3  # a part, the axes, the manifest
    assert all(calls[k - 1] == "fsync" for k in renames)


def test_a_disk_that_is_full_at_any_write_is_one_message(tmp_path):
    folder = store.save(panel(0), [], tmp_path / "data")

    def refuse(k):
        if k == point:
            raise OSError(28, "No space left on device")

    messages = []
    for point in range(1, 60):  # noqa: B007 - read by `refuse`
        with pytest.MonkeyPatch.context() as patch:
            counting(patch, refuse)
            try:
                store.save(panel(1), [], folder)
            except OutputError as error:
                messages.append(str(error))
        assert version_of(folder) in (0, 1)
        store.save(panel(0), [], folder)
    assert len(messages) > 5
    assert all("No space left" in message for message in messages)
