"""A store that is damaged in any way gives back what is whole in it, as it was written, and loses nothing else."""

import os
import shutil
import sqlite3
from collections import Counter
from contextlib import suppress

import numpy as np
import pytest
from liangrong.core.compare.log import FILE, Store
from liangrong.core.compare.measure import Measured
from liangrong.core.compare.save import prepare_folder
from liangrong.core.errors import OutputError

PAGE = 4096
ROWS = 40
KINDS = ("truncated", "page of zeros", "pages of zeros", "random bytes", "one byte", "header", "log cut", "log noise")


def runs(rng, start: int, stop: int) -> dict[str, Measured]:
    """Return finished runs, of which every other one is larger than a page."""
    return {
        f"{number:04d}{rng.bytes(14).hex()}": Measured(
            {"sharpe": float(rng.normal()), "fills": number},
            rng.normal(size=30 if number % 2 else 800),
            float(number) if number % 3 else float("nan"),
        )
        for number in range(start, stop)
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a folder with a store, one of a process that was killed (a log is left), and the runs in both."""
    folder = tmp_path_factory.mktemp("written")
    held = runs(np.random.default_rng(1), 0, ROWS)
    for name, is_killed in (("ended", False), ("killed", True)):
        (folder / name).mkdir()
        with Store(folder / "at work") as store:
            for half in (list(held.items())[: ROWS // 2], list(held.items())[ROWS // 2 :]):
                with store.together():
                    for key, measured in half:
                        store.add(key, "label", measured)
                store._file.execute("PRAGMA wal_checkpoint").fetchall() if half[0][0] == next(iter(held)) else None
            if is_killed:
                _copy(folder / "at work", folder / name / FILE)
        if not is_killed:
            _copy(folder / "at work", folder / name / FILE)
        (folder / "at work").unlink()
    assert (folder / "killed" / f"{FILE}-wal").stat().st_size > 20 * PAGE
    return folder, held


def _copy(source, target):
    shutil.copy(source, target)
    log = source.with_name(f"{source.name}-wal")
    if log.exists():
        shutil.copy(log, target.with_name(f"{target.name}-wal"))


def damaged(rng, kind: str, data: bytes, log: bytes) -> tuple[bytes, bytes]:
    """Return a file and its log with a damage of that kind."""
    new, new_log = bytearray(data), bytearray(log)
    pages = len(data) // PAGE
    if kind == "truncated":
        del new[rng.integers(0, len(data)) :]
    elif kind in ("page of zeros", "pages of zeros"):
        for page in rng.choice(pages, size=1 if kind == "page of zeros" else max(1, pages // 4), replace=False):
            new[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    elif kind == "random bytes":
        start, size = rng.integers(0, len(data)), rng.integers(1, 2 * PAGE)
        new[start : start + size] = rng.bytes(len(new[start : start + size]))
    elif kind == "one byte":
        new[rng.integers(0, len(data))] ^= int(rng.integers(1, 256))
    elif kind == "header":
        new[rng.integers(0, 100)] ^= int(rng.integers(1, 256))
    elif kind == "log cut" and log:
        del new_log[rng.integers(0, len(log)) :]
    elif log:
        start = rng.integers(0, len(log))
        new_log[start : start + 300] = rng.bytes(len(new_log[start : start + 300]))
    return bytes(new), bytes(new_log)


def untouched(held, before: list[bytes], after: list[bytes]) -> set[str]:
    """Return the runs of which every page, wherever a copy of it lies, is as it was."""
    whole = set()
    for key, measured in held.items():
        equity = measured.equity.tobytes()
        pieces = [key.encode(), *(equity[at : at + 24] for at in range(0, len(equity) - 24, 200))]
        if all(_is_untouched(piece, before, after) for piece in pieces):
            whole.add(key)
    return whole


def _is_untouched(piece: bytes, before: list[bytes], after: list[bytes]) -> bool:
    """Return whether the page of each occurrence of a piece is the same after the damage."""
    for old, new in zip(before, after, strict=True):
        at = old.find(piece)
        while at >= 0:
            start = max(0, at - PAGE - 24)
            if old[start : at + PAGE + 24] != new[start : at + PAGE + 24]:
                return False
            at = old.find(piece, at + 1)
    return True


def fuzzed(tmp_path, written, seed: int, times: int) -> Counter:
    folder, held = written
    rng, told = np.random.default_rng(seed), Counter()
    for number in range(times):
        kind, state = KINDS[number % len(KINDS)], "killed" if number // len(KINDS) % 2 else "ended"
        place = tmp_path / f"{number}"
        place.mkdir()
        paths = [place / FILE, place / f"{FILE}-wal"]
        before = [one.read_bytes() if one.exists() else b"" for one in (folder / state / path.name for path in paths)]
        after = list(damaged(rng, kind, *before))
        for path, content in zip(paths, after, strict=True):
            if content or path == paths[0]:
                path.write_bytes(content)
        words: list[str] = []
        whole = untouched(held, before, after)
        if (
            kind == "truncated" and len(after[0]) < PAGE and not after[1]
        ):  # not even what tells that it is a store is left
            with pytest.raises(OutputError, match=r"nothing in it is a finished run; move it away"):
                Store(place / FILE, words.append)
            assert not whole
            continue
        with Store(place / FILE, words.append) as store:
            kept = store.keys()
            for key, measured in store.read(kept).items():
                assert measured.figures == held[key].figures
                np.testing.assert_array_equal(measured.equity, held[key].equity)
        if kind.startswith("log"):  # SQLite goes by the log up to its first damage, as after a loss of power
            whole = {key for key in whole if key.encode() in before[0]}
        assert whole <= kept, (kind, number)
        told[kind] += len(words)
        if words:
            (aside,) = (one for one in place.glob("*.damaged-1"))
            assert "was damaged (" in words[0]
            assert words[0].endswith(f"the damaged file is now {aside.name}")
            assert aside.read_bytes() == after[0]
            prepare_folder(place)  # what is kept aside is in nobody's way
        shutil.rmtree(place)
    return told


def test_what_is_whole_is_kept_whatever_is_damaged(tmp_path, written):
    told = fuzzed(tmp_path, written, 7, 40)
    assert told["page of zeros"] == told["truncated"] == told["pages of zeros"] == 5
    assert told["one byte"] >= 3
    assert told["log cut"] == 0  # as after the death of a process: the rows that are not there are run again


@pytest.mark.slow
def test_what_is_whole_is_kept_whatever_is_damaged_a_thousand_times(tmp_path, written):
    assert sum(fuzzed(tmp_path, written, 8, 1_000).values()) > 400


def test_without_anybody_to_tell_it_is_refused_and_stays(tmp_path, written):
    _copy(written[0] / "ended" / FILE, tmp_path / FILE)
    content = bytearray((tmp_path / FILE).read_bytes())
    content[2 * PAGE : 3 * PAGE] = bytes(PAGE)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(OutputError, match=r"trials\.sqlite is damaged \(.*\): `liangrong compare` keeps what is whole"):
        Store(tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_a_repair_that_was_killed_anywhere_is_taken_up(tmp_path, written):
    crashed, kept = Crashed(), []
    for point in range(99, 79, -1):  # at first it is not killed
        place = tmp_path / str(point)
        place.mkdir()
        _copy(written[0] / "killed" / FILE, place / FILE)
        content = bytearray((place / FILE).read_bytes())
        at = content.find(next(iter(written[1].values())).equity[-2:].tobytes())  # in a page that is not in the log
        content[at : at + 8] = bytes(8)
        (place / FILE).write_bytes(content)
        crashed.left = 99 - point
        with pytest.MonkeyPatch.context() as patch:
            for name in ("rename", "replace", "fsync"):
                patch.setattr(os, name, crashed.at(getattr(os, name)))
            with suppress(KeyboardInterrupt):
                Store(place / FILE, lambda _: None).__exit__()
        with Store(place / FILE, lambda _: None) as store:
            kept.append(store.keys())
        assert [one.name for one in prepare_folder(place).iterdir() if one.name.startswith(".")] == []
        if point < 99 and crashed.left > 0:
            break
    assert len(kept) > 5
    assert len(kept[0]) == ROWS - 1
    assert all(keys == kept[0] for keys in kept)


class Crashed:
    """Ends, as by a kill, at the call of that number."""

    left = 0

    def at(self, original):
        def call(*arguments, **options):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return original(*arguments, **options)

        return call


def test_the_database_of_another_program_stays_as_it_is(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("CREATE TABLE photos (name TEXT)")
    file.close()
    before = (tmp_path / FILE).read_bytes()
    for tell in (None, lambda _: None):
        with pytest.raises(OutputError, match=r"its tables are photos, and not those of a comparison.*move it away"):
            Store(tmp_path / FILE, tell)
        assert (tmp_path / FILE).read_bytes() == before
    (tmp_path / FILE).write_bytes(b"my notes" * 1000)
    with pytest.raises(OutputError, match=r"file is not a database, and nothing in it is a finished run; move it away"):
        Store(tmp_path / FILE, lambda _: None)
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
