"""Additions rewrite what they change and nothing else; the result is what one import of everything would have made."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.dataset import runs, store
from liangrong.core.dataset.verify import verify
from liangrong.core.dataset.writer import writing
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.panel import Panel
from liangrong.core.sources.meeting import merge

SYMBOLS = ("000001.SZ", "000002.SZ", "600000.SH", "600519.SH")


def drawn(seed: int, first: int, sessions: int, symbols=SYMBOLS, names=("close", "financing_balance")) -> Panel:
    rng = np.random.default_rng(seed)
    days = np.datetime64("2020-01-01") + first + np.arange(sessions)
    fields = {name: rng.integers(1, 4, (sessions, len(symbols))).astype(float) for name in names}
    for values in fields.values():
        values[rng.random(values.shape) < 0.3] = np.nan
    return Panel(sessions=days, symbols=tuple(symbols), fields=fields, source="drawn")


def added(folder: Path, new: Panel) -> None:
    with writing(folder) as writer:
        known = writer.held(new.sessions, new.fields)
        panel = new if known is None else merge(known, new)[0]
        writer.put(panel, whole=known is None)
        writer.commit(panel, [])


def same(got: Panel, expected: Panel) -> None:
    assert got.sessions.tolist() == expected.sessions.tolist()
    assert got.symbols == expected.symbols
    assert set(got.fields) == set(expected.fields)
    for name in expected.fields:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: hashlib.sha256(path.read_bytes()).digest() for path in folder.glob("data/*")}


@settings(max_examples=25, deadline=None)
@given(st.data())
@pytest.mark.slow
def test_additions_in_any_order_make_what_one_import_makes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("store") / "data"
    whole = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "ROWS_PER_PART", data.draw(st.sampled_from([1, 5, 12, 1000])))
        for seed in range(data.draw(st.integers(1, 5))):
            symbols = data.draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=4, unique=True).map(sorted))
            names = data.draw(st.sampled_from([("close",), ("close", "volume"), ("financing_balance", "close")]))
            new = drawn(seed, data.draw(st.integers(0, 20)), data.draw(st.integers(1, 9)), symbols, names)
            added(folder, new)
            whole = new if whole is None else merge(whole, new)[0]
        assert whole is not None
        same(store.load(folder, cache=False), whole)
        same(store.load(folder), whole)
        fresh = store.save(replace(whole, actions=()), [], folder.with_name("fresh"))
    assert store.info(folder)["digests"] == {
        name: store.info(fresh)["digests"][name] for name in store.info(folder)["digests"]
    }
    assert not verify(folder).damaged


def test_a_day_more_rewrites_the_last_file_only_until_it_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 20)
    folder = tmp_path / "data"
    added(folder, drawn(0, 0, 40))
    before = files(folder)
    assert len(before) > 4
    for day in range(40, 60):
        added(folder, drawn(day, day, 1))
        now = files(folder)
        assert len(set(before.items()) - set(now.items())) <= 1  # at most the open one has gone
        assert len(now) <= len(before) + 1
        before = now
    assert store.load(folder).shape == (60, 4)
    assert all(runs.is_full(part["rows"]) for part in store.info(folder)["parts"][:-1])


def test_a_correction_rewrites_the_file_of_its_day_only(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 20)
    folder = tmp_path / "data"
    added(folder, drawn(0, 0, 60))
    before = files(folder)
    added(folder, drawn(99, 30, 1))
    now = files(folder)
    assert len(set(now) - set(before)) == len(set(before) - set(now)) == 1
    (gone,) = set(before) - set(now)
    assert gone[:10] <= "2020-01-31" <= gone[11:21]


def test_an_import_of_all_days_that_changes_one_leaves_the_other_files_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 20)
    folder = tmp_path / "data"
    for day in range(0, 60, 4):  # files end where they were full, not where a single import would cut
        added(folder, drawn(day, day, 4))
    before = {path.name: path.stat().st_ino for path in folder.glob("data/*")}
    panel = store.load(folder)
    close = panel["close"].copy()
    close[31] += 1.0
    added(folder, panel.with_fields({"close": close}))
    now = {path.name: path.stat().st_ino for path in folder.glob("data/*")}
    assert len(now) == len(before) > 5
    assert len(set(before.items()) - set(now.items())) == 1
    store.save(store.load(folder), [], folder)
    assert {path.name: path.stat().st_ino for path in folder.glob("data/*")} == now  # nothing is even written again


def test_days_that_come_one_by_one_newest_first_do_not_scatter(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 20)
    for day in range(30)[::-1]:
        added(tmp_path / "data", drawn(day, day, 1))
    assert len(files(tmp_path / "data")) <= 6  # some 75 rows


def test_versions_are_counted_and_say_what_was_imported(tmp_path):
    for day in (0, 1):
        added(tmp_path / "data", drawn(day, day, 1))
    assert store.info(tmp_path / "data")["version"] == 2


def test_what_is_stored_is_one_table_for_other_readers(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_PART", 20)
    folder = tmp_path / "data"
    for first in (0, 20):
        added(folder, drawn(first, first, 20))
    added(folder, drawn(9, 5, 3, ("600000.SH", "688001.SH"), ("close", "volume")))
    assert len(files(folder)) > 3
    panel = store.load(folder)
    by_pandas = pd.read_parquet(folder / "data")
    by_polars = pl.read_parquet(folder / "data" / "*.parquet").to_pandas()
    by_arrow = pyarrow.dataset.dataset(folder / "data").to_table().to_pandas()
    for table in (by_pandas, by_polars, by_arrow):
        for name in panel.fields:
            wide = table.assign(symbol=table["symbol"].astype(str), date=pd.to_datetime(table["date"]))
            wide = wide.set_index(["date", "symbol"])[name].unstack()  # noqa: PD010 - one value for each place
            wide = wide.reindex(index=pd.DatetimeIndex(panel.sessions), columns=list(panel.symbols))
            np.testing.assert_array_equal(wide.to_numpy(dtype=float), panel[name], err_msg=name)


def test_what_is_not_observed_is_null_to_other_readers(tmp_path):
    """A NaN would make every mean and sum of a query NaN."""
    folder = store.save(drawn(0, 0, 20), [], tmp_path / "data")
    close = store.load(folder)["close"]
    table = pl.read_parquet(folder / "data" / "*.parquet")
    assert table["close"].null_count() == table.height - np.isfinite(close).sum() > 0
    assert table["close"].mean() == pytest.approx(np.nanmean(close))


def test_corporate_actions_come_back_with_the_panel(tmp_path):
    actions = (CorporateAction(np.datetime64("2020-01-03"), "600000.SH", 0.1, 0.5),)
    folder = store.save(replace(drawn(0, 0, 5), actions=actions), [], tmp_path / "data")
    assert store.load(folder).actions == actions
    assert store.load(folder, actions=False).actions == ()
    assert store.info(folder)["action_count"] == 1
    added(folder, drawn(1, 5, 1))  # what is held brings them along
    assert store.load(folder).actions == actions
