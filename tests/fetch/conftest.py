"""Stubs of the clients in place of the modules, and a clock that never sleeps."""

import sys
import types

import pytest
from liangrong.core.fetch.fetching import fetch_data
from stub_services import AKSHARE, ANSWERS, TOKEN, Answers, Pro, StillClock, tushare_table, usual_akshare


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def akshare(monkeypatch) -> Answers:
    """Put a module akshare in place and return what it answers."""
    module = types.ModuleType("akshare")
    for function in AKSHARE:
        setattr(module, function.__name__, function)
    monkeypatch.setitem(sys.modules, "akshare", module)
    answers = Answers(usual_akshare)
    monkeypatch.setitem(ANSWERS, "akshare", answers)
    return answers


@pytest.fixture
def tushare(monkeypatch) -> Answers:
    """Put a module tushare in place, and the token in the environment, and return what it answers."""
    answers = Answers(tushare_table)
    module = types.ModuleType("tushare")

    def pro_api(token: str = "", timeout: int = 30) -> Pro:
        assert (token, timeout) == (TOKEN, 30)
        return Pro(answers)

    def set_token(token: str) -> None:
        raise AssertionError("it writes the token to a file")

    setattr(module, "pro_api", pro_api)  # noqa: B010 - a module made here has no such attribute for the checker
    setattr(module, "set_token", set_token)  # noqa: B010
    monkeypatch.setitem(sys.modules, "tushare", module)
    monkeypatch.setenv("TUSHARE_TOKEN", TOKEN)
    return answers


@pytest.fixture
def fetch(tmp_path, clock):
    """Return what fetches into one dataset."""

    def call(source: str, start: str = "2024-01-02", end: str | None = "2024-01-04", **options):
        options.setdefault("clock", clock)
        return fetch_data(tmp_path / "data", source, start, end, **options)

    return call
