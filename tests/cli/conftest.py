"""The command in this process, in a folder of its own."""

import json
import sys

import pytest
from liangrong.core.answers.answer_kinds import ANSWERS
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


def strictly(document: str):
    """Parse one JSON document without NaN, infinity, or a key that stands twice."""

    def once(pairs):
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    return json.loads(document, parse_constant=pytest.fail, object_pairs_hook=once)


@pytest.fixture
def content(liangrong):
    """Return what runs the command with `--json` and returns its exit code, the kind of its answer and the content.

    It has exactly the keys that are declared, and nothing else is on stdout.
    """

    def call(*words) -> tuple[int, str, dict]:
        code, out, _ = liangrong(*words, "--json")
        told = strictly(out)
        assert list(told) == ["liangrong", "kind", "version", "content"]
        assert told["version"] == ANSWERS[told["kind"]].version
        assert tuple(told["content"]) == ANSWERS[told["kind"]].names
        return code, told["kind"], told["content"]

    return call
