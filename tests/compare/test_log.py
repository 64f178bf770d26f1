"""The store of finished runs."""

import sqlite3
from contextlib import suppress

import numpy as np
import pytest
from liangrong.core.compare.log import FILE, Store
from liangrong.core.compare.measure import Measured
from liangrong.core.errors import OutputError


def test_the_store_writes_down_how_long_a_run_took_one_of_an_earlier_version_too(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("CREATE TABLE trials (key TEXT PRIMARY KEY, label TEXT, figures TEXT, equity BLOB)")
        file.execute("INSERT INTO trials VALUES ('old', 'label', '{}', x'')")
    file.close()
    with Store(tmp_path / FILE) as store:
        store.add("new", "label", Measured({}, np.zeros(1), 2.5))
        store.add("untimed", "label", Measured({}, np.zeros(1)))
        assert store.keys() == {"old", "new", "untimed"}
        assert store.seconds() == {"new": 2.5}


def test_what_is_no_store_is_refused_and_so_is_what_happens_later(tmp_path):
    (tmp_path / "text").write_text("no database at all, but long enough to be read as one" * 20)
    with pytest.raises(OutputError, match=r"text cannot be used as the store of a comparison: file is not a database"):
        Store(tmp_path / "text")
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("CREATE TABLE trials (other TEXT)")
    file.close()
    with pytest.raises(OutputError, match=r"cannot be used as the store .*: its tables are trials, and not those"):
        Store(tmp_path / FILE)


def stored(path):
    """Return the keys that another process would find now."""
    with Store(path) as store:
        return store.keys()


def test_what_is_added_together_is_kept_together_or_not_at_all(tmp_path):
    path, measured = tmp_path / FILE, Measured({"sharpe": 1.0}, np.arange(3.0), 0.1)
    with Store(path) as store:
        with store.together():
            store.add("a", "label", measured)
            assert stored(path) == set()  # a reader neither waits nor sees the half
            store.add("b", "label", measured)
        assert stored(path) == {"a", "b"}
        with suppress(KeyError), store.together():
            store.add("c", "label", measured)
            raise KeyError
        assert stored(path) == {"a", "b"}
        store.add("d", "label", measured)  # alone: at once
        assert stored(path) == {"a", "b", "d"}
        assert store.read(["a"])["a"].equity.tolist() == [0.0, 1.0, 2.0]
        assert store.figures(["a"])["a"].figures == {"sharpe": 1.0}
        assert store.figures(["a"])["a"].equity.size == 0
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # no wait for the disk at each row
    file.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE]  # nothing is left beside it
