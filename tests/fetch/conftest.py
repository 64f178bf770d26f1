"""What fetches into one dataset, through stubs of the clients."""

import pytest
from liangrong.core.fetch.fetching import fetch_data
from stub_services import akshare, clock, tushare

__all__ = ["akshare", "clock", "tushare"]


@pytest.fixture
def fetch(tmp_path, clock):
    """Return what fetches into one dataset."""

    def call(source: str, start: str = "2024-01-02", end: str | None = "2024-01-04", **options):
        options.setdefault("clock", clock)
        return fetch_data(tmp_path / "data", source, start, end, **options)

    return call
