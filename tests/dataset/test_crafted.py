"""Datasets from anybody: damaged or crafted ones are one message, and nothing outside the folder is touched."""

import contextlib
import copy
import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.dataset import cache as cache_module
from liangrong.core.dataset import runs, store
from liangrong.core.dataset.terminal import info_table
from liangrong.core.dataset.verify import verify
from liangrong.core.errors import DataError, LiangrongError, OutputError
from liangrong.core.panel.panel import Panel


def panel(seed: int = 0) -> Panel:
    days = np.datetime64("2020-01-01") + np.arange(5)
    values = np.random.default_rng(seed).normal(size=(5, 3))
    fields = {"close": values, "volume": values * 10}
    return Panel(sessions=days, symbols=("000001.SZ", "000002.SZ", "600000.SH"), fields=fields)


@pytest.fixture
def folder(tmp_path):
    return store.save(panel(), [], tmp_path / "data")


def record(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def rewritten(folder: Path, made: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(made), encoding="utf-8")


PLACES = ["../../outside.parquet", "/etc/passwd", "data/../../outside", "data", "", None, 7, "data/x.parquet\n"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", ["axes", "parts", "actions"])
def test_no_name_leads_out_of_the_folder(folder, tmp_path, place, what):
    (tmp_path / "outside.parquet").write_text("mine")
    made = record(folder)
    if what == "parts":
        made["parts"][0]["file"] = place
    else:
        made[what] = {**made["axes"], "file": place}
    rewritten(folder, made)
    for attempt in (store.load, store.info, verify, lambda where: store.save(panel(1), [], where)):
        with pytest.raises((DataError, OutputError), match=r"manifest\.json is damaged .*names the file"):
            attempt(folder)
    assert (tmp_path / "outside.parquet").read_text() == "mine"


def test_a_name_that_goes_on_behind_a_good_one_is_none(folder):
    made = record(folder)
    made["parts"][0]["file"] += "/../../outside"
    rewritten(folder, made)
    with pytest.raises(DataError, match=r"names the file"):
        store.load(folder)


def test_parts_that_share_a_day_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 3)
    folder = store.save(panel(), [], tmp_path / "parts")
    made = record(folder)
    assert len(made["parts"]) > 2
    made["parts"][1]["first"] = made["parts"][0]["last"]
    rewritten(folder, made)
    with pytest.raises(DataError, match="`parts` overlap"):
        store.load(folder)


def test_a_byte_that_turns_is_noticed_though_the_size_is_the_same(folder):
    (path,) = folder.glob("data/*")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="its SHA-256 differs"):
        store.load(folder)


def test_field_names_that_lead_out_are_refused(folder):
    made = record(folder)
    for key in ("units", "digests", "imputed"):
        made[key] = {"../../evil": "x", **made[key]}
    rewritten(folder, made)
    with pytest.raises(DataError, match=r"names '\.\./\.\./evil', which is no field"):
        store.load(folder)


def test_folders_that_lead_out_are_refused(folder, tmp_path):
    outside = tmp_path / "outside"
    shutil.move(folder / "data", outside)
    os.symlink(outside, folder / "data")
    before = sorted(outside.iterdir())
    with pytest.raises(OutputError, match=r"data leads out of the dataset: nothing was written"):
        store.save(panel(1), [], folder)
    assert sorted(outside.iterdir()) == before


NOISE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**30),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.just({}),
    st.just("x" * 5000),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_a_manifest_with_anything_in_it_is_one_message_or_nothing_of_weight(tmp_path_factory, data):
    folder = store.save(panel(), [], tmp_path_factory.mktemp("m") / "data")
    made = record(folder)
    where: Any = made
    parent: Any = made
    key: Any = "version"
    for _ in range(data.draw(st.integers(1, 4))):
        if isinstance(where, dict) and where:
            key = data.draw(st.sampled_from(sorted(where)))
        elif isinstance(where, list) and where:
            key = data.draw(st.integers(0, len(where) - 1))
        else:
            break
        parent, where = where, where[key]
    if data.draw(st.booleans()) or isinstance(parent, list):
        parent[key] = data.draw(NOISE)
    else:
        del parent[key]
    rewritten(folder, made)
    for attempt in (store.load, store.info, verify, lambda place: store.save(panel(1), [], place)):
        with contextlib.suppress(LiangrongError):
            attempt(folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", "\x00", '{"liangrong_dataset": 2}', "[" * 5000, '{"liangrong_dataset": NaN}']
)
def test_what_is_no_manifest_is_one_message(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    for attempt in (store.load, store.info, verify):
        with pytest.raises(DataError, match=r"manifest\.json"):
            attempt(folder)
    before = sorted(folder.rglob("*"))
    with pytest.raises(OutputError, match=r"manifest\.json"):
        store.save(panel(1), [], folder)
    assert sorted(folder.rglob("*")) == before


def forged(folder: Path, table: pa.Table) -> None:
    """Put a table in the place of the part, with hashes that fit."""
    (old,) = folder.glob("data/*")
    building = folder / "new.parquet"
    pq.write_table(table, building)
    digest = hashlib.sha256(building.read_bytes()).hexdigest()
    name = f"data/2020-01-01_2020-01-05-{digest[:16]}.parquet"
    made = record(folder)
    made["parts"][0] |= {"file": name, "sha256": digest, "bytes": building.stat().st_size, "rows": table.num_rows}
    old.unlink()
    building.rename(folder / name)
    rewritten(folder, made)


def crafted(kind: str, table: pa.Table) -> pa.Table:
    rows = table.to_pydict()
    if kind == "a day that is none of the dataset":
        rows["date"][0] = rows["date"][0].replace(year=1999)
    elif kind == "another security":
        rows["symbol"][0] = "999999.SH"
    elif kind == "twice":
        rows = {name: values + values for name, values in rows.items()}
    elif kind == "texts":
        rows["close"] = [str(one) for one in rows["close"]]
    elif kind == "another column":
        rows["high"] = rows["close"]
    elif kind == "no row":
        rows = {name: [] for name in rows}
    elif kind == "null symbol":
        rows["symbol"][0] = None
    same = {name: table.schema.field(name).type for name in table.column_names}
    return pa.table(
        {name: pa.array(values, None if kind == "texts" else same.get(name)) for name, values in rows.items()}
    )


KINDS = [
    "a day that is none of the dataset",
    "another security",
    "twice",
    "texts",
    "another column",
    "no row",
    "null symbol",
]


@pytest.mark.parametrize("kind", KINDS)
def test_parquet_that_does_not_fit_its_manifest_is_one_message(folder, kind):
    (path,) = folder.glob("data/*")
    forged(folder, crafted(kind, pq.read_table(path)))
    with pytest.raises(DataError, match=r"cannot be read \("):
        store.load(folder)
    assert verify(folder).damaged


def test_cells_that_were_changed_together_with_their_hash_are_told(folder):
    (path,) = folder.glob("data/*")
    table = pq.read_table(path)
    close = table["close"].to_numpy().copy()
    close[4] += 1.0
    forged(folder, table.set_column(2, "close", pa.array(close)))
    (line,) = verify(folder).damaged
    assert "the cells of close are not those that were imported" in line


def test_digests_that_are_not_those_of_the_files_are_told(folder):
    made = record(folder)
    made["digests"]["close"] = "0" * 32
    rewritten(folder, made)
    assert verify(folder).damaged == ("manifest.json: the digests of close are not those of its files",)


def test_panels_beyond_the_machine_are_refused_before_they_are_made(folder):
    made = record(folder)
    count = 60_000
    axes = json.dumps(
        {
            "sessions": (np.datetime64("1900-01-01") + np.arange(count)).astype(str).tolist(),
            "symbols": [f"{j:06d}.SH" for j in range(count)],
        }
    )
    digest = hashlib.sha256(axes.encode()).hexdigest()
    name = f"axes-{digest[:16]}.json"
    (folder / name).write_text(axes)
    made["axes"] = {"file": name, "bytes": len(axes), "sha256": digest}
    made["shape"] = [count, count]
    rewritten(folder, made)
    with pytest.raises(
        DataError, match=r"needs 57\.6 GB \(60,000 sessions x 60,000 securities x 2 fields\), this machine"
    ):
        store.load(folder)


def test_a_cache_whose_bytes_turn_is_noticed(folder):
    store.load(folder)
    (cache,) = folder.glob("cache-*")
    path = cache / "close.npy"
    moment = path.stat()
    damaged = bytearray(path.read_bytes())
    damaged[-3] ^= 1
    path.write_bytes(damaged)
    os.utime(path, ns=(moment.st_atime_ns, moment.st_mtime_ns))  # as a disk does it: nothing but the bytes
    np.testing.assert_array_equal(store.load(folder)["close"], panel()["close"])
    path.write_bytes(damaged)
    found = verify(folder)
    assert found.exit_code == 1
    assert found.cache == "damaged (close.npy): removed, the next load writes it anew"
    assert not cache.exists()
    np.testing.assert_array_equal(store.load(folder)["close"], panel()["close"])


def test_a_cache_that_was_written_over_is_noticed_by_its_time_whatever_block_is_looked_at(folder, monkeypatch):
    monkeypatch.setattr(cache_module, "BLOCK", 64)
    store.load(folder)
    (cache,) = folder.glob("cache-*")
    path = cache / "close.npy"
    damaged = bytearray(path.read_bytes())
    damaged[-3] ^= 1
    path.write_bytes(damaged)
    os.utime(path, ns=(0, 0))
    monkeypatch.setattr(cache_module.secrets, "randbelow", lambda _: 0)  # not the block that is damaged
    np.testing.assert_array_equal(store.load(folder)["close"], panel()["close"])


def test_a_version_of_the_same_cells_keeps_its_cache(folder):
    store.load(folder)
    before = [path.stat().st_ino for path in folder.glob("cache-*")]
    store.save(panel(), [], folder)
    assert [path.stat().st_ino for path in folder.glob("cache-*")] == before
    store.save(panel(1), [], folder)
    assert not list(folder.glob("cache-*"))


def test_what_systems_leave_in_folders_is_in_nobodys_way(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".DS_Store").write_bytes(b"x")
    folder = store.save(panel(), [], tmp_path / "data")
    (folder / "data" / ".DS_Store").write_bytes(b"x")
    (folder / "notes.txt").write_text("mine")
    store.save(panel(1), [], folder)
    np.testing.assert_array_equal(store.load(folder)["close"], panel(1)["close"])
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / ".DS_Store").exists()
    assert verify(folder).left == ()


def test_verify_names_what_is_missing_damaged_and_left(folder):
    assert verify(folder).lines() == ["2 files are what the manifest says", "cache: none"]
    (path,) = folder.glob("data/*")
    shutil.copy(path, folder / "data" / f"2019-01-01_2019-01-02-{'a' * 16}.parquet")
    assert verify(folder).exit_code == 0
    shutil.copy(path, folder / "data" / "mine.parquet")
    assert verify(folder).foreign == ("data/mine.parquet",)
    assert verify(folder).exit_code == 1
    (folder / "data" / "mine.parquet").unlink()
    assert verify(folder).left == (f"data/2019-01-01_2019-01-02-{'a' * 16}.parquet",)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert "is not the file of its manifest" in verify(folder).damaged[0]
    path.unlink()
    assert verify(folder).damaged == (f"{path.name} is missing",)
    assert copy.deepcopy(verify(folder)).lines()[0] == "DAMAGED"


def test_words_of_a_strangers_manifest_are_no_markup_and_control_no_terminal(tmp_path):
    from rich.console import Console

    store.save(panel(), (), tmp_path / "set")
    path = tmp_path / "set" / "manifest.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["source"] = "\x1b]0;taken\x07[/x] [red]feed"
    record["units"]["close"] = "[/q] CNY"
    path.write_text(json.dumps(record), encoding="utf-8")
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(info_table(store.info(tmp_path / "set")))
    shown = console.export_text()
    assert "\\x1b]0;taken\\x07[/x] [red]feed" in shown
    assert "[/q] CNY" in shown
    assert "\x1b" not in shown
