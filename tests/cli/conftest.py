"""The command in this process, in a folder of its own."""

import json
import sys
from typing import Any

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


TYPES = {"text": str, "number": float, "whole number": int, "true or false": bool, "day": str, "mapping": dict}


def holds_what_is_declared(key, value: Any):
    """Assert type and inner keys of a value; there may be none."""
    if value is None:
        return
    assert type(value) is TYPES.get(key.holds, list), key
    if isinstance(value, list) and key.holds in ("list of texts", "list of rows"):
        assert {type(one) for one in value} <= {str if key.holds == "list of texts" else dict}, key
    inner = value if isinstance(value, list) else [value]
    assert not key.inside or all(tuple(one) == tuple(key.inside.split()) for one in inner), key


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
        for key in (*ANSWERS[told["kind"]].keys, *ANSWERS[told["kind"]].places):
            holds_what_is_declared(key, told["content"][key.name])
        return code, told["kind"], told["content"]

    return call
