"""A fetch or an update that ends anywhere goes on where it stopped, and comes to what an undisturbed one comes to."""

import shutil
import threading

import pytest
from crash_points import endings, refusals
from liangrong.core.dataset import store
from liangrong.core.dataset.verify import verify
from liangrong.core.errors import LiangrongError, OutputError
from liangrong.core.fetch.fetching import fetch_data, update_data
from liangrong.core.fetch.raw_folder import RawFolder, read_record

pytestmark = pytest.mark.usefixtures("akshare")
LIGHT = [pytest.param(1, marks=pytest.mark.slow), 29]


def files(folder):
    """Return the names of the answers, and the cells of the dataset."""
    raw = sorted(path.relative_to(folder).as_posix() for path in (folder / "data-raw").rglob("*") if path.is_file())
    panel = store.load(folder / "data", cache=False)
    return raw, panel.symbols, [str(day) for day in panel.sessions], {n: v.tobytes() for n, v in panel.fields.items()}


def state_of(folder):
    """Return which days a dataset has, None for none; it is whole, and so is the record of the answers."""
    if (folder / "data-raw").exists():
        read_record(folder / "data-raw")
    if not (folder / "data" / "manifest.json").exists():
        return None
    assert not verify(folder / "data").damaged
    return len(store.load(folder / "data", cache=False).sessions)


@pytest.mark.parametrize("step", LIGHT)
def test_a_new_one(clock, tmp_path, step):
    def fetched(folder):
        return fetch_data(folder / "data", "akshare", "2024-01-02", "2024-01-03", clock=clock)

    fetched(tmp_path / "calm")
    seen = set()
    for _ in endings(lambda: fetched(tmp_path / "stormy"), step):
        seen.add(state_of(tmp_path / "stormy"))
        fetched(tmp_path / "stormy")
        assert files(tmp_path / "stormy") == files(tmp_path / "calm")
        assert not verify(tmp_path / "stormy" / "data").left
        assert sorted(path.name for path in (tmp_path / "stormy").iterdir()) == ["data", "data-raw"]
        shutil.rmtree(tmp_path / "stormy")
    assert seen == {None, 2}


@pytest.mark.parametrize("how", ["killed", "refused"])
@pytest.mark.parametrize("step", LIGHT)
def test_an_update(clock, tmp_path, step, how):
    fetch_data(tmp_path / "calm" / "data", "akshare", "2024-01-02", "2024-01-03", clock=clock)
    shutil.copytree(tmp_path / "calm", tmp_path / "begun")
    shutil.copytree(tmp_path / "calm", tmp_path / "stormy")
    update_data(tmp_path / "calm" / "data", "2024-01-04", clock=clock)

    def updated():
        update_data(tmp_path / "stormy" / "data", "2024-01-04", clock=clock)

    seen = set()
    for _ in endings(updated, step) if how == "killed" else refusals(updated, LiangrongError, step):
        seen.add(state_of(tmp_path / "stormy"))
        updated()
        assert files(tmp_path / "stormy") == files(tmp_path / "calm")
        assert not verify(tmp_path / "stormy" / "data").left
        shutil.rmtree(tmp_path / "stormy")
        shutil.copytree(tmp_path / "begun", tmp_path / "stormy")
    assert seen == {2, 3}


def test_two_fetches_into_one_folder_of_answers_are_not_mixed(clock, tmp_path):
    fetch_data(tmp_path / "data", "akshare", "2024-01-02", "2024-01-02", clock=clock)
    refused = []

    def other():
        try:
            update_data(tmp_path / "data", "2024-01-03", clock=clock)
        except OutputError as error:
            refused.append(str(error))

    with RawFolder(tmp_path / "data-raw").alone():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "data-raw is in use by another fetch (process " in refused[0]
    assert "or name another folder with `--raw`" in refused[0]


def test_what_a_killed_fetch_left_of_an_answer_that_is_not_asked_for_any_more_goes(clock, tmp_path):
    def fetched(last):
        fetch_data(tmp_path / "data", "akshare", "2024-01-02", last, clock=clock)

    fetched("2024-01-02")
    (table,) = (path.parent for path in (tmp_path / "data-raw").glob("*sse/*.parquet"))
    for run in (lambda: fetched("2024-01-02"), lambda: update_data(tmp_path / "data", "2024-01-03", clock=clock)):
        (table / ".20231229.parquet.tmp-01234567").write_text("half")
        (table / ".DS_Store").write_text("")
        run()
        assert not list(table.glob(".*.tmp-*"))
        assert (table / ".DS_Store").exists()
