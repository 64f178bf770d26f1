"""The command in this process, in a folder of its own."""

import sys

import pytest
from liangrong.core.cli import app
from stub_services import akshare, tushare

__all__ = ["akshare", "tushare"]


@pytest.fixture
def liangrong(capsys, monkeypatch, tmp_path):
    """Return what runs the command and returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["liangrong", *map(str, words)])
        code = 0
        try:
            app.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call
