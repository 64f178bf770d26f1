"""A single file is written whole or not at all."""

import os

import pytest
from liangrong.core.errors import OutputError
from liangrong.core.folders import write_file, write_page


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "new" / "a.csv"
    write_file(path, "one\n")
    write_file(path, "two\n")
    assert path.read_bytes() == b"two\n"
    assert [one.name for one in path.parent.iterdir()] == ["a.csv"]


def test_what_was_there_stays_where_it_cannot_be_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    write_file(path, "one\n")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputError, match=r"a\.csv cannot be written: .*No space left"):
        write_file(path, "two\n")
    assert path.read_text(encoding="utf-8") == "one\n"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_in_its_place(tmp_path):
    with pytest.raises(OutputError, match="is a folder: name a file to write"):
        write_file(tmp_path, "one\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_regular_file_stays(tmp_path):
    pipe = tmp_path / "a.csv"
    os.mkfifo(pipe)
    (tmp_path / "link.csv").symlink_to(pipe)
    for path in (pipe, tmp_path / "link.csv"):
        for write in (write_file, write_page):
            with pytest.raises(OutputError, match=r"\.csv is no regular file .*: name another file"):
                write(path, "<!DOCTYPE html>\n")
    assert pipe.is_fifo()
    assert (tmp_path / "link.csv").is_symlink()


@pytest.mark.parametrize("held", ["name: mine\n", "<html>\n", "\x00\x01", "see <!doctype html>"])
def test_a_page_replaces_nothing_that_is_no_page(tmp_path, held):
    path = tmp_path / "mine.yaml"
    path.write_text(held, encoding="utf-8")
    with pytest.raises(OutputError, match=r"mine\.yaml exists and is no HTML page.*choose another name"):
        write_page(path, "<!DOCTYPE html>\n")
    assert path.read_text(encoding="utf-8") == held
    assert [one.name for one in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize("held", ["<!DOCTYPE html>\n", "\ufeff\n  <!doctype\n HTML>", ""])
def test_a_page_replaces_a_page(tmp_path, held):
    path = tmp_path / "mine.html"
    path.write_text(held, encoding="utf-8")
    write_page(path, "<!DOCTYPE html>new\n")
    assert path.read_text(encoding="utf-8") == "<!DOCTYPE html>new\n"
