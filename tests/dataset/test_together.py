"""Several processes at one dataset: writers take turns, and a reader sees one version, whole."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from liangrong.core import locks
from liangrong.core.dataset import runs, store, writer
from liangrong.core.errors import OutputError
from liangrong.core.panel.panel import Panel

COMMAND = "import sys; from liangrong.core.cli.app import main; main()"
DAYS = np.datetime64("2020-01-01") + np.arange(40)


def constant(value: float) -> Panel:
    fields = {name: np.full((40, 3), value) for name in ("close", "volume")}
    return Panel(sessions=DAYS, symbols=("000001.SZ", "000002.SZ", "600000.SH"), fields=fields)


@pytest.mark.slow
def test_three_imports_at_once_all_succeed_in_turn(tmp_path, write):
    files = [
        write(f"{code}.csv", f"date,code,open,high,low,close,volume\n2024-01-02,{code},10,11,9,10,100\n")
        for code in ("600000.SH", "000001.SZ", "600519.SH")
    ]
    call = [sys.executable, "-c", COMMAND, "data", "import"]
    started = [
        subprocess.Popen([*call, str(path), "--to", str(tmp_path / "data")], stdout=-1, stderr=-1, text=True)
        for path in files
    ]
    for process in started:
        _, err = process.communicate()
        assert process.returncode == 0, err
    panel = store.load(tmp_path / "data")
    assert panel.symbols == ("000001.SZ", "600000.SH", "600519.SH")
    assert np.isfinite(panel["close"]).all()
    assert store.info(tmp_path / "data")["version"] == 3


@pytest.mark.parametrize("is_cached", [True, False])
def test_a_reader_during_updates_sees_one_version(tmp_path, monkeypatch, is_cached):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 30)
    folder = store.save(constant(0.0), [], tmp_path / "data")
    stop = threading.Event()

    def update():
        value = 0.0
        while not stop.is_set():
            value += 1.0
            store.save(constant(value), [], folder)

    thread = threading.Thread(target=update)
    thread.start()
    try:
        seen = []
        while len(set(seen)) < 4:
            panel = store.load(folder, cache=is_cached)
            values = {float(one) for name in panel.fields for one in panel[name].ravel()}
            assert len(values) == 1
            seen += values
    finally:
        stop.set()
        thread.join()
    assert seen == sorted(seen)


def test_who_has_waited_enough_is_told_who_writes(tmp_path, monkeypatch):
    folder = store.save(constant(0.0), [], tmp_path / "data")
    monkeypatch.setattr(writer, "PATIENCE", 0.2)
    told, caught = [], []

    def other():
        try:
            with writer.writing(folder, told.append):
                pass
        except OutputError as error:
            caught.append(str(error))

    with writer.writing(folder):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert store.load(folder)["close"][0, 0] == 0.0  # reading needs no lock
    assert len(told) == len(caught) == 1
    assert told[0].startswith(f"waiting for {folder}, in use (process ")
    assert "is in use by another command (process " in caught[0]
    assert "choose another folder" in caught[0]
    with writer.writing(folder):
        pass


def test_a_lock_is_waited_for(tmp_path):
    entered = threading.Event()
    order = []

    def first():
        with locks.claimed(tmp_path, ".lock", "command", "or not"):
            entered.set()
            waiting.wait(5)
            order.append("first")

    waiting = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    entered.wait(5)
    with locks.claimed(tmp_path, ".lock", "command", "or not", patience=5, tell=lambda _: waiting.set()):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]
