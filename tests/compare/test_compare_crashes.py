"""A comparison that ends anywhere goes on where it stopped, and comes to what an undisturbed one comes to."""

import os
import shutil
import sqlite3

import pytest
from compare.small import contents, written
from crash_points import endings, reached, refusals
from liangrong.core.compare import page
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.log import FILE, Store
from liangrong.core.compare.save import prepare_folder, save_comparison
from liangrong.core.errors import OutputError
from liangrong.core.locks import created

SLOW = [(state, how, step) for state in ("new", "resumed", "again") for how, step in (("killed", 1), ("refused", 2))]
TRIED = [
    ("new", "killed", 41),
    ("resumed", "refused", 41),
    *(pytest.param(*one, marks=pytest.mark.slow) for one in SLOW),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    keys = {"strategy.rule": ["balance_trend"], "strategy.rule.parameters.window": [5, 8]}
    controls = [{"name": "hold", "strategy": {"name": "buy_and_hold"}}]
    trials = {"method": "grid", "keys": keys}
    config = written(tmp_path_factory.mktemp("crashes"), trials=trials, controls=controls, stress=False)
    return prepare_comparison(config)


@pytest.fixture(autouse=True)
def points_of_sqlite(monkeypatch):
    """Let each statement of SQLite be a point, and the page be short."""
    done = Store._done

    def counted(self, *arguments):
        try:
            reached("statement")
        except OSError as error:
            raise self._refused(error) from None  # as of an error of SQLite
        return done(self, *arguments)

    monkeypatch.setattr(Store, "_done", counted)
    monkeypatch.setattr(page, "render_leaderboard", lambda found: f"<!doctype html>{len(found.board)}")


def compared(prepared, out):
    prepare_folder(out)
    runs, _ = carry_out_all(prepared, out)
    save_comparison(concluded(prepared, runs), out)


def begun(prepared, out, *, one: bool):
    """Make a folder as a comparison leaves it that was stopped: with the first run, or with all and older files."""
    compared(prepared, out)
    with sqlite3.connect(out / FILE) as file:
        if one:
            file.execute("DELETE FROM trials WHERE rowid > 1")
    file.close()
    for path in out.iterdir():
        if path.name != FILE:
            path.unlink() if one else path.write_text("<!doctype html>old")
    return out


@pytest.mark.parametrize(("state", "how", "step"), TRIED)
def test_it_goes_on_where_it_stopped(tmp_path, prepared, state, how, step):
    compared(prepared, tmp_path / "calm")
    calm = contents(tmp_path / "calm")
    start = tmp_path / "start"
    if state == "new":
        start.mkdir()
    else:
        begun(prepared, start, one=state == "resumed")
    old = contents(start)
    out = shutil.copytree(start, tmp_path / "out")

    def work():
        compared(prepared, out)

    seen = set()
    for _ in endings(work, step) if how == "killed" else refusals(work, OutputError, step):
        out.mkdir(exist_ok=True)
        for name, content in contents(out).items():
            assert name in calm or name.startswith((".", "compare.lock", FILE))
            assert content in (old.get(name), calm.get(name)) or name not in calm
        with Store(out / FILE) as store:
            seen.add(len(store.keys()))
        work()
        assert contents(out) == calm  # and nothing is left beside it
        shutil.rmtree(out)
        shutil.copytree(start, out)
    assert max(seen) == 3
    assert state == "again" or step > 2 or min(seen) < 3


def test_what_is_not_known_to_be_ours_stays(tmp_path):
    for name in (".draft.tmp-01234567", ".draft.tmp-1", "notes.txt"):
        (tmp_path / name).write_text("mine")
    (tmp_path / ".panel_notes").mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(OutputError, match=r"holds \.draft\.tmp-01234567, \.draft\.tmp-1, \.panel_notes, notes\.txt"):
        prepare_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_a_killed_one_left_goes_and_what_systems_leave_is_in_nobodys_way(tmp_path):
    for name in (".leaderboard.csv.tmp-01234567", ".DS_Store", "Thumbs.db", "desktop.ini", "._x", ".nfs000000000000"):
        (tmp_path / name).write_text("")
    for name in (".panel.01234567", ".panel.01234567.tmp", "@eaDir", ".ipynb_checkpoints"):
        (tmp_path / name).mkdir()
    owned = created(tmp_path / ".luck.json.tmp-89abcdef")
    prepare_folder(tmp_path)
    left = [".DS_Store", "._x", ".ipynb_checkpoints", ".luck.json.tmp-89abcdef", ".nfs000000000000"]
    assert {path.name for path in tmp_path.iterdir()} == {*left, "@eaDir", "Thumbs.db", "desktop.ini"}
    os.close(owned)
