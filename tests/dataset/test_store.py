"""A dataset gives back what was saved, is replaced whole or not at all, and notices a damaged file."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.dataset import cache, importing, manifest, parquet, runs, store
from liangrong.core.errors import ConfigError, DataError, OutputError
from liangrong.core.panel.panel import Panel
from liangrong.core.sources import Finding

FINDING = Finding(kind="duplicate_row", count=3, detail="dropped", where="a.csv", examples=("line 2", "line 3"))


def make(seed: int = 0, sessions: int = 7, securities: int = 4, gaps: float = 0.3, **options) -> Panel:
    rng = np.random.default_rng(seed)
    shape = (sessions, securities)
    fields = {name: rng.normal(0, 1e9, shape) for name in ("financing_balance", "short_volume", "close")}
    for values in fields.values():
        values[rng.random(shape) < gaps] = np.nan
    return Panel(
        sessions=np.datetime64("2020-01-01") + np.cumsum(rng.integers(1, 4, sessions)),
        symbols=tuple(f"{600000 + 7 * j}.SH" for j in range(securities))[::-1],
        fields=fields,
        **options,
    )


def assert_same(got: Panel, expected: Panel) -> None:
    np.testing.assert_array_equal(got.sessions, expected.sessions)
    assert got.symbols == expected.symbols
    assert list(got.fields) == list(expected.fields)
    for name in expected.fields:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
        assert got[name].flags.c_contiguous
        assert not got[name].flags.writeable
    assert (got.source, dict(got.imputed), got.synthetic) == (
        expected.source,
        dict(expected.imputed),
        expected.synthetic,
    )


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 99),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([1, 3, 1000]),
)
def test_what_was_saved_comes_back(tmp_path_factory, seed, sessions, securities, gaps, rows_per_part):
    panel = make(seed, sessions, securities, gaps, source="somewhere", imputed={"close": "guessed"}, synthetic=True)
    folder = tmp_path_factory.mktemp("store") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "ROWS_PER_PART", rows_per_part)
        store.save(panel, [FINDING], folder)
    assert_same(store.load(folder, cache=False), panel)
    assert_same(store.load(folder), panel)
    assert_same(store.load(folder), panel)


def test_the_second_load_maps_the_cache(tmp_path, monkeypatch):
    folder = store.save(make(), [], tmp_path / "data")
    assert not store.info(folder)["is_cached"]
    store.load(folder)
    assert store.info(folder)["is_cached"]
    monkeypatch.setattr(store, "read_fields", None)
    panel = store.load(folder)
    assert_same(panel, make())
    base = panel["close"].base
    assert isinstance(base, np.memmap) or (base is not None and isinstance(base.base, np.memmap))


def test_without_cache_none_is_written(tmp_path):
    folder = store.save(make(), [], tmp_path / "data")
    store.load(folder, cache=False)
    assert not store.info(folder)["is_cached"]


def data_file(folder: Path) -> Path:
    (path,) = folder.glob("data/*.parquet")
    return path


def damaged(folder: Path, how: str) -> None:
    cache = next(folder.glob("cache-*"))
    if how == "stamp":
        (cache / "stamp.json").write_text("{", encoding="utf-8")
    elif how == "field missing":
        (cache / "close.npy").unlink()
    elif how == "field empty":
        (cache / "close.npy").write_bytes(b"")
    else:
        np.save(cache / "close.npy", np.zeros((2, 2)))


@pytest.mark.parametrize("how", ["stamp", "field missing", "field empty", "shape"])
def test_a_damaged_cache_is_written_anew(tmp_path, how):
    folder = store.save(make(), [], tmp_path / "data")
    store.load(folder)
    damaged(folder, how)
    assert_same(store.load(folder), make())
    assert_same(store.load(folder), make())


def test_a_folder_that_cannot_be_written_has_no_cache(tmp_path, monkeypatch):
    folder = store.save(make(), [], tmp_path / "data")

    def refuse(*_args, **_kwargs):
        raise PermissionError("read-only")

    monkeypatch.setattr(cache.np, "save", refuse)
    assert_same(store.load(folder), make())
    assert not store.info(folder)["is_cached"]
    assert sorted(path.name.split("-")[0] for path in folder.iterdir()) == ["axes", "data", "manifest.json"]


def test_a_changed_data_file_is_noticed_with_and_without_a_cache(tmp_path):
    folder = store.save(make(), [], tmp_path / "data")
    store.load(folder)
    shutil.copy(data_file(store.save(make(1), [], tmp_path / "other")), data_file(folder))
    for is_cached in (True, False):
        with pytest.raises(
            DataError, match=r"is not the file of its manifest \(its SHA-256 differs\): import the data again, or take"
        ):
            store.load(folder, cache=is_cached)


def test_a_data_file_that_is_none(tmp_path):
    folder = store.save(make(), [], tmp_path / "data")
    data = data_file(folder)
    data.write_bytes(b"PAR1")
    with pytest.raises(DataError, match="is not the file of its manifest"):
        store.load(folder)
    data.unlink()
    with pytest.raises(DataError, match=rf"{data.name} is missing: import the data again"):
        store.load(folder)
    assert store.info(folder)["missing"] == [f"data/{data.name}"]


def test_the_manifest_says_what_the_data_are(tmp_path):
    folder = store.save(make(source="somewhere", imputed={"close": "guessed"}), [FINDING], tmp_path / "data")
    got = store.info(folder)
    assert got["source"] == "somewhere"
    assert got["shape"] == [7, 4]
    assert (got["start"], got["end"]) == (str(make().sessions[0]), str(make().sessions[-1]))
    assert got["fields"]["financing_balance"] == "CNY"
    assert got["imputed"] == {"close": "guessed"}
    assert got["finding_count"] == 3
    assert got["findings"] == [FINDING.as_record()]
    assert [part["sha256"] for part in got["parts"]] == [parquet.file_hash(data_file(folder))]
    assert (got["version"], got["missing"], got["action_count"]) == (1, [], 0)


def test_the_same_panel_gives_the_same_bytes(tmp_path):
    first, second = (store.save(make(), [FINDING], tmp_path / name) for name in "ab")
    files = [path for path in first.rglob("*") if path.is_file()]
    assert len(files) == 3
    for path in files:
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def test_replacing_leaves_one_version(tmp_path):
    folder = store.save(make(0), [], tmp_path / "data")
    store.load(folder)
    store.save(make(1), [], folder)
    assert_same(store.load(folder), make(1))
    assert len(list(folder.glob("data/*"))) == 1
    assert len(list(folder.glob("cache-*"))) == 1
    store.save(make(1), [FINDING], folder)
    assert_same(store.load(folder), make(1))
    assert store.info(folder)["finding_count"] == 3


@pytest.mark.parametrize("exists", [True, False])
def test_an_interrupted_save_changes_nothing(tmp_path, monkeypatch, exists):
    folder = tmp_path / "data"
    if exists:
        store.save(make(0), [], folder)

    def refuse(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest, "write", refuse)
    with pytest.raises(OutputError, match=r"cannot write the dataset .*No space left"):
        store.save(make(1), [], folder)
    assert [path.name for path in tmp_path.iterdir()] == (["data"] if exists else [])
    if exists:
        assert_same(store.load(folder), make(0))
        monkeypatch.undo()
        store.save(make(2), [], folder)
        assert len(list(folder.glob("data/*"))) == 1


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "data").mkdir()
    assert_same(store.load(store.save(make(), [], tmp_path / "data")), make())


@pytest.mark.parametrize("what", ["folder with a file", "file", "foreign manifest"])
def test_what_is_no_dataset_is_not_overwritten(tmp_path, what):
    folder = tmp_path / "data"
    if what == "file":
        folder.write_text("mine", encoding="utf-8")
    else:
        folder.mkdir()
        name = "manifest.json" if what == "foreign manifest" else "thesis.txt"
        (folder / name).write_text('{"name": "an app"}', encoding="utf-8")
    with pytest.raises(OutputError, match=r"is not a dataset|is not the manifest of a dataset"):
        store.save(make(), [], folder)
    assert len(list(tmp_path.iterdir())) == 1
    assert folder.is_file() or len(list(folder.iterdir())) == 1


def test_no_dataset_and_another_format(tmp_path):
    with pytest.raises(
        DataError, match=r"is not a dataset: it has no manifest\.json; make one with `liangrong data import`"
    ):
        store.load(tmp_path)
    folder = store.save(make(), [], tmp_path / "data")
    path = folder / "manifest.json"
    path.write_text(
        json.dumps({**json.loads(path.read_text(encoding="utf-8")), "liangrong_dataset": 99}), encoding="utf-8"
    )
    with pytest.raises(DataError, match="has format 99, this release reads 2"):
        store.load(folder)


def test_a_panel_without_a_field_is_refused(tmp_path):
    empty = Panel(sessions=np.array(["2020-01-01"], dtype="datetime64[D]"), symbols=("A.SH",), fields={})
    with pytest.raises(DataError, match="without any field cannot be stored"):
        store.save(empty, [], tmp_path / "data")
    assert not list(tmp_path.iterdir())


def test_import_data(tmp_path):
    path = tmp_path / "600519_daily.csv"
    path.write_text(
        "day,open,high,low,close,volume\n2018-03-01,10,11,9,10,5\n2018-03-01,10,11,9,10,5\n", encoding="utf-8"
    )
    summary = importing.import_data("ohlcv", path, tmp_path / "data")
    assert summary["shape"] == [1, 1]
    assert [one["kind"] for one in summary["findings"]] == ["duplicate_row"]
    assert store.load(tmp_path / "data").symbols == ("600519.SH",)
    renamed = tmp_path / "daily.csv"
    shutil.copy(path, renamed)
    assert importing.import_data("ohlcv", [renamed], tmp_path / "other", symbol="000001.SZ")["shape"] == [1, 1]


def test_an_import_that_fails_writes_nothing(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        importing.import_data("ohlcv", tmp_path / "absent.csv", tmp_path / "data")
    with pytest.raises(ConfigError, match="`source` should be one of"):
        importing.import_data("nothing", tmp_path, tmp_path / "data")
    assert os.listdir(tmp_path) == []


def test_the_real_folder_survives_the_disk(real, tmp_path):
    summary = importing.import_data("ashare", real / "ashare", tmp_path / "data")
    assert summary["shape"][1] == len(list((real / "ashare").glob("*_daily.csv")))
    assert summary["imputed"] == {}
    assert summary["finding_count"] == 0
    got = store.load(tmp_path / "data")
    of_first = got["short_balance"][:, got.symbols.index("000001.SZ")]
    assert of_first[~np.isnan(of_first)][0] == 10_391_890
