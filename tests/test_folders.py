"""A single file is written whole or not at all."""

import os

import pytest
from liangrong.core.errors import OutputError
from liangrong.core.folders import write_file


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
